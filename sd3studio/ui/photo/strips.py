"""Top, front and side of the selected thing, in its own axes: drag a side or a corner, the middle, or the heading."""

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sd3studio.core.annotation.sides import Pull, pulled
from sd3studio.core.edits import MoveObjects
from sd3studio.core.edits.base import Edit
from sd3studio.core.scene.boxes import Boxes, rotation_matrices
from sd3studio.core.scene.picture_boxes import EDGES
from sd3studio.core.scene.values import SceneObject
from sd3studio.ui import theme
from sd3studio.ui.canvas.tools.base import SnapSteps
from sd3studio.ui.photo.drags import set_box
from sd3studio.ui.session import Session

REACH_PX = 8.0
ROOM = 2.1
"""The strip shows so many times the size of the thing."""

VIEWS: dict[str, tuple[int, int, tuple[int, int]]] = {
    "Top": (0, 1, (1, 1)),
    "Front": (0, 2, (-1, 1)),
    "Side": (1, 2, (-1, 1)),
}
"""Name -> own axes that go across and up, and their signs: front is seen from where the thing looks to."""


@dataclass(slots=True)
class _Drag:
    thing: SceneObject
    kind: str
    pull: Pull
    start: np.ndarray
    scale: float
    edit: Edit | None = None


class OrthoStrip(QWidget):
    """One view. It keeps its scale while something is dragged."""

    def __init__(self, session: Session, name: str, snap: SnapSteps) -> None:
        super().__init__()
        self.session, self.document, self.name, self.snap = session, session.document, name, snap
        self.across, self.up, self.signs = VIEWS[name]
        self._drag: _Drag | None = None
        self._hot: tuple[str, Pull] | None = None
        self.setMinimumSize(96, 84)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setToolTip(f"{name}: drag a side, a corner or the middle; Ctrl snaps, Shift is fine")
        self.setAccessibleName(f"{name} view of the selected thing")
        self.document.changed.connect(self._on_changed)
        self.document.selection_changed.connect(self._on_changed)

    def _on_changed(self, *_: object) -> None:
        self.update()

    def thing(self) -> SceneObject | None:
        """The one thing that is selected."""
        keys = self.document.selection
        return self.document.scene.objects.get(keys[0]) if len(keys) == 1 else None

    # -- from metres to the widget and back ----------------------------------------------------------------------

    def _frame(self) -> SceneObject | None:
        """The thing in whose axes is drawn: as it was at mouse-down while it is dragged."""
        return self._drag.thing if self._drag else self.thing()

    def scale(self) -> float:
        """Logical px a metre."""
        thing = self._frame()
        if self._drag:
            return self._drag.scale
        if thing is None:
            return 1.0
        return min(self.width() / thing.size[self.across], self.height() / thing.size[self.up]) / ROOM

    def place(self, point: np.ndarray) -> QPointF:
        """Point of the widget of a world point (3,)."""
        thing = self._frame()
        assert thing is not None
        local = (np.asarray(point, float) - thing.center) @ rotation_matrices(thing.yaw)[0]
        scale = self.scale()
        x = self.width() / 2.0 + self.signs[0] * local[self.across] * scale
        return QPointF(float(x), float(self.height() / 2.0 - self.signs[1] * local[self.up] * scale))

    def world(self, position: QPointF) -> np.ndarray:
        """World point (3,), in the plane through the thing's middle, of a point of the widget."""
        thing = self._frame()
        assert thing is not None
        local = np.zeros(3)
        local[self.across] = self.signs[0] * (position.x() - self.width() / 2.0) / self.scale()
        local[self.up] = self.signs[1] * (self.height() / 2.0 - position.y()) / self.scale()
        return np.asarray(thing.center) + rotation_matrices(thing.yaw)[0] @ local

    def handles(self, thing: SceneObject) -> list[tuple[str, Pull, QPointF]]:
        """What can be grabbed: kind, sides, where."""
        rotation = rotation_matrices(thing.yaw)[0]
        half = np.array(thing.size) / 2.0
        found: list[tuple[str, Pull, QPointF]] = []
        for a in (-1, 0, 1):
            for b in (-1, 0, 1):
                if a or b:
                    signs = [0, 0, 0]
                    signs[self.across], signs[self.up] = a, b
                    point = np.asarray(thing.center) + rotation @ (half * signs)
                    found.append(("pull", Pull((signs[0], signs[1], signs[2])), self.place(point)))
        if self.up == 1:
            ahead = np.asarray(thing.center) + rotation @ np.array([0.0, -half[1] - 0.22 * max(thing.size[:2]), 0.0])
            found.append(("turn", Pull(), self.place(ahead)))
        return found

    # -- drawing -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, now = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(now.field))
        thing = self.thing()
        painter.setPen(QColor(now.muted))
        painter.drawText(QRectF(self.rect()).adjusted(6, 3, -6, -3), Qt.AlignmentFlag.AlignLeft, self.name)
        if thing is None:
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, "select a thing")
            return
        if self.up == 2:
            self._paint_ground(painter)
        for other in self.document.scene.solid_objects():
            if other.id != thing.id:
                self._paint_box(painter, other, QColor(now.border), 1.0)
        self._paint_box(painter, thing, QColor(now.selection), 2.0)
        self._paint_handles(painter, thing)
        w, h = thing.size[self.across], thing.size[self.up]
        painter.setPen(QColor(now.text))
        inner = QRectF(self.rect()).adjusted(6, 3, -6, -3)
        painter.drawText(inner, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, f"{w:.2f} × {h:.2f} m")

    def _paint_ground(self, painter: QPainter) -> None:
        frame = self._frame()
        assert frame is not None
        y = self.place(np.array([*frame.center[:2], 0.0])).y()
        painter.setPen(QPen(QColor(theme.current().axis_z), 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(0.0, y), QPointF(float(self.width()), y))

    def _paint_box(self, painter: QPainter, thing: SceneObject, colour: QColor, width: float) -> None:
        corners = [self.place(corner) for corner in Boxes.of([thing]).corners()[0]]
        if not QRectF(self.rect()).adjusted(-200, -200, 200, 200).intersects(QPolygonF(corners).boundingRect()):
            return
        painter.setPen(QPen(colour, width))
        for start, end in EDGES.tolist():
            painter.drawLine(corners[start], corners[end])

    def _paint_handles(self, painter: QPainter, thing: SceneObject) -> None:
        now = theme.current()
        if thing.locked:
            return
        middle = self.place(np.asarray(thing.center))
        for kind, pull, point in self.handles(thing):
            is_hot = self._hot == (kind, pull)
            painter.setPen(QPen(QColor(0, 0, 0, 160), 1.0))
            painter.setBrush(QColor(now.selection if is_hot else now.axis_z if kind == "turn" else "#ffffff"))
            size = 4.5 if is_hot else 3.2
            if kind == "turn":
                painter.setPen(QPen(QColor(now.axis_z), 1.4))
                painter.drawLine(middle, point)
                painter.drawEllipse(point, size + 1.0, size + 1.0)
            else:
                painter.drawRect(QRectF(point.x() - size, point.y() - size, 2 * size, 2 * size))

    # -- events --------------------------------------------------------------------------------------------------

    def _near(self, position: QPointF) -> tuple[str, Pull] | None:
        thing = self.thing()
        if thing is None or thing.locked:
            return None
        near = [
            (math.dist(point.toTuple(), position.toTuple()), kind == "pull" and 0 in self._ends(pull), (kind, pull))
            for kind, pull, point in self.handles(thing)
        ]
        distance, _, best = min(near, key=lambda one: one[:2])
        return best if distance <= REACH_PX else None

    def _ends(self, pull: Pull) -> tuple[int, int]:
        return pull.signs[self.across], pull.signs[self.up]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        thing = self.thing()
        if event.button() != Qt.MouseButton.LeftButton or thing is None or thing.locked:
            return
        thing = self.document.committed.objects[thing.id]
        near, scale = self._near(event.position()), self.scale()
        kind, pull = near or ("move", Pull())
        self._drag = _Drag(thing, kind, pull, self.world(event.position()), scale)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            hot = self._near(event.position())
            if hot != self._hot:
                self._hot = hot
                self.update()
            return
        self._drag.edit = self._edit(event)
        self.document.preview(self._drag.edit)

    def _edit(self, event: QMouseEvent) -> Edit:
        drag = self._drag
        assert drag is not None
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        here = self.world(event.position())
        if drag.kind == "turn":
            return set_box(drag.thing.replace(yaw=self._yaw(here, ctrl, shift)))
        by = (here - drag.start) * (self.snap.fine if shift and not ctrl else 1.0)
        unit = self.snap.move_m * (self.snap.fine if shift else 1.0)
        if drag.kind == "move":
            if ctrl:
                by = np.where(
                    np.abs(by) > 1e-9, np.round((drag.thing.center + by) / unit) * unit - drag.thing.center, 0
                )
            ids = self.session.carried_by((drag.thing.id,))
            return MoveObjects(ids, (float(by[0]), float(by[1]), float(by[2])))
        rotation = rotation_matrices(drag.thing.yaw)[0]
        half = np.array(drag.thing.size) / 2.0
        local = half * drag.pull.signs + rotation.T @ by
        if ctrl:
            signs = np.array(drag.pull.signs)
            local = np.where(signs != 0, signs * (np.round((signs * local + half) / unit) * unit - half), local)
        return set_box(pulled(drag.thing, drag.pull, np.asarray(drag.thing.center) + rotation @ local))

    def _yaw(self, here: np.ndarray, ctrl: bool, shift: bool) -> float:
        assert self._drag is not None
        from sd3studio.core.scene.boxes import yaw_towards

        yaw = yaw_towards(self._drag.thing.center, here)
        if ctrl:
            unit = self.snap.turn_rad * (self.snap.fine if shift else 1.0)
            return round(yaw / unit) * unit
        before = self._drag.thing.yaw
        return before + self.snap.fine * math.remainder(yaw - before, math.tau) if shift else yaw

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        if drag is not None and drag.edit is not None:
            self.document.apply(drag.edit)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._drag is not None:
            self._drag = None
            self.document.end_preview()
        else:
            event.ignore()


class Strips(QWidget):
    """The three views side by side."""

    def __init__(self, session: Session, snap: SnapSteps) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        self.views = {name: OrthoStrip(session, name, snap) for name in VIEWS}
        for view in self.views.values():
            row.addWidget(view, 1)
        self.setFixedHeight(132)

    def take_snap(self, snap: SnapSteps) -> None:
        """Use these steps from now on."""
        for view in self.views.values():
            view.snap = snap
