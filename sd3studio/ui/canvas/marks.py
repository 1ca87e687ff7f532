"""How single marks are painted over the 3D picture: tags, lines, boxes, the marquee, the compass."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import SceneObject
from sd3studio.ui import theme
from sd3studio.ui.canvas.compass import middle_px, tips
from sd3studio.ui.canvas.tools.base import GuideLine

TAG_HEIGHT_PX = 22.0
NEAR_M = 0.05
"""What is nearer to the camera than this is cut off."""
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


def axis_colour(axis: str) -> str:
    """Colour of an axis, of the handle of a plane (that of the axis it leaves out), or of a guide line."""
    now = theme.current()
    across = {"xy": "z", "xz": "y", "yz": "x"}.get(axis, axis)
    return {"x": now.axis_x, "y": now.axis_y, "z": now.axis_z}.get(across, now.selection)


def clipped_segment(
    camera: Camera, start: np.ndarray, end: np.ndarray
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """A world segment on the screen, cut where it goes behind the camera; None if all of it is behind."""
    near = NEAR_M
    a, b = camera.to_camera(start), camera.to_camera(end)
    if a[2] < near and b[2] < near:
        return None
    if a[2] < near:
        a = a + (b - a) * (near - a[2]) / (b[2] - a[2])
    elif b[2] < near:
        b = b + (a - b) * (near - b[2]) / (a[2] - b[2])
    pixels, _ = camera.project(camera.to_world(np.stack([a, b])))
    return (float(pixels[0, 0]), float(pixels[0, 1])), (float(pixels[1, 0]), float(pixels[1, 1]))


def paint_segment(painter: QPainter, camera: Camera, start: Sequence[float], end: Sequence[float]) -> None:
    """A world segment with the painter's pen."""
    segment = clipped_segment(camera, np.asarray(start, float), np.asarray(end, float))
    if segment is not None:
        painter.drawLine(QPointF(*segment[0]), QPointF(*segment[1]))


def paint_segments(painter: QPainter, camera: Camera, starts: np.ndarray, ends: np.ndarray) -> None:
    """World segments (S, 3), (S, 3) with the painter's pen; at once where all of them are before the camera."""
    pixels, depth = camera.project(np.concatenate([starts, ends]))
    if depth.min() >= NEAR_M:
        points = pixels.reshape(2, -1, 2).transpose(1, 0, 2).reshape(-1, 4).tolist()
        painter.drawLines([QLineF(*row) for row in points])
        return
    for start, end in zip(starts, ends, strict=True):
        paint_segment(painter, camera, start, end)


def paint_lines(painter: QPainter, camera: Camera, lines: Sequence[GuideLine]) -> None:
    """Faint lines along axes, dashed guides with small ends."""
    for start, end, axis in lines:
        segment = clipped_segment(camera, np.asarray(start, float), np.asarray(end, float))
        if segment is None:
            continue
        is_guide = axis == "guide"
        colour = QColor(theme.current().accent if is_guide else axis_colour(axis))
        colour.setAlphaF(0.95 if is_guide else 0.55)
        painter.setPen(
            QPen(colour, 1.6 if is_guide else 1.2, Qt.PenStyle.DashLine if is_guide else Qt.PenStyle.SolidLine)
        )
        painter.drawLine(QPointF(*segment[0]), QPointF(*segment[1]))
        if is_guide:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            for point in segment:
                painter.drawEllipse(QPointF(*point), 2.6, 2.6)


def paint_boxes(painter: QPainter, camera: Camera, things: Sequence[SceneObject]) -> None:
    """The 3D boxes of the objects, their fronts stronger than their backs."""
    if not things:
        return
    for row, corners in enumerate(Boxes.of(things).corners()):
        colour = QColor.fromHsvF((row * 0.618034) % 1.0, 0.65, 1.0)
        for start, end in BOX_EDGES.reshape(-1, 2):
            painter.setPen(QPen(colour, 2.4 if {start, end} <= FRONT_CORNERS else 1.2))
            paint_segment(painter, camera, corners[start], corners[end])


