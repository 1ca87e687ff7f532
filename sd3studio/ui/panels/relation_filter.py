"""The menu that chooses which relations are listed and drawn: by what they are, and by predicate, with counts."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QWidget

from sd3studio.core.relations import Listed, RelationFilter
from sd3studio.core.relations.listing import STATES, predicate_counts, state_counts
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ui.icons import set_icon
from sd3studio.ui.itemmodels.relation_list import state_icon
from sd3studio.ui.predicate_menu import StayingMenu

STATE_TITLES = {
    "in conflict": "In conflict", "kept": "Kept", "asserted": "Asserted", "parsed": "Read from photo or sentence",
    "derived": "From geometry",
}  # fmt: skip


class FilterButton(QPushButton):
    """A button with the menu; `changed` tells that other rows are wanted."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Filter", parent)
        set_icon(self, "filter")
        self.setToolTip("Which relations are listed, and drawn in the 3D view")
        self.choices = StayingMenu(self)
        self.states: dict[str, QAction] = {}
        self.predicates: dict[Predicate, QAction] = {}
        self._make()
        self.setMenu(self.choices)
        self.choices.aboutToShow.connect(self._on_about_to_show)
        self._rows: Sequence[Listed] = ()

    def _make(self) -> None:
        self.choices.add_heading("What they are")
        for state in STATES:
            self.states[state] = self._entry(STATE_TITLES[state])
        self.illusions = self._entry("Only those that look otherwise in the picture", on=False)
        self.choices.add_heading("Predicate")
        for predicate in Predicate:
            self.predicates[predicate] = self._entry(predicate.value)
        self.choices.addSeparator()
        self.choices.addAction("Show everything", self.show_everything)

    def _entry(self, title: str, on: bool = True) -> QAction:
        action = self.choices.addAction(title)
        action.setCheckable(True)
        action.setChecked(on)
        action.toggled.connect(self._on_toggled)
        return action

    def wanted(self, of: Sequence[str] | None = None) -> RelationFilter:
        """What is chosen; `of` are ids of objects if only their relations are wanted."""
        states = frozenset(key for key, action in self.states.items() if action.isChecked())
        predicates = frozenset(key for key, action in self.predicates.items() if action.isChecked())
        return RelationFilter(
            states=None if len(states) == len(STATES) else states,  # type: ignore[arg-type]
            predicates=None if len(predicates) == len(Predicate) else predicates,
            of=None if of is None else frozenset(of),
            illusions=self.illusions.isChecked(),
        )

    def count(self, rows: Sequence[Listed]) -> None:
        """Say in the menu how many of these rows are of each kind."""
        self._rows = rows

    def show_everything(self) -> None:
        """Choose all."""
        for action in (*self.states.values(), *self.predicates.values(), self.illusions):
            with QSignalBlocker(action):
                action.setChecked(action is not self.illusions)
        self._on_toggled()

    def _on_about_to_show(self) -> None:
        states, predicates = state_counts(self._rows), predicate_counts(self._rows)
        for state, action in self.states.items():
            action.setText(f"{STATE_TITLES[state]}  ({states[state]})")  # type: ignore[index]
            action.setIcon(state_icon(state, action.isChecked()))
        for predicate, action in self.predicates.items():
            number = predicates.get(predicate, 0)
            action.setVisible(number > 0 or not action.isChecked())
            action.setText(f"{predicate.value}  ({number})")
        self.illusions.setText(
            f"Only those that look otherwise in the picture  ({sum(row.apparent is not None for row in self._rows)})"
        )

    def _on_toggled(self) -> None:
        for state, action in self.states.items():
            action.setIcon(state_icon(state, action.isChecked()))
        narrowed = self.wanted() != RelationFilter()
        self.setText("Filtered" if narrowed else "Filter")
        self.changed.emit()
