"""Magnetism while things are dragged: onto the floor and what is below, against walls, to neighbours, to a grid.

Pure functions over arrays; the caller turns the reach in pixels into metres and draws the guides. The dragged things
move as one: their common box is what snaps.

What is below, and the floor, decide the height; walls and neighbours the place; each axis snaps by itself, to what is
nearest within reach. A grid comes last and only moves axes that nothing else has caught. Furniture that comes to a wall
turns its back to it.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.relations import Bodies
from sd3studio.core.relations.fronts import has_back
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.value import Vec3
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.walls import Face, is_wall, turned

Floats = NDArray[np.float64]
Reason = Literal["floor", "on top", "wall", "back", "edge", "centre", "flush", "grid"]

TURN_STEP_RAD = math.radians(15.0)
LEAST_OVERLAP = 0.25
"""Part of the dragged footprint that must be over a surface to be put on it."""
ALONGSIDE_M = 4.0
"""A neighbour farther away than this (m, gap) does not catch."""
LEAST_NEIGHBOUR = 0.3
"""A neighbour catches only if it is at least this part as wide as what is dragged: no sofa is lined up with a cup."""
TOUCH_M = 1e-6
RESTING_M = 0.03
SMALL_M = 0.7
"""Things of at most this size climb onto tables while they are dragged over them."""
CLIMB_M = 1.5


@dataclass(frozen=True, slots=True)
class Guide:
    """A line that shows what a drag has snapped to: `start` and `end` in metres, world; `to` is the id, or ""."""

    start: Vec3
    end: Vec3
    reason: Reason
    to: str = ""


@dataclass(frozen=True, slots=True)
class Snapped:
    """The way (m, world) that the dragged things go instead of the wished one, and why.

    `turn_rad` is how far they then turn, counter-clockwise from above, about the middle of the one that leads.
    """

    delta: Vec3
    guides: tuple[Guide, ...] = ()
    turn_rad: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapping:
    """What a drag snaps to.

    Parameters
    ----------
    reach_m : how near (m) an edge, a centre or a wall catches; some 8 px at the distance of the thing
    axes : which world axes the drag may move: "xyz", "xy", "z" ...
    floor, tops, walls, edges, centres : kinds of magnetism
    grid_m : step of the grid, None for none (Ctrl turns it on)
    """

    reach_m: float = 0.08
    axes: str = "xy"
    floor: bool = True
    tops: bool = True
    walls: bool = True
    edges: bool = True
    centres: bool = True
    grid_m: float | None = None


class Surroundings:
    """What dragged things can snap to, made once at mouse-down: all other objects as arrays.

    Parameters
    ----------
    scene : the scene at mouse-down
    dragged : ids of the things that are dragged; what stands on them should be among them
    leader : the one that all others are carried by, if there is one: it turns its back to walls
    """

    def __init__(self, scene: Scene, dragged: Collection[str], leader: str | None = None) -> None:
        chosen = set(dragged)
        things = [scene.objects[key] for key in dragged if key in scene.objects]
        others = [t for key, t in scene.objects.items() if key not in chosen and not t.hidden and t.kind != "concept"]
        solid = [thing for thing in others if thing.kind == "object"]
        self.ids = tuple(thing.id for thing in solid)
        self.low, self.high = _bounds(solid)
        self.center = (self.low + self.high) / 2.0
        bodies = Bodies.of(solid)
        self.surface_z: Floats = np.array(bodies.surface_z) if solid else np.zeros(0)
        self.walls = [thing for thing in others if is_wall(thing)]
        self.dragged = tuple(things)
        leads = scene.objects.get(leader) if leader else None
        self.leader = leads if leads and has_back(leads) and not (leads.pitch or leads.roll or leads.locked) else None
        own_low, own_high = _bounds(things)
        self.own_low = own_low.min(axis=0) if things else np.zeros(3)
        self.own_high = own_high.max(axis=0) if things else np.zeros(3)
        under = self.under(self.own_low, self.own_high)
        on_floor = abs(float(self.own_low[2])) <= RESTING_M
        self.on_top = not on_floor and bool((np.abs(self.surface_z[under] - self.own_low[2]) <= RESTING_M).any())
        self.rests = on_floor or self.on_top
        wide_m = (self.high - self.low)[:, :2].max(axis=1, initial=0.0)
        self.matters = wide_m >= LEAST_NEIGHBOUR * float((self.own_high - self.own_low)[:2].max())
        self.small = bool(things) and float((self.own_high - self.own_low).max()) <= SMALL_M

    def under(self, low: Floats, high: Floats) -> NDArray[np.intp]:
        """Rows of the things that are under enough of a footprint (`low`, `high` (3,))."""
        if not len(self.ids):
            return np.zeros(0, np.intp)
        overlap = np.minimum(self.high, high)[:, :2] - np.maximum(self.low, low)[:, :2]
        share = np.clip(overlap / np.maximum((high - low)[:2], 1e-6), 0.0, 1.0).prod(axis=1)
        return np.flatnonzero(share >= LEAST_OVERLAP)


def snap(around: Surroundings, wished: Vec3, how: Snapping) -> Snapped:
    """Where things that are dragged by `wished` (m, world) from their places at mouse-down go instead."""
    if not around.dragged:
        return Snapped(wished)
    state = _State(around, np.array(wished, float), how)
    if {"x", "y"} & set(how.axes):
        if how.walls:
            _to_walls(state)
        if how.edges or how.centres:
            _to_neighbours(state)
        if how.grid_m:
            _to_grid(state, [axis for axis in (0, 1) if "xyz"[axis] in how.axes])
    _to_support(state)
    if how.grid_m and "z" in how.axes:
        _to_grid(state, [2])
    x, y, z = (float(value) for value in state.delta)
    return Snapped((x, y, z), tuple(state.guides), state.turn_rad)


def snapped_turn(yaw_rad: float, step_rad: float = TURN_STEP_RAD) -> float:
    """The nearest multiple of the step, in (-pi, pi]."""
    turned = math.remainder(round(yaw_rad / step_rad) * step_rad, math.tau)
    return math.pi if turned <= -math.pi + 1e-12 else turned


@dataclass(slots=True)
class _State:
    """One step of a drag: the way so far, and the axes that are caught already."""

    around: Surroundings
    delta: Floats
    how: Snapping
    guides: list[Guide] = field(default_factory=list)
    caught: set[int] = field(default_factory=set)
    turn_rad: float = 0.0
    own: tuple[Floats, Floats] | None = None
    """Common box of the dragged things at mouse-down once they are turned."""

    @property
    def low(self) -> Floats:
        return (self.own[0] if self.own else self.around.own_low) + self.delta

    @property
    def high(self) -> Floats:
        return (self.own[1] if self.own else self.around.own_high) + self.delta

    def may(self, axis: int) -> bool:
        """True if this axis is dragged and nothing has caught it."""
        return "xyz"[axis] in self.how.axes and axis not in self.caught


def _bounds(things: Sequence[SceneObject]) -> tuple[Floats, Floats]:
    if not things:
        return np.zeros((0, 3)), np.zeros((0, 3))
    return Boxes.of(things).bounds()


def _to_walls(state: _State) -> None:
    """Against the faces of walls: the wall's normal decides the way, so slanted walls catch too."""
    best: tuple[float, float, float, Face] | None = None
    middle = (state.low[:2] + state.high[:2]) / 2.0
    home = Boxes.of(state.around.dragged)
    pivot = np.array(state.around.leader.center if state.around.leader else (0.0, 0.0, 0.0))
    here = replace(home, center=home.center + state.delta)
    for wall in state.around.walls:
        face = Face.towards(wall, middle)
        if not face.is_beside(here) or state.low[2] > wall.center[2] + wall.size[2] / 2.0:
            continue
        gap, turn = face.gap_m(here), _turn_to(state, face, home)
        back = face.gap_m(turned(here, pivot + state.delta, turn)) if turn else gap
        # between where it touches as it is and where its back would, it is at the wall
        off = max(min(gap, back), -max(gap, back), 0.0)
        if off <= state.how.reach_m and (best is None or off < best[0]):
            best = (off, back, turn, face)
    if best is None:
        return
    _, gap, turn, face = best
    shift = -gap * face.normal
    if not all(state.may(axis) or abs(shift[axis]) < TOUCH_M for axis in (0, 1)):
        return
    if turn:
        low, high = turned(home, pivot, turn).bounds()
        state.turn_rad, state.own = turn, (low.min(axis=0), high.max(axis=0))
    state.delta[:2] += shift
    state.caught.add(int(np.abs(face.normal).argmax()))
    (dx, dy), (x, y), z = face.along * face.half_m, face.wall.center[:2], float(state.low[2])
    reason: Reason = "back" if turn else "wall"
    state.guides.append(Guide((x - dx, y - dy, z), (x + dx, y + dy, z), reason, face.wall.id))


