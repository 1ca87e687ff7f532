"""What the library can be narrowed down to: folders, states, things, relations, cameras, years, with their numbers."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from sd3studio.services.library.facets import Facets
from sd3studio.services.library.filters import Filters
from sd3studio.services.library.records import FolderRow
from sd3studio.ui.icons import icon_button

KIND, VALUE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
MOST_SHOWN = 40
SECTIONS = (
    ("folder", "Folders"),
    ("state", "State"),
    ("label", "Things"),
    ("predicate", "Relations"),
    ("caption", "Captions"),
    ("camera", "Cameras"),
    ("year", "Years"),
    ("problem", "Problems"),
)


class FacetsPanel(QWidget):
    """A tree of choices; ticked ones narrow the grid down."""

    filters_changed = Signal(object)
    """Filters"""
    relation_requested = Signal(str)
    """A predicate to search for."""
    add_folder_requested = Signal()
    rescan_requested = Signal()
    forget_folder_requested = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._facets: Facets | None = None
        self._folders: tuple[FolderRow, ...] = ()
        self._ticked: set[tuple[str, object]] = set()
        self.add = icon_button("add", "Folder", "Watch a folder of photos")
        self.add.clicked.connect(self.add_folder_requested)
        self.rescan = icon_button("redo", "", "Look for new and changed photos")
        self.rescan.clicked.connect(self.rescan_requested)
        self.search = QLineEdit(placeholderText="Find in this list", clearButtonEnabled=True)
        self.search.textChanged.connect(self._fill)
        self.tree = QTreeWidget(columnCount=2, headerHidden=True, indentation=10)
        self.tree.setAccessibleName("What to narrow down to")
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, self.tree.header().ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, self.tree.header().ResizeMode.ResizeToContents)
        self.tree.itemChanged.connect(self._on_changed)
        self.tree.itemActivated.connect(self._on_activated)
        self.tree.itemClicked.connect(self._on_activated)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._on_menu)
        top = QHBoxLayout()
        top.addWidget(self.add, 1)
        top.addWidget(self.rescan)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 4, 8)
        layout.addLayout(top)
        layout.addWidget(self.search)
        layout.addWidget(self.tree, 1)

    def show_facets(self, facets: Facets, folders: Sequence[FolderRow]) -> None:
        """Show these numbers; what was ticked stays ticked."""
        self._facets, self._folders = facets, tuple(folders)
        self._fill()

    def filters(self) -> Filters:
        """What the ticks mean."""
        found = Filters()
        for kind, value in sorted(self._ticked, key=str):
            if kind == "folder":
                found = replace(found, folders=(*found.folders, int(str(value))))
            elif kind == "state":
                found = replace(found, states=(*found.states, str(value)))
            elif kind == "label":
                found = replace(found, labels=(*found.labels, (str(value), 1)))
            elif kind == "caption":
                found = replace(found, caption=str(value))
            elif kind == "camera":
                found = replace(found, camera=str(value))
            elif kind == "year":
                found = replace(found, taken=str(value))
            elif kind == "problem":
                found = replace(found, problem=True) if value == "problem" else replace(found, missing=True)
        return found

    def clear_ticks(self) -> None:
        """Narrow down to nothing."""
        if self._ticked:
            self._ticked.clear()
            self._fill()
            self.filters_changed.emit(self.filters())

    def _values(self, kind: str) -> list[tuple[object, str, int | None]]:
        """Value, text and number of the rows of a section."""
        facets = self._facets
        if kind == "folder":
            return [(row.id, _short(row.path), row.photos) for row in self._folders]
        if facets is None:
            return []
        if kind == "caption":
            return [(key, text, None) for key, text in CAPTIONS.items()]
        if kind == "problem":
            rows = [("problem", "can't be read", facets.problems), ("missing", "file is gone", facets.missing)]
            return [row for row in rows if row[2]]
        named = {
            "state": facets.states,
            "label": facets.labels,
            "predicate": facets.predicates,
            "camera": facets.cameras,
            "year": facets.years,
        }[kind]
        return [(value, str(value), number) for value, number in named.items() if number or kind == "state"]

    def _fill(self) -> None:
        sought = self.search.text().strip().lower()
        folded = {
            str(self.tree.topLevelItem(i).data(0, KIND))
            for i in range(self.tree.topLevelItemCount())
            if not self.tree.topLevelItem(i).isExpanded()
        } or {"predicate", "caption", "camera", "year"}
        self.tree.blockSignals(True)
        self.tree.clear()
        for kind, title in SECTIONS:
            rows = [row for row in self._values(kind) if sought in row[1].lower()]
            if not rows:
                continue
            section = QTreeWidgetItem([title, ""])
            section.setData(0, KIND, kind)
            section.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.tree.addTopLevelItem(section)
            for value, text, number in rows[: MOST_SHOWN if not sought else 200]:
                section.addChild(self._item(kind, value, text, number))
            section.setExpanded(bool(sought) or kind not in folded)
        self.tree.blockSignals(False)

    def _item(self, kind: str, value: object, text: str, number: int | None) -> QTreeWidgetItem:
        item = QTreeWidgetItem([text, "" if number is None else f"{number:,}"])
        item.setData(0, KIND, kind)
        item.setData(0, VALUE, value)
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setForeground(1, self.palette().placeholderText())
        if kind == "folder":
            row = next(row for row in self._folders if row.id == value)
            item.setToolTip(0, row.path)
        if kind == "predicate":
            item.setToolTip(0, "Click to search for it")
        else:
            ticked = (kind, value) in self._ticked
            item.setCheckState(0, Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        return item

    def _on_changed(self, item: QTreeWidgetItem, column: int) -> None:
        choice = (str(item.data(0, KIND)), item.data(0, VALUE))
        ticked = item.checkState(0) == Qt.CheckState.Checked
        if ticked == (choice in self._ticked):
            return
        if ticked and choice[0] in ("caption", "camera", "year"):
            self._ticked = {other for other in self._ticked if other[0] != choice[0]}
        (self._ticked.add if ticked else self._ticked.discard)(choice)
        self.filters_changed.emit(self.filters())

    def _on_activated(self, item: QTreeWidgetItem, column: int) -> None:
        if item.data(0, KIND) == "predicate" and item.parent() is not None:
            self.relation_requested.emit(str(item.data(0, VALUE)))

    def _on_menu(self, place: QPoint) -> None:
        item = self.tree.itemAt(place)
        if item is None or item.data(0, KIND) != "folder" or item.parent() is None:
            return
        menu = QMenu(self)
        forget = menu.addAction("Stop watching (files stay)")
        if menu.exec(self.tree.viewport().mapToGlobal(place)) is forget:
            self.forget_folder_requested.emit(int(item.data(0, VALUE)))


CAPTIONS = {
    "human": "written by a person",
    "model": "written by SD3 mini",
    "rule": "made by rule",
    "stale": "stale",
    "none": "without a caption",
}


def _short(path: str) -> str:
    parts = path.replace("\\", "/").rstrip("/").split("/")
    return "/".join(parts[-2:]) if len(parts) > 2 else path
