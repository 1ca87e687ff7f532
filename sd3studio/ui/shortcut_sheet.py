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
    ("Left drag on an object", "Move it over the ground (in flat views: in their plane), with what stands on it"),
    ("Left drag on nothing", "Select with a rectangle"),
    ("Left drag on a gizmo handle", "Move along an axis or in a plane, turn, tilt, or scale"),
    ("Left drag on a side or corner in a flat view", "Pull the side, the opposite one stays"),
    ("Click on the compass", "Look from that end of the axis"),
    ("Double click on an object", "Frame it"),
    ("Middle drag, Alt+left drag, right drag", "Orbit (pan in the side views)"),
    ("Shift+middle drag", "Pan"),
    ("Wheel", "Zoom to the cursor"),
    ("Ctrl+wheel over a side in a flat view", "Pull the side of the selected object; with Shift finely"),
)
DRAGGING = (
    ("Ctrl, Shift, both", "Snap to 0.1 m or 15°, go slowly, snap to 0.01 m or 1°"),
    ("Alt", "Suspend magnetism"),
    ("X, Y, Z", "Lock the axis; again: the object's own axis; again: let go"),
    ("Shift+X, Y, Z", "Lock the plane of the other two axes"),
    ("Digits, point, minus, Backspace", "Type the metres, degrees or the factor"),
    ("Tab", "Type the number of the next axis"),
    ("Enter", "Finish the drag; so does another window"),
    ("Esc", "Give the drag up"),
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
        groups["Keys while dragging"] = [(what, how) for how, what in DRAGGING]
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
