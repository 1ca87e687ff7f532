"""Changes of a room that is being planned: its size, one wall, one opening; and rooms written as text.

Sides of a rectangle are called front, right, back, left. Along a wall one measures from its left end, as seen from
inside the room.
"""

import math
import re
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from sd3studio.core.errors import InputError
from sd3studio.core.rooms import Opening, Room

SIDES = ("front", "right", "back", "left")
Shape = Literal["rectangle", "L"]
LEAST_WALL_M = 0.3
_NUMBER = r"\d+(?:\.\d+)?"
_SIZE = re.compile(rf"^({_NUMBER})[x×]({_NUMBER})(?:[x×]({_NUMBER}))?$")
_OPENING = re.compile(rf"^(\w+)(?::({_NUMBER}))?(?::({_NUMBER})[x×]({_NUMBER})(?:\+({_NUMBER}))?)?$")


def shaped(room: Room, shape: Shape, width_m: float, depth_m: float) -> Room:
    """The room with a rectangular or an L-shaped outline around the origin; openings go where they still fit."""
    x, y = width_m / 2.0, depth_m / 2.0
    corners = [(-x, -y), (x, -y), (x, y), (-x, y)]
    if shape == "L":
        corners = [(-x, -y), (x, -y), (x, 0.0), (0.0, 0.0), (0.0, y), (-x, y)]
    return fitting(room, corners)


def size_m(room: Room) -> tuple[float, float]:
    """Width and depth of the box around the outline."""
    low, high = np.min(room.outline, axis=0), np.max(room.outline, axis=0)
    return float(high[0] - low[0]), float(high[1] - low[1])


def resized(room: Room, width_m: float, depth_m: float) -> Room:
    """The room stretched to another width and depth about the middle of its outline; openings keep their share."""
    corners = np.array(room.outline, float)
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2.0
    scale = np.array([width_m, depth_m]) / np.array(size_m(room))
    stretched = (corners - middle) * scale + middle
    lengths = [np.linalg.norm(np.roll(ends, -1, axis=0) - ends, axis=1) for ends in (corners, stretched)]
    shares = lengths[1] / lengths[0]
    spread = tuple(one.replace(at_m=min(one.at_m * float(shares[one.wall]), 1_000.0)) for one in room.openings)
    return fitting(room.replace(openings=spread), stretched.tolist())


def wall_moved(room: Room, side: int, outwards_m: float) -> Room:
    """The room with one wall moved outwards; its neighbours grow or shrink, their openings stay in place.

    A wall stays at least 0.3 m long: else the room is given back as it was.
    """
    corners = np.array(room.outline, float)
    after = (side + 1) % len(corners)
    step = outward(room, side) * outwards_m
    corners[side] += step
    corners[after] += step
    before = np.roll(room.outline, -1, axis=0) - room.outline
    now = np.roll(corners, -1, axis=0) - corners
    if ((now * before).sum(axis=1) < LEAST_WALL_M * np.linalg.norm(before, axis=1) - 1e-9).any():
        return room  # a wall would be too short, or turn round
    ways = now / np.linalg.norm(now, axis=1, keepdims=True)
    old_ways = before / np.linalg.norm(before, axis=1, keepdims=True)
    standing = []
    for one in room.openings:  # they stay where they are in the world
        place = np.array(room.outline[one.wall]) + old_ways[one.wall] * one.at_m
        at_m = float((place - corners[one.wall]) @ ways[one.wall])
        standing.append(one.replace(at_m=min(max(at_m, 0.0), 1_000.0)))
    return fitting(room.replace(openings=tuple(standing)), corners.tolist())


def outward(room: Room, side: int) -> np.ndarray:
    """(2,) unit vector out of the room, across a wall."""
    corners = np.array(room.outline, float)
    along = corners[(side + 1) % len(corners)] - corners[side]
    along = along / np.linalg.norm(along)
    normal = np.array([along[1], -along[0]])
    x, y = corners.T
    turns_left = float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) > 0.0
    return normal if turns_left else -normal


def length_m(room: Room, side: int) -> float:
    """Length of a wall."""
    return math.dist(room.outline[side], room.outline[(side + 1) % len(room.outline)])


