"""The relations: what the geometry implies, what was asserted or read, what is kept, and where they disagree.

A view only: what the user wants leaves as a signal, and a controller turns it into edits and requests.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.relations import Listed
from sd3studio.core.relations.listing import state_counts
from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES
from sd3studio.core.scene.values import Relation, RelationKey, Scene
from sd3studio.ui.icons import icon_button
from sd3studio.ui.itemmodels.relation_list import FROM, KEPT, SAID, RelationTable, names_in
from sd3studio.ui.panels.conflict_card import ConflictCard
from sd3studio.ui.panels.fields import compact, muted, shrinkable
from sd3studio.ui.panels.relation_filter import FilterButton

HOW = (("Assert", "assert"), ("Keep", "keep"), ("Apply once", "once"))
HOW_TIPS = {
    "assert": "Move things so that it holds, and store it",
    "keep": "Move things so that it holds, store it, and hold it while things are dragged",
    "once": "Only move things so that it holds; nothing is stored",
}
FROM_FITS_PX = 430
"""In a narrower panel dots and tips tell where relations are from, so that both names can be read."""
FRAMES = (("By camera", "camera"), ("Own side", "object"))


class RelationsPanel(QWidget):
    """Lists relations and takes new ones.

    Signals
    -------
    filter_changed : other rows are wanted: see `filter` and `only_selection`
    select_requested : ids of two things
    hovered : key of the row under the cursor, or None
    assert_requested : a relation, and how: ``"assert"``, ``"keep"`` or ``"once"``
    keep_requested : a relation, and whether it is to be kept
    retract_requested, satisfy_requested : a stored relation
    """

    filter_changed = Signal()
    select_requested = Signal(tuple)
    hovered = Signal(object)
    assert_requested = Signal(object, str)
    keep_requested = Signal(object, bool)
    retract_requested = Signal(object)
    satisfy_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.table = RelationTable()
        self._names: list[tuple[str, str]] = []
        self._make_list()
        self.filter = FilterButton()
        self.scope = QComboBox()
        self.scope.addItems(("Whole scene", "Selection only"))
        shrinkable(self.scope)
        self.counts = muted()
        self.fix = icon_button("solve", "", "Make it so: move the scene so that the marked relation holds")
        self.keep = icon_button("pin", "", "Keep: hold the marked relation while things are dragged")
        self.keep.setCheckable(True)
        self.forget = icon_button("trash", "", "Forget the marked stored relation")
        for button, name in ((self.fix, "Make it so"), (self.keep, "Keep"), (self.forget, "Forget")):
            compact(button).setAccessibleName(name)
        self.conflict = ConflictCard()
        self._make_entry()
        self._lay_out()
        self._connect()
        self._show_marked()

    def _make_list(self) -> None:
        self.view = QTableView(showGrid=False, alternatingRowColors=True)
        self.view.setModel(self.table)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(25)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setMouseTracking(True)
        self.view.viewport().installEventFilter(self)
        self.view.setAccessibleName("Relations")
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(KEPT, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(KEPT, 30)
        header.setSectionResizeMode(SAID, QHeaderView.ResizeMode.Stretch)

    def _make_entry(self) -> None:
        self.subject, self.predicate, self.object = QComboBox(), QComboBox(), QComboBox()
        self.frame, self.how = QComboBox(), QComboBox()
        for box in (self.subject, self.predicate, self.object, self.frame, self.how):
            shrinkable(box, letters=4)
        for number, predicate in enumerate(GEOMETRIC_PREDICATES):
            self.predicate.addItem(predicate.value, predicate)
            if number < 9:
                tip = f"Digit {number + 1} in the relation tool"
                self.predicate.setItemData(number, tip, Qt.ItemDataRole.ToolTipRole)
        for text, frame in FRAMES:
            self.frame.addItem(text, frame)
        self.frame.setToolTip("Whose left, right, front and back are meant")
        for text, how in HOW:
            self.how.addItem(text, how)
            self.how.setItemData(self.how.count() - 1, HOW_TIPS[how], Qt.ItemDataRole.ToolTipRole)
        self.add = icon_button("plus", "Relate", "Make this relation hold")

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(5)
        rows: tuple[tuple[tuple[QWidget, int], ...], ...] = (
            ((self.filter, 0), (self.scope, 1)),
            ((self.counts, 1), (self.fix, 0), (self.keep, 0), (self.forget, 0)),
            ((self.subject, 3), (self.predicate, 3), (self.object, 3)),
            ((self.frame, 2), (self.how, 2), (self.add, 0)),
        )
        for number, row in enumerate(rows):
            line = QHBoxLayout()
            for widget, stretch in row:
                line.addWidget(widget, stretch)
            layout.addLayout(line)
            if number == 0:
                layout.addWidget(self.view, 1)
                layout.addWidget(self.conflict)

    def _connect(self) -> None:
        self.view.selectionModel().selectionChanged.connect(self._on_row_selected)
        self.view.clicked.connect(self._on_clicked)
        self.filter.changed.connect(self.filter_changed)
        self.scope.currentIndexChanged.connect(self.filter_changed)
        self.fix.clicked.connect(self._on_fix)
        self.keep.clicked.connect(self._on_keep)
        self.forget.clicked.connect(self._on_forget)
        self.add.clicked.connect(self._on_add)
        for box in (self.subject, self.object):
            box.currentIndexChanged.connect(self._on_ends_chosen)

    @property
    def only_selection(self) -> bool:
        """Whether only relations of what is selected are listed."""
        return self.scope.currentIndex() == 1

    def show_rows(
        self, scene: Scene, rows: Sequence[Listed], wanted: Sequence[Listed], selection: Sequence[str]
    ) -> None:
        """Show the `wanted` ones of all `rows`, and the names that can be related."""
        labels = names_in(scene)
        marked = self._marked()
        self.filter.count(rows)
        self.table.show(wanted, labels)
        if marked is not None:
            self._mark(marked.key)
        self.counts.setText(_counted(rows, wanted))
        self._show_names([(labels[t.id], t.id) for t in scene.objects.values() if t.kind == "object"], selection)
        self._show_marked()

    def show_hovered(self, key: RelationKey | None) -> None:
        """Mark the row of the relation whose arrow is under the cursor, and bring it into sight."""
        found = next((k for k, row in enumerate(self.table.rows) if row.key == key), None)
        self.table.show_hovered(found)
        if found is not None:
            self.view.scrollTo(self.table.index(found, SAID))

    def _mark(self, key: RelationKey) -> None:
        """Mark the row of a relation, wherever it is now."""
        found = next((k for k, row in enumerate(self.table.rows) if row.key == key), None)
        with QSignalBlocker(self.view.selectionModel()):
            if found is None:
                self.view.clearSelection()
            else:
                self.view.selectRow(found)

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
        if self.object.currentData() == self.subject.currentData() and len(names) > 1:
            with QSignalBlocker(self.object):
                self.object.setCurrentIndex(0 if self.subject.currentIndex() else 1)
        self._on_ends_chosen()

    def _on_ends_chosen(self) -> None:
        """Nothing is related to itself."""
        self.add.setEnabled(self.subject.currentData() != self.object.currentData())

    def _marked(self) -> Listed | None:
        rows = self.view.selectionModel().selectedRows()
        return self.table.rows[rows[0].row()] if rows and rows[0].row() < len(self.table.rows) else None

    def _show_marked(self) -> None:
        """What can be done with the marked row."""
        row = self._marked()
        self.forget.setEnabled(row is not None and row.stored is not None)
        self.keep.setEnabled(row is not None)
        self.keep.setChecked(row is not None and "kept" in row.states)
        self.fix.setEnabled(row is not None and bool(row.conflict))

    def _on_row_selected(self) -> None:
        self._show_marked()
        row = self._marked()
        if row is not None and self.view.hasFocus():
            self.select_requested.emit((row.subject, row.object))

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() == KEPT:
            row = self.table.rows[index.row()]
            self.keep_requested.emit(row.relation, "kept" not in row.states)

    def _on_keep(self) -> None:
        row = self._marked()
        if row:
            self.keep_requested.emit(row.relation, "kept" not in row.states)

    def _on_fix(self) -> None:
        row = self._marked()
        if row and row.stored:
            self.satisfy_requested.emit(row.stored)

    def _on_forget(self) -> None:
        row = self._marked()
        if row and row.stored:
            self.retract_requested.emit(row.stored)

    def _on_add(self) -> None:
        subject, other = self.subject.currentData(), self.object.currentData()
        if subject and other:
            predicate, frame = self.predicate.currentData(), self.frame.currentData()
            relation = Relation(subject=subject, predicate=predicate, object=other, frame=frame)
            self.assert_requested.emit(relation, self.how.currentData())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view.setColumnHidden(FROM, self.width() < FROM_FITS_PX)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseMove:
            index = self.view.indexAt(event.position().toPoint())  # type: ignore[attr-defined]
            self.hovered.emit(self.table.rows[index.row()].key if index.isValid() else None)
        elif event.type() == QEvent.Type.Leave:
            self.hovered.emit(None)
        return super().eventFilter(watched, event)


def _counted(rows: Sequence[Listed], wanted: Sequence[Listed]) -> str:
    """ "12 of 84 relations, 1 in conflict"."""
    wrong = state_counts(rows)["in conflict"]
    shown = f"{len(rows)} relation{'' if len(rows) == 1 else 's'}"
    if len(wanted) != len(rows):
        shown = f"{len(wanted)} of {shown}"
    return f"{shown}, {wrong} in conflict" if wrong else shown
