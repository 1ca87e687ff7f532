"""Scenes to JSON and back, and what is refused."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Camera, Predicate, Provenance, Relation, Scene, SceneObject
from sd3studio.core.scene.delta import apply_delta, scene_delta
from sd3studio.core.scene.json_form import read_scene, write_scene

lengths = st.floats(-1e3, 1e3)
sizes = st.floats(1e-3, 1e3)
words = st.text(min_size=1, max_size=12)


@st.composite
def scenes(draw):
    ids = draw(st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,6}", fullmatch=True), unique=True, max_size=6))
    objects = [
        SceneObject(
            id=key,
            label=draw(words),
            attributes=tuple(draw(st.lists(words, max_size=2))),
            center=draw(st.tuples(lengths, lengths, lengths)),
            size=draw(st.tuples(sizes, sizes, sizes)),
            yaw=draw(st.floats(-4, 4)),
            colour=draw(st.none() | st.tuples(*[st.floats(0, 1)] * 3)),
            provenance=Provenance(source="photo", score=draw(st.none() | st.floats(0, 1)), priors={"size": "typical"}),
        )
        for key in ids
    ]
    pairs = (
        draw(st.lists(st.sampled_from([(a, b) for a in ids for b in ids if a != b]), unique=True))
        if len(ids) > 1
        else []
    )
    relations = tuple(
        Relation(subject=a, predicate=draw(st.sampled_from(list(Predicate))), object=b, kept=draw(st.booleans()))
        for a, b in pairs
    )
    return Scene.of(
        objects, relations=relations, camera=Camera(fov_y=draw(st.floats(0.1, 2.5))), title=draw(st.text(max_size=9))
    )


@given(scenes())
@settings(max_examples=60, deadline=None)
def test_json_gives_the_equal_scene_back(scene):
    again = read_scene(write_scene(scene))
    assert again == scene
    assert list(again.objects) == list(scene.objects)


@given(scenes(), scenes())
@settings(max_examples=60, deadline=None)
def test_delta_makes_the_second_scene_of_the_first(old, new):
    through_json = json.loads(json.dumps(scene_delta(old, new)))
    again = apply_delta(read_scene(write_scene(old)), through_json)
    assert again == new
    assert list(again.objects) == list(new.objects)


GOOD = {"format": "sd3studio-scene", "version": 1}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("[1, 2", "not valid JSON"),
        ('{"a": NaN}', "NaN is not a number"),
        ("{}", 'should be "sd3studio-scene"'),
        (json.dumps({**GOOD, "version": 7}), "newer SD3 Studio"),
        (json.dumps({**GOOD, "version": "1"}), "whole number"),
        (json.dumps({**GOOD, "colour": 1}), "colour: is not a field"),
        (json.dumps({**GOOD, "objects": [{"label": "x"}]}), r"objects\[0\] has no id"),
        (json.dumps({**GOOD, "objects": [{"id": "a", "label": "x"}] * 2}), r"objects\[1\] has the id 'a'"),
        (json.dumps({**GOOD, "objects": [{"id": "a", "label": "x", "size": [1, 0, 1]}]}), r"objects\[0\]\.size\[1\]"),
        (json.dumps({**GOOD, "objects": [{"id": "a", "label": "x", "center": [1e300, 0, 1]}]}), "less than or equal"),
        (
            json.dumps({**GOOD, "objects": [{"id": c, "label": c, "parent": p} for c, p in ("ab", "bc", "ca")]}),
            "form a cycle",
        ),
        (
            json.dumps({**GOOD, "relations": [{"subject": "a", "predicate": "on", "object": "b"}]}),
            "names an object 'a' that is not there",
        ),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_bad_scene_is_one_sentence_that_names_the_place(data, said):
    with pytest.raises(SceneError, match=said) as caught:
        read_scene(data, "room.json")
    assert "room.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_camera_projects_and_unprojects_to_the_same_point():
    camera = Camera(position=(3, -4, 2), target=(0, 1, 0.5), roll=0.2)
    pixel, depth = camera.project([[0.5, 0.3, 0.7]])
    assert camera.unproject(pixel, depth)[0] == pytest.approx([0.5, 0.3, 0.7])


def test_target_is_seen_in_the_middle_and_horizon_above_it_when_looking_down():
    camera = Camera(position=(0, -5, 2), target=(0, 0, 0))
    pixel, depth = camera.project((0, 0, 0))
    assert pixel == pytest.approx([camera.width / 2, camera.height / 2])
    assert depth == pytest.approx(math.sqrt(29))
    assert camera.horizon_row() < camera.height / 2
