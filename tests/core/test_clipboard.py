"""Copy and paste between scenes: fresh ids, kept relations, places; foreign text is refused."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.clipboard import PasteObjects, clip_text, copied, read_clip
from sd3studio.core.edits import GroupUnderConcept
from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Predicate, Relation, Scene, SceneObject
from tests.core.edits.boxes_drawn import box_scenes

PAIR = Scene.of(
    [
        SceneObject(id="table", label="table", center=(1.0, 0.0, 0.4), size=(1.0, 1.0, 0.8)),
        SceneObject(id="cup", label="cup", center=(1.0, 0.0, 0.85), size=(0.1, 0.1, 0.1), locked=True),
        SceneObject(id="far", label="tree", center=(9.0, 0.0, 1.0)),
    ],
    relations=(
        Relation(subject="cup", predicate=Predicate.ON, object="table"),
        Relation(subject="cup", predicate=Predicate.LEFT_OF, object="far"),
    ),
)


@given(box_scenes(tilted=False), st.booleans())
@settings(max_examples=40, deadline=None)
def test_pasting_keeps_how_things_stand_to_each_other(scene, into_itself):
    clip = read_clip(clip_text(copied(scene, scene.objects)))
    target = scene if into_itself else Scene()
    edit = PasteObjects(clip, at=(3.0, 4.0, 0.0))
    after, names = edit.apply(target), edit.names(target)
    assert len(after.objects) == len(target.objects) + len(scene.objects)
    assert all(after.objects[key] is thing for key, thing in target.objects.items())
    shifts = [np.subtract(after.objects[names[key]].center, thing.center) for key, thing in scene.objects.items()]
    assert np.ptp(shifts, axis=0).max() < 1e-6
    assert np.allclose(copied(after, names.values()).base, (3.0, 4.0, 0.0), atol=1e-6)


def test_relations_among_the_pasted_come_along():
    after = PasteObjects(copied(PAIR, ["table", "cup"])).apply(PAIR)
    assert ("cup-2", Predicate.ON, "table-2", "camera") in {r.key for r in after.relations}
    assert len(after.relations) == 3 and not after.objects["cup-2"].locked


def test_without_a_place_things_are_where_they_were():
    after = PasteObjects(copied(PAIR, ["cup"])).apply(Scene())
    assert after.objects["cup"].center == PAIR.objects["cup"].center


def test_group_comes_along_if_it_is_copied_too():
    grouped = GroupUnderConcept(("table", "cup"), "set").apply(PAIR)
    alone = PasteObjects(copied(grouped, ["cup"])).apply(Scene())
    whole = PasteObjects(copied(grouped, ["set", "cup"])).apply(Scene())
    assert alone.objects["cup"].parent is None and whole.objects["cup"].parent == "set"


def test_pasting_many_times_never_takes_an_id_twice():
    scene = PAIR
    for _ in range(4):
        scene = PasteObjects(copied(PAIR, PAIR.objects)).apply(scene)
    assert len(scene.objects) == 15


GOOD = json.loads(clip_text(copied(PAIR, ["table", "cup"])))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no objects"),
        ("hello", "no objects"),
        ("[1, 2]", "no objects"),
        ("[" * 100_000, "no objects"),
        (json.dumps({**GOOD, "version": 2}), "newer"),
        (json.dumps({**GOOD, "objects": []}), "objects"),
        (json.dumps({**GOOD, "objects": GOOD["objects"] + GOOD["objects"][:1]}), "not valid"),
        (json.dumps({**GOOD, "relations": [{"subject": "cup", "predicate": "on", "object": "gone"}]}), "gone"),
        (json.dumps({**GOOD, "more": 1}), "more"),
    ],
)
def test_foreign_text_is_refused(text, words):
    with pytest.raises(SceneError, match=words):
        read_clip(text)


def test_nothing_selected_can_not_be_copied():
    with pytest.raises(SceneError, match="Nothing"):
        copied(PAIR, [])
