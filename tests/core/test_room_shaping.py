"""Planning rooms: walls and openings move without breaking the room; rooms written as text."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sd3studio.core.errors import InputError
from sd3studio.core.room_shaping import (
    SHAPES,
    at_of_left,
    from_left_m,
    length_m,
    placed,
    resized,
    room_of_text,
    shaped,
    side_name,
    size_m,
    wall_moved,
)
from sd3studio.core.rooms import Opening, Room, built, grouped
from sd3studio.core.scene import Scene, SceneObject

lengths = st.floats(1.0, 12.0)
START = Room.rectangle(4.0, 3.0, openings=(Opening(wall=2, at_m=1.0), Opening(wall=3, at_m=1.5, kind="window")))


@given(
    st.sampled_from(SHAPES),
    st.tuples(lengths, lengths),
    st.lists(st.tuples(st.integers(0, 5), st.floats(-4.0, 4.0)), max_size=4),
    st.tuples(lengths, lengths),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_dragged_walls_and_sizes_always_give_a_room_that_can_be_built(shape, size, moves, then):
    room = shaped(START, shape, *size)
    for side, by in moves:
        room = wall_moved(room, side % len(room.outline), by)
    room = resized(room, *then)
    assert size_m(room) == pytest.approx(then)
    assert built(Scene(), room)


@given(st.integers(0, 3), st.floats(0.0, 3.0))
def test_a_moved_wall_takes_its_side_along_and_no_other(side, by):
    room = Room.rectangle(4.0, 3.0)
    low, high = np.min(room.outline, axis=0), np.max(room.outline, axis=0)
    moved = wall_moved(room, side, by)
    bounds = np.array([np.min(moved.outline, axis=0), np.max(moved.outline, axis=0)]) - [low, high]
    expected = np.zeros((2, 2))
    expected[{0: (0, 1), 1: (1, 0), 2: (1, 1), 3: (0, 0)}[side]] = by * (-1 if side in (0, 3) else 1)
    assert bounds == pytest.approx(expected)


def test_openings_of_the_neighbours_stay_in_place_when_a_wall_is_moved():
    moved = wall_moved(START, 1, 0.7)  # the right wall, where the back wall begins
    assert [one.at_m for one in moved.openings] == pytest.approx([1.7, 1.5])


def test_a_window_in_the_middle_of_a_wall_stays_there_when_the_room_is_stretched():
    room = Room.rectangle(4.0, 3.0, openings=(Opening(wall=2, at_m=2.0), Opening(wall=3, at_m=1.5)))
    assert [one.at_m for one in resized(room, 6.0, 5.0).openings] == pytest.approx([3.0, 2.5])


@given(st.integers(0, 3), st.floats(-2.0, 9.0))
def test_an_opening_is_kept_inside_its_wall(wall, at):
    opening = placed(START, Opening(wall=wall, at_m=1.0), at)
    assert 0.475 - 1e-9 <= opening.at_m <= length_m(START, wall) - 0.475 + 1e-9
    assert at_of_left(START, wall, from_left_m(START, opening)) == pytest.approx(opening.at_m)


def test_a_wall_that_is_too_short_loses_its_opening():
    assert resized(START, 0.6, 3.0).openings == (START.openings[1],)


def test_left_is_meant_from_inside():
    room = room_of_text("4x3", doors=["back:1.2"], windows=["front:1.2"])
    things = {thing.label: thing for thing in built(Scene(), room) if thing.kind == "object"}
    assert things["door"].center[0] == pytest.approx(-2.0 + 1.2)
    assert things["window"].center[0] == pytest.approx(2.0 - 1.2)


def test_a_room_written_as_text_has_its_sizes():
    room = room_of_text("5x4x2.8", windows=["left:1.5:1.4x1.2+0.8"], passages=["right"], open_sides=["front"])
    assert size_m(room) == (5.0, 4.0) and room.height_m == 2.8 and room.open_sides == {0}
    window, passage = room.openings
    assert (window.width_m, window.height_m, window.sill_m) == (1.4, 1.2, 0.8)
    assert passage.at_m == 2.0


@pytest.mark.parametrize(
    "size", ["4", "4x", "axb", "4x3x2x1", "-4x3", "0x3", "99999x3"],
)  # fmt: skip
def test_other_sizes_are_explained(size):
    with pytest.raises(InputError):
        room_of_text(size)


@pytest.mark.parametrize("door", ["up", "back:9", "back:a", "back:1:2", ""])
def test_other_doors_are_explained(door):
    with pytest.raises(InputError):
        room_of_text("4x3", doors=[door])


def test_parts_of_a_room_belong_to_its_concept_and_ids_are_free():
    scene = Scene.of([SceneObject(id="kitchen", label="kitchen"), SceneObject(id="wall", label="wall")])
    concept, *parts = grouped(scene, START, "kitchen")
    assert concept.kind == "concept" and concept.id == "kitchen-2"
    assert {part.parent for part in parts} == {"kitchen-2"}
    scene.with_objects(concept, *parts)
    assert not {thing.id for thing in (concept, *parts)} & set(scene.objects)


def test_walls_are_called_by_where_they_are():
    assert [side_name(START, side) for side in range(4)] == ["front", "right", "back", "left"]
    assert [side_name(shaped(START, "L", 4, 3), side) for side in range(6)] == [
        "front", "right 1", "back 1", "right 2", "back 2", "left",
    ]  # fmt: skip
