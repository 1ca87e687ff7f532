"""A small layout drawn as a query: boxes with classes; photos whose things lie like that are found."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from sd3studio.core.searching import SceneQuery, WantedRelation, WantedThing
from sd3studio.core.searching.index import seen_grades
from sd3studio.ui import theme
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted

LEAST_SIDE = 0.04
MOST_BOXES = 8
WAIT_MS = 250


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A box with a class, as shares of the picture."""

    label: str
    box: tuple[float, float, float, float]


def query_of_boxes(boxes: Sequence[DrawnBox]) -> SceneQuery:
    """The query that a drawn layout means: the things, about there, at the same sides of each other."""
    things = tuple(WantedThing(label=drawn.label, box=drawn.box) for drawn in boxes)
    grades = seen_grades(np.array([drawn.box for drawn in boxes], float).reshape(-1, 4))
    relations = tuple(
        WantedRelation(subject=int(i), predicate=predicate, object=int(j), view="picture")
        for predicate, grade in grades.items()
        for i, j in np.argwhere(grade > 0.5)
    )
    return SceneQuery(text="drawn layout", things=things, relations=relations)


class DrawnCanvas(QWidget):
    """Drag to draw a box, drag a box to move it, Delete takes the marked one away."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.label = "person"
        self.boxes: list[DrawnBox] = []
        self.marked = -1
        self._start: QPointF | None = None
        self._grip: tuple[float, float] | None = None
        self._now: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(180, 120)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Drawn layout")

    def sizeHint(self) -> QSize:
        return QSize(264, 176)

    def clear(self) -> None:
        """Take all boxes away."""
        self.boxes, self.marked = [], -1
        self.update()
        self.changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._shares(event.position())
        self.marked = self._at(place)
        if self.marked >= 0:
            x0, y0, _, _ = self.boxes[self.marked].box
            self._grip = (place.x() - x0, place.y() - y0)
        else:
            self._start = self._now = place
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self._shares(event.position())
        if self._start is not None:
            self._now = place
        elif self._grip is not None and self.marked >= 0:
            drawn = self.boxes[self.marked]
            width, height = drawn.box[2] - drawn.box[0], drawn.box[3] - drawn.box[1]
            x = min(max(place.x() - self._grip[0], 0.0), 1.0 - width)
            y = min(max(place.y() - self._grip[1], 0.0), 1.0 - height)
            self.boxes[self.marked] = DrawnBox(drawn.label, (x, y, x + width, y + height))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        moved = self._grip is not None
        if self._start is not None and self._now is not None:
            box = _box(self._start, self._now)
            if min(box[2] - box[0], box[3] - box[1]) >= LEAST_SIDE and len(self.boxes) < MOST_BOXES:
                self.boxes.append(DrawnBox(self.label, box))  # not marked: the next class chosen is the next box's
                moved = True
        self._start = self._now = self._grip = None
        self.update()
        if moved:
            self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.marked >= 0:
            del self.boxes[self.marked]
            self.marked = -1
            self.update()
            self.changed.emit()
            return
        super().keyPressEvent(event)

    def rename_marked(self, label: str) -> None:
        """Give the marked box, and the next ones, this class."""
        self.label = label
        if self.marked >= 0 and self.boxes[self.marked].label != label:
            self.boxes[self.marked] = DrawnBox(label, self.boxes[self.marked].box)
            self.update()
            self.changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(now.border), 1))
        painter.setBrush(QColor(now.field))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if not self.boxes and self._start is None:
            painter.setPen(QColor(now.muted))
            painter.drawText(
                self.rect().adjusted(12, 12, -12, -12),
                int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
                "Drag to draw where a thing should be",
            )
        for number, drawn in enumerate(self.boxes):
            self._paint_box(painter, drawn, number == self.marked)
        if self._start is not None and self._now is not None:
            self._paint_box(painter, DrawnBox(self.label, _box(self._start, self._now)), True)
        painter.end()

    def _paint_box(self, painter: QPainter, drawn: DrawnBox, marked: bool) -> None:
        now = theme.current()
        x0, y0, x1, y1 = drawn.box
        place = QRectF(x0 * self.width(), y0 * self.height(), (x1 - x0) * self.width(), (y1 - y0) * self.height())
        ground = QColor(now.accent)
        ground.setAlphaF(0.22)
        painter.setBrush(ground)
        painter.setPen(QPen(QColor(now.selection if marked else now.accent), 2))
        painter.drawRoundedRect(place, 3, 3)
        painter.setPen(QColor(now.text))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, drawn.label)

    def _shares(self, place: QPointF) -> QPointF:
        x, y = place.x() / max(self.width(), 1), place.y() / max(self.height(), 1)
        return QPointF(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))

    def _at(self, place: QPointF) -> int:
        """The box under the cursor, the smallest first."""
        inside = [
            ((b.box[2] - b.box[0]) * (b.box[3] - b.box[1]), number)
            for number, b in enumerate(self.boxes)
            if b.box[0] <= place.x() <= b.box[2] and b.box[1] <= place.y() <= b.box[3]
        ]
        return min(inside)[1] if inside else -1


class DrawnQuery(QWidget):
    """The canvas with the class to draw, shown under the search field."""

    query_changed = Signal(object)
    """SceneQuery; one that is empty for no box."""

    def __init__(self) -> None:
        super().__init__()
        self.canvas = DrawnCanvas()
        self.labels = QComboBox(editable=True)
        self.labels.setAccessibleName("Class of the next box")
        self.labels.currentTextChanged.connect(self._on_label)
        clear = icon_button("trash", "", "Take all boxes away")
        clear.clicked.connect(self.canvas.clear)
        self._soon = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._soon.timeout.connect(self._tell)
        self.canvas.changed.connect(self._soon.start)
        row = QHBoxLayout()
        row.addWidget(self.labels, 1)
        row.addWidget(clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(
            muted("Choose a class, then drag. Click a box to mark it: Delete takes it away, another class renames it.")
        )

    def show_labels(self, labels: Sequence[str]) -> None:
        """Offer these classes."""
        before = self.labels.currentText() or "person"
        self.labels.blockSignals(True)
        self.labels.clear()
        self.labels.addItems(list(labels) or ["person"])
        self.labels.setCurrentText(before)
        self.labels.blockSignals(False)
        self.canvas.label = before

    def query(self) -> SceneQuery:
        """What is drawn."""
        return query_of_boxes(self.canvas.boxes)

    def _on_label(self, label: str) -> None:
        if label.strip():
            self.canvas.rename_marked(label.strip().lower()[:200])

    def _tell(self) -> None:
        self.query_changed.emit(self.query())


def _box(a: QPointF, b: QPointF) -> tuple[float, float, float, float]:
    return min(a.x(), b.x()), min(a.y(), b.y()), max(a.x(), b.x()), max(a.y(), b.y())
