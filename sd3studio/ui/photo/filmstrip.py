"""The photos at the foot of the workspace: thumbnails with how far each is; a click opens one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QImageReader, QPainter, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem

from sd3studio.ui import theme

THUMB = QSize(96, 64)
WINDOW = 400
"""So many photos around the current one are in the strip."""


@dataclass(frozen=True, slots=True)
class FilmPhoto:
    """A photo of the strip: its id in the library (or its number), file and state."""

    id: int
    path: str
    name: str
    state: str


STATE_COLOURS = {"new": "muted", "parsed": "accent", "in work": "warning", "checked": "good", "rejected": "danger"}


class Filmstrip(QListWidget):
    """Pictures are read a few at a time, while nothing else is to do, and only those that are seen."""

    photo_requested = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setIconSize(THUMB)
        self.setUniformItemSizes(True)
        self.setSpacing(2)
        self.setFixedHeight(THUMB.height() + 34)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName("Photos")
        self._icons: dict[str, QPixmap] = {}
        self._laid_out = False
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._on_idle)
        self.itemClicked.connect(self._on_clicked)
        self.horizontalScrollBar().valueChanged.connect(self._on_scrolled)

    def show_photos(self, photos: Sequence[FilmPhoto], current: int | None) -> None:
        """Show these photos and mark the current one."""
        known = [self.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.count())]
        if [p.id for p in known] != [p.id for p in photos]:
            self.clear()
            for _ in photos:
                item = QListWidgetItem()
                item.setSizeHint(THUMB + QSize(8, 8))
                self.addItem(item)
        for row, photo in enumerate(photos):
            item = self.item(row)
            if item.data(Qt.ItemDataRole.UserRole) != photo:
                item.setData(Qt.ItemDataRole.UserRole, photo)
                item.setToolTip(f"{photo.name}: {photo.state}")
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{photo.name}, {photo.state}")
                item.setIcon(self._icon(photo))
            if photo.id == current:
                self.setCurrentRow(row)
                self.scrollToItem(item, QListWidget.ScrollHint.PositionAtCenter)
        self.setVisible(bool(photos))
        self._laid_out = False
        self._timer.start()

    def _icon(self, photo: FilmPhoto) -> QIcon:
        picture = self._icons.get(photo.path)
        whole = QPixmap(THUMB)
        whole.fill(QColor(theme.current().raised))
        painter = QPainter(whole)
        if picture is not None and not picture.isNull():
            at = THUMB - picture.size()
            painter.drawPixmap(at.width() // 2, at.height() // 2, picture)
        colour = QColor(getattr(theme.current(), STATE_COLOURS.get(photo.state, "muted")))
        painter.fillRect(0, THUMB.height() - 5, THUMB.width(), 5, colour)
        painter.end()
        return QIcon(whole)

    def _on_idle(self) -> None:
        """Read the next picture that is seen and not there yet."""
        for row in range(self.count()):
            item = self.item(row)
            photo = item.data(Qt.ItemDataRole.UserRole)
            if photo and photo.path not in self._icons and self.visualItemRect(item).intersects(self.viewport().rect()):
                self._icons[photo.path] = _thumbnail(Path(photo.path))
                item.setIcon(self._icon(photo))
                return
        if not self._laid_out:
            self._laid_out = True  # the list lays its items out a moment after they came: look once more
            self._timer.setInterval(120)
            return
        self._timer.setInterval(0)
        self._timer.stop()

    def _on_scrolled(self) -> None:
        self._timer.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self.photo_requested.emit(item.data(Qt.ItemDataRole.UserRole).id)

    def hideEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        self._timer.stop()
        super().hideEvent(event)


def _thumbnail(path: Path) -> QPixmap:
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > 200_000_000:
        return QPixmap()
    reader.setScaledSize(size.scaled(THUMB, Qt.AspectRatioMode.KeepAspectRatio))
    return QPixmap.fromImage(reader.read())
