"""A room that was built can be read back as a plan, and changed in its place."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.edits import AddObjects, MoveObjects, Recolour, RemoveObjects, TurnObjects
from sd3studio.core.errors import SceneError
from sd3studio.core.room_reading import changed, read_room, room_of
from sd3studio.core.room_shaping import placed, resized, shaped
from sd3studio.core.rooms import Opening, Room, grouped
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Relation, Scene, SceneObject

SIDES = st.integers(0, 3)


@st.composite
def rooms(draw):
    """Rectangles and L-shapes with openings where they have room."""
    width, depth = (draw(st.integers(20, 90)) / 10.0 for _ in "wd")
    kinds = ["floor", "wooden floor"]
    plain = Room.rectangle(
        width, depth, floor=draw(st.sampled_from(kinds)), thickness_m=draw(st.sampled_from([0.1, 0.25]))
    )
    plain = shaped(plain, draw(st.sampled_from(["rectangle", "L"])), width, depth)
    open_sides = draw(st.sets(st.integers(0, len(plain.outline) - 1), max_size=2))
    room = plain.replace(open_sides=frozenset(open_sides), height_m=2.6, ceiling=draw(st.booleans()))
    for wall in range(len(room.outline)):
        if wall in open_sides or not draw(st.booleans()):
            continue
        kind = draw(st.sampled_from(["door", "window", "passage"]))
        opening = placed(room, Opening(wall=wall, at_m=0.0, kind=kind), draw(st.floats(0.0, 9.0)))
        room = room.replace(openings=(*room.openings, opening)) if opening else room
    return room


def standing(room, name="kitchen"):
    scene = AddObjects(grouped(Scene(), room, name)).apply(Scene())
    return scene, next(key for key, thing in scene.objects.items() if thing.kind == "concept")


@given(rooms(), st.sampled_from([0.0, 0.3, -0.7, 1.2, 2.9]), st.sampled_from([0.0, 2.8]))
@settings(max_examples=60, deadline=None)
def test_the_plan_that_is_read_builds_the_same_room_turned_and_on_another_floor_too(room, turn, up):
    scene, key = standing(room)
    scene = TurnObjects(tuple(scene.objects), turn, (1.0, -2.0)).apply(scene)
    scene = MoveObjects(tuple(scene.objects), (0.0, 0.0, up)).apply(scene)
    found = read_room(scene, key)
    assert set(found.parts) == {k for k, thing in scene.objects.items() if thing.parent == key}
    again = changed(scene, found, found.room, "kitchen").apply(scene)
    (areas, old), (new_areas, new) = (_areas_and_corners(one) for one in (scene, again))
    assert new_areas == pytest.approx(areas, rel=1e-3)  # its rectangles may be others
    assert old.shape == new.shape
    assert np.linalg.norm(old[:, None] - new[None], axis=2).min(axis=1).max() < 3e-3


def _areas_and_corners(scene):
    """Areas of floor and ceiling; corners of everything upright."""
    flat = [thing for thing in scene.objects.values() if thing.size[2] < 0.05]
    upright = [thing for thing in scene.objects.values() if thing.size[2] >= 0.05 and thing.kind != "concept"]
    areas: dict[str, float] = {}
    for thing in flat:
        areas[thing.label] = areas.get(thing.label, 0.0) + thing.size[0] * thing.size[1]
    return areas, Boxes.of(upright).corners().reshape(-1, 3)


def test_a_room_that_was_moved_is_changed_where_it_is_and_what_stands_in_it_stays():
    scene, key = standing(Room.rectangle(4.0, 3.0, openings=(Opening(wall=2, at_m=2.0, kind="window"),)))
    lamp = SceneObject(id="lamp", label="lamp", center=(4.0, 0.5, 0.8), parent=key)
    told = Relation(subject="lamp", predicate="in front of", object="wall")
    scene = MoveObjects((*scene.objects,), (5.0, 1.0, 0.0)).apply(scene).with_objects(lamp)
    scene = Recolour(("wall",), (0.2, 0.4, 0.6)).apply(scene.replace(relations=(told,)))
    old = read_room(scene, key)
    new = changed(scene, old, resized(old.room, 6.0, 4.0), "kitchen").apply(scene)
    floor = next(thing for thing in new.objects.values() if thing.label == "floor")
    assert floor.center[:2] == pytest.approx((5.0, 1.0)) and floor.size[:2] == pytest.approx((6.0, 4.0))
    assert new.objects["lamp"] == lamp and new.relations == (told,)
    assert new.objects["wall"].colour == (0.2, 0.4, 0.6)
    assert {thing.parent for thing in new.objects.values()} == {None, key}


def test_a_plan_in_a_turned_room_is_drawn_straight():
    scene, key = standing(Room.rectangle(4.0, 3.0))
    scene = TurnObjects(tuple(scene.objects), 0.3, (5.0, 0.0)).apply(scene)
    old = read_room(scene, key)
    assert old.pose.yaw == pytest.approx(0.3)
    assert resized(old.room, 4.0, 3.0).outline == pytest.approx(np.array(old.room.outline), abs=1e-5)
    lamp = SceneObject(id="lamp", label="lamp", center=scene.objects["wall"].center)
    drawn = old.pose.drawn_scene(scene.with_objects(lamp))
    assert old.pose.standing(drawn.objects["lamp"]).center == pytest.approx(lamp.center)
    assert math.remainder(drawn.objects["wall"].yaw, math.pi / 2.0) == pytest.approx(0.0, abs=1e-9)


def test_what_is_no_room_is_said():
    scene, key = standing(Room.rectangle(4.0, 3.0))
    assert room_of(scene, "wall") == room_of(scene, key) == key
    table = SceneObject(id="table", label="table")
    assert room_of(scene.with_objects(table), "table") is None
    floor = next(k for k, thing in scene.objects.items() if thing.label == "floor")
    with pytest.raises(SceneError, match="no floor"):
        read_room(RemoveObjects((floor,)).apply(scene), key)
    astray = MoveObjects(("wall",), (0.5, 0.5, 0.0)).apply(scene)
    with pytest.raises(SceneError, match="does not stand at the edge"):
        read_room(astray, key)
