"""The room builder: floor, walls with doors and windows, outdoor ground, as objects to add to a scene.

Walls are stuff, upright boxes beside the outline; around an opening a wall is cut into pieces. Doors and windows are
objects of the catalogue, of the size of their opening.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import MeshError, SceneError
from sd3studio.core.language.nouns import PLACES
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.value import Value
from sd3studio.core.scene.values import Scene, SceneObject

FLOOR_M = 0.02
"""Thickness of floors and of outdoor ground; their top is the ground at z = 0."""
LEAST_M = 1e-3
Metres = Annotated[float, Field(gt=0.0, le=1_000.0)]
Point = tuple[Annotated[float, Field(ge=-10_000.0, le=10_000.0)], Annotated[float, Field(ge=-10_000.0, le=10_000.0)]]


class Opening(Value):
    """A door or a window in a wall.

    Parameters
    ----------
    wall : number of the wall: it goes from corner `wall` of the outline to the next one
    at_m : distance of the middle of the opening from the beginning of the wall
    width_m, height_m : of the opening; None: as usual for a door or a window
    sill_m : height of its lower edge; None: as usual
    filled : put a door or a window of the catalogue into it
    """

    wall: Annotated[int, Field(ge=0)]
    at_m: Annotated[float, Field(ge=0.0, le=1_000.0)]
    kind: Literal["door", "window", "passage"] = "door"
    width_m: Metres | None = None
    height_m: Metres | None = None
    sill_m: Annotated[float, Field(ge=0.0, le=100.0)] | None = None
    filled: bool = True

    @property
    def box_m(self) -> tuple[float, float, float]:
        """Width, lower and upper edge."""
        usual = {"door": (0.95, 2.1, 0.0), "window": (1.2, 1.2, 0.9), "passage": (1.2, 2.2, 0.0)}[self.kind]
        width, height, sill = (
            usual[0] if self.width_m is None else self.width_m,
            usual[1] if self.height_m is None else self.height_m,
            usual[2] if self.sill_m is None else self.sill_m,
        )
        return width, sill, sill + height


class Room(Value):
    """A room to build.

    Parameters
    ----------
    outline : corners of the floor (m), in either turn, at least three; walls stand outside of it
    height_m, thickness_m : of the walls
    open_sides : numbers of the sides that have no wall (to look into the room)
    floor, wall : what floor and walls are called; the words choose how they are drawn ("wooden floor", "brick wall")
    """

    outline: Annotated[tuple[Point, ...], Field(min_length=3, max_length=100)]
    height_m: Metres = 2.6
    thickness_m: Metres = 0.1
    openings: Annotated[tuple[Opening, ...], Field(max_length=100)] = ()
    open_sides: frozenset[int] = frozenset()
    floor: Annotated[str, Field(min_length=1, max_length=200)] = "floor"
    wall: Annotated[str, Field(min_length=1, max_length=200)] = "wall"
    ceiling: bool = False

    @classmethod
    def rectangle(cls, width_m: float, depth_m: float, **fields: Any) -> "Room":
        """A room around the origin; side 0 is the front (towards -Y), then right, back, left."""
        x, y = width_m / 2.0, depth_m / 2.0
        return cls(outline=((-x, -y), (x, -y), (x, y), (-x, y)), **fields)


def built(scene: Scene, room: Room) -> tuple[SceneObject, ...]:
    """The objects of a room, with ids that are free in the scene: floor, walls, doors, windows.

    Raises `SceneError` for an outline that crosses itself, and for openings that don't fit into their wall.
    """
    corners = _turned_left(np.array(room.outline, float))
    _check(room, corners)
    names = _Names(scene)
    things = _flat(corners, room.floor, names, -FLOOR_M)
    if room.ceiling:
        things += _flat(corners, "ceiling", names, room.height_m)
    reversed_order = not _turns_left(np.array(room.outline, float))
    for side in range(len(corners)):
        number = (len(corners) - 2 - side) % len(corners) if reversed_order else side
        if number in room.open_sides:
            continue
        own = [opening for opening in room.openings if opening.wall == number]
        things += _wall(corners, side, room, own, names, reversed_order)
    return tuple(things)


def grouped(scene: Scene, room: Room, name: str = "room") -> tuple[SceneObject, ...]:
    """The objects of a room as parts of a concept of this name, which comes first. Raises as `built`."""
    parts = built(scene, room)
    low, high = Boxes.of(parts).bounds()
    lowest, highest = low.min(axis=0), high.max(axis=0)
    taken = {thing.id: thing for thing in parts}
    key = scene.replace(objects={**scene.objects, **taken}).free_id(name)
    concept = SceneObject(
        id=key, label=name, kind="concept", center=tuple((lowest + highest) / 2.0), size=tuple(highest - lowest)
    )
    return (concept, *(part.replace(parent=key) for part in parts))


def place_around(scene: Scene) -> str | None:
    """Id of the room or other place in which the whole scene is; None if it has no such concept, or several."""
    concepts = [thing for thing in scene.objects.values() if thing.kind == "concept"]
    places = [thing.id for thing in concepts if thing.label.lower().split()[-1] in PLACES]
    return places[0] if len(places) == 1 else None


def outdoors(scene: Scene, label: str = "grass", width_m: float = 40.0, depth_m: float = 40.0) -> SceneObject:
    """A stretch of ground (grass, road, sand, snow ...) around the origin, its top at z = 0."""
    return SceneObject(
        id=scene.free_id(label), label=label, kind="stuff", center=(0.0, 0.0, -FLOOR_M / 2.0),
        size=(width_m, depth_m, FLOOR_M),
    )  # fmt: skip


class _Names:
    """Free ids, also apart from each other."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.taken: set[str] = set(scene.objects)

    def free(self, label: str) -> str:
        name = self.scene.free_id(label)
        stem, number = name, 2
        while name in self.taken:
            name, number = f"{stem}-{number}", number + 1
        self.taken.add(name)
        return name


