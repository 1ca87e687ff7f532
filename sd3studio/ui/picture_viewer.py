"""A window that shows one picture large, with what made it."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from sd3studio.core.errors import StudioError
from sd3studio.services.scene_files import read_png_record
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted


class PictureViewer(QDialog):
    """Shows a generated picture, its settings, and an honest word on who made it."""

    recall_requested = Signal(Path)
    save_requested = Signal(Path)

    def __init__(self, path: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.path = path
        self.setWindowTitle(path.name)
        self._pixmap = QPixmap(str(path))
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.about = muted(describe(path))
        recall = icon_button("history", "Open its scene and settings")
        save = icon_button("save", "Save a copy…")
        recall.clicked.connect(self._on_recall)
        save.clicked.connect(self._on_save)
        row = QHBoxLayout()
        row.addWidget(self.about, 1)
        row.addWidget(recall)
        row.addWidget(save)
        layout = QVBoxLayout(self)
        layout.addWidget(self.picture, 1)
        layout.addLayout(row)
        self.resize(960, 720)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._pixmap.isNull():
            ratio = self.devicePixelRatioF()
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            shown = self._pixmap.scaled(self.picture.size() * ratio, keep, smooth)
            shown.setDevicePixelRatio(ratio)
            self.picture.setPixmap(shown)

    def _on_recall(self) -> None:
        self.recall_requested.emit(self.path)
        self.accept()

    def _on_save(self) -> None:
        self.save_requested.emit(self.path)


def describe(path: Path) -> str:
    """Who made the picture and how, in words."""
    try:
        record = read_png_record(path)
    except StudioError as error:
        return str(error)
    request = record.request
    who = (
        "A render of the layout, not made by a network" if request.backend == "render" else f"Made by {request.backend}"
    )
    lines = [f"{who}. {request.width} × {request.height}, seed {request.seed}."]
    if request.backend != "render":
        lines.append(f"{request.steps} steps, guidance {request.guidance:g}, {request.model}")
    if request.prompt:
        lines.append(f"Prompt: {request.prompt}")
    return "\n".join(lines)
