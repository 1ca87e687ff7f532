"""The sheet of all shortcuts, made from the command table, with the mouse beside the keys."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sd3studio.ui.actions import Commands

MOUSE = (
    ("Left click, Shift+left click", "Select, add to or take from the selection"),
    ("Left drag on an object", "Move it over the ground, with what stands on it"),
    ("Left drag on nothing", "Select with a rectangle"),
    ("Left drag on a gizmo handle", "Move along an axis, turn, or scale"),
    ("Hold Ctrl, Shift, both", "Snap to 0.1 m or 15°, go slowly, snap finely"),
    ("Middle drag, Alt+left drag, right drag", "Orbit"),
    ("Shift+middle drag", "Pan"),
    ("Wheel", "Zoom to the cursor"),
    ("Esc while dragging", "Give the drag up"),
)


class ShortcutSheet(QDialog):
    """A searchable list of what keys and mouse do."""

    def __init__(self, commands: Commands, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and mouse")
        self.search = QLineEdit(placeholderText="Search", clearButtonEnabled=True)
        self.tree = QTreeWidget(columnCount=2, headerHidden=True, rootIsDecorated=False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        groups: dict[str, list[tuple[str, str]]] = {}
        for menu, title, keys in commands.shortcuts():
            groups.setdefault(menu, []).append((title, keys))
        groups["Mouse in the view"] = [(what, how) for how, what in MOUSE]
        for name, rows in groups.items():
            head = QTreeWidgetItem([name])
            font = head.font(0)
            font.setBold(True)
            head.setFont(0, font)
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.tree.addTopLevelItem(head)
            head.addChildren([QTreeWidgetItem(row) for row in rows])
        self.tree.expandAll()
        self.search.textChanged.connect(self._on_search)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.search, self.tree, buttons):
            layout.addWidget(widget)
        self.resize(620, 640)

    def _on_search(self, text: str) -> None:
        wanted = text.lower()
        for i in range(self.tree.topLevelItemCount()):
            head = self.tree.topLevelItem(i)
            rows = [head.child(k) for k in range(head.childCount())]
            for row in rows:
                row.setHidden(wanted not in f"{row.text(0)} {row.text(1)}".lower())
            head.setHidden(all(row.isHidden() for row in rows))
