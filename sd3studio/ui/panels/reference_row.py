"""The reference picture in the generation panel: choose or drop one, how much of it acts, what is taken from it."""

import base64
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPixmap
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLabel, QLineEdit, QWidget

from sd3studio.core.picture_controls import Reference
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import NumberField, compact, muted

SHOWN_PX = 54
PICTURES = "Pictures (*.png *.jpg *.jpeg *.webp)"


class ReferenceRow(QWidget):
    """Shows a reference; a file that the user chose leaves as a signal, and whoever hears it shows the reference."""

    file_chosen = Signal(Path)

    def __init__(self, adapter: str) -> None:
        super().__init__()
        self._reference: Reference | None = None
        self._backend = ""
        self.setAcceptDrops(True)
        self.picture = QLabel()
        self.picture.setFixedSize(SHOWN_PX, SHOWN_PX)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.choose = icon_button("photo", "Choose…", "A picture whose look is taken over; it can be dropped here, too")
        self.clear = compact(icon_button("close", tip="Use no reference"))
        self.strength = NumberField(low=0.0, high=1.0, step=0.05)
        self.strength.show_value(0.6)
        self.strength.setToolTip("How much of it acts")
        self.strength.setMaximumWidth(62)
        self.strength.setAccessibleName("Strength of the reference")
        self.adapter = QLineEdit(adapter, placeholderText="folder of an IP-Adapter; without one colours alone act")
        self.about = muted()
        self.choose.clicked.connect(self._on_choose)
        self.clear.clicked.connect(self._on_clear)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.addWidget(self.picture, 0, 0, 2, 1)
        grid.addWidget(self.choose, 0, 1)
        grid.addWidget(self.strength, 0, 2)
        grid.addWidget(self.clear, 0, 3)
        grid.addWidget(self.about, 1, 1, 1, 3)
        grid.addWidget(self.adapter, 2, 0, 1, 4)
        grid.setColumnStretch(1, 1)
        self.show_reference(None)

    def reference(self) -> Reference | None:
        """The reference with what the fields say."""
        if self._reference is None:
            return None
        model = self.adapter.text().strip() if self._backend == "diffusers" else ""
        return self._reference.replace(strength=self.strength.value(), model=model)

    def show_reference(self, reference: Reference | None) -> None:
        """Show a reference, or that there is none."""
        self._reference = reference
        pixmap = QPixmap()
        if reference is not None:
            pixmap.loadFromData(base64.b64decode(reference.picture))
            self.strength.show_value(reference.strength)
            if reference.model:
                self.adapter.setText(reference.model)
        self.picture.setVisible(not pixmap.isNull())
        if not pixmap.isNull():
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            self.picture.setPixmap(pixmap.scaled(SHOWN_PX, SHOWN_PX, keep, smooth))
        self._show_about()

    def show_backend(self, backend: str) -> None:
        """Say what is taken from the reference by this backend."""
        self._backend = backend
        self._show_about()

    def _show_about(self) -> None:
        reference = self._reference
        there = reference is not None
        self.clear.setEnabled(there)
        self.strength.setVisible(there and not (self._backend == "sd3-mini" and reference.scene is not None))
        self.adapter.setVisible(there and self._backend == "diffusers")
        self.about.setText(told(reference, self._backend))

    def _on_choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Reference picture", "", f"{PICTURES};;All files (*)")
        if name:
            self.file_chosen.emit(Path(name))

    def _on_clear(self) -> None:
        self.show_reference(None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.file_chosen.emit(paths[0])


def told(reference: Reference | None, backend: str) -> str:
    """What of a reference acts."""
    if reference is None:
        return "A picture whose look is taken over"
    if backend == "sd3-mini" and reference.scene is not None:
        return f"{reference.name}: its scene is known, so things of the same name and the light look alike"
    if backend == "sd3-mini":
        return f"{reference.name}: its colours are matched in the finished picture"
    if backend == "diffusers":
        return f"{reference.name}: its look by an IP-Adapter, else its colours"
    return f"{reference.name}: a render takes nothing from it"
