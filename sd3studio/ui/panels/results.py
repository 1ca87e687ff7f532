"""The result strip: pictures that were made, newest first. They are files on disk; closing loses nothing."""

from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImageReader, QPixmap
from PySide6.QtWidgets import QLabel, QListView, QListWidget, QListWidgetItem, QMenu, QStackedLayout, QWidget

from sd3studio.ui.icons import icon

THUMBNAIL_PX = QSize(168, 112)
PATH_ROLE, BADGE_ROLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
MAX_SHOWN = 200


class ResultStrip(QWidget):
    """Shows the pictures of a folder; what to do with one leaves as a signal with its path."""

    view_requested = Signal(Path)
    recall_requested = Signal(Path)
    save_requested = Signal(Path)
    delete_requested = Signal(Path)
    check_requested = Signal(Path)

    def __init__(self) -> None:
        super().__init__()
        self._preview: QListWidgetItem | None = None
        self.list = QListWidget(viewMode=QListView.ViewMode.IconMode, wrapping=False)
        self.list.setFlow(QListView.Flow.LeftToRight)
        self.list.setIconSize(THUMBNAIL_PX)
        self.list.setGridSize(QSize(THUMBNAIL_PX.width() + 14, THUMBNAIL_PX.height() + 30))
        self.list.setMovement(QListView.Movement.Static)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._on_menu)
        self.list.itemActivated.connect(self._on_activated)
        empty = QLabel("Pictures that you generate appear here. They are kept on disk with the request that made them.")
        empty.setProperty("role", "muted")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setWordWrap(True)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(self.list)

    def show_folder(self, folder: Path) -> None:
        """Show the newest pictures of a folder."""
        self.list.clear()
        files = (
            sorted(folder.glob("*.png"), key=lambda path: path.stat().st_mtime, reverse=True) if folder.is_dir() else []
        )
        for path in files[:MAX_SHOWN]:
            self._append(path)
        self._stack.setCurrentIndex(1 if files else 0)

    def add(self, path: Path, badge: str) -> None:
        """Put a new picture in front, in the place of its preview."""
        self.end_preview()
        item = self._item(path, badge)
        self.list.insertItem(0, item)
        self.list.setCurrentItem(item)
        self._stack.setCurrentIndex(1)

    def remove(self, path: Path) -> None:
        """Take a picture out of the strip."""
        for row in range(self.list.count()):
            if self.list.item(row).data(PATH_ROLE) == str(path):
                self.list.takeItem(row)
                break
        self._stack.setCurrentIndex(1 if self.list.count() else 0)

    def show_score(self, path: Path, score: float) -> None:
        """Say beside a picture how well it shows its scene, 0 to 1."""
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(PATH_ROLE) == str(path):
                item.setText(f"{item.data(BADGE_ROLE)}  {score:.0%}")

    def marked(self) -> Path | None:
        """The picture that is marked, else the newest, else None."""
        item = self.list.currentItem()
        if item is None or item is self._preview:
            rows = (self.list.item(row) for row in range(self.list.count()))
            item = next((other for other in rows if other is not self._preview), None)
        return None if item is None else Path(item.data(PATH_ROLE))

    def has_pictures(self) -> bool:
        """Whether there is any finished picture."""
        return self.marked() is not None

    def show_preview(self, encoded: bytes) -> None:
        """Show a picture that is still being made, in front."""
        picture = QPixmap()
        if not picture.loadFromData(encoded):
            return
        if self._preview is None:
            self._preview = QListWidgetItem("in the making")
            self._preview.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.list.insertItem(0, self._preview)
            self._stack.setCurrentIndex(1)
        self._preview.setIcon(QIcon(picture))

    def end_preview(self) -> None:
        """Take the picture in the making away."""
        if self._preview is not None:
            self.list.takeItem(self.list.row(self._preview))
            self._preview = None
        self._stack.setCurrentIndex(1 if self.list.count() else 0)

    def _append(self, path: Path) -> None:
        self.list.addItem(self._item(path, "render" if "-render-" in path.name else ""))

    def _item(self, path: Path, badge: str) -> QListWidgetItem:
        reader = QImageReader(str(path))
        reader.setAutoTransform(True)
        size = reader.size()
        if size.isValid():
            reader.setScaledSize(size.scaled(THUMBNAIL_PX, Qt.AspectRatioMode.KeepAspectRatio))
        picture = QPixmap.fromImage(reader.read())
        shown = icon("photo") if picture.isNull() else QIcon(picture)
        if not picture.isNull():
            shown.addPixmap(picture, QIcon.Mode.Selected)  # else the marked picture is tinted
        item = QListWidgetItem(shown, badge or path.stem[-12:])
        item.setData(PATH_ROLE, str(path))
        item.setData(BADGE_ROLE, item.text())
        item.setToolTip(
            f"{path.name}\n{'A render of the layout, not made by a network' if badge == 'render' else badge}"
        )
        return item

    def _on_activated(self, item: QListWidgetItem) -> None:
        if item is not self._preview:
            self.view_requested.emit(Path(item.data(PATH_ROLE)))

    def _on_menu(self, place: QPoint) -> None:
        item = self.list.itemAt(place)
        if item is None or item is self._preview:
            return
        path, menu = Path(item.data(PATH_ROLE)), QMenu(self)
        wishes = {
            "View": self.view_requested,
            "Check against its scene": self.check_requested,
            "Open its scene and settings": self.recall_requested,
            "Save a copy…": self.save_requested,
            "Delete": self.delete_requested,
        }
        for text in wishes:
            menu.addAction(text)
        chosen = menu.exec(self.list.mapToGlobal(place))
        if chosen:
            wishes[chosen.text()].emit(path)
