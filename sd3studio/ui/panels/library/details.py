"""The photo that is looked at: its picture with outlines, state, captions, facts, questions and history."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.asking import Answer
from sd3studio.core.searching import SceneIndex
from sd3studio.services.library.caption_store import said_coordinates
from sd3studio.services.library.records import Event, PhotoRow, State
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted
from sd3studio.ui.panels.library.caption_editor import CaptionEditor, ShownCaption
from sd3studio.ui.panels.library.photo_view import Outline, OutlinedPhoto, Role

MOST_FACTS, MOST_EVENTS = 200, 200


@dataclass(frozen=True, slots=True)
class PhotoDetail:
    """All that is shown of one photo."""

    row: PhotoRow
    picture: QImage
    index: SceneIndex
    captions: tuple[ShownCaption, ...] = ()
    events: tuple[Event, ...] = ()
    matched: tuple[str, ...] = field(default=())
    """Ids of the objects that were searched for."""


class DetailsPanel(QWidget):
    """Everything about one photo. Wishes leave as signals."""

    state_requested = Signal(int, str)
    ask_requested = Signal(int, str)
    open_requested = Signal(int, str)
    """Photo, workspace."""
    similar_requested = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._detail: PhotoDetail | None = None
        self.view = OutlinedPhoto()
        self.name, self.about = QLabel(), muted()
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.name.setStyleSheet("font-weight: 600;")
        self.states = QComboBox()
        self.states.addItems([str(state) for state in State])
        self.states.setAccessibleName("State")
        self.states.activated.connect(self._on_state)
        self.similar = icon_button("search", "Like this", "Find photos whose scenes are like this one")
        self.similar.clicked.connect(lambda: self.similar_requested.emit(self.photo))
        self.compose = icon_button("cube", "Compose", "Open its scene in Compose (Enter)")
        self.compose.clicked.connect(lambda: self.open_requested.emit(self.photo, "compose"))
        self.annotate = icon_button("select", "Annotate", "Correct its scene in Annotate")
        self.annotate.clicked.connect(lambda: self.open_requested.emit(self.photo, "annotate"))
        self.editor = CaptionEditor()
        self.facts, self.events = QListWidget(wordWrap=True), QListWidget(wordWrap=True)
        self.facts.currentItemChanged.connect(self._on_fact)
        self.facts.setAccessibleName("Facts")
        self.question = QLineEdit(placeholderText="What is to the left of the man?", clearButtonEnabled=True)
        self.question.setAccessibleName("Question")
        self.question.returnPressed.connect(self._on_question)
        self.answers = QListWidget(wordWrap=True)
        self.answers.itemClicked.connect(self._on_answer)
        self.tabs = QTabWidget()
        self._lay_out()
        self.show_detail(None)

    @property
    def photo(self) -> int:
        """The photo that is shown; 0 for none."""
        return self._detail.row.id if self._detail else 0

    def _lay_out(self) -> None:
        asking = QWidget()
        column = QVBoxLayout(asking)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.question)
        column.addWidget(self.answers, 1)
        for title, page in (
            ("Captions", self.editor), ("Facts", self.facts), ("Ask", asking), ("History", self.events)
        ):  # fmt: skip
            self.tabs.addTab(page, title)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.name, 1)
        first.addWidget(self.states)
        for button in (self.compose, self.annotate, self.similar):
            second.addWidget(button, 1)
        head = QWidget()
        rows = QVBoxLayout(head)
        rows.setContentsMargins(8, 6, 8, 4)
        rows.setSpacing(4)
        rows.addLayout(first)
        rows.addWidget(self.about)
        rows.addLayout(second)
        lower = QWidget()
        below = QVBoxLayout(lower)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(head)
        below.addWidget(self.tabs, 1)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.addWidget(self.view)
        self.split.addWidget(lower)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 4)
        self.split.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.split)

    def show_detail(self, detail: PhotoDetail | None) -> None:
        """Show a photo, or none."""
        other = detail is None or self._detail is None or detail.row.id != self._detail.row.id
        self._detail = detail
        has_scene = detail is not None and detail.row.scene_version > 0
        self.states.setEnabled(detail is not None)
        for widget in (self.compose, self.annotate, self.similar, self.question):
            widget.setEnabled(has_scene)
        if detail is None:
            self.view.show_photo(QImage())
            self.view.show_things(())
            self.view.show_outlines(())
            self.name.setText("")
            self.about.setText("Mark a photo to see what stands where in it.")
            self.editor.show_captions(0, (), ())
            self.facts.clear()
            self.events.clear()
            self.answers.clear()
            return
        row = detail.row
        self.name.setText(self.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideMiddle, 230))
        self.name.setToolTip(row.path)
        self.about.setText(_about(row))
        self.states.setCurrentText(str(row.state))
        missing = "The file is gone." if row.missing else row.problem
        self.view.show_photo(detail.picture, missing or "Reading the photo…")
        self.view.show_things(self._outlined([thing.key for thing in detail.index.things], "thing"))
        if other or detail.matched:
            self.view.show_outlines(self._outlined(detail.matched, "found"))
        labels = [thing.label for thing in detail.index.things]
        self.editor.show_captions(row.id, detail.captions, labels)
        self._fill_facts(detail)
        self._fill_events(detail.events)
        if other:
            self.answers.clear()

    def show_answer(self, photo: int, question: str, answer: Answer) -> None:
        """Show an answer above the earlier ones, and outline what it is about."""
        if photo != self.photo:
            return
        sure = "" if answer.certainty is None else f"  ({answer.certainty:.0%} sure)"
        item = QListWidgetItem(f"{question}\n{answer.text}{sure}")
        item.setData(Qt.ItemDataRole.UserRole, (answer.found, answer.asked))
        self.answers.insertItem(0, item)
        self.answers.setCurrentItem(item)
        self._on_answer(item)

    def outline(self, keys: Sequence[str]) -> None:
        """Outline these objects."""
        self.view.show_outlines(self._outlined(keys, "found"))

    def ask_focus(self) -> None:
        """Let the user type a question."""
        self.tabs.setCurrentIndex(2)
        self.question.setFocus()

    def _outlined(self, keys: Sequence[str], role: Role) -> list[Outline]:
        if self._detail is None:
            return []
        things = {thing.key: thing for thing in self._detail.index.things if thing.kind == "object"}
        return [
            Outline(key, things[key].label, things[key].box, role)  # type: ignore[arg-type]
            for key in dict.fromkeys(keys)
            if key in things and things[key].box is not None
        ]

    def _fill_facts(self, detail: PhotoDetail) -> None:
        things = detail.index.things
        self.facts.clear()
        told = [r for r in detail.index.relations if r.grade > 0.5]
        for relation in sorted(told, key=lambda r: -r.grade * things[r.subject].score * things[r.object].score)[
            :MOST_FACTS
        ]:
            subject, thing = things[relation.subject], things[relation.object]
            seen = "" if relation.space > 0.5 else ", in the picture only"
            names = [key.replace("-", " ") for key in (subject.key, thing.key)]
            text = f"{names[0]} {relation.predicate.value} {names[1]}   {relation.grade:.0%}{seen}"
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, (subject.key, thing.key))
            self.facts.addItem(item)
        if not told:
            self.facts.addItem("No relations yet." if not things else "Nothing stands in a clear relation.")

    def _fill_events(self, events: Sequence[Event]) -> None:
        self.events.clear()
        for event in events[:MOST_EVENTS]:
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(event.at_s))
            self.events.addItem(f"{when}  {event.author}: {_told(event)}")

    def _on_state(self, _: int) -> None:
        if self.photo:
            self.state_requested.emit(self.photo, self.states.currentText())

    def _on_fact(self, item: QListWidgetItem | None) -> None:
        keys = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        if keys:
            self.outline(keys)

    def _on_question(self) -> None:
        text = self.question.text().strip()
        if text and self.photo:
            self.ask_requested.emit(self.photo, text)

    def _on_answer(self, item: QListWidgetItem) -> None:
        found, asked = item.data(Qt.ItemDataRole.UserRole)
        outlines = self._outlined(asked, "asked") if len(asked) <= 6 else []
        self.view.show_outlines([*outlines, *self._outlined(found, "found")])


def _about(row: PhotoRow) -> str:
    parts = [f"{row.width} × {row.height}" if row.width else "", row.taken.replace("T", " "), row.camera]
    parts.append(row.place or said_coordinates(row.latitude, row.longitude))
    parts.append(f"{row.focal_mm:.0f} mm" if row.focal_mm else "")
    parts.append(f"scene {row.scene_version} by {row.scene_by}" if row.scene_version else "no scene yet")
    if row.check_score is not None:
        parts.append(f"checked: {row.check_score:.0%}")
    return " · ".join(part for part in parts if part)


def _told(event: Event) -> str:
    detail = event.detail
    match event.what:
        case "state":
            return f"{detail.get('from')} → {detail.get('to')}"
        case "scene":
            return f"scene, version {detail.get('version')}"
        case "caption":
            after = detail.get("after")
            return f"caption ({detail.get('style')}): {after['text'] if after else 'taken away'}"
        case "problem":
            return str(detail.get("problem"))
        case "check":
            score = detail.get("score")
            return f"check: {score:.0%}" if isinstance(score, float) else "check: nothing could be decided"
        case _:
            said = ", ".join(f"{key} {value}" for key, value in detail.items())
            return f"{event.what} {said}".strip()
