"""Whole layouts from relations alone."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_rooms import BIG, SMALL

from sd3studio.core.layout import arrange, framing_camera, overlaps
from sd3studio.core.relations import grade_of
from sd3studio.core.scene import Predicate, Relation, Scene, SceneObject
from sd3studio.core.scene.boxes import Boxes

LEFT, ON, NEXT_TO = Predicate.LEFT_OF, Predicate.ON, Predicate.NEXT_TO
FACING, AWAY = Predicate.FACING, Predicate.FACING_AWAY
SIZES = BIG | SMALL


def thing(name, label=None):
    category, size = SIZES[label or name]
    return SceneObject(id=name, label=label or name, category=category, size=size)


def relation(subject, predicate, object):
    return Relation(subject=subject, predicate=predicate, object=object)


def grades(scene):
    return [grade_of(scene, r.subject, r.predicate, r.object, r.frame) for r in scene.relations]


def gap_along_x(scene, a, b):
    low, high = Boxes.of([scene.objects[a], scene.objects[b]]).bounds()
    return low[1, 0] - high[0, 0]


def test_the_prompt_of_the_slides():
    relations = (relation("chair", LEFT, "table"), relation("book", ON, "chair"), relation("chair", AWAY, "table"))
    scene = Scene.of([thing("table"), thing("chair"), thing("book")], relations=relations)
    layout = arrange(scene)
    assert min(grades(layout.scene)) >= 0.9 and not overlaps(layout.scene)
    assert 0.2 <= gap_along_x(layout.scene, "chair", "table") <= 0.6
    chair = layout.scene.objects["chair"]
    assert np.sin(chair.yaw) == pytest.approx(-1.0, abs=0.05)  # it looks to the left, its back is at the table
    assert layout.scene.relations == relations


def test_what_belongs_together_is_placed_together():
    relations = (relation("man", ON, "couch"), relation("man", NEXT_TO, "dog"))
    layout = arrange(Scene.of([thing("man"), thing("couch"), thing("dog")], relations=relations))
    assert min(grades(layout.scene)) >= 0.5 and not overlaps(layout.scene)


def test_the_middle_is_the_origin_and_all_face_the_camera():
    layout = arrange(Scene.of([thing("table"), thing("cupboard"), thing("dog"), thing("chair")]))
    low, high = Boxes.of(layout.scene.solid_objects()).bounds()
    assert (low.min(axis=0) + high.max(axis=0))[:2] == pytest.approx([0, 0], abs=1e-3)
    assert all(o.yaw == 0.0 for o in layout.scene.objects.values())
    assert layout.scene.objects["cupboard"].center[1] > layout.scene.objects["table"].center[1]


def test_locked_things_stay_where_they_are():
    table = thing("table").replace(center=(2, 3, 0.375), locked=True)
    layout = arrange(Scene.of([table, thing("chair")], relations=(relation("chair", LEFT, "table"),)))
    assert layout.scene.objects["table"] == table and min(grades(layout.scene)) >= 0.5


def test_a_contradiction_is_said_and_the_rest_is_laid_out():
    relations = (relation("chair", LEFT, "table"), relation("table", LEFT, "chair"), relation("cup", ON, "table"))
    layout = arrange(Scene.of([thing("table"), thing("chair"), thing("cup")], relations=relations))
    assert len(layout.clash) == 2 and "can't all be true" in layout.sentence
    assert grades(layout.scene)[2] >= 0.5


def test_parents_stay_and_an_empty_scene_is_no_problem():
    room = SceneObject(id="room", label="living room", kind="concept")
    layout = arrange(Scene.of([room, thing("chair").replace(parent="room")]))
    assert layout.scene.objects["chair"].parent == "room"
    assert arrange(Scene()).scene == Scene()


def test_a_seed_varies_the_layout_and_gives_the_same_one_again():
    scene = Scene.of([thing("table"), thing("chair")], relations=(relation("chair", LEFT, "table"),))
    assert arrange(scene, 3).scene == arrange(scene, 3).scene != arrange(scene, 4).scene
    assert min(grades(arrange(scene, 4).scene)) >= 0.5


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(sorted(BIG)), min_size=1, max_size=6, unique=True), st.data())
def test_chains_of_relations_are_all_met_without_interpenetration(names, data):
    choices = [LEFT, Predicate.RIGHT_OF, Predicate.BEHIND, Predicate.IN_FRONT_OF, NEXT_TO]
    relations = tuple(relation(b, data.draw(st.sampled_from(choices)), a) for a, b in pairwise(names))
    layout = arrange(Scene.of([thing(name) for name in names], relations=relations))
    assert not layout.broken and not overlaps(layout.scene, 0.011)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.floats(0.1, 4), st.floats(-3, 3)), min_size=1, max_size=8
    ),
    st.sampled_from([(768, 512), (512, 512), (400, 900)]),
)
def test_the_framing_camera_sees_all_corners_with_margins_and_fills_the_picture(spots, size):
    things = [
        SceneObject(id=f"a{i}", label="a", center=(x, y, s / 2), size=(s, s, s), yaw=yaw)
        for i, (x, y, s, yaw) in enumerate(spots)
    ]
    camera = framing_camera(Scene.of(things), *size)
    pixels, depth = camera.project(Boxes.of(things).corners().reshape(-1, 3))
    shares = pixels / size
    assert (depth > 0).all()
    assert (shares >= 0.095).all() and (shares <= 0.905).all()
    assert np.abs(shares - 0.5).max() >= 0.395 or math.dist(camera.position, camera.target) < 1.01
    assert camera.axes[2, 2] == pytest.approx(-np.sin(np.radians(17)), abs=1e-3)


def test_the_framing_camera_of_an_empty_scene_is_a_plain_one():
    assert framing_camera(Scene(), 320, 240).width == 320
