"""The dialog that asks for a run: what for, on which data, and the settings that matter, each explained."""

from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.training.presets import MEMORY, PRESETS, SETTING_HELP, request_of
from sd3studio.core.training.run import RunRequest
from sd3studio.ui.controllers.editing import first_sentence
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted

BATCH = 8
"""Samples of a micro-batch at the usual memory, where a preset names none."""


class NewRunDialog(QDialog):
    """Asks; `request` is what was asked for. `estimate_requested` carries the request as it stands."""

    estimate_requested = Signal(object)

    def __init__(self, parent: QWidget, data: str = "") -> None:
        super().__init__(parent)
        self.setWindowTitle("New training run")
        self.preset, self.memory = QComboBox(), QComboBox()
        for key, preset in PRESETS.items():
            self.preset.addItem(preset.title, key)
        for key, (title, _) in MEMORY.items():
            self.memory.addItem(title, key)
        self.memory.setCurrentIndex(1)
        self.about = muted()
        self.title = QLineEdit(placeholderText="Name of the run")
        self.data, browse = QLineEdit(data, placeholderText="Folder of a data set, or a VSD file"), QPushButton("…")
        self.model, find = QLineEdit(placeholderText="Folder of a Stable Diffusion pipeline"), QPushButton("…")
        browse.clicked.connect(lambda: self._browse(self.data))
        find.clicked.connect(lambda: self._browse(self.model))
        self.steps = _number(1, 10_000_000, 200, SETTING_HELP["steps"])
        self.own_steps = self.steps
        self.rate = QLineEdit(placeholderText="as usual")
        self.rate.setToolTip(SETTING_HELP["learning_rate"])
        self.seed = _number(0, 2**31 - 1, 0, SETTING_HELP["seed"])
        self.every = _number(1, 1_000_000, 50, SETTING_HELP["checkpoint_every"])
        self.keep = _number(1, 1_000, 3, SETTING_HELP["keep"])
        self.samples = _number(0, 1_000_000, 50, SETTING_HELP["sample_every"])
        self.threads = _number(1, 256, 1, SETTING_HELP["threads"])
        self.rank = _number(1, 512, 8, SETTING_HELP["rank"])
        self.problem, self.told = QLabel(wordWrap=True), muted()
        self.problem.setProperty("role", "danger")
        form = QFormLayout()
        form.addRow("What for", self.preset)
        form.addRow("", self.about)
        form.addRow("Name", self.title)
        form.addRow("Data", _with(self.data, browse))
        self._model_row = _with(self.model, find)
        form.addRow("Pipeline", self._model_row)
        form.addRow("Memory", self.memory)
        form.addRow("Steps", self.steps)
        form.addRow("Learning rate", self.rate)
        form.addRow("Seed", self.seed)
        form.addRow("Checkpoint every", self.every)
        form.addRow("Keep checkpoints", self.keep)
        form.addRow("Sample every", self.samples)
        form.addRow("Threads", self.threads)
        form.addRow("Rank", self.rank)
        self.form = form
        for row in range(form.rowCount()):
            label, field = (
                form.itemAt(row, role) for role in (QFormLayout.ItemRole.LabelRole, QFormLayout.ItemRole.FieldRole)
            )
            if label and field and field.widget() and label.widget():
                label.widget().setToolTip(field.widget().toolTip())
        estimate = icon_button("history", "Measure time and memory", "Do the first steps and throw them away")
        estimate.clicked.connect(self._on_estimate)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.start = self.buttons.addButton("Start", QDialogButtonBox.ButtonRole.AcceptRole)
        self.start.setProperty("primary", "true")
        self.buttons.accepted.connect(self._on_start)
        self.buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(estimate)
        row.addWidget(self.told, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addLayout(row)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        self.preset.currentIndexChanged.connect(self._on_preset)
        self._on_preset()
        self.resize(560, 640)

    def request(self) -> RunRequest:
        """What is asked for now. Raises `ValidationError` or ValueError with a sentence."""
        preset = PRESETS[self.preset.currentData()]
        changes: dict[str, object] = {
            "steps": self.steps.value(),
            "seed": self.seed.value(),
            "checkpoint_every": self.every.value(),
            "keep": self.keep.value(),
            "sample_every": self.samples.value() if preset.goal == "sd3" else 0,
            "threads": self.threads.value(),
        }
        if self.title.text().strip():
            changes["title"] = self.title.text().strip()
        if self.rate.text().strip():
            changes["learning_rate"] = float(self.rate.text().strip().replace(",", "."))
        factor = MEMORY[self.memory.currentData()][1]
        if preset.goal in ("sd3", "relations") and factor != 1.0:
            changes["batch"] = max(1, round(BATCH * factor))
        if preset.goal == "lora":
            changes |= {"model": self.model.text().strip(), "rank": self.rank.value()}
        if preset.goal == "sd3" and preset.settings.get("config") != "fine-tuning":
            changes.pop("steps")
        data = self.data.text().strip()
        if not data or not Path(data).exists():
            raise ValueError(f"Choose the data: {preset.needs}.")
        return request_of(self.preset.currentData(), data, changes)

    def show_estimate(self, text: str) -> None:
        """Tell what the first steps took."""
        self.told.setText(text)

    def _asked(self) -> RunRequest | None:
        self.problem.clear()
        try:
            return self.request()
        except (ValidationError, ValueError) as error:
            self.problem.setText(first_sentence(error) if isinstance(error, ValidationError) else str(error))
        return None

    def _on_start(self) -> None:
        if self._asked() is not None:
            self.accept()

    def _on_estimate(self) -> None:
        request = self._asked()
        if request is not None:
            self.told.setText("Doing the first steps…")
            self.estimate_requested.emit(request)

    def _on_preset(self) -> None:
        preset = PRESETS[self.preset.currentData()]
        self.about.setText(f"{preset.about} It needs {preset.needs}.")
        self.form.setRowVisible(self._model_row, preset.goal == "lora")
        self.form.setRowVisible(self.rank, preset.goal == "lora")
        self.form.setRowVisible(self.steps, preset.settings.get("config", "fine-tuning") == "fine-tuning")
        self.form.setRowVisible(self.samples, preset.goal == "sd3")
        for field in (self.steps, self.rate, self.every, self.keep, self.memory):
            if preset.goal == "sizes":
                self.form.setRowVisible(field, False)
            elif field is not self.steps:
                self.form.setRowVisible(field, True)
        usual = preset.settings.get("steps")
        self.steps.setValue(int(usual) if usual else 200)

    def _browse(self, field: QLineEdit) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder", field.text() or str(Path.home()))
        if name:
            field.setText(name)


def _number(low: int, high: int, value: int, tip: str) -> QSpinBox:
    box = QSpinBox(minimum=low, maximum=high, value=value)
    box.setGroupSeparatorShown(True)
    box.setToolTip(tip)
    return box


def _with(field: QLineEdit, button: QPushButton) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(field, 1)
    button.setMaximumWidth(36)
    row.addWidget(button)
    return holder
