"""What is painted over the 3D picture: frame of the output picture, labels, gizmo, readout, marquee, compass."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import SceneObject
from sd3studio.ui import theme
from sd3studio.ui.canvas.tools.base import Feedback
from sd3studio.ui.canvas.tools.gizmo import Gizmo, Handle

COMPASS_PX = 34.0
TAG_HEIGHT_PX = 22.0
BOX_EDGES = np.array([0, 1, 1, 3, 3, 2, 2, 0, 4, 5, 5, 7, 7, 6, 6, 4, 0, 4, 1, 5, 2, 6, 3, 7])
"""Corner indices of the twelve edges of a box, in the order of `Boxes.corners`."""
FRONT_CORNERS = {0, 1, 4, 5}
"""The corners of the side that faces where the object faces (local -Y)."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A small label at a point of the view."""

    text: str
    position_px: tuple[float, float]
    colour: str


@dataclass(slots=True)
class OverlayState:
    """Everything the overlay paints."""

    camera: Camera | None = None
    frame_px: tuple[float, float, float, float] | None = None
    gizmo: Gizmo | None = None
    hot: Handle | None = None
    tags: Sequence[Tag] = ()
    feedback: Feedback = field(default_factory=Feedback)
    cursor_px: tuple[float, float] = (0.0, 0.0)
    badge: str = ""
    photo_over: float = 0.0
    boxes: Sequence[SceneObject] = ()


class Overlay(QWidget):
    """A transparent widget on top of the view; mouse events pass through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.state = OverlayState()
        self._photo = QPixmap()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = self.state
        if state.frame_px:
            self._paint_photo(painter, state)
            self._paint_frame(painter, state.frame_px)
        if state.camera:
            self._paint_boxes(painter, state.camera, state.boxes)
            self._paint_lines(painter, state.camera, state.feedback)
            self._paint_compass(painter, state.camera)
        for tag in state.tags:
            self._paint_tag(painter, tag)
        if state.gizmo:
            self._paint_gizmo(painter, state.gizmo, state.hot)
        if state.feedback.marquee_px:
            self._paint_marquee(painter, state.feedback.marquee_px)
        if state.feedback.readout:
            x, y = state.cursor_px
            self._paint_tag(painter, Tag(state.feedback.readout, (x + 18.0, y + 26.0), theme.current().selection))
        if state.badge:
            self._paint_badge(painter, state.badge)

    def take_photo(self, pixels: NDArray[np.uint8] | None) -> None:
        """The photo (H, W, 3) that may be mixed in, or None."""
        self._photo = QPixmap()
        if pixels is not None:
            height, width, _ = pixels.shape
            image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            self._photo = QPixmap.fromImage(image)

    def _paint_photo(self, painter: QPainter, state: OverlayState) -> None:
        if state.photo_over <= 0.0 or self._photo.isNull() or state.frame_px is None:
            return
        painter.setOpacity(state.photo_over)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(QPointF(*state.frame_px[:2]), QPointF(*state.frame_px[2:]))
        painter.drawPixmap(frame, self._photo, QRectF(self._photo.rect()))
        painter.setOpacity(1.0)

    def _paint_boxes(self, painter: QPainter, camera: Camera, things: Sequence[SceneObject]) -> None:
        """The 3D boxes of the objects, their fronts stronger than their backs."""
        if not things:
            return
        for row, corners in enumerate(Boxes.of(things).corners()):
            colour = QColor.fromHsvF((row * 0.618034) % 1.0, 0.65, 1.0)
            for start, end in BOX_EDGES.reshape(-1, 2):
                segment = clipped_segment(camera, corners[start], corners[end])
                is_front = {start, end} <= FRONT_CORNERS
                if segment is not None:
                    painter.setPen(QPen(colour, 2.4 if is_front else 1.2))
                    painter.drawLine(QPointF(*segment[0]), QPointF(*segment[1]))

    def _paint_frame(self, painter: QPainter, frame_px: tuple[float, float, float, float]) -> None:
        frame = QRectF(QPointF(*frame_px[:2]), QPointF(*frame_px[2:]))
        shade = QColor(0, 0, 0, 96)
        width, height = float(self.width()), float(self.height())
        for rect in (
            QRectF(0, 0, width, frame.top()),
            QRectF(0, frame.bottom(), width, height - frame.bottom()),
            QRectF(0, frame.top(), frame.left(), frame.height()),
            QRectF(frame.right(), frame.top(), width - frame.right(), frame.height()),
        ):
            painter.fillRect(rect, shade)
        painter.setPen(QPen(QColor(255, 255, 255, 170), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)

    def _paint_lines(self, painter: QPainter, camera: Camera, feedback: Feedback) -> None:
        for start, end, axis in feedback.lines:
            segment = clipped_segment(camera, np.asarray(start, float), np.asarray(end, float))
            if segment is None:
                continue
            colour = QColor(axis_colour(axis))
            colour.setAlphaF(0.75)
            painter.setPen(QPen(colour, 1.4, Qt.PenStyle.DashLine if axis == "guide" else Qt.PenStyle.SolidLine))
            painter.drawLine(QPointF(*segment[0]), QPointF(*segment[1]))

    def _paint_gizmo(self, painter: QPainter, gizmo: Gizmo, hot: Handle | None) -> None:
        for handle in gizmo.handles:
            is_hot = hot is not None and hot.axis == handle.axis and hot.kind == handle.kind
            colour = QColor(theme.current().selection if is_hot else axis_colour(handle.axis))
            painter.setPen(QPen(colour, 4.0 if is_hot else 2.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            points = QPolygonF([QPointF(x, y) for x, y in handle.points_px])
            if handle.kind == "disc":
                colour.setAlphaF(0.45)
                painter.setBrush(colour)
                painter.drawPolygon(points)
                continue
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(points)
            painter.setBrush(colour)
            if handle.kind == "arrow":
                painter.drawPolygon(_arrow_head(handle.points_px))
            elif handle.kind == "box":
                x, y = handle.tip_px
                painter.drawRect(QRectF(x - 4.5, y - 4.5, 9.0, 9.0))

    def _paint_tag(self, painter: QPainter, tag: Tag) -> None:
        now = theme.current()
        font = QFont(self.font())
        font.setPixelSize(12)
        painter.setFont(font)
        box = QRectF(painter.fontMetrics().boundingRect(tag.text)).adjusted(-6, -3, 6, 3)
        box.moveCenter(QPointF(*tag.position_px))
        box.moveLeft(min(max(box.left(), 4.0), max(4.0, self.width() - box.width() - 4.0)))
        box.moveTop(min(max(box.top(), 4.0), max(4.0, self.height() - box.height() - 4.0)))
        ground = QColor(now.panel)
        ground.setAlphaF(0.9)
        painter.setPen(QPen(QColor(tag.colour), 1.2))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(QColor(now.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tag.text)

    def _paint_marquee(self, painter: QPainter, rectangle_px: tuple[float, float, float, float]) -> None:
        colour = QColor(theme.current().accent)
        painter.setPen(QPen(colour, 1.2))
        colour.setAlphaF(0.16)
        painter.setBrush(colour)
        painter.drawRect(QRectF(QPointF(*rectangle_px[:2]), QPointF(*rectangle_px[2:])))

    def _paint_compass(self, painter: QPainter, camera: Camera) -> None:
        """Directions of the world axes, at the lower left."""
        middle = QPointF(COMPASS_PX + 16.0, self.height() - COMPASS_PX - 16.0)
        axes = camera.axes
        order = sorted(range(3), key=lambda i: -axes[2, i])
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        for i in order:
            tip = middle + QPointF(axes[0, i] * COMPASS_PX, axes[1, i] * COMPASS_PX)
            colour = QColor(axis_colour("xyz"[i]))
            painter.setPen(QPen(colour, 2.2))
            painter.drawLine(middle, tip)
            painter.setBrush(colour)
            painter.drawEllipse(tip, 8.0, 8.0)
            painter.setPen(QColor("#ffffff"))
            painter.drawText(QRectF(tip.x() - 8, tip.y() - 8, 16, 16), Qt.AlignmentFlag.AlignCenter, "XYZ"[i])

    def _paint_badge(self, painter: QPainter, text: str) -> None:
        width = painter.fontMetrics().horizontalAdvance(text)
        self._paint_tag(painter, Tag(text, (width / 2.0 + 22.0, 20.0), theme.current().border))


def spread_tags(tags: Sequence[Tag]) -> list[Tag]:
    """Tags that don't cover each other, first ones first: moved up a little where that helps, else left out."""
    placed: list[Tag] = []
    for tag in tags:
        for step in range(4):
            x, y = tag.position_px[0], tag.position_px[1] - step * TAG_HEIGHT_PX
            if not any(_cover(x, y, tag, other) for other in placed):
                placed.append(Tag(tag.text, (x, y), tag.colour))
                break
    return placed


