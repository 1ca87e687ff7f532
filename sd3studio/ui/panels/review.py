"""Review: how far the photo is, what is still to be looked at (doubtful things first), and comments."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QListWidget, QListWidgetItem, QWidget

from sd3studio.core.annotation.suggesting import Suggestion, suggestions, unchecked
from sd3studio.core.scene.caption import Fact
from sd3studio.core.scene.values import Comment, Scene
from sd3studio.ui import theme
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import heading, muted, scrolled

MOST_SUGGESTIONS = 60


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A thing or a relation to be looked at."""

    text: str
    ids: tuple[str, ...]
    suggestion: Suggestion | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same item after a change."""
        return self.ids, self.suggestion.relation.key if self.suggestion else None


class ReviewPanel(QWidget):
    """Shows; wishes leave as signals."""

    item_marked = Signal(object)
    accept_requested = Signal(object)
    reject_requested = Signal(object)
    state_requested = Signal(str)
    next_requested = Signal()
    step_requested = Signal(int)
    add_folder_requested = Signal()
    comment_requested = Signal(str)
    remove_comment_requested = Signal(object)
    select_requested = Signal(tuple)

    def __init__(self) -> None:
        super().__init__()
        self.items: list[ReviewItem] = []
        self.photo = QLabel()
        self.photo.setProperty("role", "heading")
        self.about = muted()
        self.list, self.comments = QListWidget(), QListWidget()
        self.list.setAccessibleName("To check")
        for rows in (self.list, self.comments):
            rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # texts are cut with an ellipsis
        self.left_over = muted()
        self.comments.setMaximumHeight(90)
        self.comment = QLineEdit(placeholderText="comment on the selected thing, or on the photo")
        self._make_buttons()
        self._lay_out()
        self.list.currentRowChanged.connect(self._on_row)
        self.comment.returnPressed.connect(self._on_comment)
        self.comments.itemDoubleClicked.connect(self._on_comment_opened)

    def _make_buttons(self) -> None:
        self.before = icon_button("chevron-left", "", "Photo before (A)")
        self.after = icon_button("chevron-right", "", "Next photo (D)")
        self.unchecked = icon_button("search", "Next unchecked", "The next photo that is not checked (Ctrl+Shift+D)")
        self.checked = icon_button("check", "Checked", "This photo is right (Ctrl+Alt+K)")
        self.checked.setCheckable(True)
        self.rejected = icon_button("close", "Reject", "This photo is not to be used")
        self.rejected.setCheckable(True)
        self.add = icon_button("add", "Add its folder to the library", "Then states and versions are kept")
        self.accept = icon_button("check", "Right", "The marked thing or relation is right (Enter)")
        self.reject = icon_button("close", "Wrong", "The relation is wrong; a thing is deleted (Backspace)")
        self.drop = icon_button("trash", "", "Remove the marked comment")
        self.before.clicked.connect(self._on_before)
        self.after.clicked.connect(self._on_after)
        self.unchecked.clicked.connect(self.next_requested)
        self.checked.clicked.connect(self._on_checked)
        self.rejected.clicked.connect(self._on_rejected)
        self.add.clicked.connect(self.add_folder_requested)
        self.accept.clicked.connect(self.accept_marked)
        self.reject.clicked.connect(self.reject_marked)
        self.drop.clicked.connect(self._on_drop)

    def _lay_out(self) -> None:
        steps, states, marks, words = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for button in (self.before, self.after):
            steps.addWidget(button)
        steps.addWidget(self.unchecked, 1)
        for button in (self.checked, self.rejected):
            states.addWidget(button, 1)
        for button in (self.accept, self.reject):
            marks.addWidget(button, 1)
        words.addWidget(self.comment, 1)
        words.addWidget(self.drop)
        column = scrolled(self)
        self.list.setMinimumHeight(90)
        to_check, said = heading("To check, doubtful ones first"), heading("Comments")
        for part in (self.photo, self.about, steps, states, self.add, to_check, marks, self.list, self.left_over, said,
                     self.comments, words):  # fmt: skip
            if isinstance(part, QWidget):
                column.addWidget(part, 1 if part is self.list else 0)
            else:
                column.addLayout(part)

    # -- showing -------------------------------------------------------------------------------------------------

    def show_photo(self, name: str, state: str, counts: dict[str, int], in_sample: bool) -> None:
        """Show the open photo, how far it is, and how many are how far."""
        self.photo.setText(name or "No photo")
        known = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
        sample = "  In the ground-truth sample." if in_sample else ""
        self.about.setText(f"{state}.  {known}.{sample}" if state else "Not in the library: its state is not kept.")
        self.add.setVisible(not state and bool(name))
        for button in (self.checked, self.rejected, self.before, self.after, self.unchecked):
            button.setEnabled(bool(state))
        for button, word in ((self.checked, "checked"), (self.rejected, "rejected")):
            with QSignalBlocker(button):
                button.setChecked(state == word)

    def show_scene(self, scene: Scene, facts: Sequence[Fact]) -> None:
        """List what is to be looked at; what was marked stays marked, or the next one is."""
        row, key = self.list.currentRow(), self.marked().key if self.marked() else None
        items = _items(scene, facts)
        if [(i.key, i.text) for i in items] != [(i.key, i.text) for i in self.items]:
            self.items = items
            with QSignalBlocker(self.list):
                self.list.clear()
                for item in items:
                    self.list.addItem(_row(item))
                keys = [item.key for item in items]
                self.list.setCurrentRow(keys.index(key) if key in keys else min(row, len(items) - 1))
            if key is not None and key not in keys:
                self.item_marked.emit(self.marked())
        left = sum(item.suggestion is None for item in items)
        told = f"{left} things and {len(items) - left} relations to look at." if items else "Nothing left to look at."
        self.left_over.setText(told)
        self._show_comments(scene)

    def _show_comments(self, scene: Scene) -> None:
        self.comments.clear()
        for comment in scene.comments:
            about = scene.objects[comment.about].label if comment.about in scene.objects else "photo"
            item = QListWidgetItem(f"{about}: {comment.text}")
            item.setToolTip(f"{comment.author}  {comment.when}")
            item.setData(Qt.ItemDataRole.UserRole, comment)
            self.comments.addItem(item)

    def marked(self) -> ReviewItem | None:
        """The item that is being looked at."""
        row = self.list.currentRow()
        return self.items[row] if 0 <= row < len(self.items) else None

    def step(self, by: int) -> None:
        """Mark the next item (or one before)."""
        if self.items:
            self.list.setCurrentRow((self.list.currentRow() + by) % len(self.items))

    def accept_marked(self) -> None:
        """The marked item is right."""
        if self.marked():
            self.accept_requested.emit(self.marked())

    def reject_marked(self) -> None:
        """The marked item is wrong."""
        if self.marked():
            self.reject_requested.emit(self.marked())

    # -- events --------------------------------------------------------------------------------------------------

    def _on_row(self, row: int) -> None:
        self.item_marked.emit(self.marked())

    def _on_before(self) -> None:
        self.step_requested.emit(-1)

    def _on_after(self) -> None:
        self.step_requested.emit(1)

    def _on_checked(self, on: bool) -> None:
        self.state_requested.emit("checked" if on else "in work")

    def _on_rejected(self, on: bool) -> None:
        self.state_requested.emit("rejected" if on else "in work")

    def _on_comment(self) -> None:
        self.comment_requested.emit(self.comment.text())
        self.comment.clear()

    def _on_comment_opened(self, item: QListWidgetItem) -> None:
        comment: Comment = item.data(Qt.ItemDataRole.UserRole)
        if comment.about:
            self.select_requested.emit((comment.about,))

    def _on_drop(self) -> None:
        item = self.comments.currentItem()
        if item is not None:
            self.remove_comment_requested.emit(item.data(Qt.ItemDataRole.UserRole))


def _items(scene: Scene, facts: Sequence[Fact]) -> list[ReviewItem]:
    items = [
        ReviewItem(f"{t.label}   {t.provenance.score:.0%}" if t.provenance.score is not None else t.label, (t.id,))
        for t in unchecked(scene)
    ]
    for one in suggestions(scene, facts)[:MOST_SUGGESTIONS]:
        relation = one.relation
        ends = [scene.objects[key].label for key in (relation.subject, relation.object)]
        words = relation.text or relation.predicate.value
        text = f"{ends[0]} {words} {ends[1]}   {one.score:.0%}"
        if one.apparent:
            text += f"   (looks {one.apparent.value} in the photo)"
        items.append(ReviewItem(text, (relation.subject, relation.object), one))
    return items


def _row(item: ReviewItem) -> QListWidgetItem:
    row = QListWidgetItem(item.text)
    if item.suggestion is not None:
        row.setForeground(QColor(theme.current().muted if not item.suggestion.stored else theme.current().text))
        said = "read by the parser" if item.suggestion.stored else "follows from where the things are"
    else:
        said = "nobody has said yet that this thing is right"
    row.setToolTip(f"{item.text}: {said}")
    return row
