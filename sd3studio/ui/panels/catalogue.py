"""The catalogue browser: find a thing by word or shelf, double-click or drag it into the view."""

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLineEdit, QListView, QVBoxLayout, QWidget

from sd3studio.core.catalogue import Catalogue
from sd3studio.ui.itemmodels.catalogue_list import ENTRY_ROLE, CatalogueFilter, CatalogueList
from sd3studio.ui.panels.fields import muted

THUMBNAIL_PX = 72


class CataloguePanel(QWidget):
    """Shows what can be placed; `add_requested` carries the id of an entry."""

    add_requested = Signal(str)

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self.search = QLineEdit(clearButtonEnabled=True)
        self.group = QComboBox()
        self._filter = CatalogueFilter()
        self.model = CatalogueList(catalogue)
        self._filter.setSourceModel(self.model)
        self._show_shelves(catalogue)
        self.view = self._make_view()
        self.search.textChanged.connect(self._on_filter)
        self.search.returnPressed.connect(self._on_first)
        self.group.currentIndexChanged.connect(self._on_filter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.search)
        layout.addWidget(self.group)
        layout.addWidget(self.view, 1)
        layout.addWidget(muted("Double-click adds to the scene; or drag into the view."))

    def show_catalogue(self, catalogue: Catalogue, shelf: str = "") -> None:
        """Show the catalogue as it is now, and of it the shelf."""
        self.model.show_catalogue(catalogue)
        self._show_shelves(catalogue)
        self.group.setCurrentIndex(max(self.group.findData(shelf), 0))

    def _show_shelves(self, catalogue: Catalogue) -> None:
        self.search.setPlaceholderText(f"Search {len(catalogue)} things")
        self.group.clear()
        self.group.addItem("All shelves", "")
        for name in dict.fromkeys(entry.group for entry in catalogue):
            self.group.addItem(name.replace("-", " ").capitalize(), name)

    def _make_view(self) -> QListView:
        view = QListView(viewMode=QListView.ViewMode.IconMode, uniformItemSizes=True, wordWrap=True)
        view.setModel(self._filter)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setMovement(QListView.Movement.Static)
        view.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
        view.setGridSize(QSize(THUMBNAIL_PX + 24, THUMBNAIL_PX + 42))
        view.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        view.setTextElideMode(Qt.TextElideMode.ElideRight)
        view.activated.connect(self._on_activated)
        return view

    def _on_filter(self) -> None:
        self._filter.show_only(self.search.text(), self.group.currentData())

    def _on_activated(self, index: QModelIndex) -> None:
        self.add_requested.emit(index.data(ENTRY_ROLE).id)

    def _on_first(self) -> None:
        if self._filter.rowCount():
            self._on_activated(self._filter.index(0, 0))
