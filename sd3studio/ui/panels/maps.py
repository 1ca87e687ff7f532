"""The control maps as live thumbnails: what a network is told of the layout, before anything is generated."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from sd3studio.ui.icons import icon
from sd3studio.ui.panels.fields import muted

MAP_TITLES = {"depth": "Depth (near is bright)", "normal": "Normals", "id": "Objects", "class": "Classes"}


class MapThumbnail(QLabel):
    """One map, scaled to the room there is."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._image = QImage()
        self.setToolTip(title)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(60, 40)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def show_pixels(self, pixels: NDArray[np.uint8]) -> None:
        """Show (H, W, 3) uint8 pixels."""
        pixels = np.ascontiguousarray(pixels)
        height, width, _ = pixels.shape
        self._image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if not self._image.isNull():
            ratio = self.devicePixelRatioF()
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            picture = QPixmap.fromImage(self._image.scaled(self.size() * ratio, keep, smooth))
            picture.setDevicePixelRatio(ratio)
            self.setPixmap(picture)


class MapsPanel(QWidget):
    """Four maps and the prompt that is written from the graph."""

    export_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.thumbnails: dict[str, MapThumbnail] = {}
        grid = QGridLayout()
        grid.setSpacing(6)
        for number, (name, title) in enumerate(MAP_TITLES.items()):
            picture = self.thumbnails[name] = MapThumbnail(title)
            grid.addWidget(picture, 2 * (number // 2), number % 2)
            grid.addWidget(muted(title), 2 * (number // 2) + 1, number % 2, Qt.AlignmentFlag.AlignHCenter)
            grid.setRowStretch(2 * (number // 2), 1)
        self.prompt = muted()
        self.export = QPushButton(icon("export"), "Export maps…")
        self.export.setToolTip("Write depth (16 bit), normals, object ids and classes as PNG files")
        self.export.clicked.connect(self.export_requested)
        below = QHBoxLayout()
        below.addWidget(self.prompt, 1)
        below.addWidget(self.export, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(grid, 1)
        layout.addLayout(below)

    def show_maps(self, maps: Mapping[str, NDArray[np.uint8]], prompt: str) -> None:
        """Show these maps (H, W, 3) and the written prompt."""
        for name, pixels in maps.items():
            self.thumbnails[name].show_pixels(pixels)
        self.prompt.setText(f"Prompt: {prompt}" if prompt else "")
