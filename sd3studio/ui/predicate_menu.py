"""The menu that asks for a predicate between two things: keys, grades as they are now, frame, what is done."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES, VSD_PREDICATES, Predicate
from sd3studio.core.scene.values import Frame, Relation
from sd3studio.ui.canvas.keys import key_name

Grade = Callable[[str, Predicate, str, Frame], float]
KEYS = {
    **{predicate: str(number) for number, predicate in enumerate(VSD_PREDICATES, start=1)},
    Predicate.FACING: "0", Predicate.FACING_AWAY: "A", Predicate.PART_OF: "P",
}  # fmt: skip
LETTERS = {"frame": "F", "keep": "K", "once": "O"}


class StayingMenu(QMenu):
    """A menu that stays open while its checkable entries are clicked."""

    def add_heading(self, text: str) -> QAction:
        """A line that can't be chosen (the sections of Qt lose their text under a style sheet)."""
        if not self.isEmpty():
            self.addSeparator()
        heading = self.addAction(text)
        heading.setEnabled(False)
        return heading

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.activeAction()
        if action is not None and action.isCheckable() and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)


class PredicateMenu(StayingMenu):
    """Signals: `chosen` (a relation, and how: ``"assert"``, ``"keep"`` or ``"once"``)."""

    chosen = Signal(object, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ends = ("", "")
        self._grade: Grade = _no_grade
        self.rows: dict[Predicate, QAction] = {}
        self._heading = self.add_heading("")
        for predicate in (*GEOMETRIC_PREDICATES, Predicate.PART_OF):
            self.rows[predicate] = self.addAction(f"{KEYS[predicate]}   {predicate}")
            self.rows[predicate].setData(predicate)
            self.rows[predicate].triggered.connect(self._on_chosen)
        self.addSeparator()
        self.frame = self._switch("From its own side", "frame")
        self.keep = self._switch("Keep it while things are dragged", "keep")
        self.once = self._switch("Apply once, store nothing", "once")
        self.frame.toggled.connect(self._show_grades)
        self.keep.toggled.connect(self._on_keep)
        self.once.toggled.connect(self._on_once)

    def _switch(self, text: str, name: str) -> QAction:
        action = self.addAction(f"{LETTERS[name]}   {text}")
        action.setCheckable(True)
        return action

    def ask(self, ends: tuple[str, str], names: tuple[str, str], grade: Grade, place: QPoint, concept: bool) -> None:
        """Open at a place of the screen for a subject and an object; `grade` says how true each predicate is now.

        `concept` tells that the object is one, of which things can be part; nothing else can be said of it.
        """
        self._ends, self._grade = ends, grade
        self._heading.setText(f"{names[0]}  …  {names[1]}")
        for predicate, action in self.rows.items():
            action.setVisible((predicate is Predicate.PART_OF) == concept)
        self._show_grades()
        self.popup(place)

    def _show_grades(self) -> None:
        frame: Frame = "object" if self.frame.isChecked() else "camera"
        for predicate, action in self.rows.items():
            text = action.text().split("\t")[0]
            grade = "" if predicate is Predicate.PART_OF else f"{self._grade(*self._between(predicate), frame):.0%}"
            action.setText(f"{text}\t{grade}")

    def _between(self, predicate: Predicate) -> tuple[str, Predicate, str]:
        return self._ends[0], predicate, self._ends[1]

    def _on_chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._choose(action.data())

    def _choose(self, predicate: Predicate) -> None:
        directed: Frame = "object" if self.frame.isChecked() else "camera"
        relation = Relation(subject=self._ends[0], predicate=predicate, object=self._ends[1], frame=directed)
        how = "keep" if self.keep.isChecked() else "once" if self.once.isChecked() else "assert"
        self.chosen.emit(relation, how)

    def _on_keep(self, on: bool) -> None:
        if on:
            self.once.setChecked(False)

    def _on_once(self, on: bool) -> None:
        if on:
            self.keep.setChecked(False)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # digits and letters are the menu's while it is open, not shortcuts of the view
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        name, letter = key_name(event) or "", event.text().upper()
        predicate = next((one for one, key in KEYS.items() if key in (name, letter)), None)
        switch = next((name for name, key in LETTERS.items() if letter == key), "")
        if predicate is not None and self.rows[predicate].isVisible():
            self.close()
            self._choose(predicate)
        elif switch:
            getattr(self, switch).toggle()
        else:
            super().keyPressEvent(event)


def _no_grade(subject: str, predicate: Predicate, object: str, frame: Frame) -> float:
    return 0.0
