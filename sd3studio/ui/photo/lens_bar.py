"""The numbers of a camera correction: focal length, a known length, and what stays."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from sd3studio.core.scene.values import Scene
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import NumberField


class LensBar(QWidget):
    """A row above the photo while the camera is being corrected."""

    focal_entered = Signal(float)
    length_entered = Signal(int, float)
    keep_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.focal = NumberField(" mm", low=4.0, high=1_000.0, step=1.0, digits=1)
        self.focal.setToolTip("Focal length on a frame 24 mm high")
        self.focal.setMinimumWidth(84)
        self.keep = QComboBox()
        self.keep.addItem("keep photo boxes", "photo")
        self.keep.addItem("keep 3D", "3d")
        self.keep.setToolTip("What stays while the camera changes: the boxes on the photo, or the places in space")
        self.axis = QComboBox()
        for name in ("width", "depth", "height"):
            self.axis.addItem(name)
        self.axis.setCurrentIndex(2)
        self.length = NumberField(" m", low=0.001, high=10_000.0, step=0.05, digits=3)
        self.length.setMinimumWidth(84)
        self.known = QLabel("Select a thing of known size")
        self.scale = icon_button("scale", "", "Rescale everything so that the selected thing has this size")
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 2, 6, 2)
        column.setSpacing(4)
        for widgets in ((QLabel("Lens"), self.focal, self.keep), (self.known, self.axis, self.length, self.scale)):
            row = QHBoxLayout()
            row.setSpacing(6)
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch(1)
            column.addLayout(row)
        self.focal.entered.connect(self.focal_entered)
        self.keep.currentIndexChanged.connect(self._on_keep)
        self.scale.clicked.connect(self._on_scale)
        self.axis.currentIndexChanged.connect(self._show_length)
        self._sizes: tuple[float, float, float] | None = None

    def show_scene(self, scene: Scene, selection: Sequence[str]) -> None:
        """Show the lens, and the size of the one thing that is selected."""
        self.focal.show_value(scene.camera.focal_mm)
        thing = scene.objects.get(selection[0]) if len(selection) == 1 else None
        self._sizes = thing.size if thing else None
        self.known.setText(f"this {thing.label[:18]}:" if thing else "select a thing of known size")
        for widget in (self.axis, self.length, self.scale):
            widget.setEnabled(thing is not None)
        self._show_length()

    def _show_length(self) -> None:
        if self._sizes is not None:
            self.length.show_value(self._sizes[self.axis.currentIndex()])

    def _on_keep(self) -> None:
        self.keep_changed.emit(self.keep.currentData())

    def _on_scale(self) -> None:
        self.length_entered.emit(self.axis.currentIndex(), self.length.exact())