def _turns_left(corners: np.ndarray) -> bool:
    """True for corners (N, 2) that go counter-clockwise (positive shoelace area)."""
    x, y = corners.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) > 0.0


def _turned_left(corners: np.ndarray) -> np.ndarray:
    return corners if _turns_left(corners) else corners[::-1]


def _check(room: Room, corners: np.ndarray) -> None:
    lengths = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    if lengths.min() < LEAST_M:
        raise SceneError("Two corners of the room lie at the same place.")
    count = len(corners)
    for i in range(count):
        for j in range(i + 2, count - (i == 0)):
            if _cross(corners[i], corners[(i + 1) % count], corners[j], corners[(j + 1) % count]):
                raise SceneError(f"The outline of the room crosses itself: side {i} and side {j}.")
    given = np.array(room.outline, float)
    given_lengths = np.linalg.norm(np.roll(given, -1, axis=0) - given, axis=1)
    for opening in room.openings:
        if opening.wall >= count or opening.wall in room.open_sides:
            raise SceneError(f"There is no wall {opening.wall} for the {opening.kind}; the room has {count} sides.")
        width, _, top = opening.box_m
        length = float(given_lengths[opening.wall])
        if opening.at_m - width / 2.0 < -1e-9 or opening.at_m + width / 2.0 > length + 1e-9:
            raise SceneError(
                f"The {opening.kind} at {opening.at_m:g} m does not fit into wall {opening.wall}, {length:.2f} m long."
            )
        if top > room.height_m + 1e-9:
            raise SceneError(f"The {opening.kind} reaches up to {top:g} m; the walls are {room.height_m:g} m high.")
    for k, one in enumerate(room.openings):
        for other in room.openings[k + 1 :]:
            if one.wall == other.wall and abs(one.at_m - other.at_m) < (one.box_m[0] + other.box_m[0]) / 2.0 - 1e-9:
                raise SceneError(f"Two openings of wall {one.wall} overlap, at {one.at_m:g} m and {other.at_m:g} m.")


