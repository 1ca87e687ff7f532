"""The plan of a room that stands in a scene, read from its floor and walls, and the edit that changes it.

A room is stored as nothing but its objects: they may be moved, painted or deleted one by one. Its plan is found anew
when it is asked for: the floor gives the outline, the pieces of each wall what is open between them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sd3studio.core import edits
from sd3studio.core.edits.base import Edit
from sd3studio.core.errors import SceneError
from sd3studio.core.layout.keeping import carried_by
from sd3studio.core.room_hanging import hung_things, rehung
from sd3studio.core.rooms import FLOOR_M, LEAST_M, Opening, Room, built
from sd3studio.core.scene.value import Vec3
from sd3studio.core.scene.values import Relation, Scene, SceneObject

Floats = NDArray[np.float64]
CLOSE_M = 2e-3
"""Pieces that lie this near to where the builder puts them belong to the room."""
Span = tuple[float, float, float, float]
"""A piece of a wall: from, to along it, lower and upper edge, metres."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the sheet lies that a plan is drawn on: turned by `yaw` (rad) about `pivot` (m), `base_m` above the ground.

    Plans are drawn with walls along the axes; most rooms stand as they are drawn.
    """

    yaw: float = 0.0
    pivot: tuple[float, float] = (0.0, 0.0)
    base_m: float = 0.0

    def standing(self, thing: SceneObject) -> SceneObject:
        """A thing of the plan as it stands in the scene."""
        return self._moved(thing, self.yaw, self.base_m)

    def drawn(self, thing: SceneObject) -> SceneObject:
        """A thing of the scene as the plan has it."""
        return self._moved(thing, -self.yaw, -self.base_m)

    def drawn_scene(self, scene: Scene) -> Scene:
        """All of a scene as the plan has it."""
        return scene.replace(objects={key: self.drawn(thing) for key, thing in scene.objects.items()})

    def _moved(self, thing: SceneObject, yaw: float, up_m: float) -> SceneObject:
        if not (yaw or up_m):
            return thing
        x, y = np.subtract(thing.center[:2], self.pivot)
        cos, sin = np.cos(yaw), np.sin(yaw)
        at = self.pivot[0] + float(x * cos - y * sin), self.pivot[1] + float(x * sin + y * cos)
        return thing.replace(center=(*at, thing.center[2] + up_m), yaw=math.remainder(thing.yaw + yaw, math.tau))


@dataclass(frozen=True, slots=True)
class StandingRoom:
    """A room of a scene: the concept that it is, its plan and how that lies there, the ids of what it was built of."""

    key: str
    room: Room
    parts: tuple[str, ...]
    pose: Pose = Pose()


def room_of(scene: Scene, key: str) -> str | None:
    """Id of the concept with floor or walls that this object is, or is part of; None where there is none."""
    thing = scene.objects.get(key)
    concept = thing.id if thing and thing.kind == "concept" else thing.parent if thing else None
    members = [one for one in scene.objects.values() if concept and one.parent == concept]
    return concept if any(_is_flat(one) or _is_upright(one) for one in members) else None


def read_room(scene: Scene, key: str) -> StandingRoom:
    """The plan of the room that the concept `key` is.

    Raises `SceneError` that says why where it has none: no floor, or walls that stand elsewhere.
    """
    name = scene.objects[key].label
    members = [thing for thing in scene.objects.values() if thing.parent == key]
    pose = _pose(name, members)
    members = [pose.drawn(thing) for thing in members]
    flat = [thing for thing in members if _is_flat(thing)]
    floors = [thing for thing in flat if abs(thing.center[2] + FLOOR_M / 2.0) < CLOSE_M]
    if any(abs(np.sin(2.0 * thing.yaw)) > 1e-4 for thing in floors):
        raise SceneError(f"The pieces of the floor of {name} are turned apart; its plan can't be read from them.")
    corners = _outline([_rectangle(floor) for floor in floors])
    pieces = [thing for thing in members if _is_upright(thing)]
    thickness = pieces[0].size[1] if pieces else 0.1
    height = max((thing.center[2] + thing.size[2] / 2.0 for thing in pieces), default=2.6)
    fillings = [thing for thing in members if thing.kind == "object" and thing.category in ("door", "window")]
    openings: list[Opening] = []
    open_sides: set[int] = set()
    used: list[SceneObject] = []
    for side in range(len(corners)):
        own, filled = (_beside(corners, side, things, thickness) for things in (pieces, fillings))
        if not own and not filled:
            open_sides.add(side)
            continue
        length = float(np.linalg.norm(corners[(side + 1) % len(corners)] - corners[side]))
        openings += _openings(side, length, height, own, filled)
        used += [thing for thing, _ in (*own, *filled)]
    astray = [thing.label for thing in pieces if thing not in used]
    if astray:
        raise SceneError(f"A {astray[0]} of {name} does not stand at the edge of its floor; its plan can't be read.")
    ceilings = [thing for thing in flat if abs(thing.center[2] - height - FLOOR_M / 2.0) < CLOSE_M]
    room = Room(
        outline=tuple((round(float(x), 6), round(float(y), 6)) for x, y in corners), height_m=height,
        thickness_m=thickness, openings=tuple(openings), open_sides=frozenset(open_sides), floor=floors[0].label,
        wall=pieces[0].label if pieces else "wall", ceiling=bool(ceilings),
    )  # fmt: skip
    return StandingRoom(key, room, tuple(thing.id for thing in (*floors, *ceilings, *used)), pose)


def _pose(name: str, members: Sequence[SceneObject]) -> Pose:
    """How the plan of a room with these parts lies: its floor is the lowest of what is flat, below all walls."""
    flat = [thing for thing in members if _is_flat(thing)]
    floor = min(flat, key=lambda thing: thing.center[2], default=None)
    lowest = min((thing.center[2] - thing.size[2] / 2.0 for thing in members if _is_upright(thing)), default=math.inf)
    if floor is None or lowest < floor.center[2] - CLOSE_M:
        raise SceneError(f"{name} has no floor below its walls; its plan can't be read from it.")
    yaw, base = math.remainder(floor.yaw, math.pi / 2.0), floor.center[2] + FLOOR_M / 2.0
    return Pose(yaw if abs(yaw) > 1e-5 else 0.0, floor.center[:2], base if abs(base) > CLOSE_M else 0.0)


def changed(scene: Scene, old: StandingRoom, room: Room, name: str) -> Edit:
    """The edit that gives a standing room another plan and name.

    What else is part of it stays, and what hangs on its walls goes with them; colours and words of floor and walls stay
    with what is called the same. Raises as `built`.
    """
    bare = edits.RemoveObjects(old.parts).apply(scene)
    looks = {scene.objects[part].label: scene.objects[part] for part in reversed(old.parts)}
    plan = [_as_before(part, looks.get(part.label), old.key) for part in built(bare, room)]
    parts = tuple(old.pose.standing(part) for part in plan)
    hung = _hung(scene, old, room, plan)
    held = {key: thing.parent for key, thing in scene.objects.items() if thing.parent in old.parts}
    behind = {key: hung[key].parent if key in hung else None for key in held if key in bare.objects}
    relations = [_on_new_wall(r, held, behind) for r in scene.relations]
    known = {part.id for part in parts} | set(bare.objects)
    kept = tuple(r for r in relations if {r.subject, r.object} <= known)
    steps = [edits.RemoveObjects(old.parts), edits.AddObjects(parts), _Kept(kept, _goes(scene, old, hung), behind)]
    if name != scene.objects[old.key].label:
        steps.append(edits.RenameObject(old.key, name))
    return edits.Sequence(tuple(steps), f"Change {name}")


@dataclass(frozen=True, slots=True)
class _Kept:
    """Relations of parts that are there again; where what hangs on them is now, and on which piece of a wall."""

    label: ClassVar[str] = "Change relations"
    relations: tuple[Relation, ...]
    centers: Mapping[str, Vec3]
    parents: Mapping[str, str | None]

    def apply(self, scene: Scene) -> Scene:
        moved = [scene.objects[key].replace(center=center) for key, center in self.centers.items()]
        scene = scene.with_objects(*moved)
        held = (scene.objects[key].replace(parent=parent) for key, parent in self.parents.items())
        return scene.with_objects(*held).replace(relations=self.relations)


def _hung(scene: Scene, old: StandingRoom, room: Room, plan: Sequence[SceneObject]) -> dict[str, SceneObject]:
    """What hangs on the walls of a room, as it hangs in the new plan, part of the piece of the wall behind it."""
    others = [old.pose.drawn(thing) for key, thing in scene.objects.items() if key not in old.parts]
    pieces = [part for part in plan if _is_upright(part)]
    found = {}
    for one in hung_things(old.room, others, old.parts):
        thing = rehung(old.room, room, one)
        if thing is not None and pieces:
            found[thing.id] = thing.replace(parent=min(pieces, key=lambda piece: _apart_m(piece, thing)).id)
    return found


def _apart_m(piece: SceneObject, thing: SceneObject) -> float:
    """Distance of the middle of a thing from a box."""
    off = np.subtract(thing.center, piece.center)
    cos, sin = np.cos(piece.yaw), np.sin(piece.yaw)
    local = np.array([off[0] * cos + off[1] * sin, off[1] * cos - off[0] * sin, off[2]])
    return float(np.linalg.norm(np.maximum(np.abs(local) - np.array(piece.size) / 2.0, 0.0)))


def _goes(scene: Scene, old: StandingRoom, hung: Mapping[str, SceneObject]) -> dict[str, Vec3]:
    """Where the middles of what hangs are then, and of what stands on it."""
    found: dict[str, Vec3] = {}
    for key, thing in hung.items():
        found[key] = old.pose.standing(thing).center
        shift = np.subtract(found[key], scene.objects[key].center)
        if not shift.any():
            del found[key]
            continue
        for load in carried_by(scene, key):
            if load not in hung and load not in old.parts:
                x, y, z = (float(v) for v in np.add(scene.objects[load].center, shift))
                found[load] = (x, y, z)
    return found


def _on_new_wall(told: Relation, held: Mapping[str, str | None], behind: Mapping[str, str | None]) -> Relation:
    """A relation of a thing with the piece of the wall that it was part of, now with the piece behind it."""
    for one, other in ((told.subject, told.object), (told.object, told.subject)):
        now = behind.get(one)
        if one in held and held[one] == other and now is not None:
            return told.replace(object=now) if other == told.object else told.replace(subject=now)
    return told


def _as_before(part: SceneObject, before: SceneObject | None, parent: str) -> SceneObject:
    part = part.replace(parent=parent)
    if before is None:
        return part
    return part.replace(colour=before.colour, attributes=before.attributes, prompt=before.prompt)


def _is_flat(thing: SceneObject) -> bool:
    return thing.kind == "stuff" and abs(thing.size[2] - FLOOR_M) < CLOSE_M and not (thing.pitch or thing.roll)


def _is_upright(thing: SceneObject) -> bool:
    """Whether it may be a piece of a wall."""
    return thing.kind == "stuff" and not _is_flat(thing) and "wall" in thing.label.lower().split()


def _rectangle(floor: SceneObject) -> tuple[float, float, float, float]:
    across = abs(np.sin(floor.yaw)) > 0.5  # a quarter turn
    width, depth = (floor.size[1], floor.size[0]) if across else floor.size[:2]
    x, y = floor.center[:2]
    return x - width / 2.0, y - depth / 2.0, x + width / 2.0, y + depth / 2.0


def _outline(rectangles: Sequence[tuple[float, float, float, float]]) -> Floats:
    """(N, 2) corners around rectangles that lie side by side, counter-clockwise, from the front left one."""
    xs, ys = (_levels([v for one in rectangles for v in (one[k], one[k + 2])]) for k in (0, 1))
    edges: dict[tuple[int, int], list[tuple[int, int]]] = {}
    covered = {
        (i, j)
        for i in range(len(xs) - 1)
        for j in range(len(ys) - 1)
        for x0, y0, x1, y1 in rectangles
        if x0 < (xs[i] + xs[i + 1]) / 2.0 < x1 and y0 < (ys[j] + ys[j + 1]) / 2.0 < y1
    }
    for i, j in covered:
        for (di, dj), start, end in (
            ((0, -1), (i, j), (i + 1, j)), ((1, 0), (i + 1, j), (i + 1, j + 1)),
            ((0, 1), (i + 1, j + 1), (i, j + 1)), ((-1, 0), (i, j + 1), (i, j)),
        ):  # fmt: skip
            if (i + di, j + dj) not in covered:
                edges.setdefault(start, []).append(end)
    start = min(edges, key=lambda place: (place[1], place[0]))
    ring = [start]
    while edges.get(ring[-1]):
        ring.append(edges[ring[-1]].pop())
        if ring[-1] == start:
            break
    if any(edges.values()) or ring[-1] != start:
        raise SceneError("The floor is in several pieces; its plan can't be read.")
    points = np.array([(xs[i], ys[j]) for i, j in ring[:-1]])
    before, after = np.roll(points, 1, axis=0) - points, np.roll(points, -1, axis=0) - points
    return points[np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]) > 1e-12]


def _levels(values: Sequence[float], apart_m: float = LEAST_M) -> list[float]:
    """Different values in order; those that are nearly the same are one."""
    ordered = sorted(values)
    return [ordered[0], *(b for a, b in pairwise(ordered) if b - a > apart_m)]


def _beside(
    corners: Floats, side: int, things: Sequence[SceneObject], thickness: float
) -> list[tuple[SceneObject, Span]]:
    """Those of the things that stand in the wall of a side, and where in it."""
    start, end = corners[side], corners[(side + 1) % len(corners)]
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    outward = np.array([along[1], -along[0]])
    found = []
    for thing in things:
        own = np.array([np.cos(thing.yaw), np.sin(thing.yaw)])
        off = np.array(thing.center[:2]) - start
        at, half, low = float(off @ along), thing.size[0] / 2.0, thing.center[2] - thing.size[2] / 2.0
        inside = at - half > -CLOSE_M and at + half < length + CLOSE_M
        if abs(float(own @ along)) > 0.9999 and abs(float(off @ outward) - thickness / 2.0) < CLOSE_M and inside:
            found.append((thing, (at - half, at + half, low, low + thing.size[2])))
    return found


def _openings(
    side: int,
    length: float,
    height: float,
    pieces: Sequence[tuple[SceneObject, Span]],
    fillings: Sequence[tuple[SceneObject, Span]],
) -> list[Opening]:
    """What is open in a wall: where no piece reaches from the floor to the top."""
    spans = [span for _, span in (*pieces, *fillings)]
    ends = _levels([0.0, length, *(end for span in spans for end in span[:2])], CLOSE_M)
    found = []
    for left, right in pairwise(ends):
        middle = (left + right) / 2.0
        over = [span[2:] for _, span in pieces if span[0] < middle < span[1]]
        if any(low < CLOSE_M and high > height - CLOSE_M for low, high in over):
            continue
        kind, (low, top) = next(
            ((thing.category, span[2:]) for thing, span in fillings if span[0] < middle < span[1]),
            ("passage", (max((high for base, high in over if base < CLOSE_M), default=0.0),
                         min((base for base, _ in over if base >= CLOSE_M), default=height))),
        )  # fmt: skip
        found.append(
            Opening(wall=side, at_m=middle, kind=kind, width_m=right - left, height_m=top - low, sill_m=max(low, 0.0))  # type: ignore[arg-type]
        )
    return found
