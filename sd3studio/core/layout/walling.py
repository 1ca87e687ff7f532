"""Walls that are told by their side ("the left wall"), what stands against them and what hangs on them.

A layout is made without walls first. Then what belongs to a wall is put in a row along it, its back to it, outside of
all else, and the walls are drawn behind. Gaps and heights are ours.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.edits import MoveObjects, TurnObjects
from sd3studio.core.layout.keeping import carried_by
from sd3studio.core.layout.placing import usual_base_m
from sd3studio.core.relations.fronts import yaw_facing
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.walls import half_along, inner_face, is_wall

Floats = NDArray[np.float64]
Side = Literal["left", "back", "right"]

THICKNESS_M, HEIGHT_M = 0.1, 2.6
GAP_M = 0.3
"""Between neighbours at one wall."""
FREE_M = 0.7
"""Between what stands at a wall and what stands in the room."""
LEAST_M = 1.6
"""Width and depth of what is free between the walls, at least."""
BEYOND_M = 0.6
"""How far a wall goes on towards the viewer beyond what is in the room."""
OUT_OF_VIEW_M = 3.0
"""How far it goes on where no other wall ends it: out of most pictures."""
EYE_M = 1.55
"""Height at which the middle of a thing hangs, where nothing else is told."""
OVER_M = 0.2
"""How far above the thing below it something hangs."""
OFF_WALL_M = 0.005
NEAR_M = 0.4
"""What is no farther from a wall than this stands at it."""


@dataclass(frozen=True, slots=True)
class _Face:
    """The side of a wall that looks into the room: a point (2,), the normal into it, and the way to the right."""

    point: Floats
    normal: Floats
    along: Floats
    yaw: float
    """Heading of a thing with its back to it."""


def side_told(wall: SceneObject) -> Side | None:
    """On which side of a room its name puts a wall; None where it does not say, or where the wall hides the room."""
    words = wall.label.lower().split()
    sides: dict[str, Side] = {"left": "left", "right": "right", "back": "back", "rear": "back"}
    return sides.get(words[-2]) if len(words) > 1 and words[-1] == "wall" else None


def walled(scene: Scene, hung: Mapping[str, str]) -> tuple[Scene, frozenset[str]] | None:
    """The scene with its walls, and what belongs to them, around all else; and the ids of these walls.

    Parameters
    ----------
    hung : thing -> the wall that it hangs on

    None where no wall is told by its side and nothing hangs on one.
    """
    stuff = {key: thing for key, thing in scene.objects.items() if thing.kind == "stuff" and is_wall(thing)}
    hung = {key: wall for key, wall in hung.items() if wall in stuff}
    sides = {key: side_told(wall) or "back" for key, wall in stuff.items() if side_told(wall) or key in hung.values()}
    if not sides:
        return None
    standing = {key: sides[wall] for key, wall in _standing(scene, sides)}
    corners = _in_corners(scene, sides)
    standing = {key: side for key, side in standing.items() if key not in corners}
    hung = {key: wall for key, wall in hung.items() if key not in {**standing, **corners}}
    below = _below(scene, hung)
    standing |= {key: sides[hung[top]] for top, key in below.items() if key not in {**standing, **corners}}
    on_walls = {key: sides[wall] for key, wall in hung.items()}
    loads = {key: carried_by(scene, key) for key in (*standing, *corners)}
    bound = {*standing, *corners, *on_walls, *(one for load in loads.values() for one in load)}
    low, high = _bounds(thing for key, thing in scene.objects.items() if thing.kind == "object" and key not in bound)
    filled = bool(len(bound) < len(scene.solid_objects()))
    room = _Room.around(scene, low, high, standing, on_walls, corners, filled)
    for key, at in room.in_corners(scene, corners).items():
        scene = _put(scene, scene.objects[key], room.faces["back"], at, scene.objects[key].center[2], loads[key])
    for side, face in room.faces.items():
        row = [scene.objects[key] for key, where in standing.items() if where == side]
        for thing, at in zip(row, _row([thing.size[0] for thing in row]), strict=True):
            scene = _put(scene, thing, face, at, thing.center[2], loads[thing.id])
        for key in (key for key, where in on_walls.items() if where == side):
            there = [one for one in bound if standing.get(one) == side or (one in corners and side == "back")]
            scene = _hang(scene, key, face, there, below.get(key), aside=_aside(scene, key, below))
            scene = scene.with_objects(scene.objects[key].replace(parent=hung[key]))
    return _with_walls(scene, sides, room), frozenset(sides)


def hang(scene: Scene, key: str, wall: str, below: str | None = None) -> Scene:
    """The scene with a thing hung on a wall that stands, which it is part of then.

    It hangs above `below`, else where there is room, near the middle of the wall.
    """
    inner = inner_face(scene.objects[wall], scene.objects.values())
    face = _Face(inner.point, inner.normal, inner.along, yaw_facing((float(inner.normal[0]), float(inner.normal[1]))))
    near = [one.id for one in scene.solid_objects() if one.id != key and -0.05 < inner.gap_m(Boxes.of([one])) < NEAR_M]
    hung = _hang(scene, key, face, dict.fromkeys((*near, *([below] if below else []))), below, inner.half_m)
    return hung.with_objects(hung.objects[key].replace(parent=wall))


def _standing(scene: Scene, sides: Mapping[str, Side]) -> Iterable[tuple[str, str]]:
    """Things that are next to one of the walls."""
    for relation in scene.relations:
        for key, wall in ((relation.subject, relation.object), (relation.object, relation.subject)):
            near = relation.predicate in (Predicate.NEXT_TO, Predicate.IN_FRONT_OF, Predicate.FACING_AWAY)
            if near and wall in sides and scene.objects[key].kind == "object":
                yield key, wall


def _in_corners(scene: Scene, sides: Mapping[str, Side]) -> dict[str, Side]:
    """What is next to the back wall and to one at a side -> that side."""
    walls: dict[str, set[Side]] = {}
    for key, wall in _standing(scene, sides):
        walls.setdefault(key, set()).add(sides[wall])
    return {
        key: "left" if "left" in at else "right" for key, at in walls.items() if "back" in at and at & {"left", "right"}
    }


def _below(scene: Scene, hung: Mapping[str, str]) -> dict[str, str]:
    """What hangs -> the thing that it hangs above."""
    above = [(r.subject, r.object) for r in scene.relations if r.predicate is Predicate.ABOVE]
    above += [(r.object, r.subject) for r in scene.relations if r.predicate is Predicate.UNDER]
    return {top: low for top, low in above if top in hung and low not in hung and scene.objects[low].kind == "object"}


@dataclass(frozen=True, slots=True)
class _Room:
    low: Floats
    high: Floats
    faces: dict[Side, _Face]

    @classmethod
    def around(
        cls, scene: Scene, low: Floats, high: Floats, standing: Mapping[str, Side], hanging: Mapping[str, Side],
        corners: Mapping[str, Side], filled: bool,
    ) -> "_Room":  # fmt: skip
        """Walls around the box `low` to `high` (2,), far enough for all rows and for what is in the corners.

        `filled` if it holds anything.
        """
        rows = {side: [scene.objects[key] for key, at in standing.items() if at == side] for side in _SIDES}
        tops = {side: [scene.objects[key] for key, at in hanging.items() if at == side] for side in _SIDES}
        length = {side: max(_length(rows[side]), _length(tops[side])) for side in _SIDES}
        deep = {side: max((thing.size[1] for thing in rows[side]), default=0.0) for side in _SIDES}
        kept = [[scene.objects[key] for key, at in corners.items() if at == side] for side in ("left", "right")]
        length["back"] += 2.0 * max(_length(row) + GAP_M * bool(row) for row in kept)
        deepest_kept = max((thing.size[1] for row in kept for thing in row), default=0.0)
        deep["back"] = max(deep["back"], deepest_kept)
        for side in ("left", "right"):
            length[side] += 2.0 * (deepest_kept + GAP_M) * bool(length[side] and deepest_kept)  # type: ignore[index]
        deepest = max(length["left"], length["right"], 0.0 if filled else LEAST_M)
        least = np.array([max(length["back"], LEAST_M), deepest])
        middle, half = (low + high) / 2.0, np.maximum(high - low, least) / 2.0
        if not (rows["left"] or rows["right"] or tops["left"] or tops["right"]):
            half[0] = max(float(high[0] - low[0]), length["back"]) / 2.0
        free = {side: filled and bool(rows[side] or (side == "back" and corners)) for side in _SIDES}
        off = {side: deep[side] + (FREE_M if free[side] else 0.05) for side in _SIDES}
        low, high = middle - half, middle + half
        faces: dict[Side, _Face] = {
            "left": _Face(np.array([low[0] - off["left"], middle[1]]), _PLUS_X, _PLUS_Y, math.pi / 2.0),
            "back": _Face(np.array([middle[0], high[1] + off["back"]]), -_PLUS_Y, _PLUS_X, 0.0),
            "right": _Face(np.array([high[0] + off["right"], middle[1]]), -_PLUS_X, -_PLUS_Y, -math.pi / 2.0),
        }
        return cls(low, high, faces)

    def in_corners(self, scene: Scene, corners: Mapping[str, Side]) -> dict[str, float]:
        """Where along the back wall (m, to the right of its middle) stands what is in the corners."""
        places = {}
        middle = float(self.faces["back"].point[0])
        for side, sign in (("left", 1.0), ("right", -1.0)):
            at = float(self.faces[side].point[0]) - middle + sign * OFF_WALL_M  # type: ignore[index]
            for key in (key for key, where in corners.items() if where == side):
                places[key] = at + sign * scene.objects[key].size[0] / 2.0
                at += sign * (scene.objects[key].size[0] + GAP_M)
        return places


_SIDES: tuple[Side, ...] = ("left", "back", "right")
_PLUS_X, _PLUS_Y = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def _bounds(things: Iterable[SceneObject]) -> tuple[Floats, Floats]:
    """Corners (2,), (2,) around things on the ground; the origin without any."""
    chosen = list(things)
    if not chosen:
        return np.zeros(2), np.zeros(2)
    low, high = Boxes.of(chosen).bounds()
    return low.min(axis=0)[:2], high.max(axis=0)[:2]


def _length(row: Sequence[SceneObject]) -> float:
    return sum(thing.size[0] for thing in row) + GAP_M * max(len(row) - 1, 0)


def _row(widths: Sequence[float]) -> list[float]:
    """Middles of things of these widths beside each other, about 0."""
    ends = np.cumsum([width + GAP_M for width in widths])
    total = (float(ends[-1]) - GAP_M) if len(widths) else 0.0
    return [float(end) - GAP_M - width / 2.0 - total / 2.0 for end, width in zip(ends, widths, strict=True)]


def _put(scene: Scene, thing: SceneObject, face: _Face, at: float, z: float, load: Sequence[str] = ()) -> Scene:
    """A thing with its back to a wall, `at` (m) to the right of the wall's middle, with what it carries."""
    place = face.point + face.normal * (thing.size[1] / 2.0 + OFF_WALL_M) + face.along * at
    ids, now = (thing.id, *load), thing.center
    turned = TurnObjects(ids, math.remainder(face.yaw - thing.yaw, math.tau), now[:2]).apply(scene)
    return MoveObjects(ids, (float(place[0]) - now[0], float(place[1]) - now[1], z - now[2])).apply(turned)


