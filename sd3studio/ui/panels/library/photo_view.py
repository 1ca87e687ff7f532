"""A photo of the library with outlines: what was searched for, what a question was about, what a caption states."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from sd3studio.ui import theme

Role = Literal["thing", "found", "asked"]


@dataclass(frozen=True, slots=True)
class Outline:
    """A box as shares of the photo, what it is, and why it is shown."""

    key: str
    label: str
    box: tuple[float, float, float, float]
    role: Role = "found"


class OutlinedPhoto(QWidget):
    """Shows one photo; things under the cursor are named, a click tells which was meant."""

    clicked = Signal(str)
    """Id of the object that was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QPixmap()
        self._text = ""
        self._outlines: tuple[Outline, ...] = ()
        self._things: tuple[Outline, ...] = ()
        self._under = ""
        self.setMouseTracking(True)
        self.setMinimumHeight(120)

    def sizeHint(self) -> QSize:
        return QSize(360, 250)

    def show_photo(self, picture: QImage, text: str = "") -> None:
        """Show a picture, or a sentence where there is none."""
        self._picture, self._text = QPixmap.fromImage(picture), text
        self.update()

    def show_things(self, things: Sequence[Outline]) -> None:
        """All things of the photo; they are outlined only under the cursor."""
        self._things = tuple(thing for thing in things if thing.label)
        self._under = ""
        self.update()

    def show_outlines(self, outlines: Sequence[Outline]) -> None:
        """Outline these."""
        self._outlines = tuple(outlines)
        self.update()

    @property
    def outlines(self) -> tuple[Outline, ...]:
        """What is outlined."""
        return self._outlines

    def picture_rect(self) -> QRect:
        """Where the picture is drawn."""
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(self.rect().center())
        return place

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(now.field))
        if self._picture.isNull():
            painter.setPen(QColor(now.muted))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(16, 8, -16, -8), flags, self._text or "No photo is marked")
        else:
            place = self.picture_rect()
            painter.drawPixmap(place, self._picture)
            shown = {outline.key for outline in self._outlines}
            under = [t for t in self._things if t.key == self._under and t.key not in shown]
            for outline in (*under, *self._outlines):
                self._paint_outline(painter, place, outline)
        painter.end()

    def _paint_outline(self, painter: QPainter, picture: QRect, outline: Outline) -> None:
        now = theme.current()
        colour = QColor({"found": now.selection, "asked": now.accent, "thing": now.text}[outline.role])
        x0, y0, x1, y1 = outline.box
        place = QRectF(
            picture.left() + x0 * picture.width(),
            picture.top() + y0 * picture.height(),
            (x1 - x0) * picture.width(),
            (y1 - y0) * picture.height(),
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 120), 4))
        painter.drawRect(place)
        painter.setPen(QPen(colour, 2))
        painter.drawRect(place)
        width = QFontMetrics(painter.font()).horizontalAdvance(outline.label) + 10
        left = min(max(place.left(), picture.left()), max(picture.right() - width, picture.left()))
        name = QRectF(left, max(place.top() - 19, picture.top()), width, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawRoundedRect(name, 3, 3)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(name, Qt.AlignmentFlag.AlignCenter, outline.label)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        before, self._under = self._under, self._at(event)
        if self._under != before:
            self.update()

    def leaveEvent(self, event: object) -> None:
        self._under = ""
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        key = self._at(event)
        if key:
            self.clicked.emit(key)

    def _at(self, event: QMouseEvent) -> str:
        """The smallest thing under the cursor."""
        if self._picture.isNull():
            return ""
        place = self.picture_rect()
        x = (event.position().x() - place.left()) / max(place.width(), 1)
        y = (event.position().y() - place.top()) / max(place.height(), 1)
        inside = [
            ((t.box[2] - t.box[0]) * (t.box[3] - t.box[1]), t.key)
            for t in self._things
            if t.box[0] <= x <= t.box[2] and t.box[1] <= y <= t.box[3]
        ]
        return min(inside)[1] if inside else ""
