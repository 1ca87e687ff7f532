"""What hangs on a wall goes with it when the room is changed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.edits import AddObjects, MoveObjects, TurnObjects
from sd3studio.core.room_reading import changed, read_room
from sd3studio.core.room_shaping import length_m, outward, resized, shaped, wall_moved
from sd3studio.core.rooms import Opening, Room, grouped
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Relation, Scene, SceneObject
from sd3studio.core.walls import half_along

PLAIN = Room.rectangle(4.0, 3.0)


def scene_of(room, *things):
    scene = AddObjects(grouped(Scene(), room)).apply(Scene())
    return AddObjects(things).apply(scene)


def picture(x, y, yaw=0.0, z=1.5, **fields):
    return SceneObject(id="picture", label="picture", center=(x, y, z), size=(0.6, 0.04, 0.5), yaw=yaw, **fields)


def after(scene, change):
    old = read_room(scene, "room")
    return changed(scene, old, change(old.room), "room").apply(scene)


def gap_m(room, side, thing):
    out = outward(room, side)
    boxes = Boxes.of([thing])
    off = float((np.array(thing.center[:2]) - room.outline[side]) @ out)
    return -off - float(half_along(boxes, out)[0])


@given(
    side=st.integers(0, 3), share=st.floats(0.2, 0.8), size=st.tuples(st.floats(1.5, 9.0), st.floats(1.5, 9.0)),
    turn=st.sampled_from([0.0, 0.4, -2.0]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_picture_keeps_its_distance_from_its_wall_in_a_room_of_another_size(side, share, size, turn):
    along = np.subtract(PLAIN.outline[(side + 1) % 4], PLAIN.outline[side])
    out = outward(PLAIN, side)
    place = np.array(PLAIN.outline[side]) + share * along - 0.025 * out
    hung = picture(float(place[0]), float(place[1]), yaw=float(np.arctan2(along[1], along[0])))
    scene = scene_of(PLAIN, hung)
    scene = TurnObjects(tuple(scene.objects), turn, (0.0, 0.0)).apply(scene)
    new = after(scene, lambda room: resized(room, *size))
    room = read_room(new, "room")
    drawn = room.pose.drawn(new.objects["picture"])
    gaps = [gap_m(room.room, k, drawn) for k in range(4)]
    assert min(gaps) == pytest.approx(0.005, abs=2e-3)
    nearest = int(np.argmin(np.abs(gaps)))
    at = float((np.array(drawn.center[:2]) - room.room.outline[nearest]) @ _way(room.room, nearest))
    assert 0.3 - 1e-6 <= at <= length_m(room.room, nearest) - 0.3 + 1e-6


def _way(room, side):
    way = np.subtract(room.outline[(side + 1) % len(room.outline)], room.outline[side])
    return way / np.linalg.norm(way)


def test_only_what_hangs_on_the_wall_that_moves_moves_with_it():
    right = picture(1.975, 0.0, yaw=np.pi / 2.0)
    back = picture(0.0, 1.475).replace(id="clock", label="clock")
    sofa = SceneObject(id="sofa", label="sofa", center=(1.5, 0.0, 0.4), size=(1.0, 2.0, 0.8))
    new = after(scene_of(PLAIN, right, back, sofa), lambda room: wall_moved(room, 1, 1.0))
    assert new.objects["picture"].center == pytest.approx((2.975, 0.0, 1.5))
    assert new.objects["clock"] == back and new.objects["sofa"] == sofa


def test_what_stands_on_a_wall_shelf_goes_with_it_and_what_stands_on_furniture_stays():
    shelf = SceneObject(id="shelf", label="shelf", center=(0.0, 1.35, 1.2), size=(1.0, 0.3, 0.03))
    book = SceneObject(id="book", label="book", center=(0.2, 1.35, 1.315), size=(0.2, 0.2, 0.2))
    chest = SceneObject(id="chest", label="chest", center=(-1.3, 1.25, 0.4), size=(1.0, 0.5, 0.8))
    vase = SceneObject(id="vase", label="vase", center=(-1.3, 1.39, 0.95), size=(0.2, 0.2, 0.3))
    new = after(scene_of(PLAIN, shelf, book, chest, vase), lambda room: wall_moved(room, 2, 0.5))
    assert new.objects["shelf"].center == pytest.approx((0.0, 1.85, 1.2))
    assert new.objects["book"].center == pytest.approx((0.2, 1.85, 1.315))
    assert new.objects["chest"] == chest and new.objects["vase"] == vase


def test_it_stays_part_of_the_wall_behind_it_when_that_is_cut_into_other_pieces():
    hung = picture(1.3, 1.475, parent="wall-3")  # the back wall, which a door cuts in two
    told = Relation(subject="picture", predicate="part of", object="wall-3")
    scene = scene_of(PLAIN, hung).replace(relations=(told,))
    assert scene.objects["wall-3"].center[1] > 1.5
    door = Opening(wall=2, at_m=2.5)
    front = Opening(wall=0, at_m=2.0)
    new = after(scene, lambda room: wall_moved(room.replace(openings=(front, door)), 2, 0.4))
    picture_then = new.objects["picture"]
    wall = new.objects[picture_then.parent]
    assert picture_then.center == pytest.approx((1.3, 1.875, 1.5))
    assert wall.center[1] == pytest.approx(1.95)
    assert abs(wall.center[0] - 1.3) <= wall.size[0] / 2.0
    assert new.relations == (told.replace(object=wall.id),)


def test_it_makes_way_for_an_opening_and_fits_below_a_lower_ceiling():
    hung = picture(0.0, 1.475, z=2.2)
    window = Opening(wall=2, at_m=2.0, width_m=1.0, height_m=1.2, sill_m=0.9)
    new = after(scene_of(PLAIN, hung), lambda room: room.replace(openings=(window,), height_m=2.3))
    x, _, z = new.objects["picture"].center
    assert abs(x) == pytest.approx(0.82) and z == pytest.approx(2.05)


def test_a_picture_on_the_other_face_goes_with_the_thickness():
    outside = picture(2.125, 0.0, yaw=np.pi / 2.0)
    new = after(scene_of(PLAIN, outside), lambda room: room.replace(thickness_m=0.3))
    assert new.objects["picture"].center[0] == pytest.approx(2.325)


def test_what_hung_on_a_wall_that_is_taken_away_stays_where_it_is():
    hung = picture(1.975, 0.0, yaw=np.pi / 2.0, parent="wall-2")
    new = after(scene_of(PLAIN, hung), lambda room: room.replace(open_sides=frozenset({1})))
    assert new.objects["picture"] == hung.replace(parent=None)


def test_in_a_room_of_another_shape_it_hangs_on_the_wall_that_looks_the_same_way():
    left = picture(-1.975, 0.3, yaw=-np.pi / 2.0)
    new = after(scene_of(PLAIN, left), lambda room: shaped(room, "L", 6.0, 4.0))
    assert new.objects["picture"].center == pytest.approx((-2.975, 0.3, 1.5))


def test_a_moved_room_takes_its_pictures_from_where_it_stands():
    scene = scene_of(PLAIN, picture(1.975, 0.0, yaw=np.pi / 2.0))
    scene = MoveObjects(tuple(scene.objects), (5.0, 1.0, 2.8)).apply(scene)
    new = after(scene, lambda room: resized(room, 6.0, 3.0))
    assert new.objects["picture"].center == pytest.approx((7.975, 1.0, 4.3))
