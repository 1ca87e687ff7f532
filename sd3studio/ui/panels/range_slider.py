"""A slider with two handles: where a range begins and where it ends. Mouse, wheel and keys move the handle in hand."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from sd3studio.ui import theme

HANDLE_PX, GROOVE_PX = 7.0, 4.0
STEP, FINE, PAGE = 0.02, 0.005, 0.1
"""Of the slider's length: arrow keys, with Shift, and page keys."""


class RangeSlider(QWidget):
    """Shows `low` and `high` between `least` and `most`; what the user does leaves as `changed`.

    Space (or a click) takes the other handle, the arrows move it; Home and End go to the ends.

    Parameters
    ----------
    gap : least distance of the two, in the unit of the values
    logarithmic : equal ways are equal ratios, as for distances
    """

    changed = Signal(float, float)

    def __init__(self, least: float, most: float, gap: float = 0.0, logarithmic: bool = False, name: str = "") -> None:
        super().__init__()
        self.least, self.most, self.gap = least, most, gap
        self._log = logarithmic
        self.low, self.high = least, most
        self._active = 0
        self._dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:
        return QSize(140, 22)

    def show_limits(self, least: float, most: float) -> None:
        """Change what can be chosen at most."""
        self.least, self.most = least, most
        self.update()

    def show_range(self, low: float, high: float) -> None:
        """Show a range without signalling it."""
        self.low, self.high = low, high
        self.update()

    # -- values and places ---------------------------------------------------------------------------------------

    def _share(self, value: float) -> float:
        value = min(max(value, self.least), self.most)
        if self._log:
            return math.log(value / self.least) / math.log(self.most / self.least)
        return (value - self.least) / (self.most - self.least)

    def _value(self, share: float) -> float:
        share = min(max(share, 0.0), 1.0)
        if self._log:
            return self.least * (self.most / self.least) ** share
        return self.least + share * (self.most - self.least)

    def place_of(self, value: float) -> QPointF:
        """Where the handle of a value is drawn."""
        return QPointF(HANDLE_PX + 1 + self._share(value) * self._length(), self.height() / 2.0)

    def _length(self) -> float:
        return max(self.width() - 2.0 * (HANDLE_PX + 1), 1.0)

    def _move(self, share: float) -> None:
        value = self._value(share)
        if self._active == 0:
            low, high = min(value, max(self.high - self.gap, self.least)), self.high
        else:
            low, high = self.low, max(value, min(self.low + self.gap, self.most))
        if (low, high) != (self.low, self.high):
            self.low, self.high = low, high
            self.update()
            self.changed.emit(low, high)

    # -- events --------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        ways = [abs(self.place_of(value).x() - x) for value in (self.low, self.high)]
        if ways[0] == ways[1]:  # one on the other: take the one that can go there
            self._active = 0 if x < self.place_of(self.low).x() else 1
        else:
            self._active = 0 if ways[0] < ways[1] else 1
        self._dragging = True
        self._to(x)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False
        self.update()

    def _to(self, x_px: float) -> None:
        self._move((x_px - HANDLE_PX - 1) / self._length())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()
            return
        self._by(STEP if event.angleDelta().y() > 0 else -STEP)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        keys = Qt.Key
        ways = {keys.Key_Left: -step, keys.Key_Down: -step, keys.Key_Right: step, keys.Key_Up: step,
                keys.Key_PageDown: -PAGE, keys.Key_PageUp: PAGE, keys.Key_Home: -1.0, keys.Key_End: 1.0}  # fmt: skip
        key = Qt.Key(event.key())
        if key in ways:
            self._by(ways[key])
        elif key == keys.Key_Space:
            self._active = 1 - self._active
            self.update()
        else:
            super().keyPressEvent(event)

    def _by(self, share: float) -> None:
        self._move(self._share(self.low if self._active == 0 else self.high) + share)

    def paintEvent(self, event: QPaintEvent) -> None:
        now, middle = theme.current(), self.height() / 2.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = self.place_of(self.low).x(), self.place_of(self.high).x()
        colour = QColor(now.accent if self.isEnabled() else now.muted)
        for begin, end, fill in (
            (HANDLE_PX + 1, HANDLE_PX + 1 + self._length(), QColor(now.border)),
            (left, right, colour),
        ):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawRoundedRect(QRectF(begin, middle - GROOVE_PX / 2, max(end - begin, 1), GROOVE_PX), 2, 2)
        for number, x in enumerate((left, right)):
            taken = self._active == number and (self.hasFocus() or self._dragging)
            painter.setPen(QPen(colour, 2.5 if taken else 1.5))
            painter.setBrush(QColor(now.raised))
            painter.drawEllipse(QPointF(x, middle), HANDLE_PX - 1, HANDLE_PX - 1)
