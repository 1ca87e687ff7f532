"""The camera bookmarks of the scene as a list: add, go there, rename, delete."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from sd3studio.ui.icons import icon_button

ROW_PX, MOST_ROWS = 26, 6


class BookmarkList(QWidget):
    """Shows names; what the user wants leaves as a signal.

    Enter or a double click goes there, F2 renames, Del deletes.
    """

    add_requested = Signal()
    chosen = Signal(str)
    removed = Signal(str)
    renamed = Signal(str, str)
    """The name as it is, and as it should be."""

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self.list = QListWidget()
        self.list.setAccessibleName("Camera bookmarks")
        self.list.setEditTriggers(QListWidget.EditTrigger.EditKeyPressed)
        self.add = icon_button("bookmark", "Add", "Keep this camera under a name (Ctrl+Alt+B)")
        self.go = icon_button("camera", "Go", "Look at the scene from there (PgDown goes to the next one)")
        self.rename = icon_button("text", "", "Rename the bookmark (F2)")
        self.remove = icon_button("trash", "", "Delete the bookmark")
        self.list.itemActivated.connect(self._on_go)
        self.list.itemDoubleClicked.connect(self._on_go)
        self.list.currentRowChanged.connect(self._on_row)
        self.list.itemChanged.connect(self._on_renamed)
        self.add.clicked.connect(self.add_requested)
        self.go.clicked.connect(self._on_go)
        self.rename.clicked.connect(self._on_rename)
        self.remove.clicked.connect(self._on_remove)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add, 1)
        buttons.addWidget(self.go, 1)
        buttons.addWidget(self.rename)
        buttons.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        layout.addLayout(buttons)
        self._on_row()
        self._fit()

    def show_names(self, names: Sequence[str]) -> None:
        """Show these bookmarks; the chosen one stays if it is still there, perhaps under another name."""
        if tuple(names) == self._names:
            return
        now, row = self.name(), self.list.currentRow() if len(names) == len(self._names) else -1
        self._names = tuple(names)
        with QSignalBlocker(self.list):
            self.list.clear()
            for name in names:
                item = QListWidgetItem(name, self.list)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        self.list.setCurrentRow(list(names).index(now) if now in names else row)
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
        for button in (self.go, self.rename, self.remove):
            button.setEnabled(bool(self.name()))

    def _on_go(self, item: QListWidgetItem | bool | None = None) -> None:
        if self.name():
            self.chosen.emit(self.name())

    def _on_rename(self) -> None:
        self.list.editItem(self.list.currentItem())

    def _on_renamed(self, item: QListWidgetItem) -> None:
        """The name comes back until the scene has the new one."""
        old, new = self._names[self.list.row(item)], item.text()
        with QSignalBlocker(self.list):
            item.setText(old)
        self.renamed.emit(old, new)

    def _on_remove(self) -> None:
        if self.name():
            self.removed.emit(self.name())
