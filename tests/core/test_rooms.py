"""The room builder: walls close, openings are free, floors cover the outline."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.errors import SceneError
from sd3studio.core.rooms import Opening, Room, built, outdoors
from sd3studio.core.scene import Scene
from sd3studio.core.scene.boxes import Boxes, facing_of, ray_hits


def parts(room):
    things = built(Scene(), room)
    return [t for t in things if t.label == "floor"], [t for t in things if t.label == "wall"], things


def area(things):
    return sum(thing.size[0] * thing.size[1] for thing in things)


@given(st.floats(2.0, 12.0), st.floats(2.0, 12.0), st.floats(2.0, 4.0))
@settings(max_examples=30, deadline=None)
def test_rectangle_is_closed_and_covered(width, depth, height):
    floor, walls, _ = parts(Room.rectangle(width, depth, height_m=height))
    assert area(floor) == pytest.approx(width * depth) and len(walls) == 4
    boxes = Boxes.of(walls)
    for angle in np.linspace(0.0, 2.0 * math.pi, 16):
        hit = ray_hits(boxes, (0.0, 0.0, height / 2.0), (math.cos(angle), math.sin(angle), 0.0))
        assert np.isfinite(hit).any()
    assert max(t.center[2] + t.size[2] / 2.0 for t in walls) == pytest.approx(height)


@given(st.floats(1.0, 4.0), st.sampled_from([0, 1, 2, 3]), st.booleans())
@settings(max_examples=30, deadline=None)
def test_one_looks_through_an_opening_and_not_beside_it(at, wall, turned):
    outline = ((-2.5, -2.5), (2.5, -2.5), (2.5, 2.5), (-2.5, 2.5))
    outline = outline[::-1] if turned else outline
    opening = Opening(wall=wall, at_m=at, kind="window", filled=False, width_m=1.0, height_m=1.0, sill_m=1.0)
    boxes = Boxes.of(built(Scene(), Room(outline=outline, openings=(opening,))))
    start, end = np.array(outline[wall]), np.array(outline[(wall + 1) % 4])
    along = (end - start) / 5.0
    out = (start + end) / np.linalg.norm(start + end)

    def blocked(share, z):
        spot = start + along * share
        return bool(np.isfinite(ray_hits(boxes, (*(spot - out), z), (*out, 0.0))).any())

    assert not blocked(at, 1.5)
    assert blocked(at, 0.5) and blocked(at, 2.3)
    assert blocked(at - 0.6, 1.5) or at - 0.6 < 0.0


def test_doors_and_windows_fill_their_openings_and_face_the_room():
    room = Room.rectangle(5.0, 4.0, openings=(Opening(wall=2, at_m=2.0, kind="window"), Opening(wall=1, at_m=1.0)))
    things = {t.label: t for t in parts(room)[2] if t.kind == "object"}
    assert things["window"].size == pytest.approx((1.2, 0.1, 1.2)) and things["door"].size[2] == pytest.approx(2.1)
    for thing in things.values():
        assert facing_of(thing.yaw)[:2] @ np.array(thing.center[:2]) < 0.0


def test_floor_of_a_bent_room_covers_just_it():
    bent = Room(outline=((0, 0), (4, 0), (4, 2), (2, 2), (2, 4), (0, 4)))
    floor, walls, _ = parts(bent)
    assert area(floor) == pytest.approx(12.0) and len(walls) == 6


def test_open_sides_have_no_wall():
    assert len(parts(Room.rectangle(4.0, 4.0, open_sides=frozenset({0})))[1]) == 3


def test_ids_are_free_in_the_scene():
    scene = Scene.of(built(Scene(), Room.rectangle(4.0, 4.0)))
    more = built(scene, Room.rectangle(3.0, 3.0))
    assert len({thing.id for thing in more} - set(scene.objects)) == len(more)


def test_ground_lies_at_zero():
    ground = outdoors(Scene(), "sand")
    assert ground.kind == "stuff" and ground.center[2] + ground.size[2] / 2.0 == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"openings": (Opening(wall=0, at_m=0.1),)}, "does not fit"),
        ({"openings": (Opening(wall=7, at_m=1.0),)}, "no wall 7"),
        ({"openings": (Opening(wall=0, at_m=1.0, height_m=9.0),)}, "reaches up"),
        ({"openings": (Opening(wall=0, at_m=2.0), Opening(wall=0, at_m=2.2))}, "overlap"),
        ({"outline": ((0, 0), (4, 4), (4, 0), (0, 4))}, "crosses itself"),
        ({"outline": ((0, 0), (0, 0), (4, 0))}, "same place"),
    ],
)
def test_impossible_rooms_are_told(change, words):
    room = Room.rectangle(5.0, 5.0).replace(**change)
    with pytest.raises(SceneError, match=words):
        built(Scene(), room)
