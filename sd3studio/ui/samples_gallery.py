"""The gallery of sample scenes: a picture of each, drawn as the program draws it."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sd3studio.services.scene_files import read_scene_file
from sd3studio.ui.icons import icon
from sd3studio.ui.panels.fields import muted
from sd3studio.ui.scene_pictures import ScenePictures

PICTURE = QSize(208, 156)
PATH_ROLE = Qt.ItemDataRole.UserRole


class SamplesGallery(QDialog):
    """Choose one of the scenes; `chosen` is its file once the dialog was accepted."""

    def __init__(self, paths: Sequence[Path], pictures: ScenePictures, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Sample scenes")
        self.chosen: Path | None = None
        self._closed = False
        self.search = QLineEdit(placeholderText=f"Search {len(paths)} scenes", clearButtonEnabled=True)
        self.search.textChanged.connect(self._on_search)
        self.list = QListWidget(viewMode=QListView.ViewMode.IconMode)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setIconSize(PICTURE)
        self.list.setGridSize(QSize(PICTURE.width() + 16, PICTURE.height() + 34))
        self.list.setAccessibleName("Sample scenes")
        self.list.itemActivated.connect(self._on_activated)
        for path in paths:
            self._add(path, pictures)
        self.list.setCurrentRow(0)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._on_open)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.search, self.list, muted("Saving one of them asks for a file of your own."), buttons):
            layout.addWidget(widget)
        self.resize(960, 640)
        self.list.setFocus()

    def _add(self, path: Path, pictures: ScenePictures) -> None:
        item = QListWidgetItem(_shown(icon("cube").pixmap(48, 48)), path.stem.replace("-", " ").capitalize())
        item.setData(PATH_ROLE, str(path))
        item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.list.addItem(item)

        def take(picture: QPixmap) -> None:
            if not self._closed:
                item.setIcon(_shown(picture))

        key = (str(path), path.stat().st_mtime_ns)
        pictures.ask(lambda: read_scene_file(path), PICTURE.height(), take, key)

    def done(self, result: int) -> None:
        """Closed: pictures that come later have nowhere to go."""
        self._closed = True
        super().done(result)

    def _on_search(self, text: str) -> None:
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setHidden(text.lower() not in item.text().lower())

    def _on_activated(self, item: QListWidgetItem) -> None:
        self.chosen = Path(item.data(PATH_ROLE))
        self.accept()

    def _on_open(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._on_activated(item)


def _shown(picture: QPixmap) -> QIcon:
    """A picture in the middle of the room for one, so that all items are equally large."""
    room = QPixmap(PICTURE)
    room.fill(Qt.GlobalColor.transparent)
    size = picture.size().boundedTo(picture.size().scaled(PICTURE, Qt.AspectRatioMode.KeepAspectRatio))
    place = QRect(QPoint(0, 0), size)
    place.moveCenter(room.rect().center())
    painter = QPainter(room)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(place, picture)
    painter.end()
    shown = QIcon(room)
    shown.addPixmap(room, QIcon.Mode.Selected)  # else the marked picture is tinted
    return shown
