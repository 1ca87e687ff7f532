"""The dialog that asks for a run: what for, on which data, and the settings that matter, each explained."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from pydantic import ValidationError
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
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

from sd3studio.core.training.messages import DatasetDescribed
from sd3studio.core.training.presets import MEMORY, PRESETS, SETTING_HELP, STEPS_OF_THE_PAPER, Preset, request_of
from sd3studio.core.training.run import FINE_TUNING, ControlMap, Goal, RunRequest
from sd3studio.ui.controllers.editing import first_sentence
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted

CALM_MS = 400
"""The data are looked at when their name has not changed for so long."""
MOST_PROBLEMS = 4


class NewRunDialog(QDialog):
    """Asks; `request` is what was asked for. `estimate_requested` carries the request as it stands."""

    estimate_requested = Signal(object)
    look_requested = Signal(str)
    """Folder of a data set: what is wrong with it?"""

    def __init__(self, parent: QWidget, data: str = "", results: Sequence[tuple[str, Goal, str]] = ()) -> None:
        """`results` are weights that it may begin with: title, goal and folder of each."""
        super().__init__(parent)
        self._results = tuple(results)
        self.setWindowTitle("New training run")
        self.preset, self.memory = QComboBox(), QComboBox()
        for key, preset in PRESETS.items():
            self.preset.addItem(preset.title, key)
        for key, plan in MEMORY.items():
            self.memory.addItem(plan.title, key)
        self.memory.setCurrentIndex(1)
        self.memory.setToolTip(SETTING_HELP["memory"])
        self.stage = QComboBox(toolTip=SETTING_HELP["stage"])
        for key, title in STEPS_OF_THE_PAPER.items():
            self.stage.addItem(title, key)
        self.begin = QComboBox(toolTip="Weights that it goes on with")
        self.about, self.saves, self.data_told = muted(), muted(), QLabel(wordWrap=True)
        self.data_told.setProperty("role", "warning")
        for told in (self.about, self.saves, self.data_told):
            told.setMinimumWidth(430)  # else as much room is kept for them as in a narrow column
        self.title = QLineEdit(placeholderText="Name of the run")
        self.data, browse = QLineEdit(data, placeholderText="Folder of a data set, or a VSD file"), QPushButton("…")
        self.model, find = QLineEdit(placeholderText="Folder of a Stable Diffusion pipeline"), QPushButton("…")
        browse.clicked.connect(lambda: self._browse(self.data))
        find.clicked.connect(lambda: self._browse(self.model))
        self.control, look = QLineEdit(placeholderText="none: folder of a ControlNet"), QPushButton("…")
        self.control_map = QComboBox(toolTip="The map of each scene that the ControlNet reads")
        for name in get_args(ControlMap):
            self.control_map.addItem(name, name)
        self.control.setToolTip(SETTING_HELP["control"])
        look.clicked.connect(lambda: self._browse(self.control))
        self.steps = _number(1, 10_000_000, 200, SETTING_HELP["steps"])
        self.rate = QLineEdit(placeholderText="as usual")
        self.rate.setToolTip(SETTING_HELP["learning_rate"])
        self.batch = _number(0, 65_536, 0, SETTING_HELP["batch"])
        self.batch.setSpecialValueText("as usual")
        self.parts = _number(0, 4_096, 0, SETTING_HELP["accumulate"])
        self.parts.setSpecialValueText("as usual")
        self.seed = _number(0, 2**31 - 1, 0, SETTING_HELP["seed"])
        self.every = _number(1, 1_000_000, 50, SETTING_HELP["checkpoint_every"])
        self.keep = _number(1, 1_000, 3, SETTING_HELP["keep"])
        self.keep_every = _number(0, 1_000_000, 0, SETTING_HELP["keep_every"])
        self.keep_every.setSpecialValueText("none")
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
        form.addRow("", self.data_told)
        form.addRow("Pipeline", self._model_row)
        self._control_row = _with(self.control, look)
        self._control_row.layout().insertWidget(1, self.control_map)
        form.addRow("ControlNet", self._control_row)
        form.addRow("Steps of the paper", self.stage)
        form.addRow("Begin with", self.begin)
        form.addRow("Memory", self.memory)
        form.addRow("", self.saves)
        form.addRow("Steps", self.steps)
        form.addRow("Learning rate", self.rate)
        form.addRow("Batch", self.batch)
        form.addRow("Batches a step", self.parts)
        form.addRow("Seed", self.seed)
        form.addRow("Checkpoint every", self.every)
        form.addRow("Keep checkpoints", self.keep)
        form.addRow("Keep for good every", self.keep_every)
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
        self.more = QCheckBox("More settings", toolTip="Those that are usually left as they are")
        self.more.toggled.connect(self._show_fields)
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
        layout.addWidget(self.more)
        layout.addLayout(row)
        layout.addWidget(self.problem)
        layout.addStretch(1)
        layout.addWidget(self.buttons)
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self._look_at_data)
        self.data.textChanged.connect(self._calm.start)
        self.preset.currentIndexChanged.connect(self._on_preset)
        self.memory.currentIndexChanged.connect(self._on_memory)
        self._on_preset()
        self._on_memory()
        self._calm.start()
        self.setMinimumWidth(560)

    def request(self) -> RunRequest:
        """What is asked for now. Raises `ValidationError` or ValueError with a sentence."""
        preset = PRESETS[self.preset.currentData()]
        changes: dict[str, object] = {
            "steps": self.steps.value(),
            "seed": self.seed.value(),
            "checkpoint_every": self.every.value(),
            "keep": self.keep.value(),
            "keep_every": self.keep_every.value(),
            "sample_every": self.samples.value() if preset.goal == "sd3" else 0,
            "threads": self.threads.value(),
        }
        if self.title.text().strip():
            changes["title"] = self.title.text().strip()
        if self.rate.text().strip():
            changes["learning_rate"] = float(self.rate.text().strip().replace(",", "."))
        if self.begin.currentData():
            changes["start"] = (self.begin.currentData(),)
        if self.batch.value() and preset.goal != "sizes":
            changes["batch"] = self.batch.value()
        if self.parts.value() and preset.goal == "sd3":
            changes["accumulate"] = self.parts.value()
        if preset.goal in ("sd3", "lora"):
            changes["memory"] = self.memory.currentData()
        if preset.goal == "lora":
            changes |= {"model": self.model.text().strip(), "rank": self.rank.value(),
                        "control": self.control.text().strip(),
                        "control_map": self.control_map.currentData()}  # fmt: skip
        if _is_anew(preset):
            changes.pop("steps")
            changes["stage"] = self.stage.currentData()
        data = self.data.text().strip()
        if not data or not Path(data).exists():
            raise ValueError(f"Choose the data: {preset.needs}.")
        return request_of(self.preset.currentData(), data, changes)

    def show_data(self, told: DatasetDescribed) -> None:
        """Tell what is wrong with the data, if they are still those that are named."""
        if told.folder == self.data.text().strip():
            self.data_told.setText("\n".join(f"• {text}" for text in told.problems[:MOST_PROBLEMS]))
            self.form.setRowVisible(self.data_told, bool(told.problems))
            self._fit()

    def show_data_problem(self, text: str) -> None:
        """Tell why the data can't be used."""
        self.data_told.setText(text)
        self.form.setRowVisible(self.data_told, True)
        self._fit()

    def show_estimate(self, text: str) -> None:
        """Tell what the first steps took."""
        self.told.setText(text)
        self._fit()

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
        """Show what a preset is for, and the settings that it has."""
        preset = PRESETS[self.preset.currentData()]
        self.about.setText(f"{preset.about} It needs {preset.needs}.")
        usual = preset.settings.get("steps")
        self.steps.setValue(int(usual) if usual else 200)
        self.form.labelForField(self.steps).setText("Epochs" if preset.goal == "relations" else "Steps")
        self.begin.clear()
        self.begin.addItem("Fresh weights" if _is_anew(preset) else "The weights in use", "")
        for title, goal, folder in self._results:
            if goal == preset.goal:
                self.begin.addItem(title, folder)
        self._show_fields()

    def _show_fields(self) -> None:
        preset, more = PRESETS[self.preset.currentData()], self.more.isChecked()
        lora, sized = preset.goal == "lora", preset.goal in ("sd3", "lora")
        for field, shown in {
            self._model_row: lora,
            self._control_row: lora,
            self.rank: lora and more,
            self.stage: _is_anew(preset),
            self.begin: self.begin.count() > 1 and preset.goal in ("sd3", "relations"),
            self.memory: sized,
            self.saves: sized,
            self.steps: not _is_anew(preset) and preset.goal != "sizes",
            self.samples: preset.goal == "sd3",
            self.every: sized and more,
            self.keep: sized and more,
            self.keep_every: sized and more,
            self.rate: preset.goal != "sizes" and more,
            self.batch: preset.goal != "sizes" and more,
            self.parts: preset.goal == "sd3" and more,
            self.seed: more,
            self.threads: more,
        }.items():
            self.form.setRowVisible(field, shown)
        self._fit()

    def _fit(self) -> None:
        """As high as what it tells now needs."""
        self.layout().activate()
        self.resize(self.width(), max(self.layout().totalHeightForWidth(self.width()), self.minimumSizeHint().height()))

    def _on_memory(self) -> None:
        self.saves.setText(MEMORY[self.memory.currentData()].about)

    def _look_at_data(self) -> None:
        """Ask what is wrong with the data set that is named; other data are looked at when the run begins."""
        self.form.setRowVisible(self.data_told, False)
        folder = Path(self.data.text().strip())
        if self.data.text().strip() and any((folder / part / "index.json").is_file() for part in ("", "train", "dev")):
            self.look_requested.emit(str(folder))

    def _browse(self, field: QLineEdit) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder", field.text() or str(Path.home()))
        if name:
            field.setText(name)


def _is_anew(preset: Preset) -> bool:
    """Whether it trains SD3 from fresh weights."""
    return preset.goal == "sd3" and preset.settings.get("config") != FINE_TUNING


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
