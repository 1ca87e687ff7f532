"""Choosing a class by typing: what was suggested, the detector's classes, the catalogue, or any word of one's own."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

SHOWN = 60


class ClassPicker(QFrame):
    """A small window over the photo. Arrow keys choose, Enter takes, Esc leaves."""

    chosen = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget, known: Sequence[str]) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._known = list(dict.fromkeys(known))
        self._suggested: dict[str, str] = {}
        self._taken = False
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.search = QLineEdit(placeholderText="class: type to search, Enter takes the first")
        self.search.setAccessibleName("Class")
        self.list = QListWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self.resize(280, 300)
        self.search.textChanged.connect(self._refresh)
        self.search.installEventFilter(self)
        self.list.itemClicked.connect(self._on_clicked)
        self._refresh()

    def show_at(self, place: QPoint) -> None:
        """Open at a point of the screen."""
        self.move(place)
        self.show()
        self.search.setFocus()

    def suggest(self, names: Sequence[tuple[str, str]]) -> None:
        """Put these first: class and why ("80 %"). What the user has typed or marked stays."""
        for name, why in names:
            self._suggested.setdefault(name, why)
        self._refresh()

    def names(self) -> list[str]:
        """What is in the list now, in its order."""
        return [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())]

    def _refresh(self) -> None:
        typed = " ".join(self.search.text().lower().split())
        marked = self.list.currentItem().data(Qt.ItemDataRole.UserRole) if self.list.currentItem() else ""
        everything = [*self._suggested, *(name for name in self._known if name not in self._suggested)]
        fitting = [name for name in everything if typed in name.lower()]
        fitting.sort(key=lambda name: not name.lower().startswith(typed))
        if typed and typed not in (name.lower() for name in fitting):
            fitting.append(typed)
        self.list.clear()
        for name in fitting[:SHOWN]:
            why = self._suggested.get(name, "new class" if name == typed and name not in self._known else "")
            item = QListWidgetItem(f"{name}    {why}" if why else name)
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.list.addItem(item)
        names = self.names()
        self.list.setCurrentRow(names.index(marked) if marked in names and not typed else 0)

    def _take(self, name: str) -> None:
        self._taken = True
        self.close()
        self.chosen.emit(name)

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self._take(item.data(Qt.ItemDataRole.UserRole))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                row = self.list.currentRow() + (1 if event.key() == Qt.Key.Key_Down else -1)
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self.list.currentItem():
                    self._take(self.list.currentItem().data(Qt.ItemDataRole.UserRole))
                return True
        return super().eventFilter(watched, event)

    def hideEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().hideEvent(event)
        if not self._taken:
            self.left.emit()
        self.deleteLater()
