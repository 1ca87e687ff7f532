"""Prompts and boxed phrases for image models."""

from sd3studio.core.language.prompt import phrases_of, prompt_of
from sd3studio.core.scene import Relation, Scene, SceneObject

TABLE = SceneObject(id="table", label="table", attributes=("wooden",), center=(0, 0, 0.375), size=(1.4, 0.8, 0.75))
LAMP = SceneObject(id="lamp", label="lamp", center=(0, 0, 0.95), size=(0.3, 0.3, 0.4), prompt="a glowing art deco lamp")


def test_the_prompt_names_things_relations_place_stuff_and_style() -> None:
    room = SceneObject(id="room", label="living room", kind="concept")
    floor = SceneObject(id="floor", label="floor", kind="stuff", attributes=("stone",))
    prompt = prompt_of(Scene.of([room, floor, TABLE, LAMP]), style="oil painting")
    assert prompt.startswith("a living room with a wooden table and a lamp, the lamp on the wooden table")
    assert "stone floor" in prompt and "a glowing art deco lamp" in prompt
    assert prompt.endswith("oil painting")


def test_an_asserted_relation_is_said_only_if_it_is_so() -> None:
    cup = SceneObject(id="cup", label="cup", center=(3, 0, 0.05), size=(0.1, 0.1, 0.1))
    scene = Scene.of([TABLE, cup], relations=(Relation(subject="cup", predicate="on", object="table"),))
    assert "on the wooden table" not in prompt_of(scene)
    assert "the cup on the wooden table" in prompt_of(scene.with_objects(cup.replace(center=(0.2, 0, 0.8))))


def test_an_empty_scene_gives_only_the_style() -> None:
    assert prompt_of(Scene(), style="sketch") == "sketch"
    assert phrases_of(Scene()) == ()


def test_phrases_have_boxes_inside_the_picture_farthest_first() -> None:
    far = SceneObject(id="tree", label="oak", center=(1, 8, 2), size=(3, 3, 4))
    behind = SceneObject(id="camera-man", label="man", center=(0, -9, 1), size=(0.5, 0.5, 1.8))
    phrases = phrases_of(Scene.of([TABLE, far, behind]))
    assert [phrase for phrase, _ in phrases] == ["an oak", "a wooden table"]
    for _, (x0, y0, x1, y1) in phrases:
        assert 0.0 <= x0 < x1 <= 1.0 and 0.0 <= y0 < y1 <= 1.0
