"""The plan of a room from above: walls and openings that are dragged with the mouse, lengths beside them."""

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from sd3studio.core.room_shaping import length_m, outward, placed, wall_moved
from sd3studio.core.rooms import Opening, Room
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import SceneObject
from sd3studio.ui import theme

MARGIN_PX = 62.0
REACH_PX = 9.0
BASE_CORNERS = [0, 1, 3, 2]
"""Rows of `Boxes.corners` that go round the base."""
LINE_PX = 16.0
STEP_M, FINE_M = 0.1, 0.01
"""Walls and openings go in these steps; in the fine ones while Shift is held."""


class RoomPlan(QWidget):
    """Shows a room; what the mouse does to it leaves as `room_changed`."""

    room_changed = Signal(object)
    opening_selected = Signal(int)
    """Index of the opening that was clicked; -1 for none."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room.rectangle(4.0, 3.0)
        self.selected = -1
        self.turned_deg = 0.0
        """How far what is planned is turned in the scene, counter-clockwise."""
        self._footprints: list[tuple[str, np.ndarray]] = []
        self._grabbed: tuple[str, int] | None = None
        self._start = (QPointF(), self.room)
        self._scale, self._middle = 60.0, np.zeros(2)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Plan of the room")
        self.setToolTip("Drag walls, doors and windows; hold Shift for centimetres")

    def sizeHint(self) -> QSize:
        return QSize(460, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 230)

    def show_room(self, room: Room, selected: int = -1) -> None:
        """Show a room, one of its openings marked."""
        self.room, self.selected = room, selected
        self.update()

    def show_things(self, things: Sequence[SceneObject]) -> None:
        """Show from above what stands there, so that walls and doors keep clear of it."""
        bases = Boxes.of(things).corners()[:, BASE_CORNERS, :2] if things else ()
        self._footprints = [(thing.label, base) for thing, base in zip(things, bases, strict=True)]
        self.update()

    # -- where things are ----------------------------------------------------------------------------------------

    def _fit(self) -> None:
        """Scale and middle, so that all of the room is seen; they stay while something is dragged."""
        low, high = np.min(self.room.outline, axis=0), np.max(self.room.outline, axis=0)
        room_px = np.array([self.width(), self.height()]) - 2.0 * MARGIN_PX
        self._scale = float(np.min(np.maximum(room_px, 40.0) / np.maximum(high - low, 0.1)))
        self._middle = (low + high) / 2.0

    def at(self, point: np.ndarray | tuple[float, float]) -> QPointF:
        """Pixels of a point of the floor (m); up is away from the viewer."""
        x, y = (np.asarray(point, float) - self._middle) * self._scale
        return QPointF(self.width() / 2.0 + float(x), self.height() / 2.0 - float(y))

    def ends(self, opening: Opening) -> tuple[np.ndarray, np.ndarray]:
        """(2,) ends of an opening on its wall, metres."""
        start, along = self._wall(opening.wall)
        half = opening.box_m[0] / 2.0
        return start + along * (opening.at_m - half), start + along * (opening.at_m + half)

    def _wall(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        """(2,) beginning and unit direction of a wall."""
        corners = np.array(self.room.outline, float)
        along = corners[(side + 1) % len(corners)] - corners[side]
        return corners[side], along / np.linalg.norm(along)

    def _hit(self, place: QPointF) -> tuple[str, int] | None:
        """What is under the mouse: ("opening", index) or ("wall", side)."""
        for row, opening in enumerate(self.room.openings):
            first, last = (self.at(end) for end in self.ends(opening))
            if _distance_px(place, first, last) <= REACH_PX:
                return "opening", row
        count = len(self.room.outline)
        walls = [
            (_distance_px(place, self.at(self.room.outline[s]), self.at(self.room.outline[(s + 1) % count])), s)
            for s in range(count)
        ]
        distance, side = min(walls)
        return ("wall", side) if distance <= REACH_PX else None

    # -- mouse ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grabbed, self._start = self._hit(event.position()), (event.position(), self.room)
        self.selected = self._grabbed[1] if self._grabbed and self._grabbed[0] == "opening" else -1
        self.opening_selected.emit(self.selected)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is None or not event.buttons():
            hit = self._hit(event.position())
            self.setCursor(Qt.CursorShape.SizeAllCursor if hit else Qt.CursorShape.ArrowCursor)
            return
        kind, row = self._grabbed
        moved = event.position() - self._start[0]
        way = np.array([moved.x(), -moved.y()]) / self._scale
        step = FINE_M if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP_M
        changed = self._dragged(kind, row, way, step)
        if changed != self.room:
            self.room = changed
            self.room_changed.emit(changed)
            self.update()

    def _dragged(self, kind: str, row: int, way: np.ndarray, step: float) -> Room:
        before = self._start[1]
        if kind == "wall":
            by = float(way @ outward(before, row))
            return wall_moved(before, row, round(by / step) * step)
        opening = before.openings[row]
        _, along = self._wall(opening.wall)
        goal = round((opening.at_m + float(way @ along)) / step) * step
        moved = placed(before, opening, goal)
        if moved is None:
            return before
        return before.replace(openings=(*before.openings[:row], moved, *before.openings[row + 1 :]))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self.update()

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._grabbed is None:
            self._fit()
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(now.field))
        self._paint_floor(painter)
        font = QFont(self.font())
        font.setPixelSize(12)
        painter.setFont(font)
        self._paint_footprints(painter)
        for side in range(len(self.room.outline)):
            self._paint_wall(painter, side)
        for row, opening in enumerate(self.room.openings):
            self._paint_opening(painter, opening, row == self.selected)
        painter.setPen(QColor(now.muted))
        bottom = QRectF(0, self.height() - 20, self.width(), 18)
        front = f"front; it stands turned by {self.turned_deg:.0f}°" if self.turned_deg else "front, towards the camera"
        painter.drawText(bottom, Qt.AlignmentFlag.AlignCenter, front)

    def _paint_floor(self, painter: QPainter) -> None:
        now = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.raised))
        painter.drawPolygon(QPolygonF([self.at(corner) for corner in self.room.outline]))
        low, high = np.min(self.room.outline, axis=0), np.max(self.room.outline, axis=0)
        painter.setPen(QPen(QColor(now.border), 1.0))
        for x in range(math.ceil(low[0]), math.floor(high[0]) + 1):
            painter.drawLine(self.at((x, low[1])), self.at((x, high[1])))
        for y in range(math.ceil(low[1]), math.floor(high[1]) + 1):
            painter.drawLine(self.at((low[0], y)), self.at((high[0], y)))

    def _paint_footprints(self, painter: QPainter) -> None:
        """Faint outlines, with a name where it fits in: at the back of large ones, on which others stand."""
        now = theme.current()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(now.muted), 1.0))
        for label, base in self._footprints:
            outline = QPolygonF([self.at(corner) for corner in base])
            painter.drawPolygon(outline)
            box = outline.boundingRect()
            if painter.fontMetrics().horizontalAdvance(label) < box.width() - 6.0 and box.height() > LINE_PX:
                high = Qt.AlignmentFlag.AlignTop if box.height() > 3.0 * LINE_PX else Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, high | Qt.AlignmentFlag.AlignHCenter, label)

    def _paint_wall(self, painter: QPainter, side: int) -> None:
        now, room = theme.current(), self.room
        first, last = room.outline[side], room.outline[(side + 1) % len(room.outline)]
        is_open = side in room.open_sides
        pen = QPen(QColor(now.muted if is_open else now.text), 1.5 if is_open else 6.0)
        pen.setStyle(Qt.PenStyle.DashLine if is_open else Qt.PenStyle.SolidLine)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if self._grabbed == ("wall", side):
            pen.setColor(QColor(now.selection))
        painter.setPen(pen)
        painter.drawLine(self.at(first), self.at(last))
        middle = (np.array(first) + np.array(last)) / 2.0
        away = outward(room, side)
        place = self.at(middle + away * (20.0 + 14.0 * abs(float(away[0]))) / self._scale)
        painter.setPen(QColor(now.text))
        box = QRectF(place.x() - 40, place.y() - 9, 80, 18)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{length_m(room, side):.2f} m")

    def _paint_opening(self, painter: QPainter, opening: Opening, selected: bool) -> None:
        now = theme.current()
        first, last = (self.at(end) for end in self.ends(opening))
        painter.setPen(QPen(QColor(now.field), 7.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(first, last)
        colours = {"door": now.warning, "window": now.accent, "passage": now.good}
        colour = QColor(now.selection if selected else colours[opening.kind])
        painter.setPen(QPen(colour, 3.4 if selected else 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        if opening.kind == "passage":
            painter.setPen(QPen(colour, 2.4, Qt.PenStyle.DotLine))
        painter.drawLine(first, last)
        if opening.kind == "door":
            self._paint_swing(painter, opening, colour)

    def _paint_swing(self, painter: QPainter, opening: Opening, colour: QColor) -> None:
        """The quarter circle of a door leaf, into the room."""
        hinge, end = self.ends(opening)
        inwards = -outward(self.room, opening.wall)
        width = opening.box_m[0]
        along = (end - hinge) / width
        angles = np.linspace(0.0, math.pi / 2.0, 16)
        arc = [self.at(hinge + width * (math.cos(a) * along + math.sin(a) * inwards)) for a in angles]
        painter.setPen(QPen(colour, 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(arc))
        painter.drawLine(self.at(hinge), arc[-1])


def _distance_px(place: QPointF, first: QPointF, last: QPointF) -> float:
    step, off = last - first, place - first
    length = max(QPointF.dotProduct(step, step), 1e-9)
    share = min(max(QPointF.dotProduct(off, step) / length, 0.0), 1.0)
    rest = off - step * share
    return math.hypot(rest.x(), rest.y())
