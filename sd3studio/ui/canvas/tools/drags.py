"""The drags: over the ground, along an axis, around the vertical, in size, and a selection rectangle.

Each keeps the committed scene at mouse-down in mind and previews one edit of it per mouse move, so errors never add up.
Ctrl snaps to steps, Shift is fine; both together snap to fine steps.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sd3studio.core.edits import MoveObjects, ScaleObjects, TurnObjects
from sd3studio.core.edits.base import Edit
from sd3studio.core.scene.values import Scene
from sd3studio.ui.canvas.tools.base import (
    SCALE_STEP,
    Canvas,
    Feedback,
    LastWord,
    PointerEvent,
    snapped,
)

AXES = {"x": np.array([1.0, 0.0, 0.0]), "y": np.array([0.0, 1.0, 0.0]), "z": np.array([0.0, 0.0, 1.0])}


STEEP = 0.3
"""Sine of the angle between ray and plane below which a drag over the plane would run away."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """An edit of which something else has the last word: relations that are kept, for one."""

    label: ClassVar[str] = "Drag"
    edit: Edit
    last_word: LastWord

    @property
    def what(self) -> str:
        """The name of the step is that of the edit."""
        return self.edit.label

    def apply(self, scene: Scene) -> Scene:
        return self.last_word(self.edit.apply(scene))


class EditDrag:
    """Common part: previews an edit, applies it at the end, takes it back on Esc.

    `ids` are all that is dragged; once it moves the canvas is asked who has the last word on each step.
    """

    ids: tuple[str, ...] = ()

    def __init__(self, canvas: Canvas) -> None:
        self.canvas, self.snap = canvas, canvas.snap
        self.edit: Edit | None = None
        self._last_word: LastWord | None = None
        self._asked = False

    def _slowed(self, event: PointerEvent) -> float:
        """Share of the mouse's way that counts."""
        return self.snap.fine if event.shift and not event.ctrl else 1.0

    def _preview(self, edit: Edit, feedback: Feedback) -> None:
        if not self._asked:
            self._last_word, self._asked = self.canvas.last_word(self.canvas.document.committed, self.ids), True
        self.edit = Corrected(edit, self._last_word) if self._last_word else edit
        self.canvas.document.preview(self.edit)
        self.canvas.show_feedback(feedback)

    def finish(self) -> None:
        self.canvas.show_feedback(Feedback())
        if self.edit is not None:
            self.canvas.document.apply(self.edit)

    def cancel(self) -> None:
        self.canvas.show_feedback(Feedback())
        self.canvas.document.end_preview()


class PlaneDrag(EditDrag):
    """Moves objects in the horizontal plane in which they were grabbed."""

    def __init__(self, canvas: Canvas, ids: Sequence[str], grabbed: np.ndarray, event: PointerEvent) -> None:
        super().__init__(canvas)
        self.ids = tuple(canvas.carried_by(ids))
        self.plane_z = float(grabbed[2])
        self.start, self.start_px = event.on_plane((0, 0, self.plane_z), (0, 0, 1)), event.position_px
        self.grazing = _grazing_steps(event, grabbed)
        self.anchor = np.asarray(canvas.document.committed.objects[ids[0]].center)

    def move(self, event: PointerEvent) -> None:
        way = self._way(event)
        if way is None:
            return
        by = way * self._slowed(event)
        if event.ctrl:
            goal = [snapped(self.anchor[i] + by[i], self.snap.move_m, self.snap.fine, event) for i in (0, 1)]
            by[:2] = np.subtract(goal, self.anchor[:2])
        by[2] = 0.0
        readout = f"x {by[0]:+.2f} m   y {by[1]:+.2f} m"
        goal = self.anchor + by
        lines = (((*self.anchor[:2], 0.005), (*goal[:2], 0.005), "guide"),)
        self._preview(MoveObjects(self.ids, tuple(by)), Feedback(readout, lines))

    def _way(self, event: PointerEvent) -> np.ndarray | None:
        """How far the mouse has gone over the plane since mouse-down, metres."""
        if self.grazing is not None:
            return np.subtract(event.position_px, self.start_px) @ self.grazing
        point = event.on_plane((0, 0, self.plane_z), (0, 0, 1))
        return None if point is None or self.start is None else point - self.start


class AxisDrag(EditDrag):
    """Moves objects along one axis of the world or of the object."""

    def __init__(
        self, canvas: Canvas, ids: Sequence[str], axis: str, direction: np.ndarray, event: PointerEvent
    ) -> None:
        super().__init__(canvas)
        self.ids = tuple(canvas.carried_by(ids))
        self.axis, self.direction = axis, direction
        self.anchor = np.asarray(canvas.document.committed.objects[ids[0]].center)
        self.start = along_axis(event, self.anchor, direction)

    def move(self, event: PointerEvent) -> None:
        here = along_axis(event, self.anchor, self.direction)
        if here is None or self.start is None:
            return
        amount = (here - self.start) * self._slowed(event)
        if event.ctrl:
            amount = snapped(amount, self.snap.move_m, self.snap.fine, event)
        by = self.direction * amount
        reach = self.direction * 50.0
        lines = ((tuple(self.anchor - reach), tuple(self.anchor + reach), self.axis),)
        self._preview(MoveObjects(self.ids, tuple(by)), Feedback(f"{self.axis} {amount:+.2f} m", lines))


