"""The catalogue as a list of thumbnails, filtered by words and by shelf."""

from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap

from sd3studio.core.catalogue import CATALOGUE_FOLDER, Catalogue, CatalogueEntry
from sd3studio.ui.icons import icon

MESH_MIME = "application/x-sd3studio-mesh"
ENTRY_ROLE = Qt.ItemDataRole.UserRole


class CatalogueList(QAbstractListModel):
    """One row per entry; thumbnails are read when they are first shown."""

    picture_wanted = Signal(object)
    """CatalogueEntry of the user's own, which has no thumbnail; it comes by `show_picture`."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self._entries = list(catalogue)
        self._icons: dict[str, QIcon] = {}

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Show another list of entries."""
        self.beginResetModel()
        self._entries = list(catalogue)
        self.endResetModel()

    def show_picture(self, entry_id: str, picture: QPixmap) -> None:
        """Use this thumbnail for an entry."""
        self._icons[entry_id] = QIcon(picture)
        row = next((number for number, entry in enumerate(self._entries) if entry.id == entry_id), None)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(self._entries)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return [MESH_MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(MESH_MIME, self._entries[indexes[0].row()].id.encode())
        return data

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(entry)
        if role == ENTRY_ROLE:
            return entry
        if role == Qt.ItemDataRole.ToolTipRole:
            size = " × ".join(f"{length:.2f}" for length in entry.size)
            return f"{entry.name} ({entry.category})\n{size} m\n{entry.author}, {entry.licence}"
        return None

    def _icon(self, entry: CatalogueEntry) -> QIcon:
        if entry.id not in self._icons:
            picture = QPixmap(str(CATALOGUE_FOLDER / "thumbnails" / f"{entry.id}.png"))
            self._icons[entry.id] = icon("cube") if picture.isNull() else QIcon(picture)
            if picture.isNull():
                self.picture_wanted.emit(entry)
        return self._icons[entry.id]


class CatalogueFilter(QSortFilterProxyModel):
    """Entries of one shelf whose names, categories, synonyms or attributes hold all the words."""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._group = ""

    def show_only(self, words: str, group: str) -> None:
        """Filter by words and by shelf; empty means all."""
        self._words, self._group = words.lower().split(), group
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        entry: CatalogueEntry = self.sourceModel().index(row, 0).data(ENTRY_ROLE)
        if self._group and entry.group != self._group:
            return False
        text = " ".join((entry.name, entry.category, *entry.synonyms, *entry.attributes)).lower()
        return all(word in text for word in self._words)
