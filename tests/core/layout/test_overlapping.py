"""Interpenetration of oriented boxes, and what does not count as such."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.layout import overlaps
from sd3studio.core.layout.overlapping import separating_axis_depth
from sd3studio.core.scene import Predicate, Relation, Scene, SceneObject
from sd3studio.core.scene.boxes import Boxes

number = st.floats(-2.0, 2.0)
angle = st.floats(-3.0, 3.0)


def box(name, center, size=(1, 1, 1), **fields):
    return SceneObject(id=name, label=fields.pop("label", name), center=center, size=size, **fields)


@st.composite
def boxes(draw, name):
    size = draw(st.tuples(*[st.floats(0.3, 1.5)] * 3))
    tilt = {"pitch": draw(angle), "roll": draw(angle)} if draw(st.booleans()) else {}
    return box(name, draw(st.tuples(number, number, number)), size, yaw=draw(angle), **tilt)


def shares_a_point(a, b):
    """Slow and independent: do two boxes share one of many points of a grid in the first?"""
    steps = np.linspace(-1, 1, 25)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    first, second = Boxes.of([a]), Boxes.of([b])
    points = (grid * first.half[0]) @ first.rotation[0].T + first.center[0]
    local = (points - second.center[0]) @ second.rotation[0]
    return bool((np.abs(local) <= second.half[0]).all(axis=1).any())


@settings(max_examples=150, deadline=None)
@given(boxes("a"), boxes("b"))
def test_boxes_that_share_a_point_overlap_and_those_apart_do_not(a, b):
    depth = float(separating_axis_depth(Boxes.of([a]), Boxes.of([b]))[0])
    if depth < -1e-9:
        assert not shares_a_point(a, b)
    if depth > 0.15:  # the grid is fine enough to find it
        assert shares_a_point(a, b) or shares_a_point(b, a)


@settings(max_examples=60, deadline=None)
@given(boxes("a"), boxes("b"), number, angle)
def test_depth_is_symmetric_and_does_not_change_with_a_common_shift(a, b, shift, turn):
    depth = separating_axis_depth(Boxes.of([a]), Boxes.of([b]))[0]
    assert depth == pytest.approx(separating_axis_depth(Boxes.of([b]), Boxes.of([a]))[0], abs=1e-9)
    moved = [o.replace(center=tuple(c + shift for c in o.center)) for o in (a, b)]
    assert depth == pytest.approx(separating_axis_depth(Boxes.of(moved[:1]), Boxes.of(moved[1:]))[0], abs=1e-9)


def test_two_cubes_overlap_by_the_depth_between_their_faces():
    (found,) = overlaps(Scene.of([box("a", (0, 0, 0.5)), box("b", (0.9, 0, 0.5))]))
    assert (found.first, found.second, found.depth_m) == ("a", "b", pytest.approx(0.1))


def test_boxes_turned_by_45_degrees_pass_each_other_at_their_corners():
    still = box("a", (0, 0, 0.5))
    assert not overlaps(Scene.of([still, box("b", (1.1, 1.1, 0.5), yaw=np.pi / 4)]))
    assert overlaps(Scene.of([still, box("b", (0.8, 0.8, 0.5), yaw=np.pi / 4)]))


def test_a_tilted_ladder_over_a_box_does_not_overlap_with_it():
    ladder = box("ladder", (0, 0, 1.5), (0.4, 3.0, 0.05), pitch=np.pi / 4)
    assert not overlaps(Scene.of([ladder, box("a", (0, 1.0, 0.5), (0.4, 0.4, 1.0))]))
    assert overlaps(Scene.of([ladder, box("a", (0, -0.9, 0.5), (0.4, 0.4, 1.0))]))


def test_what_touches_does_not_overlap():
    assert not overlaps(Scene.of([box("a", (0, 0, 0.5)), box("b", (1.0, 0, 0.5)), box("c", (0, 0, 1.5))]))


def test_on_a_seat_under_a_table_and_in_a_box_is_not_interpenetration():
    chair = box("chair", (0, 0, 0.45), (0.5, 0.5, 0.9), category="chair")
    table = box("table", (3, 0, 0.375), (1.4, 0.8, 0.75), category="dining table")
    crate = box("crate", (6, 0, 0.3), (0.6, 0.6, 0.6))
    inside = [box("book", (0, 0, 0.47), (0.2, 0.1, 0.04)), box("cat", (3, 0, 0.15), (0.2, 0.4, 0.3))]
    assert not overlaps(Scene.of([chair, table, crate, *inside, box("ball", (6, 0, 0.2), (0.2, 0.2, 0.2))]))


def test_a_dog_in_a_bed_is_interpenetration_unless_it_is_said_to_be_in_it():
    bed = box("bed", (0, 0, 0.3), (1.6, 2.0, 0.6), category="bed")
    dog = box("dog", (0, 0, 0.3), (0.3, 0.7, 0.6))
    assert overlaps(Scene.of([bed, dog]))
    said = Relation(subject="dog", predicate=Predicate.IN, object="bed")
    assert not overlaps(Scene.of([bed, dog], relations=(said,)))


def test_hidden_things_and_stuff_are_not_in_the_way():
    things = [box("a", (0, 0, 0.5)), box("b", (0, 0, 0.5), hidden=True), box("c", (0, 0, 0.5), kind="stuff")]
    assert not overlaps(Scene.of(things))
