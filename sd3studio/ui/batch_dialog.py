"""The dialog of a batch: what varies over one picture, and how many pictures that makes, before any is queued."""

from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.batches import (
    MOST_PICTURES,
    Axis,
    Batch,
    make_batch,
    over_bookmarks,
    over_prompts,
    over_seeds,
    read_axis,
)
from sd3studio.core.errors import StudioError
from sd3studio.core.requests import GenerateImage
from sd3studio.services.prompts import read_prompts
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import heading, muted

PARAMETERS = {
    "guidance": ("Guidance", "1, 2, 4, 7"),
    "steps": ("Steps", "4..12:4"),
    "camera.fov_y": ("Camera: field of view", "0.4..0.9:0.1"),
    "camera.position.2": ("Camera: height (m)", "0.8, 1.6, 2.4"),
    "width": ("Width", "256, 512"),
    "controls.depth.strength": ("Depth control: strength", "0.4..1:0.2"),
    "negative_prompt": ("Without", "people, text"),
}
"""Path of a field -> its title, and an example of values. Any other path can be typed."""

HOW = "Values: 1, 2, 4 or a range with both ends, 1..3 or 1..3:0.5. Every combination is made."


class BatchDialog(QDialog):
    """Asks what varies. `batch()` gives the pictures; `front` says whether they go before all that wait."""

    def __init__(self, request: GenerateImage, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("A batch of pictures")
        self._request = request
        self._prompts: list[str] = []
        self.front = False
        self._make_fields(request)
        self.summary = QLabel(wordWrap=True)
        self.summary.setMinimumHeight(44)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = QPushButton("Queue")
        self.go.setProperty("primary", "true")
        self.go_front = QPushButton("Queue before all that wait")
        self._buttons.addButton(self.go, QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(self.go_front, QDialogButtonBox.ButtonRole.ApplyRole)
        self.go.clicked.connect(self.accept)
        self.go_front.clicked.connect(self._on_front)
        self._buttons.rejected.connect(self.reject)
        self._lay_out()
        for button in (self.browse, self.forget):
            button.setAutoDefault(False)  # Enter in a field queues the batch
        self.go.setDefault(True)
        self.refresh()

    def _make_fields(self, request: GenerateImage) -> None:
        self.by_seed = QCheckBox("Seeds", checked=True)
        self.seeds = QSpinBox(minimum=1, maximum=MOST_PICTURES, value=4)
        self.seeds.setAccessibleName("Number of seeds")
        self.rows: list[tuple[QComboBox, QLineEdit]] = []
        for _ in range(2):
            field, values = QComboBox(editable=True), QLineEdit()
            field.setAccessibleName("Parameter that varies")
            values.setAccessibleName("Values of the parameter")
            field.addItem("nothing more", "")
            for key, (title, _example) in PARAMETERS.items():
                field.addItem(title, key)
            field.currentIndexChanged.connect(self._on_field)
            field.editTextChanged.connect(self.refresh)
            values.textChanged.connect(self.refresh)
            self.rows.append((field, values))
        self.cameras = QListWidget()
        self.cameras.setMaximumHeight(96)
        self.cameras.setAccessibleName("Camera bookmarks")
        for bookmark in request.scene.bookmarks:
            item = QListWidgetItem(bookmark.name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.cameras.addItem(item)
        self.prompts = QLineEdit(readOnly=True, placeholderText="a text file, a prompt a line")
        self.browse = icon_button("open", tip="Choose a text file of prompts")
        self.browse.clicked.connect(self._on_browse)
        self.forget = icon_button("close", tip="No file of prompts")
        self.forget.clicked.connect(self._on_forget)
        self.by_seed.toggled.connect(self.refresh)
        self.seeds.valueChanged.connect(self.refresh)
        self.cameras.itemChanged.connect(self.refresh)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.by_seed, 0, 0)
        seeds = QHBoxLayout()
        seeds.addWidget(self.seeds)
        seeds.addSpacing(8)
        seeds.addWidget(muted(f"from seed {self._request.seed} on"), 1)
        grid.addLayout(seeds, 0, 1)
        grid.addWidget(heading("Parameters"), 1, 0, 1, 2)
        for number, (field, values) in enumerate(self.rows, start=2):
            grid.addWidget(field, number, 0)
            grid.addWidget(values, number, 1)
        grid.addWidget(muted(HOW), 4, 0, 1, 2)
        grid.addWidget(heading("Camera bookmarks"), 5, 0, 1, 2)
        if self.cameras.count():
            grid.addWidget(self.cameras, 6, 0, 1, 2)
        else:
            grid.addWidget(muted("The scene keeps no camera yet."), 6, 0, 1, 2)
        grid.addWidget(heading("Prompts"), 7, 0)
        prompts = QHBoxLayout()
        for widget in (self.prompts, self.browse, self.forget):
            prompts.addWidget(widget)
        grid.addLayout(prompts, 8, 0, 1, 2)
        layout = QVBoxLayout(self)
        layout.addLayout(grid)
        layout.addStretch(1)
        layout.addWidget(self.summary)
        layout.addWidget(self._buttons)
        self.resize(560, 430)

    def axes(self) -> list[Axis]:
        """What varies, the last one fastest. Raises `StudioError`."""
        found: list[Axis] = []
        if self._prompts:
            found.append(over_prompts(self._prompts))
        items = [self.cameras.item(row) for row in range(self.cameras.count())]
        names = [item.text() for item in items if item.checkState() == Qt.CheckState.Checked]
        if names:
            found.append(over_bookmarks(self._request.scene, names))
        for field, values in self.rows:
            path = self._path(field)
            if path:
                found.append(read_axis(f"{path}={values.text()}"))
        if self.by_seed.isChecked():
            found.append(over_seeds(self.seeds.value(), self._request.seed))
        return found

    def batch(self) -> Batch:
        """The pictures. Raises `StudioError` where a field is wrong."""
        return make_batch(self._request, self.axes())

    def refresh(self) -> None:
        """Say how many pictures it would be, or what is wrong; the first one is tried out."""
        try:
            batch = self.batch()
            next(batch.variants())
        except (StudioError, ValidationError) as error:
            self._say(str(error), "danger", False)
            return
        sides = " × ".join(_said(axis) for axis in batch.axes)
        count = f"{len(batch):,} picture{'' if len(batch) == 1 else 's'}"
        self._say(f"{count}{f'  ({sides})' if len(batch.axes) > 1 else ''}", "", True)
        self.go.setText(f"Queue {count}")

    def _say(self, text: str, role: str, good: bool) -> None:
        self.summary.setText(text)
        self.summary.setProperty("role", role)
        self.summary.style().polish(self.summary)
        self.go.setEnabled(good)
        self.go_front.setEnabled(good)

    def _path(self, field: QComboBox) -> str:
        text = field.currentText().strip()
        if text == field.itemText(field.currentIndex()):
            return field.currentData()
        return text

    def _on_field(self) -> None:
        for field, values in self.rows:
            values.setPlaceholderText(PARAMETERS.get(field.currentData() or "", ("", ""))[1])
        self.refresh()

    def take_prompts(self, path: Path) -> None:
        """Use the prompts of a text file; what is wrong with it is said."""
        try:
            self._prompts = read_prompts(path)
        except StudioError as error:
            self._say(str(error), "danger", False)
            return
        self.prompts.setText(f"{path.name}: {len(self._prompts)} prompts")
        self.refresh()

    def _on_browse(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Prompts, one a line", "", "Text (*.txt);;All files (*)")
        if name:
            self.take_prompts(Path(name))

    def _on_forget(self) -> None:
        self._prompts = []
        self.prompts.clear()
        self.refresh()

    def _on_front(self) -> None:
        self.front = True
        self.accept()


def _said(axis: Axis) -> str:
    count, last = len(axis.values), axis.field.rpartition(".")[2]
    if last in ("seed", "camera", "prompt"):
        return f"{count} {last}{'' if count == 1 else 's'}"
    return f"{count} of {axis.field}"
