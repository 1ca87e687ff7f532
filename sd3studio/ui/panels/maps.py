"""The control maps as live thumbnails: what a network is told of the layout, before anything is generated."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from sd3studio.render.maps import RenderedMaps
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted

MAP_TITLES = {"depth": "Depth", "normal": "Normals", "id": "Objects", "class": "Classes"}


def preview_images(maps: RenderedMaps) -> dict[str, NDArray[np.uint8]]:
    """The maps as (H, W, 3) pictures to look at: near is bright, every object has a colour of its own."""
    from sd3studio.render.map_files import depth_control, normal_control

    assert maps.depth_m is not None and maps.normal is not None and maps.id is not None and maps.class_rgb is not None
    return {
        "depth": np.repeat(depth_control(maps.depth_m)[..., None], 3, axis=2),
        "normal": normal_control(maps.normal),
        "id": id_colours(len(maps.ids))[maps.id],
        "class": maps.class_rgb,
    }


def id_colours(count: int) -> NDArray[np.uint8]:
    """(count + 1, 3) colours that tell neighbours apart; number 0, nothing, is black."""
    hues = (np.arange(count)[:, None] * 0.618034 + np.array([0.0, 1 / 3, 2 / 3])) % 1.0
    colours = np.clip(np.abs(hues * 6.0 - 3.0) - 1.0, 0.0, 1.0) * 0.75 + 0.2
    return np.vstack([np.zeros((1, 3)), colours * 255.0]).astype(np.uint8)


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
            grid.addWidget(picture, 0, number)
            name_label = muted(title)
            name_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(name_label, 1, number)
            grid.setColumnStretch(number, 1)
        grid.setRowStretch(0, 1)
        self.prompt = QLineEdit(readOnly=True, placeholderText="The prompt that is written from the scene")
        self.export = icon_button("export", "Export maps…")
        self.export.setToolTip("Write depth (16 bit), normals, object ids and classes as PNG files")
        self.export.clicked.connect(self.export_requested)
        below = QHBoxLayout()
        below.addWidget(self.prompt, 1)
        below.addWidget(self.export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(grid, 1)
        layout.addLayout(below)

    def show_maps(self, maps: Mapping[str, NDArray[np.uint8]], prompt: str) -> None:
        """Show these maps (H, W, 3) and the written prompt."""
        for name, pixels in maps.items():
            self.thumbnails[name].show_pixels(pixels)
        self.prompt.setText(prompt)
        self.prompt.setToolTip(prompt)
        self.prompt.setCursorPosition(0)
