"""What every drag of objects has in common, and the ones that turn, scale and pull; `moving` has the one that moves.

Each keeps the event and the committed scene at mouse-down in mind and previews one edit of it per mouse move, so errors
never add up. Ctrl snaps to steps, Shift is fine; both together snap to fine steps. Numbers typed meanwhile take the
place of the mouse.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from sd3studio.core.edits import PullFaces, ScaleObjects, TiltObjects, TurnObjects
from sd3studio.core.edits.base import Edit
from sd3studio.core.scene.boxes import rotation_matrices
from sd3studio.core.scene.values import Scene
from sd3studio.ui.canvas.tools.base import SCALE_STEP, Canvas, Feedback, LastWord, PointerEvent, snapped
from sd3studio.ui.canvas.tools.planes import along_axis
from sd3studio.ui.canvas.tools.typing import NumberEntry

AXES = {"x": np.array([1.0, 0.0, 0.0]), "y": np.array([0.0, 1.0, 0.0]), "z": np.array([0.0, 0.0, 1.0])}
SIDES = {"x": "width", "y": "depth", "z": "height", "all": "size"}
LINE_M = 50.0
"""Half length of the faint line along the axis of a drag."""


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

    def __init__(self, canvas: Canvas, pressed: PointerEvent, numbers: Sequence[str]) -> None:
        self.canvas, self.snap = canvas, canvas.snap
        self.pressed = self.last = pressed
        self.numbers = NumberEntry(numbers)
        self.edit: Edit | None = None
        self._last_word: LastWord | None = None
        self._asked = False

    def move(self, event: PointerEvent) -> None:
        self.last = event
        self._step(event)

    def _step(self, event: PointerEvent) -> None:
        """Preview what the drag does with the mouse here, or with the numbers that are typed."""
        raise NotImplementedError

    def key(self, name: str, shift: bool) -> bool:
        if not self.numbers.key(name):
            return False
        self._step(self.last)
        return True

    def _slowed(self, event: PointerEvent) -> float:
        """Share of the mouse's way that counts."""
        return self.snap.fine if event.shift and not event.ctrl else 1.0

    def _preview(self, edit: Edit, feedback: Feedback) -> None:
        if not self._asked:
            self._last_word, self._asked = self.canvas.last_word(self.canvas.document.committed, self.ids), True
        wanted = Corrected(edit, self._last_word) if self._last_word else edit
        try:
            self.canvas.document.preview(wanted)
            self.edit = wanted
            if self._last_word:
                feedback = self._as_it_went(feedback)
        except ValueError:  # a number that no scene can hold, typed perhaps: the last step stays
            feedback = replace(feedback, readout=f"{feedback.readout}   is too much")
        self.canvas.show_feedback(feedback)

    def _as_it_went(self, feedback: Feedback) -> Feedback:
        """What is told once something else had the last word on the step."""
        return feedback

    def finish(self) -> None:
        self.canvas.show_feedback(Feedback())
        if self.edit is not None:
            self.canvas.document.apply(self.edit)

    def cancel(self) -> None:
        self.canvas.show_feedback(Feedback())
        self.canvas.document.end_preview()


class TurnDrag(EditDrag):
    """Turns objects about the vertical axis through `pivot`, or tilts them: `axis` "x" is pitch, "y" is roll."""

    def __init__(
        self, canvas: Canvas, ids: Sequence[str], pivot: np.ndarray, pressed: PointerEvent, axis: str = "z"
    ) -> None:
        super().__init__(canvas, pressed, ("turn",))
        first = canvas.document.committed.objects[ids[0]]
        self.ids = tuple(canvas.carried_by(ids)) if axis == "z" else tuple(ids)
        self.own, self.pivot, self.axis = tuple(ids), pivot, axis
        self.angle_before = {"z": first.yaw, "x": first.pitch, "y": first.roll}[axis]
        upright = rotation_matrices(first.yaw, first.pitch if axis == "y" else 0.0)[0]
        self.normal = AXES["z"] if axis == "z" else upright @ AXES[axis]
        self.start = self._angle(pressed)

    def _angle(self, event: PointerEvent) -> float | None:
        """Angle (rad) of the mouse about the axis; seen from the side, a pixel is a hundredth."""
        point = event.on_plane(self.pivot, self.normal)
        if point is not None:
            across = AXES["x"] if self.axis == "z" else np.cross(AXES["z"], self.normal)
            across = across / np.linalg.norm(across) if np.linalg.norm(across) > 1e-6 else AXES["x"]
            up = np.cross(self.normal, across)
            return math.atan2(float((point - self.pivot) @ up), float((point - self.pivot) @ across))
        pixel, _ = event.camera.project(self.pivot)
        return (event.position_px[0] - float(pixel[0])) * 0.01 if np.isfinite(pixel[0]) else None

    def _step(self, event: PointerEvent) -> None:
        by = self._by(event)
        if by is None:
            return
        if self.axis == "z":
            edit: Edit = TurnObjects(self.ids, by, (float(self.pivot[0]), float(self.pivot[1])))
        else:
            tilt = {"x": (by, 0.0), "y": (0.0, by)}[self.axis]
            edit = TiltObjects(self.ids, *tilt)
        name = {"z": "turn", "x": "pitch", "y": "roll"}[self.axis]
        said = f"{self.numbers.text('turn')}°" if self.numbers.active else f"{math.degrees(by):+.1f}°"
        line = (*(tuple(self.pivot + s * LINE_M * self.normal) for s in (-1, 1)), self.axis)
        self._preview(edit, Feedback(f"{name} {said}", (line,)))

    def _by(self, event: PointerEvent) -> float | None:
        if self.numbers.active:
            return math.radians(self.numbers.value("turn") or 0.0)
        angle = self._angle(event)
        if angle is None or self.start is None:
            return None
        by = math.remainder(angle - self.start, math.tau) * self._slowed(event)
        if event.ctrl:
            step = self.snap.fine_turn_rad if event.shift else self.snap.turn_rad
            by = round((self.angle_before + by) / step) * step - self.angle_before
        return by


