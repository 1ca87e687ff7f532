"""The generation panel: who makes the picture, how large, from which seed, with which words and maps."""

import random

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.messages import Progress
from sd3studio.core.picture_controls import DepthRange, Style
from sd3studio.core.requests import USUAL, Backend, GenerateImage
from sd3studio.core.scene.values import Scene
from sd3studio.core.settings import Generation, Models
from sd3studio.ui.icons import icon_button, set_icon
from sd3studio.ui.panels.control_row import ControlRow
from sd3studio.ui.panels.fields import NumberField, compact, heading, muted, shrinkable
from sd3studio.ui.panels.reference_row import ReferenceRow
from sd3studio.ui.panels.style_row import StyleRow

BACKENDS: dict[Backend, str] = {
    "sd3-mini": "SD3 mini (ships with the program)",
    "render": "Render (our renderer, no network)",
    "diffusers": "Diffusers (local Stable Diffusion)",
}
ABOUT: dict[Backend, str] = {
    "sd3-mini": "Our own network. It follows the layout and these words: colours, materials, evening, night.",
    "render": "A textured render of the layout with soft shadows. It is not made by a network.",
    "diffusers": "A Stable Diffusion folder on this machine, steered by the control maps below.",
}
SIZES = ((512, 384), (256, 256), (384, 384), (512, 512), (768, 512), (1024, 768), (1024, 1024), (512, 768))
MAX_SEED = 2**31 - 1
SEED_MODES = {
    "layout": ("Auto", "The same seed while only the layout changes, another one for anything else"),
    "always": ("Keep", "The same seed until you change it"),
    "never": ("New each", "Another seed after each picture"),
}


