"""Two annotators: how far their graphs of this photo agree, and what is taken from the other one."""

import math
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from sd3studio.core.annotation.adjudicating import Item, differences
from sd3studio.core.annotation.comparing import GraphDifference, compare
from sd3studio.core.annotation.sampling import Score
from sd3studio.core.scene.values import Scene
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import heading, muted, scrolled, shrinkable

FILE = "Scene file…"


class ComparePanel(QWidget):
    """Compares the open scene (A) with another one (B)."""

    file_requested = Signal()
    version_requested = Signal(int)
    take_requested = Signal(object, tuple)
    select_requested = Signal(tuple)
    score_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.other: Scene | None = None
        self.items: tuple[Item, ...] = ()
        self._scene: Scene | None = None
        self.choice = QComboBox()
        shrinkable(self.choice)
        self.choice.setToolTip("The scene of another annotator: a stored version, or a file")
        self.load = icon_button("open", "Compare", "Compare the open scene (A) with this one (B)")
        self.numbers = {name: QLabel("—") for name in NUMBER_TITLES}
        self.list = QListWidget()
        self.list.setAccessibleName("Differences")
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.about = muted("Choose a version of another annotator, or a scene file, to compare with.")
        self.take = icon_button("check", "Take B's", "Make the marked differences as B has them")
        self.take_all = icon_button("layers", "Take all", "Make every difference as B has it")
        self.score = icon_button("star", "Score the annotators", "Against the expert, on the ground-truth sample")
        self.scores = muted()
        self.scores.hide()
        self.score.clicked.connect(self.score_requested)
        self._lay_out()
        self.load.clicked.connect(self._on_load)
        self.take.clicked.connect(self._on_take)
        self.take_all.clicked.connect(self._on_take_all)
        self.list.currentRowChanged.connect(self._on_row)
        self.show_versions(())

    def _lay_out(self) -> None:
        top, below, grid = QHBoxLayout(), QHBoxLayout(), QGridLayout()
        top.addWidget(self.choice, 1)
        top.addWidget(self.load)
        for row, (name, title) in enumerate(NUMBER_TITLES.items()):
            grid.addWidget(muted(title), row // 2, 2 * (row % 2))
            grid.addWidget(self.numbers[name], row // 2, 2 * (row % 2) + 1)
        for column in (0, 2):
            grid.setColumnStretch(column, 1)
        below.addWidget(self.take, 1)
        below.addWidget(self.take_all, 1)
        column_box = scrolled(self)
        self.list.setMinimumHeight(90)
        column_box.addLayout(top)
        column_box.addWidget(self.about)
        column_box.addLayout(grid)
        self.said = heading("Differences")
        column_box.addWidget(self.said)
        column_box.addWidget(self.list, 1)
        column_box.addLayout(below)
        column_box.addWidget(self.score)
        column_box.addWidget(self.scores)

    def show_versions(self, versions: Sequence[tuple[int, str]]) -> None:
        """The stored versions of this photo that can be compared with."""
        wanted = [(f"version {number} by {author}", number) for number, author in versions] + [(FILE, 0)]
        if [self.choice.itemText(k) for k in range(self.choice.count())] != [text for text, _ in wanted]:
            self.choice.clear()
            for text, number in wanted:
                self.choice.addItem(text, number)

    def show_other(self, other: Scene | None, name: str = "") -> None:
        """Compare with this scene from now on."""
        self.other = other
        self.about.setText(f"A: the open scene.  B: {name}." if other else "Nothing to compare with yet.")
        if self._scene is not None:
            self.show_scene(self._scene)

    def show_scores(self, scores: Mapping[str, Score], expert: str) -> None:
        """How well each annotator agrees with the expert."""
        if not expert:
            text = "Name the expert in Preferences, Annotating: whose graphs count as the truth."
        elif not scores:
            text = f"No photo of the sample has graphs by {expert} and by somebody else."
        else:
            text = "\n".join(
                f"{author}: {one.photos} photos, overlap {one.iou:.2f}, {one.distance_m:.2f} m apart, "
                f"{math.degrees(one.yaw_error_rad):.0f}° off, things F1 {one.object_f1:.2f}, relations "
                f"{one.relation_precision:.2f} / {one.relation_recall:.2f}, kappa {one.class_kappa:.2f}"
                for author, one in sorted(scores.items(), key=lambda item: -item[1].object_f1)
            )
        self.scores.setText(text)
        self.scores.show()

    def show_scene(self, scene: Scene) -> None:
        """The open scene changed: compare anew."""
        self._scene = scene
        found = compare(scene, self.other) if self.other is not None else None
        self.items = differences(scene, self.other) if self.other is not None else ()
        for name, label in self.numbers.items():
            label.setText(_number(name, found) if found else "—")
        agree = self.other is not None and not self.items
        self.said.setText("No differences: both say the same" if agree else "Differences")
        texts = [item.text for item in self.items]
        if [self.list.item(row).text() for row in range(self.list.count())] != texts:
            self.list.clear()
            for item in self.items:
                self.list.addItem(QListWidgetItem(item.text))
        for button in (self.take, self.take_all):
            button.setEnabled(bool(self.items))

    def marked(self) -> tuple[Item, ...]:
        """The differences that are marked."""
        return tuple(self.items[self.list.row(item)] for item in self.list.selectedItems())

    def _on_load(self) -> None:
        number = self.choice.currentData()
        if number:
            self.version_requested.emit(number)
        else:
            self.file_requested.emit()

    def _on_take(self) -> None:
        if self.other is not None and self.marked():
            self.take_requested.emit(self.other, self.marked())

    def _on_take_all(self) -> None:
        if self.other is not None and self.items:
            self.take_requested.emit(self.other, self.items)

    def _on_row(self, row: int) -> None:
        if 0 <= row < len(self.items) and self._scene is not None:
            item = self.items[row]
            keys = (item.a,) if item.a else (item.relation.subject, item.relation.object) if item.relation else ()
            self.select_requested.emit(tuple(key for key in keys if key in self._scene.objects))


NUMBER_TITLES: dict[str, str] = {
    "iou": "overlap in 3D",
    "distance_m": "centres apart",
    "yaw_error_rad": "heading off",
    "class_kappa": "kappa of classes",
    "object_precision": "things, precision",
    "object_recall": "things, recall",
    "relation_precision": "relations, precision",
    "relation_recall": "relations, recall",
    "relation_kappa": "kappa of relations",
}


def _number(name: str, found: GraphDifference) -> str:
    value = getattr(found, name)
    if value is None:
        return "—"
    if name == "distance_m":
        return f"{value:.2f} m"
    if name == "yaw_error_rad":
        return f"{math.degrees(value):.0f}°"
    return f"{value:.2f}"