def _turn_to(state: _State, face: Face, home: Boxes) -> float:
    """How far (rad) the dragged things turn so that their leader has its back to a wall; 0 where it need not.

    What stood at that wall already stands there as somebody wanted it.
    """
    leader = state.around.leader
    if leader is None or not {"x", "y"} <= set(state.how.axes) or abs(face.gap_m(home)) <= RESTING_M:
        return 0.0
    return face.turn_to(leader)


def _to_neighbours(state: _State) -> None:
    """Edges and centres of neighbours, each axis by itself, the nearest line first."""
    around = state.around
    if not len(around.ids):
        return
    gaps = np.maximum(around.low - state.high, state.low - around.high).max(axis=1)
    near = (gaps <= ALONGSIDE_M) & around.matters
    if not near.any():
        return
    for axis in (0, 1):
        if state.may(axis):
            _to_lines(state, axis, near)


def _to_lines(state: _State, axis: int, near: NDArray[np.bool_]) -> None:
    around, how = state.around, state.how
    low, high = float(state.low[axis]), float(state.high[axis])
    mine: list[float] = []
    lines: list[Floats] = []
    reasons: list[Reason] = []
    if how.edges:
        pairs: tuple[tuple[float, Floats, Reason], ...] = (
            (low, around.low, "edge"), (high, around.high, "edge"),
            (low, around.high, "flush"), (high, around.low, "flush"),
        )  # fmt: skip
        for own, theirs, reason in pairs:
            mine.append(own)
            lines.append(theirs[:, axis])
            reasons.append(reason)
    if how.centres:
        mine.append((low + high) / 2.0)
        lines.append(around.center[:, axis])
        reasons.append("centre")
    off = np.stack(lines) - np.array(mine)[:, None]  # (kinds, N)
    off[:, ~near] = np.inf
    distance = np.abs(off)
    least = float(distance.min())
    if least > how.reach_m:
        return
    # Of equally near lines the neighbour that is nearest tells the guide.
    kinds, rows = np.nonzero(distance <= least + 1e-9)
    reach = np.linalg.norm(around.center[rows] - (state.low + state.high) / 2.0, axis=1)
    chosen = int(reach.argmin())
    kind, row = int(kinds[chosen]), int(rows[chosen])
    state.delta[axis] += float(off[kind, row])
    state.caught.add(axis)
    state.guides.append(_guide(state, axis, float(lines[kind][row]), row, reasons[kind]))