class GeneratePanel(QWidget):
    """Shows the settings of the next picture; the wishes to make it or to stop leave as signals."""

    generate_requested = Signal()
    cancel_requested = Signal()
    retry_requested = Signal(dict)
    prompt_edited = Signal(str)
    request_shown = Signal()

    def __init__(self, defaults: Generation, models: Models) -> None:
        super().__init__()
        self.depth_range = DepthRange()
        """Near and far of the depth picture; shown with the maps."""
        self._last: GenerateImage | None = None
        self._make_fields(defaults, models)
        self._make_controls(models)
        self._make_run_row()
        self._lay_out()
        self._on_backend()

    def _make_fields(self, defaults: Generation, models: Models) -> None:
        self.backend = QComboBox()
        shrinkable(self.backend)
        for key, text in BACKENDS.items():
            self.backend.addItem(text, key)
        self.backend.setCurrentIndex(max(self.backend.findData(defaults.backend), 0))
        self.backend.currentIndexChanged.connect(self._on_backend)
        self.about = muted()
        self.size = QComboBox()
        for width, height in dict.fromkeys(((defaults.width, defaults.height), *SIZES)):
            self.size.addItem(f"{width} × {height}", (width, height))
        self.seed = QSpinBox(maximum=MAX_SEED)
        self.seed.setMinimumWidth(70)
        self.seed_mode = QComboBox()
        shrinkable(self.seed_mode)
        self.seed_mode.setAccessibleName("When the seed changes")
        for key, (text, tip) in SEED_MODES.items():
            self.seed_mode.addItem(text, key)
            self.seed_mode.setItemData(self.seed_mode.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.seed_mode.setToolTip("\n".join(f"{text}: {tip}" for text, tip in SEED_MODES.values()))
        self.seed_mode.setCurrentIndex(self.seed_mode.findData("layout" if defaults.lock_seed else "never"))
        self.dice = compact(icon_button("dice", tip="Another seed"))
        self.dice.clicked.connect(self._on_dice)
        self.steps = QSpinBox(minimum=1, maximum=1000)
        self.guidance = NumberField(low=0.0, high=50.0, step=0.5, digits=1)
        self.freedom = NumberField(low=0.0, high=1.0, step=0.25, digits=2)
        self.freedom.setToolTip("How freely what nobody says is drawn (colours, light): 0 as things usually are")
        self._usual = {key: (usual.steps, usual.guidance) for key, usual in USUAL.items()}
        self._usual["diffusers"] = (defaults.steps, defaults.guidance)
        self.prompt = QPlainTextEdit(placeholderText="Written from the scene; type to use your own words")
        self.prompt.setFixedHeight(64)
        self.prompt.setTabChangesFocus(True)
        self.prompt.textChanged.connect(self._on_prompt)
        self.negative = QLineEdit(placeholderText="what should not be in the picture")
        self.style_row, self.reference_row = StyleRow(), ReferenceRow(models.ip_adapter)
        self.style_row.chosen.connect(self._on_style)
        self.model = QLineEdit(models.diffusers, placeholderText="folder with model_index.json, or a hub id")
        self.browse = icon_button("open", tip="Choose a model folder")
        self.browse.clicked.connect(self._on_browse)

    def _make_controls(self, models: Models) -> None:
        known = {"depth": models.depth_control, "normal": models.normal_control, "class": models.class_control}
        self.controls = {
            name: ControlRow(name, known.get(name, ""), on=name == "depth")
            for name in ("depth", "normal", "class", "boxes")
        }

    def _make_run_row(self) -> None:
        self.go = QPushButton("Generate")
        set_icon(self.go, "generate", on_accent=True)
        self.go.setProperty("primary", "true")
        self.go.setToolTip("Make a picture of the scene (Ctrl+Enter)")
        self.go.clicked.connect(self.generate_requested)
        self.stop = icon_button("stop", "Cancel", "Stop the running job (Shift+X)")
        self.stop.clicked.connect(self.cancel_requested)
        self.rest = icon_button("rest", tip="Draw anew only what changed since the marked picture (Alt+Enter)")
        self.draft = icon_button("draft", tip="Drafts while you drag (Alt+D)")
        self.draft.setCheckable(True)
        self.progress = QProgressBar(visible=False)
        self.failure = muted()
        self.failure.setProperty("role", "danger")
        self.failure.hide()
        self.smaller = QPushButton("Try again with smaller settings", visible=False)
        self.smaller.clicked.connect(self._on_smaller)
        self._hint: dict[str, object] = {}
        self.show_running(False)

    def _lay_out(self) -> None:
        seed_row, model_row = QHBoxLayout(), QHBoxLayout()
        for widget, stretch in ((self.seed, 3), (self.dice, 0), (self.seed_mode, 4)):
            seed_row.addWidget(widget, stretch)
        model_row.addWidget(self.model, 1)
        model_row.addWidget(self.browse)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setVerticalSpacing(7)
        form.addRow("Made by", self.backend)
        form.addRow(self.about)
        form.addRow("Size", self.size)
        form.addRow("Seed", seed_row)
        self.network = QWidget()
        inner = QFormLayout(self.network)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setVerticalSpacing(7)
        inner.addRow("Prompt", self.prompt)
        inner.addRow("Without", self.negative)
        inner.addRow("Style", self.style_row)
        inner.addRow("Like", self.reference_row)
        inner.addRow("Steps", self.steps)
        inner.addRow("Guidance", self.guidance)
        inner.addRow("Freedom", self.freedom)
        self.local_model = QWidget()
        own = QFormLayout(self.local_model)
        own.setContentsMargins(0, 0, 0, 0)
        own.setVerticalSpacing(7)
        own.addRow("Model", model_row)
        own.addRow(heading("Controls"))
        for row in self.controls.values():
            own.addRow(row)
        page = QWidget()
        column = QVBoxLayout(page)
        column.addLayout(form)
        column.addWidget(self.network)
        column.addWidget(self.local_model)
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        run = QHBoxLayout()
        run.addWidget(self.go, 1)
        run.addWidget(self.rest)
        run.addWidget(self.draft)
        run.addWidget(self.stop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(area, 1)
        for widget in (self.progress, self.failure, self.smaller):
            layout.addWidget(widget)
        layout.addLayout(run)

    def request(self, scene: Scene) -> GenerateImage:
        """The request that the fields describe, for this scene."""
        width, height = self.size.currentData()
        own = self.backend.currentData() == "diffusers"
        rows = self.controls.values() if own else ()
        render = self.backend.currentData() == "render"
        return GenerateImage(
            scene=scene.replace(camera=scene.camera.replace(width=width, height=height)),
            backend=self.backend.currentData(),
            width=width,
            height=height,
            seed=self.seed.value(),
            steps=self.steps.value(),
            guidance=self.guidance.value(),
            prompt=self.own_prompt(),
            negative_prompt=self.negative.text().strip(),
            model=self.model.text().strip() if own else "",
            controls=tuple(control for row in rows if (control := row.control()) is not None),
            depth_range=self.depth_range,
            style=None if render else self.style_row.style_chosen(),
            reference=None if render else self.reference_row.reference(),
            freedom=self.freedom.value() if self.backend.currentData() == "sd3-mini" else 0.0,
        )

    def next_request(self, scene: Scene) -> GenerateImage:
        """The request for the picture that is wanted now: with another seed where the mode says so."""
        request = self.request(scene)
        if self.seed_mode.currentData() == "layout" and self._last is not None and request.seed == self._last.seed:
            alike = request.replace(scene=self._last.scene) == self._last
            if not alike or request.scene == self._last.scene:
                self._on_dice()
                request = request.replace(seed=self.seed.value())
        self._last = request
        return request

    def show_request(self, request: GenerateImage) -> None:
        """Show the settings of an earlier request."""
        self._last = None  # its seed is wanted, whatever else is changed before
        self.backend.setCurrentIndex(max(self.backend.findData(request.backend), 0))
        size = (request.width, request.height)
        if self.size.findData(size) < 0:
            self.size.addItem(f"{size[0]} × {size[1]}", size)
        self.size.setCurrentIndex(self.size.findData(size))
        self.seed.setValue(min(request.seed, MAX_SEED))
        self.steps.setValue(request.steps)
        self.guidance.show_value(request.guidance)
        self.freedom.show_value(request.freedom)
        self.prompt.setPlainText(request.prompt)
        self.negative.setText(request.negative_prompt)
        self.style_row.show_style(request.style)
        self.reference_row.show_reference(request.reference)
        self.depth_range = request.depth_range
        if request.backend == "diffusers":
            asked = {control.map: control for control in request.controls}
            for name, row in self.controls.items():
                row.show_control(asked.get(name))
            self.model.setText(request.model)
        self.request_shown.emit()

    def show_seed(self, seed: int) -> None:
        """Show the seed of an earlier picture."""
        self.seed.setValue(min(seed, MAX_SEED))

    def show_words(self, prompt: str) -> None:
        """Show the prompt of an earlier picture."""
        self.prompt.setPlainText(prompt)

    def another_seed(self) -> None:
        """Show a seed by chance."""
        self._on_dice()

    def show_prompt(self, written: str) -> None:
        """Show, as a placeholder, the prompt that the graph gives."""
        self.prompt.setPlaceholderText(written or "Written from the scene; type to use your own words")

    def show_running(self, running: bool) -> None:
        """Show whether a picture is being made."""
        self.stop.setEnabled(running)
        self.progress.setVisible(running)
        if running:
            self.progress.setRange(0, 0)
            self.failure.hide()
            self.smaller.hide()

    def show_progress(self, progress: Progress) -> None:
        """Show how far the picture is."""
        self.progress.setRange(0, progress.total)
        self.progress.setValue(progress.step)
        self.progress.setFormat(progress.text or "%v of %m")

    def show_failure(self, message: str, hint: dict[str, object]) -> None:
        """Say why there is no picture; `hint` offers request fields that may help."""
        self.failure.setText(message)
        self.failure.show()
        self._hint = hint
        if hint:
            self.smaller.setText("Try again with " + ", ".join(f"{k} {v}" for k, v in hint.items()))
        self.smaller.setVisible(bool(hint))

    def next_seed(self) -> None:
        """Take another seed after a picture, where each has its own."""
        if self.seed_mode.currentData() == "never":
            self._on_dice()

    def own_prompt(self) -> str:
        """The user's own words; empty where the prompt is written from the scene."""
        return self.prompt.toPlainText().strip()

    def take_style(self, style: Style) -> None:
        """Use a style that was made of the words here: they are not needed twice."""
        self.prompt.clear()
        self.negative.clear()
        self.style_row.show_style(style)

    def show_own_prompt(self, text: str) -> None:
        """Show words of the user's own; none means: written from the scene."""
        if text != self.prompt.toPlainText():
            self.prompt.setPlainText(text)

    def _on_prompt(self) -> None:
        self.prompt_edited.emit(self.prompt.toPlainText())

    def _on_style(self, style: Style | None) -> None:
        """A preset of a diffusion model may propose steps and guidance."""
        if style is None or self.backend.currentData() != "diffusers":
            return
        if style.steps is not None:
            self.steps.setValue(style.steps)
        if style.guidance is not None:
            self.guidance.show_value(style.guidance)

    def _on_backend(self) -> None:
        backend: Backend = self.backend.currentData()
        self.about.setText(ABOUT[backend])
        self.network.setVisible(backend != "render")
        self.local_model.setVisible(backend == "diffusers")
        self.reference_row.show_backend(backend)
        self.network.layout().setRowVisible(self.freedom, backend == "sd3-mini")
        steps, guidance = self._usual[backend]
        self.steps.setValue(steps)
        self.guidance.show_value(guidance)

    def _on_dice(self) -> None:
        self.seed.setValue(random.randrange(MAX_SEED))

    def _on_browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of a diffusers model", self.model.text())
        if folder:
            self.model.setText(folder)

    def _on_smaller(self) -> None:
        self.retry_requested.emit(self._hint)