class TurnDrag(EditDrag):
    """Turns objects about the vertical axis through `pivot`."""

    def __init__(self, canvas: Canvas, ids: Sequence[str], pivot: np.ndarray, event: PointerEvent) -> None:
        super().__init__(canvas)
        self.ids = tuple(canvas.carried_by(ids))
        self.pivot = pivot
        self.start = self._angle(event)
        self.yaw = canvas.document.committed.objects[ids[0]].yaw

    def _angle(self, event: PointerEvent) -> float | None:
        point = event.on_plane(self.pivot, (0, 0, 1))
        if point is not None:
            return math.atan2(point[1] - self.pivot[1], point[0] - self.pivot[0])
        pixel, _ = event.camera.project(self.pivot)
        return (event.position_px[0] - float(pixel[0])) * 0.01 if np.isfinite(pixel[0]) else None

    def move(self, event: PointerEvent) -> None:
        angle = self._angle(event)
        if angle is None or self.start is None:
            return
        by = math.remainder(angle - self.start, math.tau) * self._slowed(event)
        if event.ctrl:
            by = snapped(self.yaw + by, self.snap.turn_rad, self.snap.fine, event) - self.yaw
        edit = TurnObjects(self.ids, by, (float(self.pivot[0]), float(self.pivot[1])))
        self._preview(edit, Feedback(f"turn {math.degrees(by):+.0f}°"))


class ScaleDrag(EditDrag):
    """Scales objects along one of their axes, or along all of them (`axis` ``"all"``)."""

    def __init__(
        self, canvas: Canvas, ids: Sequence[str], axis: str, origin_px: tuple[float, float], event: PointerEvent
    ):
        super().__init__(canvas)
        self.ids = tuple(ids)
        self.axis, self.origin_px = axis, origin_px
        self.start_px = max(math.dist(event.position_px, origin_px), 8.0)

    def move(self, event: PointerEvent) -> None:
        factor = max(math.dist(event.position_px, self.origin_px) / self.start_px, 0.02)
        factor = 1.0 + (factor - 1.0) * self._slowed(event)
        if event.ctrl:
            factor = max(snapped(factor, SCALE_STEP, self.snap.fine, event), 0.02)
        factors = tuple(factor if self.axis in (name, "all") else 1.0 for name in "xyz")
        names = {"x": "width", "y": "depth", "z": "height", "all": "size"}
        self._preview(ScaleObjects(self.ids, factors), Feedback(f"{names[self.axis]} × {factor:.2f}"))


class MarqueeDrag:
    """Selects what a rectangle touches; with `add`, to what is selected already."""

    def __init__(self, canvas: Canvas, event: PointerEvent, add: bool) -> None:
        self.canvas, self.start_px = canvas, event.position_px
        self.before = canvas.document.selection
        self.kept = self.before if add else ()

    def move(self, event: PointerEvent) -> None:
        (x0, y0), (x1, y1) = self.start_px, event.position_px
        rectangle = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        self.canvas.document.select((*self.kept, *self.canvas.within(rectangle)))
        self.canvas.show_feedback(Feedback(marquee_px=rectangle))

    def finish(self) -> None:
        self.canvas.show_feedback(Feedback())

    def cancel(self) -> None:
        self.canvas.show_feedback(Feedback())
        self.canvas.document.select(self.before)


def _grazing_steps(event: PointerEvent, grabbed: np.ndarray) -> np.ndarray | None:
    """(2, 3) world steps (m) for one pixel to the right and one down, for a plane seen at a grazing angle; else None.

    Sideways the object stays under the cursor; in depth it goes as if the plane were seen at the angle of `STEEP`.
    """
    camera = event.camera
    _, direction = camera.ray(event.position_px)
    if abs(float(direction[2])) >= STEEP:
        return None
    right, forward = camera.axes[0] * [1, 1, 0], camera.axes[2] * [1, 1, 0]
    per_px = float(camera.to_camera(grabbed)[2]) / camera.focal_px
    return np.stack([right, -forward / max(np.linalg.norm(forward), 1e-6) / STEEP]) * per_px


def along_axis(event: PointerEvent, anchor: np.ndarray, direction: np.ndarray) -> float | None:
    """How far along an axis through `anchor` (m) the point is that lies nearest to the ray under the cursor."""
    origin, ray = event.camera.ray(event.position_px)
    slope = float(ray @ direction)
    if 1.0 - slope * slope < 1e-4:  # looking along the axis
        return None
    offset = origin - anchor
    return float((offset @ direction - slope * (offset @ ray)) / (1.0 - slope * slope))
