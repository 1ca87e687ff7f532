"""What one run is doing, and what can be done with it."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.training.run import GOALS, RunState
from sd3studio.services.runs.watching import RunDetail, RunRow
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import heading, muted
from sd3studio.ui.panels.training.run_list import ago, colour_of, time_left

ACTIONS: tuple[tuple[str, str, str, str], ...] = (
    ("pause", "Pause", "pause", "Hold still after this step; the process keeps its memory"),
    ("resume", "Resume", "play", "Go on from where it is"),
    ("stop", "Stop and save", "stop", "Save a checkpoint after this step and end"),
    ("save now", "Save now", "save", "Write a checkpoint after this step"),
    ("sample now", "Sample now", "view", "Show what the weights make now"),
    ("extend", "Extend…", "plus", "Train the last stage for more steps"),
    ("branch", "Branch…", "copy", "A new run that goes on from a checkpoint of this one"),
    ("promote", "Use these weights", "star", "Generate, Caption and the parser use them from now on"),
    ("rollback", "Back to earlier weights", "undo", "Use the weights that were in use before"),
    ("export", "Export…", "export", "Copy weights and card to a folder that from_pretrained loads"),
    ("remove", "Delete…", "trash", "Delete the run and all that it made"),
)
WIDE = ("promote", "rollback")
"""Over both columns."""


class RunDetails(QWidget):
    """Shows one run; wishes leave as ``wished(what)``."""

    wished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.title, self.state = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.title.setStyleSheet("font-weight: 600;")
        self.bar = QProgressBar(textVisible=False, maximumHeight=10)
        self.reason = QLabel(wordWrap=True)
        self.reason.setProperty("role", "warning")
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.facts = muted()
        self.in_use = muted()
        self.buttons: dict[str, QPushButton] = {}
        grid = QGridLayout()
        grid.setSpacing(6)
        for what, text, name, tip in ACTIONS:
            button = icon_button(name, text, tip)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(self._wish(what))
            self.buttons[what] = button
        for number, what in enumerate(what for what in self.buttons if what not in WIDE):
            grid.addWidget(self.buttons[what], number // 2, number % 2)
        for what in WIDE:
            grid.addWidget(self.buttons[what], grid.rowCount(), 0, 1, 2)
        self.buttons["promote"].setProperty("primary", "true")
        inner = QWidget()
        layout = QVBoxLayout(inner)
        for widget in (heading("This run"), self.title, self.state, self.bar, self.reason, self.facts):
            layout.addWidget(widget)
        layout.addLayout(grid)
        layout.addWidget(heading("In use"))
        layout.addWidget(self.in_use)
        layout.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(290)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.show_run(None, None)

    def show_run(self, row: RunRow | None, detail: RunDetail | None) -> None:
        """Show a run, or that none is chosen."""
        if row is None or detail is None:
            self.title.setText("No run is chosen")
            for widget in (self.state, self.facts, self.reason):
                widget.setText("")
            self.bar.hide()
            for button in self.buttons.values():
                button.setEnabled(False)
            return
        status, request = row.status, row.request
        self.title.setText(row.title)
        left = time_left(status, detail.per_step_s)
        self.state.setText("  ".join(filter(None, (row.line, left))))
        colour = f"color: {colour_of(status.state)};"
        if self.state.styleSheet() != colour:  # a new one is read anew, even where it is the same
            self.state.setStyleSheet(colour)
        self.bar.setVisible(status.total > 0)
        self.bar.setRange(0, max(status.total, 1))
        self.bar.setValue(status.step)
        self.reason.setText("\n".join(filter(None, (status.reason, *status.alerts))))
        self.reason.setVisible(bool(self.reason.text()))
        told = [f"Goal: {GOALS[request.goal]}", f"Data: {request.data or 'none'}"]
        if detail.last:
            told.insert(0, last_words(detail.last))
        if request.start:
            told.append(f"Started from: {', '.join(request.start)}")
        if request.parent:
            told.append(f"Branched from: {request.parent}, step {request.parent_step}")
        if status.state.lives:
            told.append(f"Process {status.pid} on {status.host}, heard of {ago(status.beat)}")
        if detail.checkpoints:
            told.append("Checkpoints: " + ", ".join(f"{stage} {step}" for stage, step in detail.checkpoints[-4:]))
        self.facts.setText("\n".join(told))
        self._enable(status.state, bool(detail.checkpoints), detail.result is not None)

    def show_in_use(self, text: str, can_roll_back: bool) -> None:
        """Say which weights are in use."""
        self.in_use.setText(text)
        self.buttons["rollback"].setEnabled(can_roll_back)

    def _enable(self, state: RunState, has_checkpoints: bool, has_result: bool) -> None:
        lives = state.lives
        can = {
            "pause": state is RunState.RUNNING,
            "resume": state in (RunState.PAUSED, RunState.STOPPED, RunState.FAILED),
            "stop": lives,
            "save now": state is RunState.RUNNING,
            "sample now": state is RunState.RUNNING,
            "extend": not lives and state is not RunState.WAITING,
            "branch": has_checkpoints or has_result,
            "promote": has_result,
            "export": has_result,
            "remove": not lives,
        }
        for what, enabled in can.items():
            self.buttons[what].setEnabled(enabled)

    def _wish(self, what: str):  # type: ignore[no-untyped-def]
        return lambda: self.wished.emit(what)


def last_words(last: Mapping[str, float]) -> str:
    """The numbers of the last step in a line."""
    forms = {
        "loss": "loss {:.4g}",
        "lr": "rate {:.2g}",
        "gradient_norm": "gradient {:.3g}",
        "samples_per_s": "{:.3g} samples/s",
        "memory_mb": "{:,.0f} MB",
    }
    return ",  ".join(form.format(last[name]) for name, form in forms.items() if last.get(name))
