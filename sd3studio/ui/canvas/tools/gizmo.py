"""The gizmo: handles at the middle of the selection's base, of constant size on the screen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from sd3studio.core.scene.boxes import Boxes, rotation_matrices
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import SceneObject
from sd3studio.ui.canvas.tools.base import Canvas, Drag, PointerEvent
from sd3studio.ui.canvas.tools.drags import AXES, PullDrag, ScaleDrag, TurnDrag
from sd3studio.ui.canvas.tools.moving import MoveDrag

GizmoMode = Literal["move", "turn", "scale"]
LENGTH_PX = 92.0
ARC_RAD = (math.radians(198.0), math.radians(252.0))
"""The part of the ring that the move gizmo has, at the front left: a whole ring would lie across what is dragged."""
LARGEST_SHARE = 0.21
"""Part of the smaller side of a pane that an arrow may have."""
RING = 1.28
"""Radius of the ring that turns, in lengths of an arrow."""
REACH_PX = 9.0
"""How far from a handle a click still takes it."""
DOT_REACH_PX = 6.0
"""The same for the dots, which may lie on arrows."""
EDGE_ON = 0.12
"""Sine or cosine below which an axis that points at the viewer, or a plane seen from its edge, has no handle."""
LEAST_BOX_PX = 44.0
"""Boxes that look smaller than this have no handles to pull their sides."""
PLANES = {"xy": "z", "xz": "y", "yz": "x"}


@dataclass(frozen=True, slots=True)
class Handle:
    """One handle as seen.

    Parameters
    ----------
    axis : "x", "y", "z", a plane ("xy"), "all", or for a side of the box a name of its own
    kind : what it looks like and does: arrows and discs move, rings turn, boxes scale, dots pull sides
    points_px : (n, 2) its line on the screen
    sides : of dots: which faces are pulled along x, y, z (1, -1, or 0)
    at : of dots: the point (m, world) that is pulled
    """

    axis: str
    kind: Literal["arrow", "ring", "box", "disc", "dot"]
    points_px: np.ndarray
    sides: tuple[int, int, int] = (0, 0, 0)
    at: np.ndarray | None = None

    @property
    def tip_px(self) -> tuple[float, float]:
        """The far end, where the arrow head or the box is drawn."""
        return float(self.points_px[-1, 0]), float(self.points_px[-1, 1])

    def distance_px(self, position_px: tuple[float, float]) -> float:
        """How far a point of the screen is from the handle; inside a disc it is no distance."""
        point = np.asarray(position_px, float)
        if self.kind == "disc" and _inside(point, self.points_px):
            return 0.0
        return _distance_to_polyline(point, self.points_px)

    def is_same(self, other: "Handle | None") -> bool:
        """Whether the other one is this handle, perhaps from an earlier moment."""
        return other is not None and (self.axis, self.kind) == (other.axis, other.kind)


@dataclass(frozen=True, slots=True)
class Gizmo:
    """The handles of one selection in one view. The first of `ids` leads; `concepts` are moved with their members."""

    mode: GizmoMode
    ids: tuple[str, ...]
    origin: np.ndarray
    origin_px: tuple[float, float]
    directions: dict[str, np.ndarray]
    handles: tuple[Handle, ...]
    concepts: tuple[str, ...] = ()

    def hit(self, position_px: tuple[float, float]) -> Handle | None:
        """The handle under the cursor: a dot that is right there, else the nearest one within reach."""
        near = [(handle.distance_px(position_px), i) for i, handle in enumerate(self.handles)]
        dots = [pair for pair in near if self.handles[pair[1]].kind == "dot" and pair[0] <= DOT_REACH_PX]
        distance, index = min(dots or near, default=(math.inf, 0))
        return self.handles[index] if distance <= REACH_PX else None

    def grab(self, handle: Handle, canvas: Canvas, event: PointerEvent) -> Drag:
        """Start the drag of a handle."""
        if handle.kind == "ring":
            return TurnDrag(canvas, self.ids, self.origin, event, handle.axis)
        if handle.kind == "box":
            return ScaleDrag(canvas, self.ids, handle.axis, self.origin_px, event)
        if handle.kind == "dot" and handle.at is not None:
            return PullDrag(canvas, self.ids[0], handle.sides, handle.at, event)
        return MoveDrag(canvas, (*self.ids, *self.concepts), handle.axis, self.origin, event, self.directions)


def gizmo_of(
    things: Sequence[SceneObject],
    camera: Camera,
    mode: GizmoMode,
    local: bool,
    length_px: float | None = None,
    pull: bool = False,
) -> Gizmo | None:
    """The gizmo of the selected objects, or None where there is nothing to grab (no selection, all locked, behind).

    `length_px` of an arrow is usually the same everywhere, and less only in small panes.
    `pull` adds handles at the sides and corners of a single box: for the flat views.
    """
    free = [thing for thing in things if not thing.locked and not thing.hidden and thing.kind != "concept"]
    if not free:
        return None
    low, high = Boxes.of(free).bounds()
    origin = np.append((low.min(axis=0) + high.max(axis=0))[:2] / 2.0, low.min(axis=0)[2])
    pixel, depth = camera.project(origin)
    if depth < 1e-3 or not np.isfinite(pixel).all():
        return None
    turn = rotation_matrices(free[0].yaw)[0] if local or mode == "scale" else np.eye(3)
    directions = {name: turn @ axis for name, axis in AXES.items()} if local or mode == "scale" else AXES
    length_px = length_px or min(LENGTH_PX, LARGEST_SHARE * min(camera.width, camera.height))
    reach = length_px / float(camera.px_per_m(depth))
    make = {"move": _move_handles, "turn": _turn_handles, "scale": _scale_handles}[mode]
    handles = make(origin, directions, reach, camera)
    if mode == "turn" and len(free) == 1:
        handles += _tilt_rings(free[0], origin, reach, camera)
    if pull and len(free) == 1:
        handles += _pull_handles(free[0], camera)
    seen = tuple(handle for handle in handles if np.isfinite(handle.points_px).all())
    ids, concepts = tuple(t.id for t in free), tuple(t.id for t in things if t.kind == "concept" and not t.locked)
    return Gizmo(mode, ids, origin, (float(pixel[0]), float(pixel[1])), directions, seen, concepts)


def _move_handles(origin: np.ndarray, directions: dict[str, np.ndarray], reach: float, camera: Camera) -> list[Handle]:
    toward = camera.toward(origin)
    shown = {name: d for name, d in directions.items() if abs(float(d @ toward)) < 1.0 - EDGE_ON**2}
    handles = [_line(name, "arrow", origin, d, reach, camera) for name, d in shown.items()]
    for plane, normal in PLANES.items():
        if abs(float(directions[normal] @ toward)) >= EDGE_ON:
            handles.append(_square(plane, origin, directions[plane[0]], directions[plane[1]], reach, camera))
    return [*handles, *_ring("z", origin, AXES["z"], RING * reach, camera, ARC_RAD)]


def _square(
    plane: str, origin: np.ndarray, first: np.ndarray, second: np.ndarray, reach: float, camera: Camera
) -> Handle:
    corners = np.array([0, 1, 1, 0, 0])[:, None] * first + np.array([0, 0, 1, 1, 0])[:, None] * second
    middle = origin + 0.26 * reach * (first + second)
    return Handle(plane, "disc", camera.project(middle + 0.17 * reach * corners)[0])


def _turn_handles(origin: np.ndarray, directions: dict[str, np.ndarray], reach: float, camera: Camera) -> list[Handle]:
    return _ring("z", origin, AXES["z"], RING * reach, camera)


def _tilt_rings(thing: SceneObject, origin: np.ndarray, reach: float, camera: Camera) -> list[Handle]:
    """Smaller rings for pitch (about the object's X) and roll (about its Y)."""
    turn = rotation_matrices(thing.yaw)[0]
    tilted = rotation_matrices(thing.yaw, thing.pitch)[0]
    middle = 0.78 * reach
    return [
        *_ring("x", origin, turn @ AXES["x"], middle, camera),
        *_ring("y", origin, tilted @ AXES["y"], middle, camera),
    ]


def _ring(
    axis: str,
    origin: np.ndarray,
    normal: np.ndarray,
    radius: float,
    camera: Camera,
    span_rad: tuple[float, float] = (0.0, math.tau),
) -> list[Handle]:
    if abs(float(normal @ camera.toward(origin))) < EDGE_ON / 2.0:
        return []
    across = AXES["x"] if abs(normal[0]) < 0.9 else AXES["y"]
    across = across - (across @ normal) * normal
    across = across / np.linalg.norm(across)
    angles = np.linspace(*span_rad, 65)
    circle = np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * np.cross(normal, across)
    return [Handle(axis, "ring", camera.project(origin + radius * circle)[0])]


def _scale_handles(origin: np.ndarray, directions: dict[str, np.ndarray], reach: float, camera: Camera) -> list[Handle]:
    toward = camera.toward(origin)
    shown = {name: d for name, d in directions.items() if abs(float(d @ toward)) < 1.0 - EDGE_ON**2}
    handles = [_line(name, "box", origin, d, reach, camera) for name, d in shown.items()]
    right, down, _ = camera.axes
    diagonal = (right - down) / math.sqrt(2.0)
    return [*handles, _line("all", "box", origin, diagonal, 0.75 * reach, camera)]


def _pull_handles(thing: SceneObject, camera: Camera) -> list[Handle]:
    """Dots on the faces that are seen from their edges, and on the corners between two of them."""
    boxes = Boxes.of([thing])
    pixels, depth = camera.project(boxes.corners()[0])
    if depth.min() < 1e-3 or np.ptp(pixels, axis=0).min() < LEAST_BOX_PX:
        return []
    toward = camera.toward(boxes.center[0])
    turn = boxes.rotation[0]
    flat = [axis for axis in range(3) if abs(float(turn[:, axis] @ toward)) < 0.5]
    steps = [(-1, 0, 1) if axis in flat else (0,) for axis in range(3)]
    wanted = [sides for sides in product(*steps) if any(sides)]
    handles = []
    for sides in wanted:
        at = boxes.center[0] + turn @ (np.array(sides) * boxes.half[0])
        pixel = camera.project(at)[0]
        name = "".join(f"{'-' if side < 0 else '+'}{axis}" for side, axis in zip(sides, "xyz", strict=True) if side)
        handles.append(Handle(name, "dot", np.stack([pixel, pixel]), sides, at))
    return handles


def _line(name: str, kind: str, origin: np.ndarray, direction: np.ndarray, reach: float, camera: Camera) -> Handle:
    steps = np.linspace(0.12, 1.0, 8)[:, None]
    return Handle(name, kind, camera.project(origin + reach * steps * direction)[0])  # type: ignore[arg-type]


def _inside(point: np.ndarray, outline: np.ndarray) -> bool:
    """Whether a point is inside a convex closed outline."""
    step, off = np.diff(outline, axis=0), point - outline[:-1]
    turns = step[:, 0] * off[:, 1] - step[:, 1] * off[:, 0]
    return bool((turns >= 0.0).all() or (turns <= 0.0).all())


def _distance_to_polyline(point: np.ndarray, line: np.ndarray) -> float:
    start, step = line[:-1], np.diff(line, axis=0)
    length = np.maximum((step**2).sum(axis=1), 1e-12)
    share = np.clip(((point - start) * step).sum(axis=1) / length, 0.0, 1.0)
    return float(np.linalg.norm(start + share[:, None] * step - point, axis=1).min())
