"""The relations: what the geometry implies, what was asserted or read, and where the two disagree."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.relations import Conflict
from sd3studio.core.scene.caption import Fact
from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES, Predicate
from sd3studio.core.scene.values import Relation, Scene
from sd3studio.ui import theme
from sd3studio.ui.icons import icon, icon_button
from sd3studio.ui.panels.fields import shrinkable

FILTERS = ("All", "Asserted or read", "From geometry", "In conflict")
ORIGINS = {"user": "asserted", "text": "sentence", "photo": "photo", "model": "model", "sample": "sample"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a relation with its grade; `relation` is set when it is stored, `conflict` when it does not hold."""

    subject: str
    predicate: Predicate
    object: str
    grade: float
    origin: str
    relation: Relation | None = None
    conflict: str = ""
    hint: str = ""


class RelationTable(QAbstractTableModel):
    """Rows of relations: what is said, its grade, its origin."""

    HEADERS = ("Relation", "Holds", "From")

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self._labels: dict[str, str] = {}

    def show(self, rows: list[Row], labels: dict[str, str]) -> None:
        """Show these rows."""
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

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return len(self.HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.HEADERS[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            subject, other = self._labels.get(row.subject, row.subject), self._labels.get(row.object, row.object)
            return (f"{subject}  {row.predicate.value}  {other}", f"{row.grade:.0%}", row.origin)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.conflict or row.hint or self.data(index.siblingAtColumn(0))
        if role == Qt.ItemDataRole.ForegroundRole and row.conflict:
            return QColor(theme.current().danger)
        if role == Qt.ItemDataRole.DecorationRole and row.conflict and index.column() == 0:
            return icon("warning", theme.current().danger)
        return None


class RelationsPanel(QWidget):
    """Lists relations and takes new ones; wishes leave as signals."""

    select_requested = Signal(tuple)
    assert_requested = Signal(object)
    retract_requested = Signal(object)
    satisfy_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.table = RelationTable()
        self._names: list[tuple[str, str]] = []
        self.view = QTableView(showGrid=False, alternatingRowColors=True)
        self.view.setModel(self.table)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(25)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.filter = QComboBox()
        self.filter.addItems(FILTERS)
        self.scope = QComboBox()
        self.scope.addItems(("Whole scene", "Selection only"))
        self.fix = icon_button("solve", "Make it so")
        self.fix.setToolTip("Move the scene so that the marked relation holds")
        self.forget = icon_button("trash", "Forget")
        self.forget.setToolTip("Remove the marked asserted relation")
        self._make_entry()
        self._lay_out()
        self.view.selectionModel().selectionChanged.connect(self._on_row_selected)
        self.fix.clicked.connect(self._on_fix)
        self.forget.clicked.connect(self._on_forget)
        self._on_row_selected()

    def _make_entry(self) -> None:
        self.subject, self.predicate, self.object = QComboBox(), QComboBox(), QComboBox()
        for box in (self.subject, self.predicate, self.object):
            shrinkable(box)
        for number, predicate in enumerate(GEOMETRIC_PREDICATES, start=1):
            self.predicate.addItem(predicate.value, predicate)
            self.predicate.setItemData(number - 1, f"Key {number} in the view", Qt.ItemDataRole.ToolTipRole)
        self.add = icon_button("plus", "Assert")
        self.add.setToolTip("Store this relation and move the scene so that it holds")
        self.add.clicked.connect(self._on_add)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.filter, 1)
        top.addWidget(self.scope, 1)
        entry = QHBoxLayout()
        entry.addWidget(self.subject, 1)
        entry.addWidget(self.predicate, 1)
        entry.addWidget(self.object, 1)
        below = QHBoxLayout()
        below.addWidget(self.fix)
        below.addWidget(self.forget)
        below.addStretch(1)
        below.addWidget(self.add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)
        layout.addLayout(entry)
        layout.addLayout(below)

    def show_scene(
        self,
        scene: Scene,
        facts: Sequence[Fact],
        conflicts: Sequence[Conflict],
        grades: Sequence[float],
        selection: Sequence[str],
    ) -> None:
        """Show the stored relations (with their grades, in order), then the derived ones."""
        wrong = {conflict.relation.key: conflict.sentence for conflict in conflicts}
        rows = [_stored_row(r, g, wrong) for r, g in zip(scene.relations, grades, strict=True)]
        stored = {r.key for r in scene.relations}
        rows += [_fact_row(f) for f in facts if (f.subject, f.predicate, f.object, f.frame) not in stored]
        labels = names_in(scene)
        self.table.show(self._wanted(rows, set(selection)), labels)
        self._show_names([(labels[t.id], t.id) for t in scene.objects.values() if t.kind == "object"], selection)
        self._on_row_selected()

    def _wanted(self, rows: list[Row], selection: set[str]) -> list[Row]:
        keep = {
            "Asserted or read": lambda row: row.relation is not None,
            "From geometry": lambda row: row.relation is None,
            "In conflict": lambda row: bool(row.conflict),
        }.get(self.filter.currentText(), lambda row: True)
        only = self.scope.currentIndex() == 1
        return [r for r in rows if keep(r) and (not only or r.subject in selection or r.object in selection)]

    def _show_names(self, names: list[tuple[str, str]], selection: Sequence[str]) -> None:
        changed, self._names = names != self._names, names
        for box, chosen in ((self.subject, selection[:1]), (self.object, selection[1:2])):
            with QSignalBlocker(box):
                current = chosen[0] if chosen else box.currentData()
                if changed:
                    box.clear()
                    for text, key in names:
                        box.addItem(text, key)
                box.setCurrentIndex(max(box.findData(current), 0))
        self.add.setEnabled(len(names) > 1)

    def _marked(self) -> Row | None:
        rows = self.view.selectionModel().selectedRows()
        return self.table.rows[rows[0].row()] if rows and rows[0].row() < len(self.table.rows) else None

    def _on_row_selected(self) -> None:
        row = self._marked()
        self.forget.setEnabled(row is not None and row.relation is not None)
        self.fix.setEnabled(row is not None and bool(row.conflict))
        if row is not None and self.view.hasFocus():
            self.select_requested.emit((row.subject, row.object))

    def _on_fix(self) -> None:
        row = self._marked()
        if row and row.relation:
            self.satisfy_requested.emit(row.relation)

    def _on_forget(self) -> None:
        row = self._marked()
        if row and row.relation:
            self.retract_requested.emit(row.relation)

    def _on_add(self) -> None:
        subject, other = self.subject.currentData(), self.object.currentData()
        if subject and other and subject != other:
            self.assert_requested.emit(Relation(subject=subject, predicate=self.predicate.currentData(), object=other))


def names_in(scene: Scene) -> dict[str, str]:
    """The label of each object, with its number where several have the same."""
    twins = Counter(thing.label for thing in scene.objects.values())
    names = {}
    for key, thing in scene.objects.items():
        number = key.rsplit("-", 1)[-1]
        names[key] = thing.label if twins[thing.label] < 2 else f"{thing.label} {number if number.isdigit() else 1}"
    return names


def _stored_row(relation: Relation, grade: float, wrong: dict[Any, str]) -> Row:
    origin = ORIGINS[relation.provenance.source]
    hint = "Seen from the object's own side" if relation.frame == "object" else ""
    return Row(
        relation.subject,
        relation.predicate,
        relation.object,
        grade,
        origin,
        relation,
        wrong.get(relation.key, ""),
        hint,
    )


def _fact_row(fact: Fact) -> Row:
    hint = f"In the picture it looks {fact.apparent.value}" if fact.apparent else ""
    return Row(fact.subject, fact.predicate, fact.object, fact.grade, "geometry", hint=hint)
