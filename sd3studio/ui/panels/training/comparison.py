"""Runs side by side: settings, losses, and scores on the same scenes, the shipped weights among them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.training.in_use import SHIPPED
from sd3studio.core.training.messages import WeightsShown
from sd3studio.services.runs.comparing import compared, with_scores
from sd3studio.services.runs.store import Run
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted
from sd3studio.ui.panels.training.side_by_side import SideBySide

SHIPPED_NAME = "shipped weights"
SCORED = ("sd3", "relations")
"""Goals whose weights have scores."""


class ComparisonDialog(QDialog):
    """A table with a column a run; scores come when they are asked for."""

    score_requested = Signal(str, str, int)
    """Folder of weights, folder of the data, at most so many scenes."""
    look_requested = Signal(str, str)
    """Folder of weights, folder of the data: what do they make of a few scenes?"""

    def __init__(self, parent: QWidget, runs: Sequence[Run], home: Path) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare runs")
        self._runs = list(runs)
        self._scores: dict[str, dict[str, object]] = {}
        self._folders = {str(run.result): run.id for run in runs if run.result.is_dir()}
        goal = runs[0].request.goal
        self._shipped = SHIPPED.get(goal)
        if self._shipped is not None:
            self._folders[str(self._shipped)] = SHIPPED_NAME
        self.table, self.seen = QTableWidget(), SideBySide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.data = QLineEdit(runs[0].request.data, placeholderText="Data set to score on")
        self.limit = QSpinBox(minimum=1, maximum=10_000, value=24, suffix=" scenes")
        self.score = icon_button("search", "Score on the same scenes", "What each gets right, with intervals")
        self.score.setEnabled(goal in SCORED and bool(self._folders))
        self.score.clicked.connect(self._on_score)
        self.problem, self.told = QLabel(wordWrap=True), muted()
        self.problem.setProperty("role", "danger")
        row = QHBoxLayout()
        row.addWidget(self.data, 1)
        row.addWidget(self.limit)
        row.addWidget(self.score)
        self.look = icon_button("view", "Side by side", "Pictures, sentences and relations of the same few scenes")
        self.look.setEnabled(self.score.isEnabled())
        self.look.clicked.connect(self._on_look)
        row.addWidget(self.look)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.table, "Settings, losses, scores")
        self.tabs.addTab(self.seen, "Side by side")
        layout.addWidget(self.tabs, 1)
        layout.addLayout(row)
        for widget in (self.told, self.problem, buttons):
            layout.addWidget(widget)
        self.resize(940, 620)
        self._show()

    def show_scores(self, folder: str, scores: dict[str, object]) -> None:
        """Put the scores of a folder of weights into its column."""
        self._scores[self._folders.get(folder, folder)] = scores
        waiting = len(self._folders) - len(self._scores)
        self.told.setText(f"{waiting} still to score…" if waiting else "Intervals are 95 % over the scenes.")
        self._show()

    def show_made(self, shown: WeightsShown) -> None:
        """Put what a folder of weights makes into its column."""
        name = self._folders.get(shown.folder, shown.folder)
        waiting = self.seen.show_made(name, shown)
        self.told.setText(f"{waiting} still to look at…" if waiting else "The same scenes, with the same seed.")

    def show_problem(self, text: str) -> None:
        """Tell why something could not be scored."""
        self.problem.setText(text)

    def cell(self, row: str, column: str) -> str:
        """What stands in a row of a column."""
        rows = [self.table.verticalHeaderItem(k).text() for k in range(self.table.rowCount())]
        columns = [self.table.horizontalHeaderItem(k).text() for k in range(self.table.columnCount())]
        return self.table.item(rows.index(row), columns.index(column)).text()

    def _show(self) -> None:
        table = compared(self._runs)
        if SHIPPED_NAME in self._folders.values():
            table = {name: [*values, SHIPPED_NAME if name == "run" else ""] for name, values in table.items()}
        table = with_scores(table, self._scores)
        names = [name for name in table if name != "run"]
        self.table.setColumnCount(len(table["run"]))
        self.table.setRowCount(len(names))
        self.table.setHorizontalHeaderLabels([str(name) for name in table["run"]])
        self.table.setVerticalHeaderLabels(names)
        for k, name in enumerate(names):
            for j, value in enumerate(table[name]):
                item = QTableWidgetItem("" if value in (None, "", ()) else str(value))
                item.setToolTip(item.text())
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                self.table.setItem(k, j, item)

    def _on_score(self) -> None:
        self.problem.clear()
        self.told.setText("Scoring: pictures take about a second and a half each…")
        self.tabs.setCurrentWidget(self.table)
        for folder in self._folders:
            self.score_requested.emit(folder, self.data.text().strip(), self.limit.value())

    def _on_look(self) -> None:
        self.problem.clear()
        self.told.setText("Making pictures and sentences of the first scenes…")
        self.seen.begin(list(self._folders.values()))
        self.tabs.setCurrentWidget(self.seen)
        for folder in self._folders:
            self.look_requested.emit(folder, self.data.text().strip())
