"""The dialog of data sets: making one of own scenes or composed ones; what is in one, and what is wrong with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.training.messages import DatasetDescribed, DatasetMade
from sd3studio.ui import theme
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted
from sd3studio.ui.panels.training.scene_sources import ComposedScenes, OwnScenes, sizes_form

if TYPE_CHECKING:
    from pyqtgraph import PlotWidget

BARS = 8
"""Names of a plot."""
PLOTS = (
    ("classes", "Classes"),
    ("predicates_said", "Predicates said"),
    ("sizes_m", "Longest side, up to m"),
    ("caption_words", "Words of a caption"),
)
IN_ORDER = ("sizes_m", "caption_words")
"""Counts along a scale: upright bars in their order, not the most frequent first."""


class DataSetDialog(QDialog):
    """Asks for scenes and a folder, tells problems before anything is made, and shows what came out."""

    make_requested = Signal(object)
    """`MakeDataset` (without an output only the problems are wanted) or `ComposeDataset`."""
    samples_requested = Signal(object)
    """`ShowComposed`."""
    describe_requested = Signal(str)
    used = Signal(str)
    """Folder of a data set to start a run with."""

    def __init__(self, parent: QWidget, folder: Path, library: str = "") -> None:
        super().__init__(parent)
        self.setWindowTitle("Data sets")
        self.own, self.composed = OwnScenes(library), ComposedScenes()
        self.tabs = QTabWidget()
        self.tabs.addTab(self.own, "Your scenes")
        self.tabs.addTab(self.composed, "Rendered scenes")
        self.seen = QWidget()
        self._source: OwnScenes | ComposedScenes = self.own
        self.tabs.currentChanged.connect(self._on_tab)
        self.composed.samples_requested.connect(self.samples_requested)
        self.output = QLineEdit(str(folder))
        self.size = QSpinBox(minimum=32, maximum=1024, value=256, singleStep=32)
        self.captions = QSpinBox(minimum=1, maximum=64, value=6)
        self.check, self.make = QPushButton("Look for problems"), QPushButton("Make the data set")
        self.make.setProperty("primary", "true")
        self.check.clicked.connect(lambda: self._ask(""))
        self.make.clicked.connect(lambda: self._ask(self.output.text().strip()))
        self.problems, self.told = QLabel(wordWrap=True), muted()
        self.problems.setProperty("role", "warning")
        self.bar = QProgressBar(visible=False)
        self.look, self.use = icon_button("view", "Show what is in it…"), icon_button("generate", "Train on it…")
        self.look.clicked.connect(self._on_look)
        self.use.clicked.connect(self._on_use)
        self.use.setEnabled(False)
        self.plots = QGridLayout(self.seen)
        self.plots.addWidget(
            muted("Classes, predicates, sizes and captions are counted here when a set is made or shown.")
        )
        self.tabs.addTab(self.seen, "What is in it")
        row = QHBoxLayout()
        for widget in (self.check, self.make, self.look, self.use):
            row.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(sizes_form(self.size, self.captions, self.output))
        layout.addLayout(row)
        layout.addWidget(self.bar)
        layout.addWidget(self.problems)
        layout.addWidget(self.told)
        self.resize(840, 680)

    def add_source(self, path: str) -> None:
        """Put a file or folder into the list."""
        self.own.add_source(path)

    def show_progress(self, done: int, total: int) -> None:
        """Tell how far the making is."""
        self.bar.setVisible(done < total)
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def show_made(self, made: DatasetMade) -> None:
        """Tell what came out, or what is wrong."""
        self.bar.hide()
        self.problems.setText("\n".join(f"• {text}" for text in made.problems))
        if made.folder:
            counts = ", ".join(f"{count} {name}" for name, count in made.scenes.items())
            self.told.setText(f"{made.folder}: {counts} scenes. Version {made.version[:12]}.")
            self.use.setEnabled(True)
            self.describe_requested.emit(made.folder)
        else:
            self.told.setText("No problems were found." if not made.problems else "Nothing was made yet.")

    def show_problem(self, text: str) -> None:
        """Tell why it did not work."""
        self.bar.hide()
        self.problems.setText(text)

    def show_described(self, told: DatasetDescribed) -> None:
        """Plots of what is in a data set."""
        self.output.setText(told.folder)
        self.use.setEnabled(True)
        while self.plots.count():
            widget = self.plots.takeAt(0).widget()
            if widget is not None:
                widget.deleteLater()
        whole = next(iter(told.parts.values()))
        words = ", ".join(
            f"{name}: {part['scenes']} scenes, {part['captions']} captions of {part['words_per_caption']:.1f} words"
            for name, part in told.parts.items()
        )
        version = str(whole.get("version", ""))[:12]
        self.told.setText(f"{words}. Version {version}." if version else words)
        if told.problems:
            self.problems.setText("\n".join(f"• {text}" for text in told.problems))
        for key, title in PLOTS:
            counts = whole.get(key)
            if isinstance(counts, Mapping) and len(counts) > 1:
                draw = _columns if key in IN_ORDER else _bars
                place = self.plots.count()
                self.plots.addWidget(draw(title, dict(counts)), place // 2, place % 2)
        self.tabs.setCurrentWidget(self.seen)

    def _ask(self, output: str) -> None:
        if self._source is self.composed and not output:
            self.show_problem("Name a folder for the data set.")
            return
        request = self._source.request(output, self.size.value(), self.captions.value())
        if request is None:
            self.show_problem("Choose some scenes first: files, a folder of them, or photos of the library.")
            return
        self.problems.clear()
        self.make_requested.emit(request)

    def _on_tab(self) -> None:
        """Of composed scenes there is nothing to be found wrong before they are made."""
        shown = self.tabs.currentWidget()
        if shown is not self.seen:
            self._source = self.own if shown is self.own else self.composed
        self.check.setEnabled(self._source is self.own)

    def _on_look(self) -> None:
        folder = self.output.text().strip()
        if Path(folder).is_dir():
            self.describe_requested.emit(folder)
        else:
            self.show_problem(f"There is no data set at {folder}.")

    def _on_use(self) -> None:
        self.used.emit(self.output.text().strip())
        self.accept()


def _bars(title: str, counts: dict[str, int]) -> QWidget:
    """A plot of the most frequent names, the most frequent on top."""
    import pyqtgraph

    rows = list(counts.items())[:BARS][::-1]
    plot = _plot(title)
    plot.addItem(
        pyqtgraph.BarGraphItem(
            x0=0, y=range(len(rows)), height=0.7, width=[n for _, n in rows], brush=theme.current().accent, pen=None
        )
    )
    axis = plot.getAxis("left")
    axis.setTicks([[(k, name) for k, (name, _) in enumerate(rows)]])
    axis.setTextPen(theme.current().text)
    axis.setWidth(110)
    plot.setXRange(0, max(n for _, n in rows), padding=0.04)
    return plot


def _columns(title: str, counts: dict[str, int]) -> QWidget:
    """A plot of counts along a scale, as many names below as fit."""
    import pyqtgraph

    rows = list(counts.items())
    plot = _plot(title)
    plot.addItem(
        pyqtgraph.BarGraphItem(
            x=range(len(rows)), height=[n for _, n in rows], width=0.7, brush=theme.current().accent, pen=None
        )
    )
    every = -(-len(rows) // BARS)
    plot.getAxis("bottom").setTicks(
        [[(k, name.rsplit(" to ")[-1]) for k, (name, _) in enumerate(rows) if k % every == 0]]
    )
    plot.setYRange(0, max(n for _, n in rows), padding=0.04)
    return plot


def _plot(title: str) -> "PlotWidget":
    import pyqtgraph

    now = theme.current()
    plot = pyqtgraph.PlotWidget(title=title)
    plot.setBackground(now.field)
    plot.getPlotItem().titleLabel.setText(title, color=now.text, size="10pt")
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
    plot.setMinimumHeight(150)
    for side in ("left", "bottom"):
        plot.getAxis(side).setTextPen(now.muted)
        plot.getAxis(side).setPen(now.border)
    return plot