def paint_tag(painter: QPainter, tag: Tag, size_px: tuple[float, float]) -> None:
    """A tag, inside a pane of this size."""
    now = theme.current()
    font = QFont(painter.font())
    font.setPixelSize(12)
    painter.setFont(font)
    box = QRectF(painter.fontMetrics().boundingRect(tag.text)).adjusted(-6, -3, 6, 3)
    box.moveCenter(QPointF(*tag.position_px))
    box.moveLeft(min(max(box.left(), 4.0), max(4.0, size_px[0] - box.width() - 4.0)))
    box.moveTop(min(max(box.top(), 4.0), max(4.0, size_px[1] - box.height() - 4.0)))
    ground = QColor(now.panel)
    ground.setAlphaF(0.9)
    painter.setPen(QPen(QColor(tag.colour), 1.2))
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(QColor(now.text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tag.text)


def paint_badge(painter: QPainter, text: str, size_px: tuple[float, float]) -> None:
    """A line at the upper left that says what is seen."""
    width = painter.fontMetrics().horizontalAdvance(text)
    paint_tag(painter, Tag(text, (width / 2.0 + 22.0, 20.0), theme.current().border), size_px)


def paint_marquee(painter: QPainter, rectangle_px: tuple[float, float, float, float]) -> None:
    """The rectangle of a selection."""
    colour = QColor(theme.current().accent)
    painter.setPen(QPen(colour, 1.2))
    colour.setAlphaF(0.16)
    painter.setBrush(colour)
    painter.drawRect(QRectF(QPointF(*rectangle_px[:2]), QPointF(*rectangle_px[2:])))


def paint_compass(painter: QPainter, camera: Camera, hot: str | None = None) -> None:
    """The world's axes at the lower left; `hot` is the end under the cursor ("+x")."""
    middle = QPointF(*middle_px(camera.height))
    font = QFont(painter.font())
    font.setPixelSize(11)
    painter.setFont(font)
    for tip in tips(camera):
        place, radius = QPointF(*tip.position_px), tip.radius_px
        colour = QColor(theme.current().selection if tip.name == hot else axis_colour(tip.name[1]))
        if tip.name[0] == "+":
            painter.setPen(QPen(colour, 2.2))
            painter.drawLine(middle, place)
            painter.setBrush(colour)
        else:
            faint = QColor(colour)
            faint.setAlphaF(1.0 if tip.name == hot else 0.35)
            painter.setPen(QPen(colour, 1.4))
            painter.setBrush(faint)
        painter.drawEllipse(place, radius, radius)
        if tip.name[0] == "+" or tip.name == hot:
            painter.setPen(QColor("#ffffff"))
            box = QRectF(place.x() - 10, place.y() - 10, 20, 20)
            text = tip.name[1].upper() if tip.name[0] == "+" else f"-{tip.name[1].upper()}"
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def spread_tags(tags: Sequence[Tag]) -> list[Tag]:
    """Tags that don't cover each other, first ones first: moved up a little where that helps, else left out."""
    placed: list[Tag] = []
    bands: dict[int, list[Tag]] = {}  # only tags in the same band or one beside it can cover each other
    for tag in tags:
        for step in range(4):
            x, y = tag.position_px[0], tag.position_px[1] - step * TAG_HEIGHT_PX
            band = int(y // TAG_HEIGHT_PX)
            near = (other for row in (band - 1, band, band + 1) for other in bands.get(row, ()))
            if not any(_cover(x, y, tag, other) for other in near):
                placed.append(Tag(tag.text, (x, y), tag.colour))
                bands.setdefault(band, []).append(placed[-1])
                break
    return placed


def has_room(tag: Tag, placed: Sequence[Tag]) -> bool:
    """Whether a tag covers none of those that are placed."""
    return not any(_cover(*tag.position_px, tag, other) for other in placed)


def _cover(x: float, y: float, tag: Tag, other: Tag) -> bool:
    reach_px = 3.7 * (len(tag.text) + len(other.text)) + 14.0
    return abs(y - other.position_px[1]) < TAG_HEIGHT_PX and abs(x - other.position_px[0]) < reach_px
