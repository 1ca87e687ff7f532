"""A picture to look at closely: zoom, pan, and a second one beside it, under a divider, or in turn."""

from typing import Literal, get_args

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from sd3studio.ui import theme

Mode = Literal["single", "side", "wipe", "blink"]
MODES: tuple[Mode, ...] = get_args(Mode)
BLINK_MS = 600
LARGEST_SCALE = 32.0
GRAB_PX = 9
ZOOM_STEP = 1.2


class PictureCanvas(QWidget):
    """Shows one picture or two; both have the same place and scale, so that they can be compared.

    Overlays (pixmaps of the first picture's size) are drawn over the first picture, each with its opacity.
    """

    zoom_changed = Signal(float)
    """Screen pixels for each pixel of the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(240, 180)
        self.setAccessibleName("Picture")
        self.mode: Mode = "single"
        self.divider = 0.5
        """Where the wipe is, as a share of the width."""
        self.shows_second = False
        """Whether it is the second picture's turn."""
        self._first, self._second = QPixmap(), QPixmap()
        self._names = ("", "")
        self._overlays: dict[str, tuple[QPixmap, float]] = {}
        self._scale = 0.0  # 0 fits
        self._middle = QPointF(0.5, 0.5)
        self._grabbed: Literal["", "pan", "divider"] = ""
        self._last = QPointF()
        self._blink = QTimer(self, interval=BLINK_MS)
        self._blink.timeout.connect(self._on_blink)

    def show_picture(self, picture: QPixmap, name: str) -> None:
        """Show a picture; zoom and place stay, so that pictures can be leafed through."""
        self._first, self._names = picture, (name, self._names[1])
        self._overlays = {}
        self.update()

    def show_second(self, picture: QPixmap, name: str, mode: Mode) -> None:
        """Compare with another picture; the mode ``"single"`` ends it."""
        self._second, self._names, self.mode = picture, (self._names[0], name), mode
        self.shows_second = False
        if mode == "blink":
            self._blink.start()
        else:
            self._blink.stop()
        self._zoomed()

    def show_overlay(self, key: str, picture: QPixmap | None, opacity: float = 1.0) -> None:
        """Draw a pixmap over the first picture, or none of this key any more."""
        self._overlays.pop(key, None)
        if picture is not None and opacity > 0.0:
            self._overlays[key] = (picture, opacity)
        self.update()

    @property
    def first(self) -> QPixmap:
        """The picture that is shown, or the first of two."""
        return self._first

    @property
    def scale(self) -> float:
        """Screen pixels (logical) for each pixel of the picture."""
        return self._scale or self._fitting()

    @property
    def fits(self) -> bool:
        """Whether the picture is as large as there is room for."""
        return self._scale == 0.0

    def fit(self) -> None:
        """As large as there is room for."""
        self._scale, self._middle = 0.0, QPointF(0.5, 0.5)
        self._zoomed()

    def zoom_to(self, scale: float, at: QPointF | None = None) -> None:
        """So many screen pixels for each pixel, keeping what is under `at` (default: the middle) where it is."""
        place = at or QPointF(self._room().center())
        before = self._to_share(place)
        self._scale = min(max(scale, self._fitting() * 0.5), LARGEST_SCALE)
        after = self._to_share(place)
        self._middle += before - after
        self._clamp()
        self._zoomed()

    def one_to_one(self) -> None:
        """A pixel of the picture on a pixel of the screen."""
        self.zoom_to(1.0 / self.devicePixelRatioF())

    def _zoomed(self) -> None:
        self.zoom_changed.emit(self.scale * self.devicePixelRatioF())
        self.update()

    # -- geometry ------------------------------------------------------------------------------------------------

    def _room(self) -> QRectF:
        """Where the first picture may be: all, or the left half."""
        width = self.width() / 2 - 3 if self.mode == "side" else self.width()
        return QRectF(0, 0, width, self.height())

    def _fitting(self) -> float:
        room, size = self._room(), self._first.size()
        if size.isEmpty():
            return 1.0
        return min(room.width() / size.width(), room.height() / size.height())

    def picture_rect(self) -> QRectF:
        """Where the first picture is drawn."""
        room, size = self._room(), self._first.size()
        width, height = size.width() * self.scale, size.height() * self.scale
        left = room.center().x() - self._middle.x() * width
        top = room.center().y() - self._middle.y() * height
        return QRectF(left, top, width, height)

    def _to_share(self, place: QPointF) -> QPointF:
        rect = self.picture_rect()
        return QPointF((place.x() - rect.left()) / rect.width(), (place.y() - rect.top()) / rect.height())

    def _clamp(self) -> None:
        self._middle = QPointF(min(max(self._middle.x(), 0.0), 1.0), min(max(self._middle.y(), 0.0), 1.0))

    def divider_x(self) -> float:
        """Where the wipe's line is, logical pixels."""
        rect = self.picture_rect().intersected(QRectF(self.rect()))
        return rect.left() + self.divider * rect.width()

    # -- drawing -------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._zoomed()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().window))
        if self._first.isNull():
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.scale < 3.0)
        rect = self.picture_rect()
        if self.mode == "side":
            self._draw_half(painter, self._room(), rect, False)
            other = self._room().translated(self.width() / 2 + 3, 0)
            self._draw_half(painter, other, rect.translated(self.width() / 2 + 3, 0), True)
        elif self.mode == "wipe":
            x = self.divider_x()
            self._draw_half(painter, QRectF(0, 0, x, self.height()), rect, False)
            self._draw_half(painter, QRectF(x, 0, self.width() - x, self.height()), rect, True)
            self._draw_divider(painter, x)
        else:
            self._draw_half(painter, QRectF(self.rect()), rect, self.mode == "blink" and self.shows_second)
        self._draw_names(painter)

    def _draw_half(self, painter: QPainter, clip: QRectF, rect: QRectF, second: bool) -> None:
        painter.setClipRect(clip)
        picture = self._second if second else self._first
        painter.drawPixmap(rect, picture, QRectF(picture.rect()))
        if not second:
            for overlay, opacity in self._overlays.values():
                painter.setOpacity(opacity)
                painter.drawPixmap(rect, overlay, QRectF(overlay.rect()))
            painter.setOpacity(1.0)
        painter.setClipping(False)

    def _draw_divider(self, painter: QPainter, x: float) -> None:
        middle = self.height() / 2
        painter.setPen(QPen(QColor(0, 0, 0, 150), 4))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setPen(QPen(QColor("white"), 2))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setBrush(QColor(theme.current().accent))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawEllipse(QPointF(x, middle), 11, 11)
        for side in (-1, 1):
            painter.drawLine(QPointF(x + side * 6, middle), QPointF(x + side * 3, middle - 3))
            painter.drawLine(QPointF(x + side * 6, middle), QPointF(x + side * 3, middle + 3))

    def _draw_names(self, painter: QPainter) -> None:
        first, second = self._names
        if self.mode == "single":
            return
        if self.mode == "blink":
            self._draw_name(painter, second if self.shows_second else first, 8, False)
            return
        self._draw_name(painter, first, 8, False)
        self._draw_name(painter, second, self.width() / 2 + 11 if self.mode == "side" else self.width() - 8,
                        self.mode == "wipe")  # fmt: skip

    def _draw_name(self, painter: QPainter, name: str, x: float, from_right: bool) -> None:
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, self.width() // 2 - 40)
        width = painter.fontMetrics().horizontalAdvance(shown) + 14
        tag = QRectF(x - width if from_right else x, 8, width, painter.fontMetrics().height() + 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawRoundedRect(tag, 5, 5)
        painter.setPen(QColor("white"))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, shown)

    # -- mouse ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            near = self.mode == "wipe" and abs(event.position().x() - self.divider_x()) <= GRAB_PX
            self._grabbed = "divider" if near else "pan"
            self._last = event.position()
            if not near:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        if self._grabbed == "divider":
            rect = self.picture_rect().intersected(QRectF(self.rect()))
            self.divider = min(max((place.x() - rect.left()) / max(rect.width(), 1.0), 0.0), 1.0)
            self.update()
        elif self._grabbed == "pan":
            rect, moved = self.picture_rect(), place - self._last
            self._scale = self.scale  # a picture that is dragged does not follow the window any more
            self._middle -= QPointF(moved.x() / rect.width(), moved.y() / rect.height())
            self._clamp()
            self._last = place
            self.update()
        elif self.mode == "wipe" and abs(place.x() - self.divider_x()) <= GRAB_PX:
            self.setCursor(Qt.CursorShape.SplitHCursor)
        else:
            self.unsetCursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = ""
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.fits:
            self.zoom_to(1.0 / self.devicePixelRatioF(), event.position())
        else:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120.0
        if steps:
            self.zoom_to(self.scale * ZOOM_STEP**steps, event.position())
        event.accept()

    def _on_blink(self) -> None:
        self.shows_second = not self.shows_second
        self.update()

    def pixel_at(self, place: QPoint) -> QColor:
        """The colour that is seen at a place."""
        return self.grab().toImage().pixelColor(place)
