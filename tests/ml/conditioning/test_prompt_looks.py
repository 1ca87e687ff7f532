"""What a prompt says of things: colours, materials, the time of day."""

import pytest

from sd3studio.core.scene import Scene, SceneObject
from sd3studio.ml.conditioning.prompt_looks import looks_in, tinted_scene, told_scene

SCENE = Scene.of(
    [
        SceneObject(id="room", label="room", kind="concept"),
        SceneObject(id="wall", label="wall", kind="stuff", attributes=("beige",)),
        SceneObject(id="couch", label="couch", category="couch", attributes=("blue", "leather")),
        SceneObject(id="lamp", label="desk lamp", category="desk lamp", attributes=("pink",)),
        SceneObject(id="desk", label="desk", category="desk"),
        SceneObject(id="dog", label="dog", category="dog", attributes=("lying",)),
    ],
    title="room in the evening",
)


def attributes(prompt: str) -> dict[str, tuple[str, ...]]:
    return {key: thing.attributes for key, thing in told_scene(SCENE, prompt).objects.items()}


@pytest.mark.parametrize("prompt", ["a red sofa", "the sofa is seen, a red couch", "red couches"])
def test_a_colour_goes_to_the_thing_that_a_noun_means(prompt: str) -> None:
    told = attributes(prompt)
    assert told["couch"] == ("red",)
    assert told["desk"] == () and told["wall"] == ("beige",)


def test_the_longest_name_is_meant() -> None:
    assert attributes("a green desk lamp")["lamp"] == ("green",) and attributes("a green desk lamp")["desk"] == ()
    assert attributes("a green desk")["desk"] == ("green",) and attributes("a green desk")["lamp"] == ("pink",)


def test_a_material_without_a_noun_is_said_of_what_comes_in_colours() -> None:
    told = attributes("wooden")
    assert told["couch"] == ("wooden",) and told["desk"] == ("wooden",)
    assert told["dog"] == ("lying",) and told["wall"] == ("beige",)


def test_the_time_of_day_replaces_the_scenes_own() -> None:
    assert told_scene(SCENE, "at night").title == "room at night"
    assert told_scene(SCENE, "a sunny day").title == "room"
    assert told_scene(SCENE, "a dog").title == "room in the evening"


def test_a_things_own_prompt_counts() -> None:
    scene = SCENE.with_objects(SCENE.objects["dog"].replace(prompt="a brown dog"))
    assert told_scene(scene, "at night").objects["dog"].attributes == ("brown", "lying")


def test_nouns_are_told_from_looks() -> None:
    assert looks_in("a dark blue table and two wooden chairs, red") == (
        [("table and", ("blue",)), ("chairs", ("wooden",))],
        ("red",),
    )


def test_what_comes_in_one_colour_has_its_word_unless_another_is_said() -> None:
    elephant = SceneObject(id="elephant", label="elephant", category="elephant", mesh="elephant")
    truck = SceneObject(id="truck", label="truck", category="truck", mesh="truck")
    told = tinted_scene(Scene.of([elephant, truck])).objects
    assert told["elephant"].attributes == ("gray",) and told["truck"].attributes == ()
    pink = Scene.of([elephant.replace(attributes=("pink",))])
    assert tinted_scene(pink) == pink
    assert told_scene(tinted_scene(Scene.of([elephant])), "a pink elephant").objects["elephant"].attributes == ("pink",)
