"""Dialogs of the library: export with its diff, find and replace with what it would change, what can be undone."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.errors import StudioError
from sd3studio.services.library.caption_editing import Replacement
from sd3studio.services.library.exporting import Plan
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted

FORMS = (
    ("txt", "Text files beside the photos (.txt)"),
    ("xmp", "XMP sidecars (.jpg.xmp), merged"),
    ("embed", "Inside the photos: XMP and IPTC, with a backup"),
    ("jsonl", "JSON lines for trainers"),
    ("csv", "CSV table"),
    ("parquet", "Parquet table"),
    ("coco", "Scenes: COCO"),
    ("vg", "Scenes: Visual Genome"),
    ("vsd", "Scenes: VSD"),
    ("cvat", "Scenes: CVAT"),
    ("label-studio", "Scenes: Label Studio"),
    ("json", "Scenes: SD3 Studio, a file each"),
    ("kitti", "Scenes: KITTI, a file each"),
    ("labelcloud", "Scenes: labelCloud, a file each"),
)
TABLES = ("jsonl", "csv", "parquet")
SCENES = {"coco": ".json", "vg": ".json", "vsd": ".json", "cvat": ".xml", "label-studio": ".json"}
FOLDERS = ("json", "kitti", "labelcloud")
"""Forms of scenes that fill a folder."""
MOST_LINES = 400


class ExportDialog(QDialog):
    """Choose a form and a place, look at what would change, export.

    Parameters
    ----------
    plan : makes the plan of form, style, place and whether to overwrite; raises `StudioError`
    """

    def __init__(
        self, parent: QWidget, photos: int, styles: Sequence[str], style: str, plan: Callable[..., Plan]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export captions or scenes")
        self.resize(640, 520)
        self._make = plan
        self.plan: Plan | None = None
        self.form, self.styles = QComboBox(), QComboBox()
        for key, title in FORMS:
            self.form.addItem(title, key)
        self.styles.addItems(list(styles))
        self.styles.setCurrentText(style)
        self.place = QLineEdit(placeholderText="beside each photo")
        self.browse = icon_button("open", "", "Choose")
        self.browse.clicked.connect(self._on_browse)
        self.overwrite = QCheckBox("Also replace texts there that somebody else wrote")
        self.preview = QPlainTextEdit(readOnly=True)
        self.preview.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.summary = muted()
        row = QHBoxLayout()
        row.addWidget(self.place, 1)
        row.addWidget(self.browse)
        fields = QFormLayout()
        fields.addRow("Form", self.form)
        fields.addRow("Style", self.styles)
        fields.addRow("Place", row)
        fields.addRow("", self.overwrite)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = self.buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(muted(f"Of {photos:,} photos. Nothing is written before you press Export."))
        layout.addLayout(fields)
        layout.addWidget(self.preview, 1)
        layout.addWidget(self.summary)
        layout.addWidget(self.buttons)
        for signal in (self.form.currentIndexChanged, self.styles.currentIndexChanged, self.overwrite.toggled):
            signal.connect(self._refresh)
        self.place.editingFinished.connect(self._refresh)
        self._refresh()

    def _refresh(self, *_: object) -> None:
        form = self.form.currentData()
        for field in (self.place, self.browse):
            field.setEnabled(form != "embed")
        scenes = form in SCENES or form in FOLDERS
        wanted = "folder" if form in FOLDERS else "file" if form in TABLES or scenes else ""
        self.place.setPlaceholderText(f"the {wanted} to write: choose one" if wanted else "beside each photo")
        self.styles.setEnabled(not scenes)
        self.overwrite.setEnabled(not wanted)
        if wanted and not self.place.text().strip():
            self._tell_plan(None, f"Choose the {wanted} to write.")
            return
        place = Path(self.place.text()) if self.place.text().strip() and form != "embed" else None
        try:
            self.plan = self._make(form, self.styles.currentText(), place, self.overwrite.isChecked())
        except StudioError as error:
            self._tell_plan(None, str(error))
            return
        changed = len(self.plan.table) if self.plan.table else sum(change.is_new for change in self.plan.changes)
        kept = sum(bool(change.kept) for change in self.plan.changes)
        said = f"{changed:,} {'scenes' if scenes else 'captions'} would be written"
        said += f", {kept:,} texts by others stay" if kept else ""
        said += f", {len(self.plan.problems)} photos have a problem" if self.plan.problems else ""
        self._tell_plan(self.plan, f"{said}.", changed > 0)

    def _tell_plan(self, plan: Plan | None, said: str, good: bool = False) -> None:
        self.plan = plan
        lines = list(itertools.islice(plan.diff(), MOST_LINES + 1)) if plan is not None else []
        if len(lines) > MOST_LINES:
            lines[-1] = "…"
        self.preview.setPlainText("\n".join(lines))
        self.summary.setText(said)
        self.go.setEnabled(good)

    def _on_browse(self) -> None:
        form = self.form.currentData()
        if form in TABLES or form in SCENES:
            usual = f"metadata.{form}" if form in TABLES else f"scenes{SCENES[form]}"
            name, _ = QFileDialog.getSaveFileName(self, "File to write", usual)
        else:
            name = QFileDialog.getExistingDirectory(self, "Folder to write into")
        if name:
            self.place.setText(name)
            self._refresh()


class ReplaceDialog(QDialog):
    """Find and replace in captions, with what would change.

    Parameters
    ----------
    plan : what find, put and whether it is a pattern would change; raises `StudioError`
    """

    def __init__(self, parent: QWidget, photos: int, plan: Callable[[str, str, bool], list[Replacement]]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find and replace in captions")
        self.resize(620, 460)
        self._make = plan
        self.planned: list[Replacement] = []
        self.find, self.put = QLineEdit(), QLineEdit()
        self.pattern = QCheckBox("Regular expression")
        self.list = QListWidget(wordWrap=True)
        self.summary = muted()
        fields = QFormLayout()
        fields.addRow("Find", self.find)
        fields.addRow("Put", self.put)
        fields.addRow("", self.pattern)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = self.buttons.addButton("Replace all", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(
            muted(f"In the captions of {photos:,} photos. Changed texts count as yours; it can be undone.")
        )
        layout.addLayout(fields)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.summary)
        layout.addWidget(self.buttons)
        self.find.textChanged.connect(self._refresh)
        self.put.textChanged.connect(self._refresh)
        self.pattern.toggled.connect(self._refresh)
        self._refresh()

    def _refresh(self, *_: object) -> None:
        self.list.clear()
        self.planned = []
        said = "Type what to find."
        if self.find.text():
            try:
                self.planned = self._make(self.find.text(), self.put.text(), self.pattern.isChecked())
                said = f"{len(self.planned):,} captions would change."
            except StudioError as error:
                said = str(error)
        for item in self.planned[:100]:
            self.list.addItem(QListWidgetItem(f"− {item.before}\n+ {item.after}"))
        self.summary.setText(said)
        self.go.setEnabled(bool(self.planned))


class UndoDialog(QDialog):
    """Choose an export or a replacement to take back."""

    def __init__(self, parent: QWidget, steps: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Undo in the library")
        self.resize(520, 340 if steps else 110)
        self.list = QListWidget()
        for step, text in steps:
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, step)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setVisible(bool(steps))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        go = buttons.addButton("Take back", QDialogButtonBox.ButtonRole.AcceptRole)
        go.setEnabled(bool(steps))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(muted("Newest first. What was changed since stays as it is." if steps else "Nothing to undo."))
        layout.addWidget(self.list, 1)
        layout.addWidget(buttons)

    def chosen(self) -> str:
        """The step to take back."""
        item = self.list.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item else ""
