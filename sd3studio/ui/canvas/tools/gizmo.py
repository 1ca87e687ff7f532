"""The gizmo: handles at the middle of the selection's base, of constant size on the screen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sd3studio.core.scene.boxes import Boxes, rotation_matrices
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import SceneObject
from sd3studio.ui.canvas.tools.base import Canvas, Drag, PointerEvent
from sd3studio.ui.canvas.tools.drags import AXES, AxisDrag, PlaneDrag, ScaleDrag, TurnDrag

GizmoMode = Literal["move", "turn", "scale"]
LENGTH_PX = 92.0
REACH_PX = 9.0
"""How far from a handle a click still takes it."""


@dataclass(frozen=True, slots=True)
class Handle:
    """One handle as seen: `axis` is "x", "y", "z", "all" or "plane"; `points_px` (n, 2) is its line on the screen."""

    axis: str
    kind: Literal["arrow", "ring", "box", "disc"]
    points_px: np.ndarray

    @property
    def tip_px(self) -> tuple[float, float]:
        """The far end, where the arrow head or the box is drawn."""
        return float(self.points_px[-1, 0]), float(self.points_px[-1, 1])

    def distance_px(self, position_px: tuple[float, float]) -> float:
        """How far a point of the screen is from the handle."""
        return _distance_to_polyline(np.asarray(position_px, float), self.points_px)


@dataclass(frozen=True, slots=True)
class Gizmo:
    """The handles of one selection in one view."""

    mode: GizmoMode
    ids: tuple[str, ...]
    origin: np.ndarray
    origin_px: tuple[float, float]
    directions: dict[str, np.ndarray]
    handles: tuple[Handle, ...]

    def hit(self, position_px: tuple[float, float]) -> Handle | None:
        """The handle under the cursor: the nearest one within reach."""
        near = [(handle.distance_px(position_px), i) for i, handle in enumerate(self.handles)]
        distance, index = min(near, default=(math.inf, 0))
        return self.handles[index] if distance <= REACH_PX else None

    def grab(self, handle: Handle, canvas: Canvas, event: PointerEvent) -> Drag:
        """Start the drag of a handle."""
        if self.mode == "turn":
            return TurnDrag(canvas, self.ids, self.origin, event)
        if self.mode == "scale":
            return ScaleDrag(canvas, self.ids, handle.axis, self.origin_px, event)
        if handle.axis == "plane":
            return PlaneDrag(canvas, self.ids, self.origin, event)
        return AxisDrag(canvas, self.ids, handle.axis, self.directions[handle.axis], event)


def gizmo_of(
    things: Sequence[SceneObject], camera: Camera, mode: GizmoMode, local: bool, length_px: float = LENGTH_PX
) -> Gizmo | None:
    """The gizmo of the selected objects, or None where there is nothing to grab (no selection, all locked, behind)."""
    free = [thing for thing in things if not thing.locked and not thing.hidden and thing.kind != "concept"]
    if not free:
        return None
    low, high = Boxes.of(free).bounds()
    origin = np.append((low.min(axis=0) + high.max(axis=0))[:2] / 2.0, low.min(axis=0)[2])
    pixel, depth = camera.project(origin)
    if depth < 1e-3 or not np.isfinite(pixel).all():
        return None
    turn = rotation_matrices(free[0].yaw)[0] if local or mode == "scale" else np.eye(3)
    directions = {name: turn @ axis for name, axis in AXES.items()}
    reach = length_px * float(depth) / camera.focal_px
    make = {"move": _move_handles, "turn": _turn_handles, "scale": _scale_handles}[mode]
    handles = tuple(h for h in make(origin, directions, reach, camera) if np.isfinite(h.points_px).all())
    return Gizmo(mode, tuple(t.id for t in free), origin, (float(pixel[0]), float(pixel[1])), directions, handles)


def _move_handles(origin: np.ndarray, directions: dict[str, np.ndarray], reach: float, camera: Camera) -> list[Handle]:
    handles = [_line(name, "arrow", origin, d, reach, camera) for name, d in directions.items()]
    corner = 0.28 * reach * (directions["x"] + directions["y"])
    square = np.array([0, 1, 1, 0, 0])[:, None] * directions["x"] + np.array([0, 0, 1, 1, 0])[:, None] * directions["y"]
    return [*handles, Handle("plane", "disc", camera.project(origin + corner + 0.16 * reach * square)[0])]


def _turn_handles(origin: np.ndarray, directions: dict[str, np.ndarray], reach: float, camera: Camera) -> list[Handle]:
    angles = np.linspace(0.0, math.tau, 65)
    ring = origin + reach * (np.cos(angles)[:, None] * AXES["x"] + np.sin(angles)[:, None] * AXES["y"])
    return [Handle("z", "ring", camera.project(ring)[0])]


def _scale_handles(origin: np.ndarray, directions: dict[str, np.ndarray], reach: float, camera: Camera) -> list[Handle]:
    handles = [_line(name, "box", origin, d, reach, camera) for name, d in directions.items()]
    diagonal = directions["x"] + directions["z"]
    return [*handles, _line("all", "box", origin, diagonal / np.linalg.norm(diagonal), 0.75 * reach, camera)]


def _line(name: str, kind: str, origin: np.ndarray, direction: np.ndarray, reach: float, camera: Camera) -> Handle:
    steps = np.linspace(0.12, 1.0, 8)[:, None]
    return Handle(name, kind, camera.project(origin + reach * steps * direction)[0])  # type: ignore[arg-type]


def _distance_to_polyline(point: np.ndarray, line: np.ndarray) -> float:
    start, step = line[:-1], np.diff(line, axis=0)
    length = np.maximum((step**2).sum(axis=1), 1e-12)
    share = np.clip(((point - start) * step).sum(axis=1) / length, 0.0, 1.0)
    return float(np.linalg.norm(start + share[:, None] * step - point, axis=1).min())
