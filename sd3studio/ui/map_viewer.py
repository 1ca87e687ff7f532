"""A window that shows one control map large."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted
from sd3studio.ui.panels.map_thumbnail import MapPicture


class MapViewer(QDialog):
    """Shows a map with a word on what its colours mean."""

    export_requested = Signal(str)

    def __init__(self, name: str, title: str, image: QImage, about: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.picture = MapPicture(title)
        self.picture.setCursor(Qt.CursorShape.ArrowCursor)
        self.picture.setToolTip("")
        self.picture.show_image(image)
        self.export = icon_button("export", "Export…")
        self.export.clicked.connect(self._on_export)
        row = QHBoxLayout()
        row.addWidget(muted(about), 1)
        row.addWidget(self.export)
        layout = QVBoxLayout(self)
        layout.addWidget(self.picture, 1)
        layout.addLayout(row)
        self.resize(900, 720)

    def _on_export(self) -> None:
        self.export_requested.emit(self.name)