def fitting(room: Room, corners: Sequence[Sequence[float]]) -> Room:
    """The room with other corners; openings move along their walls so that they fit, and go where they can't."""
    outline = tuple((float(x), float(y)) for x, y in corners)
    open_sides = frozenset(side for side in room.open_sides if side < len(outline))
    bare = room.replace(outline=outline, openings=(), open_sides=open_sides)
    kept = [placed(bare, one, one.at_m) for one in room.openings if one.wall < len(outline)]
    return bare.replace(openings=tuple(one for one in kept if one is not None))


def placed(room: Room, opening: Opening, at_m: float) -> Opening | None:
    """The opening as near to `at_m` (m from the beginning of its wall) as it fits; None where the wall is too short."""
    length, half = length_m(room, opening.wall), opening.box_m[0] / 2.0
    if 2.0 * half > length + 1e-9:
        return None
    return opening.replace(at_m=min(max(at_m, half), max(length - half, half)))


def from_left_m(room: Room, opening: Opening) -> float:
    """Distance of an opening's middle from the left end of its wall, as seen from inside."""
    return length_m(room, opening.wall) - opening.at_m if _runs_left(room) else opening.at_m


def at_of_left(room: Room, wall: int, left_m: float) -> float:
    """What `Opening.at_m` is for a distance from the left end of a wall, as seen from inside."""
    return length_m(room, wall) - left_m if _runs_left(room) else left_m


def _runs_left(room: Room) -> bool:
    """Whether walls run from right to left as seen from inside: those of outlines that turn left do."""
    x, y = np.array(room.outline, float).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) > 0.0


def side_name(room: Room, side: int) -> str:
    """What a wall is called: by the direction that it lies in."""
    x, y = outward(room, side)
    names = {"right": x, "left": -x, "back": y, "front": -y}
    name = max(names, key=lambda key: names[key])
    same = [s for s in range(len(room.outline)) if np.allclose(outward(room, s), (x, y))]
    return name if len(same) == 1 else f"{name} {same.index(side) + 1}"


def room_of_text(
    size: str, doors: Sequence[str] = (), windows: Sequence[str] = (), passages: Sequence[str] = (),
    open_sides: Sequence[str] = (),
) -> Room:  # fmt: skip
    """A rectangular room from words.

    Parameters
    ----------
    size : "4x3" or "4x3x2.6": width, depth, height in metres
    doors, windows, passages : "back", "back:1.2" (m from the left, seen from inside), "left:1.5:1.2x1.4+0.9" (width,
        height, and above the floor)
    open_sides : sides without a wall

    Raises `InputError` that says what was expected.
    """
    found = _SIZE.match(size.strip().lower())
    if not found:
        raise InputError(f"A room is written as WIDTHxDEPTH or WIDTHxDEPTHxHEIGHT in metres, 4x3x2.6; found {size!r}.")
    width, depth, height = float(found[1]), float(found[2]), float(found[3] or 2.6)
    if min(width, depth) < LEAST_WALL_M:
        raise InputError(f"The walls of a room are at least {LEAST_WALL_M} m long; found {size!r}.")
    try:
        room = Room.rectangle(width, depth, height_m=height, open_sides=frozenset(_side(s) for s in open_sides))
        given = [("door", doors), ("window", windows), ("passage", passages)]
        openings = tuple(_opening(room, kind, text) for kind, texts in given for text in texts)
        return room.replace(openings=openings)
    except ValueError as error:
        raise InputError(f"This room can't be built: {error}") from error


def _side(name: str) -> int:
    if name not in SIDES:
        raise InputError(f"The sides of a room are {', '.join(SIDES)}; found {name!r}.")
    return SIDES.index(name)


def _opening(room: Room, kind: str, text: str) -> Opening:
    found = _OPENING.match(text.strip().lower())
    if not found:
        raise InputError(
            f"A {kind} is written as SIDE, SIDE:FROM_LEFT or SIDE:FROM_LEFT:WIDTHxHEIGHT+SILL, left:1.5:1.2x1.4+0.9; "
            f"found {text!r}."
        )
    side, left, width, height, sill = found.groups()
    wall = _side(side)
    at = length_m(room, wall) / 2.0 if left is None else at_of_left(room, wall, float(left))
    sizes = {"width_m": width, "height_m": height, "sill_m": sill}
    if at < 0.0:
        raise InputError(f"The {kind} {text!r} lies outside its wall, which is {length_m(room, wall):g} m long.")
    fields = {name: float(value) for name, value in sizes.items() if value is not None}
    return Opening(wall=wall, at_m=at, kind=kind, **fields)  # type: ignore[arg-type]


SHAPES: tuple[Shape, ...] = get_args(Shape)
