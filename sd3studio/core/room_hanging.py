"""What hangs on the walls of a room, and where it hangs once the room has another plan.

Everything here is in the frame of the plan, with the floor at z = 0. A thing keeps its distance from its wall and its
place along it; where the wall has become too short, or an opening came there, it goes as little aside as it can. The
distances are ours.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.relations.supports import surface_height
from sd3studio.core.room_shaping import length_m, outward
from sd3studio.core.rooms import Room
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import SceneObject
from sd3studio.core.walls import half_along

Floats = NDArray[np.float64]

TOUCHING_M = 0.05
"""From a wall no farther than this, and off the floor with nothing below, a thing hangs on it."""
OFF_FLOOR_M = 0.15
BESIDE_M = 0.02
"""What is kept free between a thing and an opening or the end of its wall."""


@dataclass(frozen=True, slots=True)
class Hung:
    """A thing that hangs on the wall of a side, on the face that looks into the room or on the other one."""

    thing: SceneObject
    side: int
    inside: bool


def hung_things(room: Room, things: Iterable[SceneObject], parts: Collection[str]) -> tuple[Hung, ...]:
    """Those of the things that hang on the walls of a room.

    Parameters
    ----------
    things : all of the scene but the room's own
    parts : ids of what the room is built of; a thing that is part of one of these hangs on it wherever it is
    """
    solid = [thing for thing in things if thing.kind == "object"]
    found = []
    for thing in solid:
        held = thing.parent in parts
        base = thing.center[2] - thing.size[2] / 2.0
        if not held and (base < OFF_FLOOR_M or _rests(thing, solid)):
            continue
        gaps = {
            (side, inside): _gap_m(room, side, inside, thing)
            for side in range(len(room.outline))
            if side not in room.open_sides
            for inside in (True, False)
            if _is_beside(room, side, thing)
        }
        side, inside = min(gaps, key=lambda key: abs(gaps[key]), default=(-1, True))
        if side >= 0 and (held or abs(gaps[side, inside]) <= TOUCHING_M):
            found.append(Hung(thing, side, inside))
    return tuple(found)


def rehung(old: Room, room: Room, hung: Hung) -> SceneObject | None:
    """A thing where it hangs when the room `old` has become `room`; None where its wall is gone."""
    side = _same_side(old, room, hung)
    if side is None:
        return None
    thing, out = hung.thing, outward(old, hung.side)
    off = float((_start(room, side) - _start(old, hung.side)) @ out)
    if not hung.inside:
        off += room.thickness_m - old.thickness_m
    along = _along(room, side)
    before = float((np.array(thing.center[:2]) - _start(room, side)) @ along)
    half = float(half_along(Boxes.of([thing]), along)[0])
    low, high = thing.center[2] - thing.size[2] / 2.0, thing.center[2] + thing.size[2] / 2.0
    was_beside = _blocked(old, hung.side, low, high, _start(room, side))
    open_there = _blocked(room, side, low, high, _start(room, side))
    free = [] if _meets(was_beside, before, half) else open_there
    at = _nearest_free(before, half, length_m(room, side), free)
    x, y = np.array(thing.center[:2]) + off * out + (at - before) * along
    down = max(high - room.height_m, 0.0) if high <= old.height_m + 1e-6 else 0.0
    return thing.replace(center=(float(x), float(y), thing.center[2] - min(down, max(low, 0.0))))


def _rests(thing: SceneObject, things: Iterable[SceneObject]) -> bool:
    """Whether another thing is right below this one."""
    base = thing.center[2] - thing.size[2] / 2.0
    low, high = (bound[0] for bound in Boxes.of([thing]).bounds())
    for other in things:
        if other.id == thing.id or abs(surface_height(other) - base) > TOUCHING_M:
            continue
        there, up = (bound[0] for bound in Boxes.of([other]).bounds())
        if (there[:2] < high[:2]).all() and (up[:2] > low[:2]).all():
            return True
    return False


def _start(room: Room, side: int) -> Floats:
    return np.array(room.outline[side], float)


def _along(room: Room, side: int) -> Floats:
    way = np.array(room.outline[(side + 1) % len(room.outline)], float) - _start(room, side)
    return way / np.linalg.norm(way)


def _gap_m(room: Room, side: int, inside: bool, thing: SceneObject) -> float:
    """How far a thing is from a face of a wall; negative where it reaches into the wall."""
    out = outward(room, side)
    off = float((np.array(thing.center[:2]) - _start(room, side)) @ out)
    half = float(half_along(Boxes.of([thing]), out)[0])
    return -off - half if inside else off - room.thickness_m - half


def _is_beside(room: Room, side: int, thing: SceneObject) -> bool:
    at = float((np.array(thing.center[:2]) - _start(room, side)) @ _along(room, side))
    return 0.0 <= at <= length_m(room, side)


def _same_side(old: Room, room: Room, hung: Hung) -> int | None:
    """The side of the new plan that a thing's wall has become: of the same number, else the nearest that looks so."""
    ways = outward(old, hung.side)
    standing = [side for side in range(len(room.outline)) if side not in room.open_sides]
    alike = [side for side in standing if float(outward(room, side) @ ways) > 0.999]
    if len(old.outline) == len(room.outline):
        return hung.side if hung.side in alike else None
    place = np.array(hung.thing.center[:2])

    def far(side: int) -> float:
        off = place - _start(room, side)
        at = float(off @ _along(room, side))
        return float(np.hypot(off @ ways, at - min(max(at, 0.0), length_m(room, side))))

    return min(alike, key=far, default=None)


def _blocked(room: Room, side: int, low: float, high: float, zero: Floats) -> list[tuple[float, float]]:
    """From and to (m along the wall from the point `zero`) of the openings between these heights."""
    shift = float((_start(room, side) - zero) @ _along(room, side))
    spans = []
    for opening in room.openings:
        width, base, top = opening.box_m
        if opening.wall == side and base < high and top > low:
            middle = opening.at_m + shift
            spans.append((middle - width / 2.0, middle + width / 2.0))
    return spans


def _meets(spans: Sequence[tuple[float, float]], at: float, half: float) -> bool:
    return any(left < at + half and right > at - half for left, right in spans)


def _nearest_free(at: float, half: float, length: float, spans: Sequence[tuple[float, float]]) -> float:
    """The place along a wall nearest to `at` that is on it and beside the openings; only on it where all is taken."""
    room = max(length / 2.0 - half - BESIDE_M, 0.0)
    inside = min(max(at, length / 2.0 - room), length / 2.0 + room)
    edges = [edge for left, right in spans for edge in (left - half - BESIDE_M, right + half + BESIDE_M)]
    places = [p for p in (inside, *edges) if abs(p - length / 2.0) <= room + 1e-9 and not _meets(spans, p, half)]
    return min(places, key=lambda place: abs(place - at), default=inside)
