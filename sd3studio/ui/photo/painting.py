"""Painting boxes in space, masks, relations and camera lines over a photo."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPen, QPolygonF

from sd3studio.core.annotation.outline import Outline, PhotoHandle, ring_of
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.masks import decode_mask
from sd3studio.core.scene.values import Mask, SceneObject
from sd3studio.ui import theme
from sd3studio.ui.photo.tools import CameraLines
from sd3studio.ui.photo.zooming import Zoom

MASK_ALPHA = 110
HANDLE_PX = 4.0


def hue_of(row: int) -> QColor:
    """A bright colour of its own for the thing at this place in the scene."""
    return QColor.fromHsvF((row * 0.618034) % 1.0, 0.62, 1.0)


class PhotoPainter:
    """Paints with a QPainter in widget coordinates what is given in px of the photo."""

    def __init__(self, painter: QPainter, zoom: Zoom, width_px: float, height_px: float) -> None:
        self.painter, self.zoom = painter, zoom
        self.width_px, self.height_px = width_px, height_px

    def at(self, point: Sequence[float]) -> QPointF:
        """Point of the widget of a point of the photo, kept within what Qt can draw."""
        x, y = self.zoom.to_widget(float(point[0]), float(point[1]))
        return QPointF(min(max(x, -1e5), 1e5), min(max(y, -1e5), 1e5))

    def mask(self, mask: Mask, colour: QColor) -> None:
        """A mask as a veil of colour."""
        image = mask_image(mask, colour.rgb())
        corner, end = self.at((0.0, 0.0)), self.at((mask.width, mask.height))
        self.painter.drawImage(QRectF(corner, end), image)

    def pixels(self, pixels: np.ndarray, colour: QColor) -> None:
        """A mask that is being painted."""
        image = _veil(pixels, colour.rgb())
        self.painter.drawImage(QRectF(self.at((0, 0)), self.at((pixels.shape[1], pixels.shape[0]))), image)

    def outline(self, outline: Outline, colour: QColor, strong: bool, checked: bool) -> None:
        """Edges, base and heading of a thing; its front is stronger, an unchecked thing has broken lines."""
        painter = self.painter
        if len(outline.base) and strong:
            fill = QColor(colour)
            fill.setAlpha(60)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF([self.at(p) for p in outline.base]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, ink in ((3.6, QColor(0, 0, 0, 120)), (1.8, colour)) if strong else ((1.3, colour),):
            for edge, front in zip(outline.edges, outline.front, strict=True):
                pen = QPen(ink, width + (0.8 if front else 0.0))
                if not checked and not strong:
                    pen.setStyle(Qt.PenStyle.DashLine)
                painter.setPen(pen)
                painter.drawLine(self.at(edge[0]), self.at(edge[1]))
        if len(outline.arrow):
            self.arrow(outline.arrow[0], outline.arrow[1], colour, 2.4 if strong else 1.4)

    def frame(self, frame: Sequence[float], colour: QColor, dotted: bool = False) -> None:
        """A photo box."""
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.setPen(QPen(colour, 1.2, Qt.PenStyle.DotLine if dotted else Qt.PenStyle.SolidLine))
        self.painter.drawRect(QRectF(self.at(frame[:2]), self.at(frame[2:])))

    def handles(self, camera: Camera, thing: SceneObject, handles: Sequence[PhotoHandle], hot: object) -> None:
        """What can be grabbed of the selected thing."""
        now, painter = theme.current(), self.painter
        ring = ring_of(camera, thing)
        if len(ring):
            is_hot = isinstance(hot, PhotoHandle) and hot.kind == "turn"
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(now.selection if is_hot else now.axis_z), 2.6 if is_hot else 1.4))
            painter.drawPolyline(QPolygonF([self.at(p) for p in ring]))
        for handle in handles:
            is_hot = isinstance(hot, PhotoHandle) and hot.kind == handle.kind and hot.pull == handle.pull
            ink = QColor(now.selection if is_hot else "#ffffff")
            if len(handle.points) == 2 and is_hot:
                painter.setPen(QPen(ink, 3.0))
                painter.drawLine(self.at(handle.points[0]), self.at(handle.points[1]))
            if len(handle.points) != 1:
                continue
            middle, size = self.at(handle.points[0]), HANDLE_PX + (1.5 if is_hot else 0.0)
            painter.setPen(QPen(QColor(0, 0, 0, 180), 1.0))
            painter.setBrush(ink)
            square = QRectF(middle.x() - size, middle.y() - size, 2 * size, 2 * size)
            if handle.kind == "turn":
                painter.setBrush(QColor(now.axis_z) if not is_hot else ink)
                painter.drawEllipse(square)
            elif handle.kind == "top":
                tip = QPolygonF(
                    [middle + QPointF(0, -size - 2), middle + QPointF(size, size), middle + QPointF(-size, size)]
                )
                painter.drawPolygon(tip)
            elif handle.kind == "pull":
                painter.setBrush(QColor(now.axis_y) if not is_hot else ink)
                painter.drawEllipse(square)
            else:
                painter.drawRect(square)

    def arrow(self, start: Sequence[float], end: Sequence[float], colour: QColor, width: float) -> None:
        """A line with a head."""
        a, b = self.at(start), self.at(end)
        angle = math.atan2(b.y() - a.y(), b.x() - a.x())
        self.painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        self.painter.drawLine(a, b)
        head = [b + QPointF(9 * math.cos(angle + turn), 9 * math.sin(angle + turn)) for turn in (2.6, -2.6)]
        self.painter.setBrush(colour)
        self.painter.drawPolygon(QPolygonF([b, *head]))

    def link(self, start: Sequence[float], end: Sequence[float], text: str, colour: QColor, broken: bool) -> None:
        """A relation: a bent arrow from the subject to the object, with its words."""
        a, b = self.at(start), self.at(end)
        middle = (a + b) / 2.0
        side = QPointF(-(b.y() - a.y()), b.x() - a.x()) * 0.16
        path = QPainterPath(a)
        path.quadTo(middle + side, b)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, ink in ((4.0, QColor(0, 0, 0, 110)), (2.0, colour)):
            self.painter.setPen(QPen(ink, width, Qt.PenStyle.DashLine if broken else Qt.PenStyle.SolidLine))
            self.painter.drawPath(path)
        tip, before = path.pointAtPercent(0.97), path.pointAtPercent(0.9)
        angle = math.atan2(tip.y() - before.y(), tip.x() - before.x())
        head = [tip + QPointF(10 * math.cos(angle + t), 10 * math.sin(angle + t)) for t in (2.6, -2.6)]
        self.painter.setBrush(colour)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.drawPolygon(QPolygonF([tip, *head]))
        self.tag(text, path.pointAtPercent(0.5), colour.name())

    def tag(self, text: str, middle: QPointF, colour: str) -> None:
        """A small label."""
        now, painter = theme.current(), self.painter
        font = QFont(painter.font())
        font.setPixelSize(12)
        painter.setFont(font)
        box = QRectF(painter.fontMetrics().boundingRect(text)).adjusted(-5, -2, 5, 2)
        box.moveCenter(middle)
        box.moveLeft(min(max(box.left(), 2.0), max(2.0, self.width_px - box.width() - 2.0)))
        box.moveTop(min(max(box.top(), 2.0), max(2.0, self.height_px - box.height() - 2.0)))
        ground = QColor(now.panel)
        ground.setAlphaF(0.88)
        painter.setPen(QPen(QColor(colour), 1.2))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(now.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def camera_lines(self, lines: CameraLines, hot: tuple[str, tuple[int, ...]] | None) -> None:
        """The horizon and the lines of two directions, with ends to drag."""
        now, painter = theme.current(), self.painter
        inks = {"horizon": now.selection, "first": now.axis_x, "second": now.axis_y}
        for name, ink in inks.items():
            rows = lines.horizon[None] if name == "horizon" else getattr(lines, name)
            for number, row in enumerate(rows):
                way = row[1] - row[0]
                long = np.stack([row[0] - 30.0 * way, row[1] + 30.0 * way])
                painter.setPen(QPen(QColor(ink), 1.0, Qt.PenStyle.DotLine))
                painter.drawLine(self.at(long[0]), self.at(long[1]))
                for width, pen in ((4.0, QColor(0, 0, 0, 130)), (2.2, QColor(ink))):
                    painter.setPen(QPen(pen, width))
                    painter.drawLine(self.at(row[0]), self.at(row[1]))
                for end in (0, 1):
                    index = (end,) if name == "horizon" else (number, end)
                    size = 7.0 if hot == (name, index) else 5.0
                    painter.setPen(QPen(QColor(0, 0, 0, 180), 1.0))
                    painter.setBrush(QColor("#ffffff") if hot == (name, index) else QColor(ink))
                    painter.drawEllipse(self.at(row[end]), size, size)
        self.tag("horizon", self.at(lines.horizon.mean(axis=0)), now.selection)


@lru_cache(maxsize=64)
def mask_image(mask: Mask, rgb: int) -> QImage:
    """A mask as a half transparent picture."""
    return _veil(decode_mask(mask), rgb)


def _veil(pixels: np.ndarray, rgb: int) -> QImage:
    height, width = pixels.shape
    share = MASK_ALPHA / 255.0
    parts = [round(((rgb >> shift) & 255) * share) for shift in (16, 8, 0)]
    ink = np.uint32(MASK_ALPHA << 24 | parts[0] << 16 | parts[1] << 8 | parts[2])
    values = np.where(pixels, ink, np.uint32(0)).astype(np.uint32)
    return QImage(values.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
