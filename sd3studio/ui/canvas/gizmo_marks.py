"""How the gizmo is painted: arrows, planes, rings, boxes and the dots that pull sides."""

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from sd3studio.ui import theme
from sd3studio.ui.canvas.marks import axis_colour
from sd3studio.ui.canvas.tools.gizmo import Gizmo, Handle

ORDER = {"ring": 0, "disc": 1, "arrow": 2, "box": 2, "dot": 3}
"""What is painted first lies below."""


def paint_gizmo(painter: QPainter, gizmo: Gizmo, hot: Handle | None) -> None:
    """All handles; `hot` is the one under the cursor."""
    for handle in sorted(gizmo.handles, key=lambda h: ORDER[h.kind]):
        is_hot = handle.is_same(hot)
        colour = QColor(theme.current().selection if is_hot else axis_colour(handle.axis))
        if handle.kind == "dot":
            _paint_dot(painter, handle, is_hot)
        elif handle.kind == "disc":
            _paint_disc(painter, handle, colour, is_hot)
        elif handle.kind == "ring":
            _paint_ring(painter, handle, colour, is_hot, dominant=handle.axis == "z" and gizmo.mode == "turn")
        else:
            _paint_arm(painter, handle, colour, is_hot)


def _paint_dot(painter: QPainter, handle: Handle, is_hot: bool) -> None:
    now = theme.current()
    x, y = handle.tip_px
    reach = 5.5 if is_hot else 4.0
    painter.setPen(QPen(QColor(now.selection), 1.4))
    painter.setBrush(QColor(now.selection if is_hot else now.panel))
    painter.drawRect(QRectF(x - reach, y - reach, 2 * reach, 2 * reach))


def _paint_disc(painter: QPainter, handle: Handle, colour: QColor, is_hot: bool) -> None:
    painter.setPen(QPen(colour, 1.6))
    filling = QColor(colour)
    filling.setAlphaF(0.65 if is_hot else 0.35)
    painter.setBrush(filling)
    painter.drawPolygon(_polygon(handle.points_px))


def _paint_ring(painter: QPainter, handle: Handle, colour: QColor, is_hot: bool, dominant: bool) -> None:
    if not (is_hot or dominant):
        colour.setAlphaF(0.75)
    painter.setPen(QPen(colour, 4.0 if is_hot else 3.2 if dominant else 1.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(_polygon(handle.points_px))


def _paint_arm(painter: QPainter, handle: Handle, colour: QColor, is_hot: bool) -> None:
    painter.setPen(QPen(colour, 4.0 if is_hot else 2.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(_polygon(handle.points_px))
    painter.setBrush(colour)
    if handle.kind == "arrow":
        painter.drawPolygon(_arrow_head(handle.points_px))
    else:
        x, y = handle.tip_px
        painter.drawRect(QRectF(x - 4.5, y - 4.5, 9.0, 9.0))


def _polygon(points_px: np.ndarray) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points_px.tolist()])


def _arrow_head(points_px: np.ndarray) -> QPolygonF:
    tip, before = points_px[-1], points_px[-2]
    angle = math.atan2(tip[1] - before[1], tip[0] - before[0])
    corners = [QPointF(tip[0] + 7 * math.cos(angle), tip[1] + 7 * math.sin(angle))]
    for side in (2.5, -2.5):
        corners.append(QPointF(tip[0] + 8 * math.cos(angle + side), tip[1] + 8 * math.sin(angle + side)))
    return QPolygonF(corners)