def _aside(scene: Scene, key: str, below: Mapping[str, str]) -> float:
    """How far to the right of what is below it a thing hangs, with the others that hang above the same."""
    row = [one for one, low in below.items() if low == below.get(key)]
    places = _row([scene.objects[one].size[0] for one in row])
    return places[row.index(key)] if row else 0.0


def _hang(
    scene: Scene, key: str, face: _Face, row: Iterable[str], below: str | None, half_m: float = 3.0, aside: float = 0.0
) -> Scene:
    """A thing on a wall: above `below`, else where it covers least of what hangs or stands there, near the middle."""
    thing, row = scene.objects[key], list(row)
    spans = [_span(scene.objects[one], face) for one in (*row, *_hanging(scene, face, key))]
    base = usual_base_m(thing) or max(EYE_M - thing.size[2] / 2.0, 0.1)
    at = 0.0
    if below in row:
        at = float((np.array(scene.objects[below].center[:2]) - face.point) @ face.along) + aside  # type: ignore[index]
    else:
        reach = max(half_m - thing.size[0] / 2.0 - 0.05, 0.0)
        free = [x for x in sorted(np.linspace(-reach, reach, 61), key=abs) if not _covers(x, thing, base, spans)]
        at = float(free[0]) if free else 0.0
    half = thing.size[0] / 2.0
    tops = [top for left, right, _, top in spans if left < at + half and right > at - half]
    if below in row:
        base = max(base, max(tops, default=0.0) + OVER_M)
    return _put(scene, thing, face, at, base + thing.size[2] / 2.0)


