"""Curves of one run or several: any logged number, smoothed, on a plain or a logarithmic scale."""

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from sd3studio.core.training.curves import Curve, drawn_curve
from sd3studio.services.runs.watching import Series
from sd3studio.ui import theme
from sd3studio.ui.panels.fields import muted, shrinkable

MOST_POINTS = 2_000
COLOURS = ("#5b8cff", "#f5883d", "#4cc38a", "#d36bd6", "#e5c04b", "#4fc3d9", "#e5484d", "#9aa3b5")
NAMES = {
    "loss": "Loss",
    "lr": "Learning rate",
    "gradient_norm": "Gradient norm",
    "samples_per_s": "Samples/s",
    "memory_mb": "Memory, MB",
}
PREFIXES = {"loss/": "Loss: ", "dev/": "Dev: "}


class CurvesView(QWidget):
    """Draws what it is given; follows the theme."""

    changed = Signal()
    """What is to be seen was chosen anew."""

    def __init__(self) -> None:
        super().__init__()
        import pyqtgraph

        self.plot = pyqtgraph.PlotWidget()
        self.plot.showGrid(x=True, y=True, alpha=0.15)
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setStyle(maxTickLevel=1)  # a finer grid is noise, and half of a frame's time
        self.plot.setMenuEnabled(False)
        self.legend = self.plot.addLegend(offset=(-12, 12))
        self.what, self.stage = QComboBox(accessibleName="What is drawn"), QComboBox(accessibleName="Stage")
        for box in (self.what, self.stage):
            shrinkable(box)
        self.smooth = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=99, value=60, accessibleName="Smoothing")
        self.smooth.setToolTip("Smoothing: how much the past counts")
        self.log = QCheckBox("Log scale")
        self.empty = muted("Curves appear with the first step of a run.")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout()
        row.addWidget(self.what, 2)
        row.addWidget(self.stage, 2)
        row.addWidget(QLabel("Smoothing"))
        row.addWidget(self.smooth, 1)
        row.addWidget(self.log)
        layout = QVBoxLayout(self)
        layout.addLayout(row)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.plot, 1)
        self.plot.hide()
        self._runs: dict[str, tuple[str, Series]] = {}
        self._ready: dict[tuple[str, str], Curve] = {}
        self._curves: dict[tuple[str, str], pyqtgraph.PlotDataItem] = {}
        self._drawn: dict[tuple[str, str], Curve] = {}
        self.what.addItem(NAMES["loss"], "loss")
        self.what.currentIndexChanged.connect(self._on_chosen)
        self.stage.currentIndexChanged.connect(self._draw)
        self.smooth.valueChanged.connect(self._on_chosen)
        self.log.toggled.connect(self._on_log)
        self.take_theme()

    @property
    def name(self) -> str:
        """Which of the logged numbers is drawn."""
        return str(self.what.currentData() or "loss")

    @property
    def smoothing(self) -> float:
        """How much the past counts, in [0, 1)."""
        return self.smooth.value() / 100.0

    def show_runs(
        self, runs: Mapping[str, tuple[str, Series]], ready: Mapping[tuple[str, str], Curve] | None = None
    ) -> None:
        """Draw these runs.

        Parameters
        ----------
        runs : id -> title and curves
        ready : (id, stage) -> the curve of `name`, smoothed by `smoothing` and thinned; others are made now
        """
        self._runs, self._ready = dict(runs), dict(ready or {})
        told = [series for _, series in runs.values()]
        stages = list(dict.fromkeys(stage for series in told for stage in series))
        names = list(dict.fromkeys(n for series in told for curves in series.values() for n in curves)) or ["loss"]
        _fill(self.stage, [("All stages", ""), *((stage, stage) for stage in stages)])
        _fill(self.what, [(title_of(name), name) for name in names])
        self._draw()

    def take_theme(self) -> None:
        """Use the colours of the current theme."""
        now = theme.current()
        self.plot.setBackground(now.field)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(now.border)
            axis.setTextPen(now.muted)
        self.plot.setLabel("bottom", "step", color=now.muted)
        self.legend.setLabelTextColor(now.text)
        self._draw()

    def drawn(self) -> dict[str, Curve]:
        """Label of each curve -> its points as they are drawn."""
        return {f"{self._runs[run][0]}: {stage}": curve for (run, stage), curve in self._drawn.items()}

    def _draw(self) -> None:
        """Bring the curves up to date; those whose points are the same are left alone."""
        import pyqtgraph

        wanted = self._wanted()
        labels = {key: self._label(key) for key in wanted}
        for key in [key for key, curve in self._curves.items() if curve.name() != labels.get(key)]:
            self.plot.removeItem(self._curves.pop(key))
            self._drawn.pop(key)
        for key, curve in wanted.items():
            if key not in self._curves:
                taken = {item.opts["colour"] for item in self._curves.values()}
                colour = next((c for c in COLOURS if c not in taken), COLOURS[len(taken) % len(COLOURS)])
                pen = pyqtgraph.mkPen(QColor(colour), width=2 * self.devicePixelRatioF())
                self._curves[key] = self.plot.plot(pen=pen, name=labels[key])
                self._curves[key].opts["colour"] = colour
            if self._drawn.get(key) is not curve:
                self._drawn[key] = curve
                self._curves[key].setData(curve[0], self._scaled(curve[1]))
        self.legend.setVisible(len(wanted) > 1)
        if self.empty.isVisibleTo(self) == bool(wanted):
            self.empty.setVisible(not wanted)
            self.plot.setVisible(bool(wanted))

    def _wanted(self) -> dict[tuple[str, str], Curve]:
        name, only = self.name, self.stage.currentData()
        found: dict[tuple[str, str], Curve] = {}
        for run, (_, series) in self._runs.items():
            for stage, curves in series.items():
                if name in curves and only in ("", None, stage):
                    ready = self._ready.get((run, stage))
                    found[run, stage] = ready or drawn_curve(curves[name], self.smoothing, MOST_POINTS)
        return found

    def _label(self, key: tuple[str, str]) -> str:
        return f"{self._runs[key[0]][0]}: {key[1]}" if len(self._runs) > 1 else key[1]

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        """What a logarithmic scale can show of them."""
        return np.where(values > 0.0, values, np.nan) if self.log.isChecked() else values

    def _on_chosen(self) -> None:
        self._ready = {}
        self._draw()
        self.changed.emit()

    def _on_log(self, on: bool) -> None:
        self.plot.setLogMode(y=on)
        self._drawn.clear()
        for key in list(self._curves):
            self.plot.removeItem(self._curves.pop(key))
        self._draw()


def title_of(name: str) -> str:
    """What a logged number is called."""
    for prefix, title in PREFIXES.items():
        if name.startswith(prefix):
            return title + name.removeprefix(prefix)
    return NAMES.get(name, name)


def _fill(box: QComboBox, rows: list[tuple[str, str]]) -> None:
    """Put rows (text, data) into a box, if they are others; what is chosen stays chosen."""
    if [box.itemData(k) for k in range(box.count())] == [data for _, data in rows]:
        return
    chosen = box.currentData()
    with QSignalBlocker(box):
        box.clear()
        for text, data in rows:
            box.addItem(text, data)
        box.setCurrentIndex(max(box.findData(chosen), 0))
