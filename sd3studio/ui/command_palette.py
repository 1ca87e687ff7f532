"""The command palette: type a few letters of what you want to do, Enter does it."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from sd3studio.ui.actions import Commands


class CommandPalette(QDialog):
    """Lists the commands that fit what was typed; those that can't be done now are left out."""

    def __init__(self, commands: Commands, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._commands = commands
        commands.refresh()
        self.entry = QLineEdit(placeholderText="What do you want to do?")
        self.list = QListWidget()
        self.entry.textChanged.connect(self._on_typed)
        self.entry.installEventFilter(self)
        self.list.itemActivated.connect(self._on_chosen)
        layout = QVBoxLayout(self)
        layout.addWidget(self.entry)
        layout.addWidget(self.list)
        self.resize(460, 380)
        self.move(
            parent.mapToGlobal(parent.rect().center()).x() - 230, parent.mapToGlobal(parent.rect().topLeft()).y() + 90
        )
        self._on_typed("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + step)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._on_chosen()
                return True
        return super().eventFilter(watched, event)

    def _on_typed(self, text: str) -> None:
        self.list.clear()
        words = text.lower().split()
        for command in self._commands.table:
            action = self._commands.actions[command.id]
            name = f"{command.menu}: {command.title}"
            if action.isEnabled() and all(word in name.lower() for word in words):
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                item = QListWidgetItem(action.icon(), f"{name}    {keys}")
                item.setData(Qt.ItemDataRole.UserRole, command.id)
                self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _on_chosen(self) -> None:
        item = self.list.currentItem()
        self.accept()
        if item is not None:
            action: QAction = self._commands.actions[item.data(Qt.ItemDataRole.UserRole)]
            action.trigger()
