"""The model manager: what runs on this machine and why not, what is installed, hashes, downloads by name."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.messages import Progress, VerifyResult
from sd3studio.services.models import NEEDS, Fitness, InstalledModel
from sd3studio.ui import theme
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import heading, muted

PATH_ROLE, MODEL_ROLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
OFFLINE = "While this is on, nothing is downloaded."
BY_NAME = "Only plain weights (safetensors, ONNX) are fetched, never pickles. A stopped download goes on where it was."


class ModelsDialog(QDialog):
    """Shows backends and models; wishes leave as signals.

    Signals
    -------
    add_requested : folder
    remove_requested : path of a model, and whether its files should be deleted
    verify_requested : paths; none means all
    use_requested : field of the settings, path
    download_requested : hub id or address, SHA-256 or empty
    offline_changed : whether to stay off the network
    cancel_requested : stop what runs
    """

    add_requested = Signal(str)
    remove_requested = Signal(str, bool)
    verify_requested = Signal(list)
    use_requested = Signal(str, str)
    download_requested = Signal(str, str)
    offline_changed = Signal(bool)
    cancel_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models")
        self.machine = muted()
        self.backends = _table(("Part", "Here", "Weights", "Memory", "Licence", "What for"), 5, (2, 3))
        self.backends.setAccessibleName("Parts of the program and whether they run on this machine")
        self.models = _table(("Model", "What it is", "Size", "Licence", "Hashes"), 0, (2,))
        self.models.setAccessibleName("Installed models")
        self.models.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.models.itemSelectionChanged.connect(self._refresh_buttons)
        layout = QVBoxLayout(self)
        layout.addWidget(self.machine)
        layout.addWidget(heading("What runs here"))
        layout.addWidget(self.backends, 4)
        layout.addWidget(heading("Installed"))
        layout.addWidget(self.models, 3)
        layout.addLayout(self._make_buttons())
        layout.addWidget(heading("Get a model by its name"))
        layout.addLayout(self._make_download())
        layout.addLayout(self._make_progress())
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # else Enter in a field presses the first of them
        self.resize(1040, min(760, self.screen().availableGeometry().height() - 60))
        self._refresh_buttons()

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.add = icon_button("open", "Add a folder…", "Use a folder of weights that is on this machine")
        self.verify = icon_button("verify", "Verify hashes", "Of the selected models, or of all")
        self.use = QPushButton("Use it as")
        self.use_menu = QMenu(self.use)
        for need in NEEDS.values():
            if need.setting:
                action = self.use_menu.addAction(need.title)
                action.setData(need.setting)
        self.use_menu.triggered.connect(self._on_use)
        self.use.setMenu(self.use_menu)
        self.forget = icon_button("close", "Forget", "Take it from the list; its files stay")
        self.delete = icon_button("trash", "Delete…", "Delete the files of a model that was downloaded here")
        self.add.clicked.connect(self._on_add)
        self.verify.clicked.connect(self._on_verify)
        self.forget.clicked.connect(self._on_forget)
        self.delete.clicked.connect(self._on_delete)
        for button in (self.add, self.verify, self.use):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.forget)
        row.addWidget(self.delete)
        return row

    def _make_download(self) -> QVBoxLayout:
        self.name = QLineEdit(placeholderText="owner/model on the hub, or the https address of one file")
        self.name.setAccessibleName("Name or address of a model")
        self.hash = QLineEdit(placeholderText="SHA-256 of the file, if you know it")
        self.hash.setAccessibleName("SHA-256")
        self.hash.setMaxLength(64)
        self.download = icon_button("download", "Download")
        self.download.setEnabled(False)
        self.offline = QCheckBox("Stay off the network")
        self.offline_note = muted()
        self.name.textChanged.connect(self._refresh_buttons)
        self.name.returnPressed.connect(self._on_download)
        self.download.clicked.connect(self._on_download)
        self.offline.toggled.connect(self._on_offline)
        row, below, both = QHBoxLayout(), QHBoxLayout(), QVBoxLayout()
        row.addWidget(self.name, 3)
        row.addWidget(self.hash, 2)
        row.addWidget(self.download)
        below.addWidget(self.offline)
        below.addWidget(self.offline_note, 1)
        both.addLayout(row)
        both.addLayout(below)
        return both

    def _make_progress(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.said = QLabel(wordWrap=True)
        self.bar = QProgressBar(visible=False)
        self.bar.setFixedWidth(240)
        self.cancel = icon_button("stop", "Cancel")
        self.cancel.clicked.connect(self.cancel_requested)
        self.cancel.hide()
        self.shut = QPushButton("Close")
        self.shut.clicked.connect(self.close)
        row.addWidget(self.said, 1)
        for widget in (self.bar, self.cancel, self.shut):
            row.addWidget(widget)
        return row

    # -- showing -------------------------------------------------------------------------------------------------

    def show_machine(self, text: str) -> None:
        """Say what this machine has."""
        self.machine.setText(text)

    def show_backends(self, found: Sequence[Fitness]) -> None:
        """List the parts; what doesn't run says why in a line of its own, open unless it only waits for a model."""
        now = theme.current()
        self.backends.clear()
        for fit in found:
            here = "runs" if fit.runs else "no model chosen" if fit.waits else "does not run"
            licence = fit.model.licence if fit.model else fit.needs.licence or "-"
            memory = f"about {fit.memory_bytes / 1e9:.1f} GB"
            cells = (fit.needs.title, here, _size(fit.disk_bytes), memory, licence, fit.needs.purpose)
            item = QTreeWidgetItem(cells)
            item.setToolTip(5, fit.needs.purpose)
            item.setToolTip(1, "\n".join((*fit.reasons, *fit.advice)))
            item.setForeground(1, QBrush(QColor(now.good if fit.runs else now.muted if fit.waits else now.warning)))
            self.backends.addTopLevelItem(item)
            for text in (*fit.reasons, *fit.advice):
                line = QTreeWidgetItem((text,))
                line.setForeground(0, QBrush(QColor(now.muted)))
                item.addChild(line)
                line.setFirstColumnSpanned(True)
            item.setExpanded(bool(fit.reasons or fit.advice) and not fit.waits)
            _aligned(item, (2, 3))

    def show_models(self, models: Sequence[InstalledModel], used_as: Mapping[str, str], downloaded: set[str]) -> None:
        """List what is installed, the user's own first.

        Parameters
        ----------
        used_as : path -> what it is used as
        downloaded : paths of those that may be deleted
        """
        chosen = set(self.selected())
        rows = [self.models.topLevelItem(k) for k in range(self.models.topLevelItemCount())]
        verdicts = {row.data(0, PATH_ROLE): (row.text(4), row.toolTip(4), row.foreground(4)) for row in rows}
        self.models.clear()
        for model in sorted(models, key=lambda one: one.origin != "chosen"):
            path, ships = str(model.path), model.origin == "shipped"
            name = f"{model.name}  ({used_as[path]})" if path in used_as else model.name
            what = "ships with the program" if ships else model.kind
            item = QTreeWidgetItem((name, what, _size(model.size_bytes), model.licence))
            if path in verdicts:
                text, files, colour = verdicts[path]
                item.setText(4, text)
                item.setToolTip(4, files)
                item.setForeground(4, colour)
            if ships:
                item.setForeground(1, QBrush(QColor(theme.current().muted)))
            _aligned(item, (2,))
            item.setData(0, PATH_ROLE, path)
            item.setData(0, MODEL_ROLE, (model.origin, path in downloaded))
            for column in (0, 3):
                item.setToolTip(column, path)
            self.models.addTopLevelItem(item)
            for problem in model.problems:
                line = QTreeWidgetItem((problem,))
                line.setForeground(0, QBrush(QColor(theme.current().danger)))
                item.addChild(line)
                line.setFirstColumnSpanned(True)
            item.setExpanded(bool(model.problems))
            item.setSelected(path in chosen)
        self._refresh_buttons()

    def show_offline(self, offline: bool) -> None:
        """Whether the program stays off the network."""
        self.offline.blockSignals(True)
        self.offline.setChecked(offline)
        self.offline.blockSignals(False)
        self.offline_note.setText(OFFLINE if offline else BY_NAME)
        self._refresh_buttons()

    def show_running(self, text: str) -> None:
        """What is being done, or an empty text."""
        self.bar.setVisible(bool(text))
        self.bar.setRange(0, 0)
        self.cancel.setVisible(bool(text))
        for widget in (self.add, self.verify):
            widget.setEnabled(not text)
        if text:
            self.say(text)
        self._refresh_buttons()

    def show_progress(self, progress: Progress) -> None:
        """How far it is."""
        self.bar.setRange(0, max(progress.total, 1))
        self.bar.setValue(progress.step)
        self.say(progress.text)

    def say(self, text: str, role: str = "") -> None:
        """Say something about the last wish."""
        self.said.setText(text)
        self.said.setProperty("role", role)
        self.said.style().polish(self.said)

    def show_verdicts(self, result: VerifyResult) -> None:
        """What was found of the files, in the table and summed up."""
        now = theme.current()
        for number in range(self.models.topLevelItemCount()):
            item = self.models.topLevelItem(number)
            found = [(name, ok, said) for folder, name, ok, said in result.files if folder == item.data(0, PATH_ROLE)]
            if not found:
                continue
            bad = [f"{name} {said}" for name, ok, said in found if ok is False]
            unknown = sum(ok is None for _, ok, _ in found)
            text = bad[0] if bad else f"{unknown} without a hash" if unknown else f"{len(found)} right"
            item.setText(4, text)
            item.setToolTip(4, "\n".join(f"{name}: {said}" for name, _, said in found))
            item.setForeground(4, QBrush(QColor(now.danger if bad else now.muted if unknown else now.good)))
            if bad:
                self.models.scrollToItem(item)
        wrong = [(Path(folder).name, name, said) for folder, name, ok, said in result.files if ok is False]
        right = sum(ok is True for *_, ok, _ in result.files)
        if wrong:
            folder, name, said = wrong[0]
            others = f" {_count(len(wrong) - 1, 'other file')} not right either." if len(wrong) > 1 else ""
            others += f" {_count(right, 'other file')} right." if right else ""
            self.say(f"{name} of {folder} {said}.{others}", "danger")
        else:
            self.say(f"{_count(right, 'file')} right." if right else "There is no hash to compare with.")

    # -- wishes --------------------------------------------------------------------------------------------------

    def selected(self) -> list[str]:
        """Paths of the selected models."""
        return [item.data(0, PATH_ROLE) for item in self.models.selectedItems() if item.data(0, PATH_ROLE)]

    def _refresh_buttons(self) -> None:
        chosen = [item.data(0, MODEL_ROLE) for item in self.models.selectedItems() if item.data(0, MODEL_ROLE)]
        own = len(chosen) == 1 and chosen[0][0] == "chosen"
        self.use.setEnabled(own)
        self.forget.setEnabled(own)
        self.delete.setEnabled(own and chosen[0][1])
        runs = self.cancel.isVisibleTo(self)
        self.download.setEnabled(bool(self.name.text().strip()) and not self.offline.isChecked() and not runs)

    def _on_add(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of a model")
        if folder:
            self.add_requested.emit(folder)

    def _on_verify(self) -> None:
        self.verify_requested.emit(self.selected())

    def _on_use(self, action: object) -> None:
        self.use_requested.emit(action.data(), self.selected()[0])  # type: ignore[attr-defined]

    def _on_forget(self) -> None:
        self.remove_requested.emit(self.selected()[0], False)

    def _on_delete(self) -> None:
        self.remove_requested.emit(self.selected()[0], True)

    def _on_offline(self, on: bool) -> None:
        self.offline_changed.emit(on)

    def _on_download(self) -> None:
        if self.download.isEnabled():
            self.download_requested.emit(self.name.text().strip(), self.hash.text().strip().lower())


def _count(number: int, what: str) -> str:
    return f"{number} {what} is" if number == 1 else f"{number} {what}s are"


def _table(titles: Sequence[str], wide: int, numbers: Sequence[int]) -> QTreeWidget:
    """A table whose column `wide` takes what room is left; `numbers` are columns that are aligned to the right."""
    table = QTreeWidget(columnCount=len(titles), uniformRowHeights=True)
    table.setHeaderLabels(titles)
    _aligned(table.headerItem(), numbers)
    header = table.header()
    header.setStretchLastSection(False)
    for column in range(len(titles)):
        mode = QHeaderView.ResizeMode.Stretch if column == wide else QHeaderView.ResizeMode.ResizeToContents
        header.setSectionResizeMode(column, mode)
    return table


def _aligned(item: QTreeWidgetItem, columns: Sequence[int]) -> None:
    for column in columns:
        item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def _size(count: int) -> str:
    for unit, name in ((1e9, "GB"), (1e6, "MB")):
        if count >= unit:
            return f"{count / unit:.2f} GB" if name == "GB" else f"{count / unit:.1f} MB"
    return f"{count / 1e3:.1f} kB" if count else "-"
