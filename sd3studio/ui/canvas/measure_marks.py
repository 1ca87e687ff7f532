"""How measurements are painted: the line, its legs along the world's axes, the gap between two boxes, the numbers."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from sd3studio.core.measuring import Measurement
from sd3studio.core.scene.camera import Camera
from sd3studio.ui import theme
from sd3studio.ui.canvas.marks import Tag, axis_colour, paint_segment, paint_tag


def paint_measures(
    painter: QPainter, camera: Camera, measures: Sequence[Measurement], size_px: tuple[float, float], numbers: bool
) -> None:
    """All measurements; `numbers` are beside them in one pane only."""
    for measure in measures:
        _paint_legs(painter, camera, measure)
        colour = QColor(theme.current().selection)
        painter.setPen(QPen(colour, 2.0))
        paint_segment(painter, camera, measure.start, measure.end)
        _paint_ends(painter, camera, measure, colour)
        if measure.gap is not None and measure.gap.gap_m > 0.0:
            painter.setPen(QPen(QColor(theme.current().accent), 2.0, Qt.PenStyle.DashLine))
            paint_segment(painter, camera, measure.gap.start, measure.gap.end)
        middle = [(a + b) / 2.0 for a, b in zip(measure.start, measure.end, strict=True)]
        pixel, depth = camera.project(middle)
        if numbers and depth > 0.0:
            tag = Tag(measure.sentence, (float(pixel[0]), float(pixel[1]) - 16.0), colour.name())
            paint_tag(painter, tag, size_px)


def _paint_legs(painter: QPainter, camera: Camera, measure: Measurement) -> None:
    x, y, _ = measure.end
    corners = [measure.start, (x, measure.start[1], measure.start[2]), (x, y, measure.start[2]), measure.end]
    for axis, start, end in zip("xyz", corners, corners[1:], strict=False):
        colour = QColor(axis_colour(axis))
        colour.setAlphaF(0.8)
        painter.setPen(QPen(colour, 1.2, Qt.PenStyle.DotLine))
        paint_segment(painter, camera, start, end)


def _paint_ends(painter: QPainter, camera: Camera, measure: Measurement, colour: QColor) -> None:
    painter.setPen(QPen(QColor(theme.current().panel), 1.0))
    painter.setBrush(colour)
    pixels, depth = camera.project([measure.start, measure.end])
    for (px, py), ahead in zip(pixels.tolist(), depth.tolist(), strict=True):
        if ahead > 0.0:
            painter.drawEllipse(QPointF(px, py), 4.0, 4.0)
