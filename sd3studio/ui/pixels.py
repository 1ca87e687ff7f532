"""Pictures between files, arrays and Qt."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPixmap

MOST_PIXELS = 200_000_000


def thumbnail_of(path: Path, size: QSize) -> QPixmap:
    """A picture file scaled into `size`, turned upright; null if it can't be read or is too large."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    whole = reader.size()
    if whole.isValid():
        if whole.width() * whole.height() > MOST_PIXELS:
            return QPixmap()
        reader.setScaledSize(whole.scaled(size, Qt.AspectRatioMode.KeepAspectRatio))
    return QPixmap.fromImage(reader.read())


def pixmap_of(pixels: np.ndarray) -> QPixmap:
    """(H, W, 3) or (H, W, 4) uint8 sRGB as a pixmap."""
    return QPixmap.fromImage(image_of(pixels))


def image_of(pixels: np.ndarray) -> QImage:
    """(H, W, 3) or (H, W, 4) uint8 sRGB as an image of its own."""
    data = np.ascontiguousarray(pixels)
    height, width, channels = data.shape
    form = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_RGBA8888
    return QImage(data.data, width, height, channels * width, form).copy()


def pixels_of(picture: QPixmap) -> np.ndarray:
    """(H, W, 3) uint8 sRGB of a pixmap."""
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8, image.sizeInBytes()).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
