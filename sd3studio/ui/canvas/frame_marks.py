"""How the output picture is shown in the view: its frame and size, safe areas, the horizon, the camera from outside."""

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from sd3studio.core.scene.camera import Camera
from sd3studio.ui import theme
from sd3studio.ui.canvas.marks import Tag, paint_segments, paint_tag

Frame = tuple[float, float, float, float]
SAFE_SHARES = (0.9, 0.8)
"""Parts of the picture's sides inside which action and titles are safe."""
OUTLINE_M = 1.2
"""Length of the camera's outline as seen from outside."""


def paint_frame(painter: QPainter, frame_px: Frame, size_px: tuple[float, float], text: str = "") -> None:
    """The frame of the output picture, what is outside of it darker, `text` (its size) below it at the right."""
    frame = _rect(frame_px)
    shade = QColor(0, 0, 0, 96)
    width, height = size_px
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
    if text:
        _paint_size(painter, QRectF(frame.right() - 208, frame.bottom() - 22, 200, 18), text)


def picture_frame(frame_px: Frame, size_px: tuple[int, int]) -> Frame:
    """Where a picture of another shape is in the frame of the camera: as high as that, in its middle."""
    x0, y0, x1, y1 = frame_px
    half = (y1 - y0) * size_px[0] / size_px[1] / 2.0
    middle = (x0 + x1) / 2.0
    return middle - half, y0, middle + half, y1


def paint_picture(painter: QPainter, picture_px: Frame, text: str) -> None:
    """The frame of the picture that would be generated, dashed, its size at the upper right."""
    frame = _rect(picture_px)
    painter.setPen(QPen(QColor(theme.current().accent), 1.4, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(frame)
    _paint_size(painter, QRectF(frame.right() - 208, frame.top() + 4, 200, 18), text)


def _paint_size(painter: QPainter, box: QRectF, text: str) -> None:
    """A plate at the right end of the box: white letters that can be read before a white wall too."""
    font = QFont(painter.font())
    font.setPixelSize(12)
    painter.setFont(font)
    plate = QRectF(box)
    plate.setLeft(box.right() - painter.fontMetrics().horizontalAdvance(text) - 12.0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 150))
    painter.drawRoundedRect(plate, 4.0, 4.0)
    painter.setPen(QColor(255, 255, 255))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def paint_safe_areas(painter: QPainter, frame_px: Frame) -> None:
    """Safe areas and thirds inside the frame."""
    frame = _rect(frame_px)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for share in SAFE_SHARES:
        inset_x, inset_y = frame.width() * (1 - share) / 2.0, frame.height() * (1 - share) / 2.0
        painter.setPen(QPen(QColor(255, 255, 255, 150), 1.0, Qt.PenStyle.DashLine))
        painter.drawRect(frame.adjusted(inset_x, inset_y, -inset_x, -inset_y))
    painter.setPen(QPen(QColor(255, 255, 255, 80), 1.0))
    for part in (1 / 3, 2 / 3):
        x, y = frame.left() + part * frame.width(), frame.top() + part * frame.height()
        painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))


def horizon_px(camera: Camera) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Where the horizon crosses the left and the right edge of the picture; None when looking straight up or
    down, or without perspective."""
    if camera.flat:
        return None
    right, down, forward = (float(v) for v in camera.axes[:, 2])
    if abs(down) < 1e-6:
        return None
    middle_x, middle_y = camera.width / 2.0, camera.height / 2.0
    rows = [middle_y - (camera.focal_px * forward + right * (x - middle_x)) / down for x in (0.0, float(camera.width))]
    if not all(math.isfinite(row) and abs(row) < 1e6 for row in rows):
        return None
    return (0.0, rows[0]), (float(camera.width), rows[1])


def paint_horizon(painter: QPainter, camera: Camera) -> None:
    """The horizon: what it crosses is as high above the ground as the camera."""
    ends = horizon_px(camera)
    if ends is None:
        return
    painter.setPen(QPen(QColor(theme.current().selection), 1.4, Qt.PenStyle.DashDotLine))
    painter.drawLine(QPointF(*ends[0]), QPointF(*ends[1]))
    y = ends[0][1]
    if 14.0 < y < camera.height - 4.0:
        place, size_px = (0.0, y - 16.0), (float(camera.width), float(camera.height))
        paint_tag(painter, Tag(f"horizon, {camera.position[2]:.2f} m high", place, theme.current().selection), size_px)


def paint_camera_outline(painter: QPainter, camera: Camera, of_scene: Camera) -> None:
    """The scene's camera as a pyramid, seen through another camera."""
    apex = np.asarray(of_scene.position)
    corners_px = [(0, 0), (of_scene.width, 0), (of_scene.width, of_scene.height), (0, of_scene.height)]
    reach = min(OUTLINE_M, 0.35 * math.dist(of_scene.position, of_scene.target))
    base = of_scene.unproject(np.array(corners_px, float), np.full(4, reach))
    up = base[:2].mean(axis=0) - base[2:].mean(axis=0)
    tip = base[:2].mean(axis=0) + 0.25 * up
    starts = np.stack([*[apex] * 4, *base, base[0], base[1]])
    painter.setPen(QPen(QColor(theme.current().accent), 1.4))
    paint_segments(painter, camera, starts, np.stack([*base, *np.roll(base, -1, axis=0), tip, tip]))


def _rect(frame_px: Frame) -> QRectF:
    return QRectF(QPointF(*frame_px[:2]), QPointF(*frame_px[2:]))
