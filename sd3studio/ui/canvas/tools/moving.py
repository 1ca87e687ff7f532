"""The drag that moves objects: over the ground, along an axis, in a plane, with magnetism and typed numbers."""

from collections.abc import Sequence as SequenceOf
from dataclasses import replace

import numpy as np

from sd3studio.core.edits import MoveObjects, Sequence, TurnObjects
from sd3studio.core.edits.base import Edit
from sd3studio.core.scene.boxes import rotation_matrices
from sd3studio.core.snapping import Guide, Snapped, Snapping, Surroundings, snap
from sd3studio.ui.canvas.tools.base import Canvas, Feedback, PointerEvent, short_name, snapped
from sd3studio.ui.canvas.tools.drags import AXES, LINE_M, EditDrag
from sd3studio.ui.canvas.tools.planes import way_along, way_in_plane

REACH_PX = 8.0
"""How near, on the screen, an edge, a wall or a surface catches what is dragged."""
HELD_M = 0.005
"""Kept relations hold a thing back if it is farther than this from where it was dragged."""
OTHERS = {"x": "yz", "y": "xz", "z": "xy"}


class MoveDrag(EditDrag):
    """Moves objects along `axes`: one ("x") or two ("xy") of `directions`, the world's axes if none are given.

    X, Y, Z lock the axis (Shift: the plane of the other two), pressed again the object's own axis, then none.
    Magnetism acts unless Alt is held; Ctrl puts a step in its place, Shift switches it off, but for what is dragged
    over the ground, which goes on standing on what is below it.

    Parameters
    ----------
    ids : the first one leads: it goes to the steps that Ctrl snaps to; what stands on them is carried along
    grabbed : the point (m, world) that follows the mouse
    """

    def __init__(
        self,
        canvas: Canvas,
        ids: SequenceOf[str],
        axes: str,
        grabbed: np.ndarray,
        pressed: PointerEvent,
        directions: dict[str, np.ndarray] | None = None,
    ) -> None:
        super().__init__(canvas, pressed, _typed_order(axes))
        self.ids = tuple(canvas.carried_by(ids))
        self.axes = axes
        self.directions = directions or AXES
        self._home = (axes, self.directions)
        self.grabbed = np.asarray(grabbed, float)
        self.leader = canvas.document.committed.objects[ids[0]]
        self.anchor = np.asarray(self.leader.center, float)
        self._alone = len(ids) == 1
        self._around: Surroundings | None = None
        self._wished = np.zeros(3)

    def key(self, name: str, shift: bool) -> bool:
        if name not in AXES:
            return super().key(name, shift)
        self.axes, self.directions = self._next_lock(OTHERS[name] if shift else name)
        self.numbers.take_names(_typed_order(self.axes))
        self._step(self.last)
        return True

    def _next_lock(self, wanted: str) -> tuple[str, dict[str, np.ndarray]]:
        """Axes and directions after the lock to `wanted` was asked for: the world's, the object's own, as it began."""
        states = [self._home]
        if wanted != self._home[0] or not _same(self._home[1], AXES):
            states.append((wanted, AXES))
        own = rotation_matrices(self.leader.yaw)[0]
        local = {axis: own @ direction for axis, direction in AXES.items()}
        if wanted not in ("z", "xy") and not _same(local, AXES):
            states.append((wanted, local))
        now = [row for row, (axes, ways) in enumerate(states) if axes == self.axes and _same(ways, self.directions)]
        return states[((now[0] if now else 0) + 1) % len(states)]

    def _step(self, event: PointerEvent) -> None:
        if self.numbers.active:
            typed = [(self.numbers.value(name) or 0.0) * self.directions[name] for name in self.numbers.names]
            way, guides, turn = np.sum(typed, axis=0), (), 0.0
        else:
            wished = self._way(event)
            if wished is None:
                return
            way = self._on_steps(wished * self._slowed(event), event)
            caught = self._caught(way, event)
            way, guides, turn = np.array(caught.delta), caught.guides, caught.turn_rad
        self._wished = way
        x, y, z = (float(part) for part in way)
        lines = (*self._axis_lines(), *((g.start, g.end, "guide") for g in guides))
        edit: Edit = MoveObjects(self.ids, (x, y, z))
        if turn:
            pivot = self.leader.center[0] + x, self.leader.center[1] + y
            edit = Sequence((edit, TurnObjects(self.ids, turn, pivot)), "Move to the wall")
        self._preview(edit, Feedback(self._readout(way, guides), lines))

    def _as_it_went(self, feedback: Feedback) -> Feedback:
        way = np.subtract(self.canvas.document.scene.objects[self.leader.id].center, self.leader.center)
        if np.abs(way - self._wished).max() < HELD_M:
            return feedback
        lines = tuple(line for line in feedback.lines if line[2] != "guide")
        return replace(feedback, readout=f"{self._readout(way, ())}   held by what is kept", lines=lines)

    def _way(self, event: PointerEvent) -> np.ndarray | None:
        """(3,) way of the mouse along the axis or in the plane."""
        first = self.directions[self.axes[0]]
        if len(self.axes) == 1:
            return way_along(self.pressed, event, self.anchor, first)
        return way_in_plane(self.pressed, event, self.grabbed, np.cross(first, self.directions[self.axes[1]]))

    def _on_steps(self, way: np.ndarray, event: PointerEvent) -> np.ndarray:
        """With Ctrl: the way to whole steps, of the leader's place along world axes, of the way along its own."""
        if not event.ctrl:
            return way
        base = self.anchor - [0.0, 0.0, self.leader.size[2] / 2.0]
        stepped = np.zeros(3)
        for name in self.axes:
            direction = self.directions[name]
            before = float(base @ direction) if _same(self.directions, AXES) else 0.0
            goal = snapped(before + float(way @ direction), self.snap.move_m, self.snap.fine, event)
            stepped += (goal - before) * direction
        return stepped

    def _caught(self, way: np.ndarray, event: PointerEvent) -> Snapped:
        """Where magnetism puts the way, and the guides of that."""
        x, y, z = (float(part) for part in way)
        how = self._magnetism(event)
        if how is None:
            return Snapped((x, y, z))
        if self._around is None:
            leader = self.leader.id if self._alone else None
            self._around = Surroundings(self.canvas.document.committed, self.ids, leader)
        return snap(self._around, (x, y, z), how)

    def _magnetism(self, event: PointerEvent) -> Snapping | None:
        if not self.canvas.magnetism or event.alt:
            return None
        flat = self.axes == "xy"
        if not flat and not _same(self.directions, AXES):
            return None
        axes = self.axes
        sideways = not event.ctrl and not event.shift and axes != "z"
        supports = flat or ("z" in axes and not (event.ctrl or event.shift))
        depth = float(event.camera.to_camera(self.anchor)[2])
        reach_m = REACH_PX / float(event.camera.px_per_m(max(depth, 0.1)))
        return Snapping(
            reach_m=min(reach_m, 0.5), axes=axes, floor=supports, tops=supports,
            walls=sideways, edges=sideways, centres=sideways,
        )  # fmt: skip

    def _axis_lines(self) -> list[tuple[tuple[float, float, float], tuple[float, float, float], str]]:
        """A faint line along each axis of a locked drag."""
        if self.axes == "xy" == self._home[0]:
            return []
        lines = []
        for name in self.axes:
            reach = self.directions[name] * LINE_M
            lines.append((tuple(self.anchor - reach), tuple(self.anchor + reach), name))
        return lines

    def _readout(self, way: np.ndarray, guides: SequenceOf[Guide]) -> str:
        parts = []
        for name in self.numbers.names:
            amount = float(way @ self.directions[name])
            if self.numbers.active:
                parts.append(f"{name} {self.numbers.text(name) or '0'}")
            elif name in self.axes or abs(amount) > 0.005:
                parts.append(f"{name} {amount:+.2f}")
        said = list(dict.fromkeys(self._said(guide) for guide in guides))
        return "   ".join(["   ".join(parts) + " m", *said])

    def _said(self, guide: Guide) -> str:
        thing = self.canvas.document.committed.objects.get(guide.to)
        name = short_name(thing.label) if thing else ""
        return {
            "floor": "on the floor", "on top": f"on the {name}", "wall": "at the wall",
            "back": "with its back to the wall", "edge": f"in line with {name}",
            "flush": f"flush with {name}", "centre": f"centred on {name}", "grid": "",
        }[guide.reason]  # fmt: skip


def _typed_order(axes: str) -> tuple[str, ...]:
    """The axes that numbers may be typed for: those of the drag; all three if it goes over the ground."""
    return ("x", "y", "z") if axes == "xy" else tuple(axes)


def _same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return all(float(one[name] @ other[name]) > 0.9999 for name in "xyz")
