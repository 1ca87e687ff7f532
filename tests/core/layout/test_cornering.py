"""Corners of the walls of a scene: which there are, on which side, and how things stand in them."""

import math

import pytest

from sd3studio.core.layout.cornering import corners_of, is_left, put_into
from sd3studio.core.layout.overlapping import overlaps
from sd3studio.core.scene.values import Scene, SceneObject


def wall(name, center, size):
    return SceneObject(id=name, label=name.replace("-", " "), kind="stuff", center=(*center, 1.3), size=(*size, 2.6))


def thing(name, center, size=(0.4, 0.6, 1.0), yaw=0.0):
    return SceneObject(id=name, label=name, center=(*center, size[2] / 2.0), size=size, yaw=yaw)


BACK = wall("back-wall", (0.0, 2.05), (4.2, 0.1))
LEFT = wall("left-wall", (-2.05, 0.0), (0.1, 4.0))
RIGHT = wall("right-wall", (2.05, 0.0), (0.1, 4.0))
TABLE = thing("table", (0.0, 0.0), (1.2, 0.8, 0.75))


def test_corners_are_where_walls_meet_seen_from_the_camera():
    scene = Scene.of([RIGHT, TABLE, BACK, LEFT])
    corners = corners_of(scene)
    assert [corner.walls for corner in corners] == [("back-wall", "left-wall"), ("back-wall", "right-wall")]
    assert [is_left(scene, corner) for corner in corners] == [True, False]
    assert corners[0].place == pytest.approx((-2.0, 2.0)) and corners[1].place == pytest.approx((2.0, 2.0))


@pytest.mark.parametrize("walls", [[], [BACK], [LEFT, RIGHT], [BACK.replace(center=(0.0, 4.0, 1.3)), LEFT]])
def test_walls_that_do_not_meet_have_no_corner(walls):
    assert not corners_of(Scene.of([TABLE, *walls]))


def test_a_thing_in_a_corner_touches_both_walls_with_its_back_to_the_back_one_and_takes_along_what_it_carries():
    shelf, cup = thing("shelf", (0.5, 0.3), yaw=1.0), thing("cup", (0.5, 0.3), (0.1, 0.1, 0.1))
    scene = Scene.of([BACK, RIGHT, shelf, cup.replace(center=(0.5, 0.3, 1.05))])
    (corner,) = corners_of(scene)
    put = put_into(scene, "shelf", corner, ("cup",))
    assert put.objects["shelf"].center == pytest.approx((1.8, 1.7, 0.5), abs=0.02)
    assert math.remainder(put.objects["shelf"].yaw, math.tau) == pytest.approx(0.0, abs=1e-6)
    assert put.objects["cup"].center == pytest.approx((1.8, 1.7, 1.05), abs=0.02)


def test_of_two_things_in_a_corner_the_second_stands_beside_the_first_and_a_full_wall_has_no_room():
    scene = Scene.of([BACK, RIGHT, thing("one", (0.0, 0.0)), thing("two", (-1.0, 0.0))])
    (corner,) = corners_of(scene)
    scene = put_into(put_into(scene, "one", corner), "two", corner)
    assert not overlaps(scene) and scene.objects["two"].center[:2] == pytest.approx((1.4, 1.7), abs=0.06)
    full = Scene.of([BACK, RIGHT, thing("all", (0.0, 0.0), (4.0, 4.0, 1.0)), thing("two", (-1.0, 0.0))])
    assert put_into(full, "two", corners_of(full)[0]) is None
