"""The list of relations as a table: kept or not, what is said, how far it holds, where it is from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPointF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from sd3studio.core.relations import Listed
from sd3studio.core.relations.listing import STATES, State
from sd3studio.core.scene.values import Scene
from sd3studio.ui import theme
from sd3studio.ui.canvas.edges import state_colour
from sd3studio.ui.icons import icon

KEPT, SAID, GRADE, FROM = range(4)
ORIGINS = {"user": "you", "text": "sentence", "photo": "photo", "model": "model", "sample": "sample"}


class RelationTable(QAbstractTableModel):
    """Rows of relations. A click on the first column is the wish to keep a relation, or to let it go."""

    HEADERS = ("", "Relation", "Holds", "From")

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Listed, ...] = ()
        self.hovered: int | None = None
        self._labels: Mapping[str, str] = {}

    def show(self, rows: Sequence[Listed], labels: Mapping[str, str]) -> None:
        """Show these rows."""
        rows = tuple(rows)
        if (rows, labels) == (self.rows, self._labels):
            return
        same_shape = len(rows) == len(self.rows)
        if not same_shape:
            self.beginResetModel()
        self.rows, self._labels = rows, labels
        if same_shape and rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self.HEADERS) - 1))
        if not same_shape:
            self.endResetModel()

    def show_hovered(self, row: int | None) -> None:
        """Mark a row as the one whose arrow is under the cursor."""
        for changed in {self.hovered, row} - {None}:
            self.hovered = row
            self.dataChanged.emit(self.index(changed, 0), self.index(changed, FROM))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return len(self.HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.HEADERS[section]
        if role == Qt.ItemDataRole.ToolTipRole and section == KEPT:
            return "Kept relations go on holding while things are dragged"
        return None

    def said(self, row: Listed) -> str:
        """A row as a person reads it."""
        subject, other = (self._labels.get(key, key) for key in (row.subject, row.object))
        own = " (own side)" if row.frame == "object" else ""
        looks = f"   (looks {row.apparent.value})" if row.apparent else ""
        return f"{subject}  {row.predicate.value.removeprefix('to the ')}  {other}{own}{looks}"

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return ("", self.said(row), f"{row.grade:.0%}", _origin(row))[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(row, self.said(row)) if column != KEPT else _keep_tip(row)
        if role == Qt.ItemDataRole.ForegroundRole and row.conflict:
            return QColor(theme.current().danger)
        if role == Qt.ItemDataRole.DecorationRole:
            return _decoration(row, column)
        if role == Qt.ItemDataRole.BackgroundRole and index.row() == self.hovered:
            return QColor(theme.current().raised)
        if role == Qt.ItemDataRole.AccessibleTextRole and column == KEPT:
            return "kept" if "kept" in row.states else "not kept"
        return None


def names_in(scene: Scene) -> dict[str, str]:
    """The label of each object, with its number where several have the same."""
    twins = Counter(thing.label for thing in scene.objects.values())
    names = {}
    for key, thing in scene.objects.items():
        number = key.rsplit("-", 1)[-1]
        names[key] = thing.label if twins[thing.label] < 2 else f"{thing.label} {number if number.isdigit() else 1}"
    return names


def state_icon(state: State, filled: bool = True) -> QIcon:
    """A dot in the colour of a state, or a ring."""
    colour = QColor(state_colour(state))
    pixmap = QPixmap(24, 24)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 2.0))
    painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(12.0, 12.0), 6.0, 6.0)
    painter.end()
    return QIcon(pixmap)


def _decoration(row: Listed, column: int) -> Any:
    now = theme.current()
    if column == KEPT:
        return icon("pin", now.good if "kept" in row.states else now.border)
    if column == SAID:
        return icon("warning", now.danger) if row.conflict else state_icon(row.state)
    return None


def _origin(row: Listed) -> str:
    return ORIGINS[row.stored.provenance.source] if row.stored else "geometry"


def _tip(row: Listed, said: str) -> str:
    states = ", ".join(state for state in STATES if state in row.states)
    looks = f"In the picture it looks {row.apparent.value}, in space it is not." if row.apparent else ""
    return "\n".join(line for line in (row.conflict or said, f"({states}, from {_origin(row)})", looks) if line)


def _keep_tip(row: Listed) -> str:
    if "kept" in row.states:
        return "Kept: goes on holding while things are dragged. Click to let it go."
    return "Click to keep it: it then goes on holding while things are dragged"
