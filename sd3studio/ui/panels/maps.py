"""The control maps as live thumbnails: what a network is told of the layout, before anything is generated."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from sd3studio.core.picture_controls import DepthRange
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import NumberField, compact, muted
from sd3studio.ui.panels.map_pictures import MAP_TITLES
from sd3studio.ui.panels.map_thumbnail import MapThumbnail
from sd3studio.ui.panels.range_slider import RangeSlider

KINDS = {"depth": "a 16-bit PNG (millimetres)", "boxes": "JSON"}
NEAREST_M, FARTHEST_M = 0.1, 100.0
LEAST_GAP_M = 0.05


class MapsPanel(QWidget):
    """Five maps, near and far of the depth picture, and the prompt: as written from the scene, or the user's own."""

    export_requested = Signal()
    map_export_requested = Signal(str)
    enlarge_requested = Signal(str)
    depth_range_changed = Signal(object)
    """The DepthRange that the user chose."""
    prompt_edited = Signal(str)
    """The user's own words; empty: written from the scene again."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = (NEAREST_M, FARTHEST_M)
        self._written = ""
        self.thumbnails = {
            name: MapThumbnail(name, title, KINDS.get(name, "PNG")) for name, title in MAP_TITLES.items()
        }
        row = QHBoxLayout()
        row.setSpacing(6)
        for thumbnail in self.thumbnails.values():
            thumbnail.enlarge_requested.connect(self.enlarge_requested)
            thumbnail.export_requested.connect(self.map_export_requested)
            row.addWidget(thumbnail, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(4)
        layout.addLayout(row, 1)
        layout.addLayout(self._depth_row())
        layout.addLayout(self._prompt_row())

    def _depth_row(self) -> QHBoxLayout:
        self.near, self.far = (NumberField(" m", low=0.01, high=10_000.0, step=0.1) for _ in range(2))
        for field in (self.near, self.far):
            field.setMaximumWidth(84)
        self.near.setAccessibleName("Near")
        self.far.setAccessibleName("Far")
        self.near.setToolTip("Depth that is white in the depth picture")
        self.far.setToolTip("Depth that is black in the depth picture")
        self.range = RangeSlider(NEAREST_M, FARTHEST_M, gap=LEAST_GAP_M, logarithmic=True, name="Near and far")
        self.range.setToolTip("Near and far of the depth picture; what lies outside is cut off. Space: other handle")
        self.auto = QCheckBox("Auto", checked=True)
        self.auto.setToolTip("Near and far are those of the scene; the outermost 0.2 % of the pixels don't count")
        self.range.changed.connect(self._on_slid)
        self.near.entered.connect(self._on_typed)
        self.far.entered.connect(self._on_typed)
        self.auto.clicked.connect(self._on_auto)
        row = QHBoxLayout()
        for widget, stretch in ((muted("Depth"), 0), (self.near, 0), (self.range, 1), (self.far, 0), (self.auto, 0)):
            row.addWidget(widget, stretch)
        return row

    def _prompt_row(self) -> QHBoxLayout:
        self.prompt = QLineEdit(placeholderText="The prompt that is written from the scene")
        self.prompt.setAccessibleName("Prompt")
        self.rewrite = compact(icon_button("undo", tip="Use the prompt that is written from the scene"))
        self.export = icon_button("export", "Export all…")
        self.export.setToolTip("Write depth (16 bit), normals, ids, classes, boxes (JSON) and the prompt into a folder")
        self.prompt.textEdited.connect(self._on_prompt_edited)
        self.rewrite.clicked.connect(self._on_rewrite)
        self.export.clicked.connect(self.export_requested)
        row = QHBoxLayout()
        row.addWidget(self.prompt, 1)
        row.addWidget(self.rewrite)
        row.addWidget(self.export)
        return row

    def show_maps(self, maps: Mapping[str, NDArray[np.uint8]], near_m: float = 0.0, far_m: float = 0.0) -> None:
        """Show these maps (H, W, 3), and near and far of the depth picture where nobody chose them."""
        for name, pixels in maps.items():
            self.thumbnails[name].show_pixels(pixels)
        if far_m > near_m > 0.0:
            self._shown = (near_m, far_m)
            if self.auto.isChecked():
                self._show_numbers(*self._shown)

    def show_boxes(self, image: QImage) -> None:
        """Show the boxes with their phrases."""
        self.thumbnails["boxes"].picture.show_image(image)

    def show_depth_range(self, depth_range: DepthRange) -> None:
        """Show near and far as a request has them."""
        whole = depth_range == DepthRange()
        with QSignalBlocker(self.auto):
            self.auto.setChecked(whole)
        near, far = self._shown
        self._show_numbers(depth_range.near_m or near, depth_range.far_m or far)

    def show_prompt(self, written: str, own: str) -> None:
        """Show the prompt as it is `written` from the scene, or the user's own words if there are any."""
        self._written = written
        text = own.strip() or written
        self.rewrite.setEnabled(bool(own.strip()))
        self.prompt.setToolTip(("Your own words: " if own.strip() else "Written from the scene: ") + text)
        typing = self.prompt.hasFocus() and self.prompt.isModified()
        if not typing and text != self.prompt.text():
            self.prompt.setText(text)
            self.prompt.setCursorPosition(0)

    def _show_numbers(self, near_m: float, far_m: float) -> None:
        self.near.show_value(near_m)
        self.far.show_value(far_m)
        self.range.show_limits(min(NEAREST_M, near_m), max(FARTHEST_M, far_m))
        self.range.show_range(near_m, far_m)

    def _on_slid(self, near_m: float, far_m: float) -> None:
        self._choose(round(near_m, 3), round(far_m, 3))

    def _on_typed(self) -> None:
        near, far = self.near.value(), self.far.value()
        if far <= near:  # the field in hand wins, the other makes way
            near, far = (far - LEAST_GAP_M, far) if self.far.hasFocus() else (near, near + LEAST_GAP_M)
        self._choose(max(near, 0.01), far)

    def _choose(self, near_m: float, far_m: float) -> None:
        with QSignalBlocker(self.auto):
            self.auto.setChecked(False)
        self._show_numbers(near_m, far_m)
        self.depth_range_changed.emit(DepthRange(near_m=near_m, far_m=far_m))

    def _on_auto(self, on: bool) -> None:
        if on:
            self._show_numbers(*self._shown)
            self.depth_range_changed.emit(DepthRange())
        else:
            self._choose(self.near.value(), max(self.far.value(), self.near.value() + LEAST_GAP_M))

    def _on_prompt_edited(self, text: str) -> None:
        own = "" if text.strip() == self._written.strip() else text
        self.rewrite.setEnabled(bool(own.strip()))
        self.prompt_edited.emit(own)

    def _on_rewrite(self) -> None:
        self.prompt.setModified(False)
        self.prompt_edited.emit("")
        self.show_prompt(self._written, "")
