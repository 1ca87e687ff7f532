"""The control maps as pictures to look at: near is bright, every object has a colour, boxes bear their phrases."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from sd3studio.core.language.prompt import boxed_things, phrase_of
from sd3studio.core.picture_controls import DepthRange
from sd3studio.core.scene.values import Scene
from sd3studio.render.maps import RenderedMaps

MAP_TITLES = {"depth": "Depth", "normal": "Normals", "id": "Objects", "class": "Classes", "boxes": "Boxes"}
"""Map -> what it is called."""
BACKGROUND = "#14171c"
WHOLE_DEPTH = DepthRange()


def preview_images(maps: RenderedMaps, depth_range: DepthRange = WHOLE_DEPTH) -> dict[str, NDArray[np.uint8]]:
    """The maps as (H, W, 3) pictures to look at."""
    from sd3studio.render.map_files import depth_control, normal_control

    assert maps.depth_m is not None and maps.normal is not None and maps.id is not None and maps.class_rgb is not None
    depth = depth_control(maps.depth_m, depth_range.near_m, depth_range.far_m)
    return {
        "depth": np.repeat(depth[..., None], 3, axis=2),
        "normal": normal_control(maps.normal),
        "id": id_colours(len(maps.ids))[maps.id],
        "class": maps.class_rgb,
    }


def own_limits(maps: RenderedMaps) -> tuple[float, float]:
    """Near and far (m) that the depth picture has where nobody chose them."""
    from sd3studio.render.map_files import depth_limits

    assert maps.depth_m is not None
    return depth_limits(maps.depth_m)


def id_colours(count: int) -> NDArray[np.uint8]:
    """(count + 1, 3) colours that tell neighbours apart; number 0, nothing, is black."""
    hues = (np.arange(count)[:, None] * 0.618034 + np.array([0.0, 1 / 3, 2 / 3])) % 1.0
    colours = np.clip(np.abs(hues * 6.0 - 3.0) - 1.0, 0.0, 1.0) * 0.75 + 0.2
    return np.vstack([np.zeros((1, 3)), colours * 255.0]).astype(np.uint8)


def boxes_image(scene: Scene, width: int, height: int, text_share: float = 1 / 28) -> QImage:
    """The boxes of the objects with their phrases (so high, of the picture), each in its object's colour."""
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(QColor(BACKGROUND))
    colours = id_colours(len(scene.objects))
    number = {key: k for k, key in enumerate(scene.objects, start=1)}
    seen = scene.replace(camera=scene.camera.replace(width=width, height=height))
    font = QFont()
    font.setPixelSize(max(round(height * text_share), 9))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    pairs = [(thing, QRectF(QPointF(x0 * width, y0 * height), QPointF(x1 * width, y1 * height)))
             for thing, (x0, y0, x1, y1) in boxed_things(seen)]  # fmt: skip
    for thing, box in pairs:
        colour = QColor(*colours[number[thing.id]].tolist())
        fill = QColor(colour)
        fill.setAlpha(34)
        painter.setPen(QPen(colour, max(height / 160.0, 1.2)))
        painter.setBrush(fill)
        painter.drawRect(box)
    taken: list[QRectF] = []
    for thing, box in reversed(pairs):  # phrases of near things first: the others make way
        _draw_phrase(painter, phrase_of(thing), box, QColor(*colours[number[thing.id]].tolist()), taken, width, height)
    painter.end()
    return image


def _draw_phrase(
    painter: QPainter, phrase: str, box: QRectF, colour: QColor, taken: list[QRectF], width: int, height: int
) -> None:
    """A phrase on a plate in its box's upper corner, or lower down where that is taken; left out if nowhere."""
    metrics = QFontMetricsF(painter.font())
    text = metrics.elidedText(phrase, Qt.TextElideMode.ElideRight, max(box.width(), width / 3.0))
    plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 6, metrics.height() + 2)
    left = min(max(box.left(), 0.0), width - plate.width())
    for top in np.arange(box.top(), max(box.bottom() - plate.height(), box.top()) + 1.0, plate.height()):
        plate.moveTo(left, min(float(top), height - plate.height()))
        if not any(plate.intersects(other) for other in taken):
            taken.append(QRectF(plate))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRect(plate)
            painter.setPen(QColor("#101215" if colour.lightnessF() > 0.45 else "#ffffff"))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
            return
