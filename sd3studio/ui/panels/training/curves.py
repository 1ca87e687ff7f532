"""Curves of one run or several: any logged number, smoothed, on a plain or a logarithmic scale."""

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from sd3studio.core.training.curves import smoothed, thinned
from sd3studio.ui import theme
from sd3studio.ui.panels.fields import muted, shrinkable

Columns = Mapping[str, Mapping[str, list[float]]]
"""Stage -> name -> values, as `services.runs.metrics.MetricsReader` has them."""

MOST_POINTS = 2_000
COLOURS = ("#5b8cff", "#f5883d", "#4cc38a", "#d36bd6", "#e5c04b", "#4fc3d9", "#e5484d", "#9aa3b5")
NAMES = {
    "loss": "Loss",
    "lr": "Learning rate",
    "gradient_norm": "Gradient norm",
    "samples_per_s": "Samples/s",
    "memory_mb": "Memory, MB",
}
TITLES = {name: title for name, title in NAMES.items()}


class CurvesView(QWidget):
    """Draws what it is given; follows the theme."""

    changed = Signal()
    """What is to be seen was chosen anew."""

    def __init__(self) -> None:
        super().__init__()
        import pyqtgraph

        self.plot = pyqtgraph.PlotWidget()
        self.plot.showGrid(x=True, y=True, alpha=0.15)
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
        layout.addWidget(self.empty)
        layout.addWidget(self.plot, 1)
        self._runs: dict[str, Columns] = {}
        self._curves: dict[tuple[str, str], object] = {}
        self.what.addItem(NAMES["loss"], "loss")
        self.what.currentIndexChanged.connect(self._draw)
        self.stage.currentIndexChanged.connect(self._draw)
        self.smooth.valueChanged.connect(self._draw)
        self.log.toggled.connect(self._draw)
        self.take_theme()

    def show_runs(self, runs: Mapping[str, Columns]) -> None:
        """Draw these runs: title -> columns."""
        self._runs = dict(runs)
        stages = list(dict.fromkeys(stage for columns in runs.values() for stage in columns))
        names = list(dict.fromkeys(n for columns in runs.values() for stage in columns.values() for n in stage))
        _fill(self.stage, [("All stages", ""), *((stage, stage) for stage in stages)])
        told = [name for name in names if name != "step"] or ["loss"]
        _fill(self.what, [(NAMES.get(name, name.replace("loss/", "Loss: ")), name) for name in told])
        self._draw()

    def take_theme(self) -> None:
        """Use the colours of the current theme."""
        now = theme.current()
        self.plot.setBackground(now.field)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(now.border)
            axis.setTextPen(now.muted)
        self.legend.setLabelTextColor(now.text)
        self._draw()

    def drawn(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Label of each curve -> its points as they are drawn."""
        return {f"{run}: {stage}": curve.getOriginalDataset() for (run, stage), curve in self._curves.items()}  # type: ignore[attr-defined]

    def _draw(self) -> None:
        import pyqtgraph

        name, only, weight = self.what.currentData(), self.stage.currentData(), self.smooth.value() / 100.0
        wanted: dict[tuple[str, str], tuple[np.ndarray, np.ndarray]] = {}
        for run, columns in self._runs.items():
            for stage, values in columns.items():
                if name in values and only in ("", None, stage):
                    x, y = np.asarray(values["step"], float), np.asarray(values[name], float)
                    wanted[run, stage] = thinned(x, smoothed(y, weight), MOST_POINTS)
        for key in [key for key in self._curves if key not in wanted]:
            self.plot.removeItem(self._curves.pop(key))
        for number, (key, (x, y)) in enumerate(wanted.items()):
            if key not in self._curves:
                pen = pyqtgraph.mkPen(QColor(COLOURS[number % len(COLOURS)]), width=2)
                label = f"{key[0]}: {key[1]}" if len(self._runs) > 1 else key[1]
                self._curves[key] = self.plot.plot(pen=pen, name=label)
            self._curves[key].setData(x, y)  # type: ignore[attr-defined]
        self.plot.setLogMode(y=self.log.isChecked())
        self.plot.setLabel("bottom", "step", color=theme.current().muted)
        self.empty.setVisible(not wanted)
        self.plot.setVisible(bool(wanted))


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