def _guide(state: _State, axis: int, line: float, row: int, reason: Reason) -> Guide:
    """A line at the height of the base, along the other horizontal axis, over both things."""
    around, other = state.around, 1 - axis
    start = min(float(around.low[row, other]), float(state.low[other]))
    end = max(float(around.high[row, other]), float(state.high[other]))
    z = float(min(around.low[row, 2], state.low[2]))
    first, last = [0.0, 0.0, z], [0.0, 0.0, z]
    first[axis] = last[axis] = line
    first[other], last[other] = start, end
    return Guide((first[0], first[1], z), (last[0], last[1], z), reason, around.ids[row])


def _to_support(state: _State) -> None:
    """Onto the top of what is below, or the floor.

    What rested at mouse-down and is dragged over the ground (no z in its axes) goes along the surfaces below it: small
    things, and what stood on something, climb; a chair is pushed under the table. A drag that lifts snaps within reach.
    """
    around, how = state.around, state.how
    base = float(state.low[2])
    levels: list[tuple[float, Reason, str]] = [(0.0, "floor", "")] if how.floor else []
    if how.tops and len(around.ids):
        under = around.under(state.low, state.high).tolist()
        levels += [(float(around.surface_z[row]), "on top", around.ids[row]) for row in under]
    if not levels:
        return
    follows = "z" not in how.axes and around.rests
    if follows:
        climb = CLIMB_M if around.small or around.on_top else RESTING_M
        reached = [one for one in levels if one[0] <= float(around.own_low[2]) + climb]
        level = max(reached, default=None, key=lambda one: one[0])
    else:
        # what stood above the ground is not pushed into it
        sunk = how.floor and base < 0.0 <= float(around.own_low[2]) + RESTING_M
        within = levels[:1] if sunk else [one for one in levels if abs(one[0] - base) <= how.reach_m]
        level = min(within, default=None, key=lambda one: abs(one[0] - base))
    if level is None or (not follows and "z" not in how.axes):
        return
    state.delta[2] += level[0] - base
    state.caught.add(2)
    if level[1] == "on top" or not follows:
        (x0, y0), (x1, y1), z = state.low[:2].tolist(), state.high[:2].tolist(), level[0]
        y = (y0 + y1) / 2.0
        state.guides.append(Guide((x0, y, z), (x1, y, z), level[1], level[2]))


def _to_grid(state: _State, axes: Sequence[int]) -> None:
    """The middle of the base (and the base itself, for the height) to multiples of the step."""
    step = state.how.grid_m
    assert step is not None
    for axis in axes:
        if not state.may(axis):
            continue
        at = float(state.low[2]) if axis == 2 else float(state.low[axis] + state.high[axis]) / 2.0
        state.delta[axis] += round(at / step) * step - at
        state.caught.add(axis)
