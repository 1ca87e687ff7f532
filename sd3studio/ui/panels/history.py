"""The history: every step, those that were undone too. A click goes there."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QListWidget, QVBoxLayout, QWidget

from sd3studio.core.document import Step


class HistoryPanel(QWidget):
    """Lists the steps, oldest first."""

    go_requested = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.itemClicked.connect(self._on_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.list)

    def show_history(self, steps: Sequence[Step], position: int) -> None:
        """Show these steps and mark the current one; undone ones are grey."""
        labels = [step.label for step in steps]
        if [self.list.item(row).text() for row in range(self.list.count())] != labels:
            self.list.clear()
            self.list.addItems(labels)
        for row in range(self.list.count()):
            font = self.list.item(row).font()
            font.setItalic(row > position)
            self.list.item(row).setFont(font)
            step = steps[row]
            self.list.item(row).setToolTip("  ".join(part for part in (step.author, step.when) if part))
        self.list.setCurrentRow(position)
        self.list.scrollToItem(self.list.item(position))

    def _on_clicked(self) -> None:
        self.go_requested.emit(self.list.currentRow())
