"""Magnetism: what catches, what does not, and the laws of it."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.edits import PutToWall
from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.core.snapping import Snapping, Surroundings, snap, snapped_turn
from tests.core.layout.random_rooms import random_room

ways = st.tuples(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0), st.floats(-1.0, 1.0))


def box(key, x, y, z=0.0, size=(1.0, 1.0, 1.0), **fields):
    fields = {"label": "box", **fields}
    return SceneObject(id=key, center=(x, y, z + size[2] / 2.0), size=size, **fields)


def dragged(scene, wished, key="a", **how):
    return snap(Surroundings(scene, [key]), wished, Snapping(**how))


def test_edges_of_a_neighbour_catch_with_a_guide():
    scene = Scene.of([box("a", 0.0, 0.0), box("b", 3.0, 2.0)])
    found = dragged(scene, (2.95, 0.0, 0.0))
    assert found.delta == pytest.approx((3.0, 0.0, 0.0))
    guide = found.guides[0]
    assert guide.to == "b" and guide.reason in ("edge", "centre")
    assert guide.start[0] == guide.end[0] and guide.end[1] - guide.start[1] == pytest.approx(3.0)


def test_flush_sides_catch():
    scene = Scene.of([box("a", 0.0, 0.0), box("b", 3.0, 0.3, size=(1.0, 2.3, 1.0))])
    found = dragged(scene, (1.95, 0.9, 0.0))
    assert found.delta[0] == pytest.approx(2.0)
    assert found.guides[0].reason == "flush"


def test_far_neighbours_do_not_catch():
    scene = Scene.of([box("a", 0.0, 0.0), box("b", 30.0, 2.0)])
    assert dragged(scene, (0.0, 1.98, 0.0)).delta == (0.0, 1.98, 0.0)


def test_a_large_thing_is_not_lined_up_with_a_cup_but_a_cup_with_a_large_thing():
    scene = Scene.of([box("a", 0.0, 0.0), box("cup", 3.0, 2.0, size=(0.1, 0.1, 0.1))])
    assert dragged(scene, (2.98, 0.0, 0.0)).delta[0] == 2.98
    assert dragged(scene, (-2.98, 0.0, 0.0), key="cup", walls=False).delta[0] == pytest.approx(-3.0)


def test_small_thing_climbs_onto_the_table_and_down_again():
    table = box("b", 2.0, 0.0, size=(1.4, 0.8, 0.75), label="table", category="dining table")
    scene = Scene.of([box("a", 0.0, 0.0, size=(0.2, 0.2, 0.2)), table])
    up = dragged(scene, (2.1, 0.13, 0.0), edges=False, centres=False)
    assert up.delta[2] == pytest.approx(0.75) and up.guides[0].reason == "on top" and up.guides[0].to == "b"
    assert dragged(scene, (0.5, 0.0, 0.0)).delta[2] == 0.0


def test_chair_is_pushed_under_the_table():
    table = box("b", 2.0, 0.0, size=(1.4, 0.8, 0.75), label="table", category="dining table")
    scene = Scene.of([box("a", 0.0, 0.0, size=(0.5, 0.5, 0.9), label="chair"), table])
    assert dragged(scene, (2.0, 0.3, 0.0)).delta[2] == 0.0


def test_thing_leaves_the_table_onto_the_floor():
    table = box("b", 0.0, 0.0, size=(1.4, 0.8, 0.75), label="table", category="dining table")
    scene = Scene.of([box("a", 0.0, 0.0, 0.75, size=(0.2, 0.2, 0.2)), table])
    assert dragged(scene, (2.5, 0.0, 0.0)).delta[2] == pytest.approx(-0.75)


def test_hanging_thing_keeps_its_height():
    scene = Scene.of([box("a", 0.0, 0.0, 1.5), box("b", 2.0, 0.0)])
    assert dragged(scene, (1.3, 0.2, 0.0)).delta[2] == 0.0


def test_lifted_thing_is_caught_by_the_floor():
    scene = Scene.of([box("a", 0.0, 0.0, 1.0)])
    found = dragged(scene, (0.0, 0.0, -0.95), axes="z")
    assert found.delta[2] == pytest.approx(-1.0) and found.guides[0].reason == "floor"


def test_a_thing_is_not_pushed_into_the_ground_unless_it_was_there():
    scene = Scene.of([box("a", 0.0, 0.0, 1.0), box("deep", 3.0, 0.0, -2.0)])
    assert dragged(scene, (0.0, 0.0, -1.7), axes="z").delta[2] == pytest.approx(-1.0)
    assert dragged(scene, (0.0, 0.0, -1.7), axes="z", floor=False).delta[2] == -1.7
    assert dragged(scene, (0.0, 0.0, -0.5), key="deep", axes="z").delta[2] == -0.5


@pytest.mark.parametrize("yaw", [0.0, 0.4, math.pi / 2, -2.0])
def test_thing_goes_against_a_wall_in_any_turn(yaw):
    normal = np.array([-math.sin(yaw), math.cos(yaw)])
    wall = SceneObject(id="w", label="wall", kind="stuff", size=(6.0, 0.1, 2.5), yaw=yaw, center=(0.0, 0.0, 1.25))
    start = normal * 2.0
    thing = box("a", *start, size=(0.6, 0.4, 0.8)).replace(yaw=yaw)
    found = dragged(Scene.of([thing, wall]), (*(-normal * 1.7), 0.0))
    assert np.allclose(np.array(found.delta[:2]), -normal * 1.75, atol=1e-6)
    assert found.guides[0].reason == "wall" and found.guides[0].to == "w"


def couch_beside_a_wall(wall_yaw, couch_yaw, gap_m):
    """A couch in front of a wall whose side faces along `normal`; the gap is that of its back, turned to the wall."""
    normal = np.array([-math.sin(wall_yaw), math.cos(wall_yaw)])
    wall = SceneObject(id="w", label="wall", kind="stuff", size=(6.0, 0.1, 2.5), yaw=wall_yaw, center=(0.0, 0.0, 1.25))
    couch = box("a", *(normal * (0.05 + 0.45 + gap_m)), size=(2.0, 0.9, 0.8), label="couch", yaw=couch_yaw)
    cup = box("cup", *couch.center[:2], couch.center[2], size=(0.1, 0.1, 0.1))
    return Scene.of([wall, couch, cup]), normal


def to_the_wall(scene, way, **how):
    around = Surroundings(scene, ["a", "cup"], leader="a")
    return snap(around, (*way, 0.0), Snapping(edges=False, centres=False, **how))


@given(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0), st.floats(-0.07, 0.5))
@settings(max_examples=60, deadline=None)
def test_furniture_turns_its_back_to_a_wall_that_it_comes_to(wall_yaw, couch_yaw, left_m):
    scene, normal = couch_beside_a_wall(wall_yaw, couch_yaw, 2.0)
    found = to_the_wall(scene, -(2.0 - left_m) * normal)
    turned = scene.objects["a"].replace(yaw=couch_yaw + found.turn_rad)
    reaches = abs(math.sin(couch_yaw - wall_yaw)) * 1.0 + abs(math.cos(couch_yaw - wall_yaw)) * 0.45 - 0.45
    if left_m > max(reaches, 0.0) + 0.09:
        assert found.turn_rad == 0.0  # too far away for either
    elif left_m <= max(reaches, 0.0) + 0.07:
        front = np.array([math.sin(turned.yaw), -math.cos(turned.yaw)])
        assert front == pytest.approx(normal, abs=0.01)
        assert np.array(found.delta[:2]) == pytest.approx(-2.0 * normal, abs=0.02)
        assert found.guides[0].to == "w"


def test_a_couch_that_stood_sideways_at_the_wall_keeps_its_heading():
    scene, _ = couch_beside_a_wall(0.0, math.pi / 2, 0.0)
    thing = scene.objects["a"].replace(center=(0.0, 1.05, 0.4))
    scene = scene.with_objects(thing)
    found = to_the_wall(scene, (1.2, 0.02))
    assert found.turn_rad == 0.0 and found.delta[:2] == pytest.approx((1.2, 0.0))


@pytest.mark.parametrize("label", ["dining table", "potted plant", "dog"])
def test_what_has_no_back_is_not_turned(label):
    scene, normal = couch_beside_a_wall(0.3, 1.0, 2.0)
    scene = scene.with_objects(scene.objects["a"].replace(label=label))
    assert to_the_wall(scene, -1.5 * normal).turn_rad == 0.0


def test_a_lamp_on_the_wall_is_no_wall():
    lamp = box("lamp", 0.0, 2.0, 1.5, size=(0.2, 0.2, 0.3), label="wall lamp")
    assert not Surroundings(Scene.of([lamp, box("a", 0.0, 0.0)]), ["a"]).walls


def test_grid_moves_only_what_nothing_else_caught():
    scene = Scene.of([box("a", 0.0, 0.0), box("b", 3.02, 9.0)])
    alone = dragged(Scene.of([box("a", 0.0, 0.0)]), (0.234, 0.267, 0.0), grid_m=0.1)
    assert alone.delta == pytest.approx((0.2, 0.3, 0.0))
    caught = dragged(Scene.of([box("a", 0.0, 0.0), box("b", 3.02, 2.0)]), (3.0, 0.267, 0.0), grid_m=0.1)
    assert caught.delta[:2] == pytest.approx((3.02, 0.3)) and scene


@given(st.integers(0, 500), ways, st.sampled_from(["x", "y", "xy", "z", "xyz"]))
@settings(max_examples=60, deadline=None)
def test_snap_goes_no_farther_than_its_reach_and_only_along_its_axes(seed, wished, axes):
    scene = random_room(random.Random(seed % 5), 6)
    key = list(scene.objects)[seed % len(scene.objects)]
    how = Snapping(axes=axes, reach_m=0.08)
    found = snap(Surroundings(scene, [key]), wished, how)
    moved = np.abs(np.subtract(found.delta, wished))
    for axis in (0, 1):
        assert moved[axis] <= (0.08 + 1e-9 if "xyz"[axis] in axes else 1e-9)
    again = snap(Surroundings(scene, [key]), found.delta, how)
    assert np.allclose(again.delta[:2], found.delta[:2], atol=0.081)


@given(st.integers(0, 500), ways)
@settings(max_examples=40, deadline=None)
def test_without_magnetism_the_wish_is_kept(seed, wished):
    scene = random_room(random.Random(seed % 5), 6)
    off = {"floor": False, "tops": False, "walls": False, "edges": False, "centres": False}
    assert snap(Surroundings(scene, list(scene.objects)[:1]), wished, Snapping(**off)).delta == wished


@given(st.floats(-10.0, 10.0))
def test_turns_snap_to_the_nearest_step(yaw):
    turned = snapped_turn(yaw)
    assert -math.pi < turned <= math.pi
    assert abs(math.remainder(turned / math.radians(15.0), 1.0)) < 1e-9
    assert abs(math.remainder(turned - yaw, math.tau)) <= math.radians(7.5) + 1e-9


def test_nothing_dragged_keeps_the_wish():
    assert snap(Surroundings(Scene(), []), (1.0, 2.0, 3.0), Snapping()).delta == (1.0, 2.0, 3.0)


@given(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0), st.floats(0.0, 4.0))
@settings(max_examples=40, deadline=None)
def test_put_to_the_wall_it_touches_with_its_back_and_keeps_what_stands_on_it(wall_yaw, couch_yaw, gap_m):
    scene, normal = couch_beside_a_wall(wall_yaw, couch_yaw, gap_m)
    after = PutToWall("a", ("cup",)).apply(scene)
    couch, cup = after.objects["a"], after.objects["cup"]
    assert np.array([math.sin(couch.yaw), -math.cos(couch.yaw)]) == pytest.approx(normal, abs=0.01)
    assert np.array(couch.center[:2]) == pytest.approx(0.5 * normal, abs=0.01)
    assert cup.center[:2] == pytest.approx(couch.center[:2], abs=1e-6)


def test_a_wall_is_needed_to_be_put_against():
    with pytest.raises(SceneError, match="no wall"):
        PutToWall("a").apply(Scene.of([box("a", 0.0, 0.0)]))