def _hanging(scene: Scene, face: _Face, but: str) -> list[str]:
    """What hangs at this face already."""
    return [
        key
        for key, thing in scene.objects.items()
        if key != but
        and thing.kind == "object"
        and thing.center[2] - thing.size[2] / 2.0 > 0.3
        and abs(float((np.array(thing.center[:2]) - face.point) @ face.normal) - thing.size[1] / 2.0) < 2 * OFF_WALL_M
    ]


def _span(thing: SceneObject, face: _Face) -> tuple[float, float, float, float]:
    """From and to along a wall, and lower and upper edge (m), of a thing."""
    at = float((np.array(thing.center[:2]) - face.point) @ face.along)
    half, z = float(half_along(Boxes.of([thing]), face.along)[0]), thing.center[2]
    return at - half, at + half, z - thing.size[2] / 2.0, z + thing.size[2] / 2.0


def _covers(at: float, thing: SceneObject, base: float, spans: Sequence[tuple[float, float, float, float]]) -> bool:
    half, top = thing.size[0] / 2.0 + 0.05, base + thing.size[2]
    return any(left < at + half and right > at - half and low < top and high > base for left, right, low, high in spans)


def _with_walls(scene: Scene, sides: Mapping[str, Side], room: _Room) -> Scene:
    """The walls themselves, as upright boxes behind what belongs to them."""
    low, high = _bounds(thing for thing in scene.objects.values() if thing.kind == "object")
    top = max(float(Boxes.of(list(scene.solid_objects())).bounds()[1][:, 2].max()), 0.0)
    height = max(HEIGHT_M, top + 0.3)
    there = set(sides.values())
    left = room.faces["left"].point[0] if "left" in there else low[0] - OUT_OF_VIEW_M
    right = room.faces["right"].point[0] if "right" in there else high[0] + OUT_OF_VIEW_M
    back = room.faces["back"].point[1] if "back" in there else high[1] + OUT_OF_VIEW_M
    front = min(low[1], room.low[1]) - BEYOND_M
    for key, side in sides.items():
        if side == "back":
            center, size = ((left + right) / 2.0, back + THICKNESS_M / 2.0), (right - left, THICKNESS_M)
        else:
            x = left - THICKNESS_M / 2.0 if side == "left" else right + THICKNESS_M / 2.0
            center, size = (x, (front + back) / 2.0), (THICKNESS_M, back - front)
        wall = scene.objects[key].replace(
            center=(float(center[0]), float(center[1]), height / 2.0), size=(float(size[0]), float(size[1]), height)
        )
        scene = scene.with_objects(wall)
    return scene


__all__ = ["hang", "side_told", "walled"]