def has_room(tag: Tag, placed: Sequence[Tag]) -> bool:
    """Whether a tag covers none of those that are placed."""
    return not any(_cover(*tag.position_px, tag, other) for other in placed)


def _cover(x: float, y: float, tag: Tag, other: Tag) -> bool:
    reach_px = 3.7 * (len(tag.text) + len(other.text)) + 14.0
    return abs(y - other.position_px[1]) < TAG_HEIGHT_PX and abs(x - other.position_px[0]) < reach_px


def axis_colour(axis: str) -> str:
    """Colour of an axis, of the handle for all axes, or of a guide line."""
    now = theme.current()
    return {"x": now.axis_x, "y": now.axis_y, "z": now.axis_z, "plane": now.selection}.get(axis, now.selection)


def clipped_segment(
    camera: Camera, start: np.ndarray, end: np.ndarray
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """A world segment on the screen, cut where it goes behind the camera; None if all of it is behind."""
    near = 0.05
    a, b = camera.to_camera(start), camera.to_camera(end)
    if a[2] < near and b[2] < near:
        return None
    if a[2] < near:
        a = a + (b - a) * (near - a[2]) / (b[2] - a[2])
    elif b[2] < near:
        b = b + (a - b) * (near - b[2]) / (a[2] - b[2])
    pixels, _ = camera.project(camera.to_world(np.stack([a, b])))
    return (float(pixels[0, 0]), float(pixels[0, 1])), (float(pixels[1, 0]), float(pixels[1, 1]))


def _arrow_head(points_px: np.ndarray) -> QPolygonF:
    tip, before = points_px[-1], points_px[-2]
    angle = math.atan2(tip[1] - before[1], tip[0] - before[0])
    corners = [QPointF(tip[0] + 7 * math.cos(angle), tip[1] + 7 * math.sin(angle))]
    for side in (2.5, -2.5):
        corners.append(QPointF(tip[0] + 8 * math.cos(angle + side), tip[1] + 8 * math.sin(angle + side)))
    return QPolygonF(corners)
