"""Kept relations while dragging: what was true stays true, and nothing moves that need not."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.edits import MoveObjects, SetLocked, TurnObjects
from sd3studio.core.layout.keeping import Keeping, boxes_set, keep
from sd3studio.core.relations.field import grade_of
from sd3studio.core.scene import Camera, Predicate, Relation, Scene, SceneObject
from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES
from tests.core.layout.random_rooms import random_room

P = Predicate


def box(key, x, y, z=0.0, size=(1.0, 1.0, 1.0), **fields):
    return SceneObject(id=key, label=fields.pop("label", "box"), center=(x, y, z + size[2] / 2.0), size=size, **fields)


def rel(subject, predicate, other, frame="camera"):
    return Relation(subject=subject, predicate=predicate, object=other, frame=frame)


def grade(scene, relation):
    return grade_of(scene, relation.subject, relation.predicate, relation.object, relation.frame)


def moved(scene, key, by, *relations):
    dragged = MoveObjects((key,), by).apply(scene)
    return keep(scene, dragged, relations, [key])


VIEW = Camera(position=(0.0, -12.0, 3.0), target=(0.0, 0.0, 0.5))
ROW = Scene.of([box("sofa", 0.0, 0.0), box("lamp", 2.0, 0.0), box("cat", -4.0, 0.0)], camera=VIEW)
LAMP_RIGHT = rel("lamp", P.RIGHT_OF, "sofa")


def test_nothing_else_moves_while_the_relation_holds():
    after = moved(ROW, "sofa", (-1.0, 0.0, 0.0), LAMP_RIGHT)
    assert after.objects["lamp"] is ROW.objects["lamp"]


def test_reference_pushes_the_subject_no_farther_than_it_must():
    after = moved(ROW, "sofa", (3.0, 0.0, 0.0), LAMP_RIGHT)
    assert after.objects["sofa"].center[0] == 3.0
    assert 0.5 <= grade(after, LAMP_RIGHT) < 0.75
    assert ROW.objects["lamp"].center[0] < after.objects["lamp"].center[0] < 5.0


def test_dragged_subject_is_held_and_slides():
    after = moved(ROW, "lamp", (-4.0, 1.0, 0.0), LAMP_RIGHT)
    assert grade(after, LAMP_RIGHT) >= 0.5
    assert after.objects["sofa"] is ROW.objects["sofa"] and after.objects["lamp"].center[1] > 0.5


def test_locked_subject_holds_what_is_dragged():
    scene = SetLocked(("lamp",), True).apply(ROW)
    after = moved(scene, "sofa", (3.0, 0.0, 0.0), LAMP_RIGHT)
    assert grade(after, LAMP_RIGHT) >= 0.5 and after.objects["lamp"].center == (2.0, 0.0, 0.5)
    assert after.objects["sofa"].center[0] < 3.0


def test_what_follows_is_followed_in_turn():
    chain = (LAMP_RIGHT, rel("ball", P.RIGHT_OF, "lamp"))
    scene = ROW.with_objects(box("ball", 4.0, 0.0))
    after = moved(scene, "sofa", (5.0, 0.0, 0.0), *chain)
    assert all(grade(after, one) >= 0.5 for one in chain)


def test_what_stands_on_a_follower_goes_along():
    scene = ROW.with_objects(box("cup", 2.0, 0.0, 1.0, size=(0.1, 0.1, 0.1)))
    after = moved(scene, "sofa", (3.0, 0.0, 0.0), LAMP_RIGHT)
    by = after.objects["lamp"].center[0] - 2.0
    assert after.objects["cup"].center[0] == pytest.approx(2.0 + by)


def test_faced_thing_is_faced_all_the_way():
    scene = ROW.with_objects(box("lamp", 2.0, 0.0, label="chair", yaw=-np.pi / 2))
    relation = rel("lamp", P.FACING, "sofa")
    after = moved(scene, "sofa", (2.0, 4.0, 0.0), relation)
    assert grade(after, relation) >= 0.5 and after.objects["lamp"].center == scene.objects["lamp"].center


def test_turned_carrier_takes_what_is_on_it_along():
    scene = Scene.of([box("table", 0.0, 0.0, size=(3.0, 0.6, 0.7)), box("cup", 1.3, 0.0, 0.7, size=(0.1, 0.1, 0.1))])
    relation = rel("cup", P.ON, "table")
    dragged = TurnObjects(("table",), np.pi / 2, (0.0, 0.0)).apply(scene)
    after = keep(scene, dragged, [relation], ["table"])
    assert grade(after, relation) >= 0.5


def test_relation_that_did_not_hold_is_not_looked_at():
    after = moved(ROW, "sofa", (3.0, 0.0, 0.0), rel("cat", P.RIGHT_OF, "lamp"))
    assert after.objects["cat"] is ROW.objects["cat"]


@given(
    st.integers(0, 40), st.integers(0, 10_000), st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    st.sampled_from(GEOMETRIC_PREDICATES),
)  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_one_true_relation_stays_true_under_any_drag(seed, pick, by, predicate):
    scene = random_room(random.Random(seed % 8), 5)
    ids = list(scene.objects)
    first, second = ids[pick % 5], ids[(pick // 5) % 5]
    if first == second:
        return
    relation = rel(first, predicate, second)
    if grade(scene, relation) < 0.5:
        return
    key = (first, second)[pick % 2]
    dragged = MoveObjects((key,), (*by, 0.0)).apply(scene)
    after = keep(scene, dragged, [relation], [key])
    assert grade(after, relation) >= 0.5 - 1e-3
    assert keep(scene, dragged, [relation], [key]) == after
    others = [name for name in ids if name not in (first, second)]
    carried = Keeping(scene, [relation], [key]).carried(first)
    assert all(after.objects[name] is dragged.objects[name] for name in others if name not in carried)


def test_boxes_set_leads_from_one_scene_to_the_other():
    after = moved(ROW, "sofa", (3.0, 0.0, 0.0), LAMP_RIGHT)
    scene = ROW
    for edit in boxes_set(ROW, after):
        scene = edit.apply(scene)
    assert scene == after
