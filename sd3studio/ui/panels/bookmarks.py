"""The camera bookmarks of the scene as a list: add, go there, delete."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from sd3studio.ui.icons import icon_button

ROW_PX, MOST_ROWS = 26, 6


class BookmarkList(QWidget):
    """Shows names; what the user wants leaves as a signal. Enter or a double click goes there, Del deletes."""

    add_requested = Signal()
    chosen = Signal(str)
    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self.list = QListWidget()
        self.list.setAccessibleName("Camera bookmarks")
        self.add = icon_button("bookmark", "Add", "Keep this camera under a name (Ctrl+Alt+B)")
        self.go = icon_button("camera", "Go", "Look at the scene from there (PgDown goes to the next one)")
        self.remove = icon_button("trash", "", "Delete the bookmark")
        self.list.itemActivated.connect(self._on_go)
        self.list.itemDoubleClicked.connect(self._on_go)
        self.list.currentRowChanged.connect(self._on_row)
        self.add.clicked.connect(self.add_requested)
        self.go.clicked.connect(self._on_go)
        self.remove.clicked.connect(self._on_remove)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add, 1)
        buttons.addWidget(self.go, 1)
        buttons.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        layout.addLayout(buttons)
        self._on_row()
        self._fit()

    def show_names(self, names: Sequence[str]) -> None:
        """Show these bookmarks; the chosen one stays if it is still there."""
        if tuple(names) == self._names:
            return
        now = self.name()
        self._names = tuple(names)
        self.list.clear()
        self.list.addItems(list(names))
        if now in names:
            self.list.setCurrentRow(list(names).index(now))
        self._fit()
        self._on_row()

    def name(self) -> str:
        """The chosen bookmark, or an empty text."""
        item = self.list.currentItem()
        return item.text() if item else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self._on_remove()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        self.list.setVisible(bool(self._names))
        self.list.setFixedHeight(ROW_PX * min(max(len(self._names), 1), MOST_ROWS) + 6)

    def _on_row(self) -> None:
        for button in (self.go, self.remove):
            button.setEnabled(bool(self.name()))

    def _on_go(self, item: QListWidgetItem | bool | None = None) -> None:
        if self.name():
            self.chosen.emit(self.name())

    def _on_remove(self) -> None:
        if self.name():
            self.removed.emit(self.name())
