"""The outliner: all objects with eye and lock, search, selection both ways."""

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.scene.values import Scene
from sd3studio.ui.itemmodels.scene_tree import EYE, LOCK, NAME, SceneTree


class Outliner(QWidget):
    """Shows the objects; `select_requested` carries the ids that the user picked."""

    select_requested = Signal(tuple)
    activated = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.tree = SceneTree()
        self._quiet = False
        self._sorted = QSortFilterProxyModel(self, recursiveFilteringEnabled=True)
        self._sorted.setSourceModel(self.tree)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.search = QLineEdit(placeholderText="Find an object", clearButtonEnabled=True)
        self.search.textChanged.connect(self._sorted.setFilterFixedString)
        self.view = self._make_view()
        empty = QLabel("Nothing here yet.\nOpen a photo, type a sentence,\nor add things from the catalogue.")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setProperty("role", "muted")
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(empty)
        self._stack.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 4)
        layout.addWidget(self.search)
        layout.addWidget(holder, 1)

    def _make_view(self) -> QTreeView:
        view = QTreeView(headerHidden=True, rootIsDecorated=True, uniformRowHeights=True, indentation=14)
        view.setModel(self._sorted)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        view.header().setStretchLastSection(False)
        view.header().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column in (EYE, LOCK):
            view.header().setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            view.setColumnWidth(column, 28)
        view.setTextElideMode(Qt.TextElideMode.ElideRight)
        view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        view.clicked.connect(self._on_clicked)
        view.doubleClicked.connect(self._on_double_clicked)
        return view

    def show_scene(self, scene: Scene) -> None:
        """Show the objects of a scene."""
        self._quiet = True
        if self.tree.show(scene):
            self.view.expandAll()
        self._quiet = False
        self._stack.setCurrentIndex(1 if scene.objects else 0)

    def show_selection(self, ids: Sequence[str]) -> None:
        """Mark these rows."""
        wanted = QItemSelection()
        for key in ids:
            row = self._sorted.mapFromSource(self.tree.index_of(key))
            wanted.select(row, row)
        self._quiet = True
        flags = QItemSelectionModel.SelectionFlag
        self.view.selectionModel().select(wanted, flags.ClearAndSelect | flags.Rows)
        if len(ids) == 1:
            self.view.scrollTo(self._sorted.mapFromSource(self.tree.index_of(ids[0])))
        self._quiet = False

    def _on_selection_changed(self) -> None:
        if not self._quiet:
            rows = self.view.selectionModel().selectedRows()
            things = [self.tree.thing(self._sorted.mapToSource(row)) for row in rows]
            self.select_requested.emit(tuple(thing.id for thing in things if thing))

    def _on_clicked(self, index: QModelIndex) -> None:
        self.tree.clicked(self._sorted.mapToSource(index))

    def _on_double_clicked(self, index: QModelIndex) -> None:
        thing = self.tree.thing(self._sorted.mapToSource(index))
        if thing and index.column() == NAME:
            self.activated.emit(thing.id)