class ScaleDrag(EditDrag):
    """Scales objects along one of their axes, or along all of them (`axis` ``"all"``); X, Y, Z choose another one."""

    def __init__(
        self, canvas: Canvas, ids: Sequence[str], axis: str, origin_px: tuple[float, float], pressed: PointerEvent
    ) -> None:
        super().__init__(canvas, pressed, ("factor",))
        self.ids = tuple(ids)
        self.axis = self.home = axis
        self.origin_px = origin_px
        self.start_px = max(math.dist(pressed.position_px, origin_px), 8.0)
        self.before = canvas.document.committed.objects[ids[0]].size

    def key(self, name: str, shift: bool) -> bool:
        if name in AXES:
            self.axis = self.home if self.axis == name else name
            self._step(self.last)
            return True
        return super().key(name, shift)

    def _step(self, event: PointerEvent) -> None:
        factor = self._factor(event)
        factors = tuple(factor if self.axis in (name, "all") else 1.0 for name in "xyz")
        said = f"× {self.numbers.text('factor') if self.numbers.active else f'{factor:.2f}'}"
        if len(self.ids) == 1:
            sizes = [size * f for size, f in zip(self.before, factors, strict=True)]
            shown = sizes if self.axis == "all" else [sizes["xyz".index(self.axis)]]
            said += f"   {' × '.join(f'{size:.2f}' for size in shown)} m"
        self._preview(ScaleObjects(self.ids, factors), Feedback(f"{SIDES[self.axis]} {said}"))

    def _factor(self, event: PointerEvent) -> float:
        if self.numbers.active:
            return abs(self.numbers.value("factor") or 1.0)
        factor = max(math.dist(event.position_px, self.origin_px) / self.start_px, 0.02)
        factor = 1.0 + (factor - 1.0) * self._slowed(event)
        if event.ctrl and len(self.ids) == 1 and self.axis != "all":
            size = self.before["xyz".index(self.axis)]
            step = self.snap.move_m * (self.snap.fine if event.shift else 1.0)
            return max(snapped(size * factor, self.snap.move_m, self.snap.fine, event), step) / size
        if event.ctrl:
            return max(snapped(factor, SCALE_STEP, self.snap.fine, event), 0.02)
        return factor


class PullDrag(EditDrag):
    """Pulls one face of a box, or two at once by the corner between them; the opposite faces stay.

    `sides` (x, y, z) are 1 or -1 for the faces that are pulled, 0 for axes that stay as they are.
    """

    def __init__(
        self, canvas: Canvas, key: str, sides: tuple[int, int, int], grabbed: np.ndarray, pressed: PointerEvent
    ) -> None:
        self.axes = tuple(name for name, side in zip("xyz", sides, strict=True) if side)
        super().__init__(canvas, pressed, self.axes)
        self.ids, self.sides, self.grabbed = (key,), sides, grabbed
        thing = canvas.document.committed.objects[key]
        self.before = thing.size
        turn = rotation_matrices(thing.yaw, thing.pitch, thing.roll)[0]
        self.outward = {name: turn @ AXES[name] * sides["xyz".index(name)] for name in self.axes}

    def _step(self, event: PointerEvent) -> None:
        by, said = [0.0, 0.0, 0.0], []
        for name in self.axes:
            row = "xyz".index(name)
            pulled = self._pulled(event, name, self.before[row])
            if pulled is None:
                return
            by[row] = max(pulled, 0.005 - self.before[row])
            typed = self.numbers.text(name) if self.numbers.active else f"{by[row]:+.2f}"
            said.append(f"{SIDES[name]} {typed} m = {self.before[row] + by[row]:.2f} m")
        sides = tuple(side or 1 for side in self.sides)
        self._preview(PullFaces(self.ids[0], tuple(by), sides), Feedback("   ".join(said)))  # type: ignore[arg-type]

    def _pulled(self, event: PointerEvent, name: str, before_m: float) -> float | None:
        if self.numbers.active:
            return self.numbers.value(name) or 0.0
        first = along_axis(self.pressed, self.grabbed, self.outward[name])
        last = along_axis(event, self.grabbed, self.outward[name])
        if first is None or last is None:
            return None
        by = (last - first) * self._slowed(event)
        return snapped(before_m + by, self.snap.move_m, self.snap.fine, event) - before_m if event.ctrl else by


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

    def key(self, name: str, shift: bool) -> bool:
        return False

    def finish(self) -> None:
        self.canvas.show_feedback(Feedback())

    def cancel(self) -> None:
        self.canvas.show_feedback(Feedback())
        self.canvas.document.select(self.before)