def _cross(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> bool:
    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> float:
        return float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return side(a, b, c) * side(a, b, d) < 0.0 and side(c, d, a) * side(c, d, b) < 0.0


def _flat(corners: np.ndarray, label: str, names: _Names, base_m: float) -> list[SceneObject]:
    """Floor or ceiling: rectangles that cover a right-angled outline; the box around any other one."""
    pieces = _rectangles(corners)
    return [
        SceneObject(
            id=names.free(label), label=label, kind="stuff",
            center=((x0 + x1) / 2.0, (y0 + y1) / 2.0, base_m + FLOOR_M / 2.0), size=(x1 - x0, y1 - y0, FLOOR_M),
        )
        for x0, y0, x1, y1 in pieces
    ]  # fmt: skip


def _rectangles(corners: np.ndarray) -> list[tuple[float, float, float, float]]:
    sides = np.roll(corners, -1, axis=0) - corners
    if (np.abs(sides).min(axis=1) > 1e-6).any():
        (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
        return [(float(x0), float(y0), float(x1), float(y1))]
    levels = np.unique(np.round(corners[:, 1], 6))
    found: list[tuple[float, float, float, float]] = []
    for low, high in pairwise(levels.tolist()):
        middle = (low + high) / 2.0
        ends = np.roll(corners, -1, axis=0)
        crossing = (np.minimum(corners[:, 1], ends[:, 1]) < middle) & (np.maximum(corners[:, 1], ends[:, 1]) > middle)
        xs = np.sort(corners[crossing, 0])
        for left, right in zip(xs[::2], xs[1::2], strict=True):
            if found and found[-1][:1] + found[-1][2:3] == (left, right) and found[-1][3] == low:
                found[-1] = (*found[-1][:3], float(high))
            else:
                found.append((float(left), float(low), float(right), float(high)))
    return found


def _wall(
    corners: np.ndarray, side: int, room: Room, openings: Sequence[Opening], names: _Names, backwards: bool
) -> list[SceneObject]:
    """The pieces of one wall, and what is in its openings."""
    start, end = corners[side], corners[(side + 1) % len(corners)]
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    outward = np.array([along[1], -along[0]])
    yaw = math.remainder(math.atan2(along[1], along[0]) + math.pi, math.tau)  # the front looks into the room

    def box(x0: float, x1: float, z0: float, z1: float, **fields: Any) -> SceneObject | None:
        if x1 - x0 < LEAST_M or z1 - z0 < LEAST_M:
            return None
        x, y = start + along * (x0 + x1) / 2.0 + outward * room.thickness_m / 2.0
        label = str(fields.pop("label", room.wall))
        kind = fields.pop("kind", "stuff")
        return SceneObject(
            id=names.free(label), label=label, kind=kind, center=(float(x), float(y), (z0 + z1) / 2.0),
            size=(x1 - x0, room.thickness_m, z1 - z0), yaw=yaw, **fields,
        )  # fmt: skip

    pieces: list[SceneObject | None] = []
    at = 0.0
    placed = [(length - o.at_m if backwards else o.at_m, o) for o in openings]
    for middle, opening in sorted(placed, key=lambda pair: pair[0]):
        width, low, high = opening.box_m
        left, right = max(middle - width / 2.0, 0.0), min(middle + width / 2.0, length)
        pieces += [box(at, left, 0.0, room.height_m), box(left, right, 0.0, low), box(left, right, high, room.height_m)]
        if opening.filled and opening.kind != "passage":
            pieces.append(box(left, right, low, high, kind="object", **_drawn(opening.kind)))
        at = right
    pieces.append(box(at, length, 0.0, room.height_m))
    return [piece for piece in pieces if piece is not None]


def _drawn(kind: str) -> dict[str, str]:
    """Label, category and mesh of a door or a window; a plain box where there is no catalogue."""
    try:
        entries = shipped_catalogue().of_category(kind)
    except MeshError:
        entries = ()
    return {"label": kind, "category": kind, **({"mesh": entries[0].id} if entries else {})}
