"""A window that shows one picture large, with what made it, and compares it with another one or with the layout."""

import re
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.errors import StudioError
from sd3studio.services.scene_files import read_png_record
from sd3studio.ui.icons import set_icon
from sd3studio.ui.panels.fields import muted
from sd3studio.ui.panels.picture_canvas import MODES, Mode, PictureCanvas
from sd3studio.ui.panels.results import RECALLS
from sd3studio.ui.pixels import pixmap_of

MODE_TITLES: dict[Mode, str] = {
    "single": "One picture",
    "side": "Side by side",
    "wipe": "Wipe",
    "blink": "Blink",
}
MODE_ICONS: dict[Mode, str] = {"single": "photo", "side": "side-by-side", "wipe": "wipe", "blink": "blink"}
RECALL_ICONS = {"all": "history", "seed": "seed", "prompt": "text", "remix": "remix"}
RECALL_KEYS = {"all": "A", "seed": "S", "prompt": "P", "remix": "R"}
LAYOUT = "the layout"


KEPT_NAME = re.compile(r"\d{8}-(\d\d)(\d\d)(\d\d)-(.+?)(?:-q\d+)?")
"""How the program names pictures: by the day and time at which they were asked for, and by what makes them."""


def short_name(path: Path) -> str:
    """Time and name of a picture, without the day and its number in the queue; other names stay as they are."""
    found = KEPT_NAME.fullmatch(path.stem)
    return path.stem if found is None else f"{found[1]}:{found[2]}:{found[3]}  {found[4]}"


class PictureViewer(QDialog):
    """Shows a generated picture, its settings, and an honest word on who made it.

    What it compares with is put in by `show_second` and `show_outlines`; wishes leave as signals.
    """

    recall_requested = Signal(Path, str)
    save_requested = Signal(Path)
    star_requested = Signal(list, bool)
    step_requested = Signal(int)
    layout_wanted = Signal(Path)
    """The layout's render and outlines are needed to be shown beside or over this picture."""
    verdicts_wanted = Signal(Path)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.path = Path()
        self._star = False
        self._outlines: QPixmap | None = None
        self._second: tuple[QPixmap, str] | None = None
        self.canvas = PictureCanvas()
        self.canvas.zoom_changed.connect(self._on_zoom)
        self.about = muted()
        self.about.setMaximumHeight(92)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(self._make_bar())
        layout.addWidget(self.canvas, 1)
        layout.addLayout(self._make_recall_row())
        self.resize(1040, 800)

    # -- building ------------------------------------------------------------------------------------------------

    def _make_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(3)
        self.back = self._button(bar, "back", "The picture before (Page Up)")
        self.next = self._button(bar, "next", "The next picture (Page Down)")
        self.star = self._button(bar, "star", "Star (.)")
        self.fit = self._button(bar, "frame", "As large as there is room (F)")
        self.one = self._button(bar, "", "A pixel on a pixel (1)", "1:1")
        self.zoom = QLabel()
        self.zoom.setProperty("role", "muted")
        self.zoom.setMinimumWidth(52)
        bar.addWidget(self.zoom)
        bar.addSpacing(10)
        self.mode = QComboBox()
        self.mode.setAccessibleName("How to compare")
        for mode, title in MODE_TITLES.items():
            self.mode.addItem(title, mode)
        bar.addWidget(self.mode)
        self.with_what = QComboBox()
        self.with_what.setAccessibleName("What to compare with")
        self.with_what.setMinimumWidth(150)
        bar.addWidget(self.with_what)
        bar.addStretch(1)
        bar.addWidget(QLabel("Outlines of the layout"))
        self.outlines = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=100, value=0)
        self.outlines.setAccessibleName("How strongly the layout's outlines are drawn over the picture")
        self.outlines.setToolTip("How strongly the outlines of the scene's objects are drawn over the picture (L)")
        self.outlines.setFixedWidth(120)
        bar.addWidget(self.outlines)
        self.verdicts = self._button(bar, "search", "The verdicts of the check over the picture (V)", "Check")
        self.verdicts.setCheckable(True)
        self.back.clicked.connect(self._on_back)
        self.next.clicked.connect(self._on_next)
        self.star.clicked.connect(self._on_star)
        self.fit.clicked.connect(self.canvas.fit)
        self.one.clicked.connect(self.canvas.one_to_one)
        self.mode.currentIndexChanged.connect(self._compare)
        self.with_what.currentIndexChanged.connect(self._on_other)
        self.outlines.valueChanged.connect(self._show_outlines)
        self.verdicts.toggled.connect(self._on_verdicts)
        return bar

    def _make_recall_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(3)
        row.addWidget(self.about, 1)
        self.recalls: dict[str, QToolButton] = {}
        for what, title in RECALLS.items():
            button = self._button(row, RECALL_ICONS[what], f"{title} ({RECALL_KEYS[what]})", title)
            button.setProperty("what", what)
            button.clicked.connect(self._on_recall)
            self.recalls[what] = button
        self.save = self._button(row, "save", "Save a copy…")
        self.save.clicked.connect(self._on_save)
        return row

    def _button(self, row: QHBoxLayout, name: str, tip: str, text: str = "") -> QToolButton:
        button = QToolButton(toolTip=tip, text=text)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if name:
            set_icon(button, name)
        if name and text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        row.addWidget(button)
        return button

    # -- showing -------------------------------------------------------------------------------------------------

    def show_picture(self, path: Path, star: bool, others: list[Path]) -> None:
        """Show the picture at `path`; `others` are what it can be compared with, besides its layout."""
        self.path, self._outlines, self._second = path, None, None
        self.setWindowTitle(path.name)
        self.canvas.show_picture(QPixmap(str(path)), short_name(path))
        self.about.setText(describe(path))
        self.show_star(star)
        chosen = self.with_what.currentData()
        self.with_what.blockSignals(True)
        self.with_what.clear()
        self.with_what.addItem(f"with {LAYOUT}", None)
        for other in others:
            self.with_what.addItem(f"with {short_name(other)}", str(other))
        self.with_what.setCurrentIndex(max(self.with_what.findData(chosen), 0))
        self.with_what.blockSignals(False)
        self._compare()
        self._show_outlines()
        self._on_verdicts()
        self._on_zoom(self.canvas.scale * self.devicePixelRatioF())

    def show_star(self, star: bool) -> None:
        """Whether the picture has a star."""
        self._star = star
        set_icon(self.star, "star-filled" if star else "star")

    def compare_with(self, other: Path | None, mode: Mode) -> None:
        """Compare with another picture (None: with the layout)."""
        self.with_what.blockSignals(True)
        self.with_what.setCurrentIndex(max(self.with_what.findData(None if other is None else str(other)), 0))
        self.with_what.blockSignals(False)
        self._second = None
        self.mode.setCurrentIndex(MODES.index(mode))
        self._compare()

    def show_layout(self, render: np.ndarray, outlines: np.ndarray) -> None:
        """The layout's render (H, W, 3) and outlines (H, W, 4), as asked for by `layout_wanted`."""
        self._outlines = pixmap_of(outlines)
        if self.with_what.currentData() is None:
            self._second = (pixmap_of(render), LAYOUT)
            self._compare()
        self._show_outlines()

    def show_verdicts(self, pixels: np.ndarray | None) -> None:
        """The picture with verdicts drawn in (H, W, 3), or None where it was not checked."""
        self.canvas.show_overlay("verdicts", pixmap_of(pixels) if pixels is not None else None)
        if pixels is None:
            self.verdicts.setChecked(False)

    def step_mode(self) -> None:
        """The next way to compare."""
        self.mode.setCurrentIndex((self.mode.currentIndex() + 1) % len(MODES))

    def toggle_outlines(self) -> None:
        """Outlines of the layout, or none."""
        self.outlines.setValue(0 if self.outlines.value() else 80)

    def _compare(self) -> None:
        mode: Mode = self.mode.currentData()
        self.with_what.setEnabled(mode != "single")
        if mode != "single" and self._second is None:
            other = self.with_what.currentData()
            if other is None:
                self.layout_wanted.emit(self.path)
                return  # it comes by `show_layout`
            self._second = (QPixmap(other), short_name(Path(other)))
        self.canvas.show_second(*(self._second or (QPixmap(), "")), mode if self._second else "single")

    def _show_outlines(self) -> None:
        strength = self.outlines.value() / 100.0
        if strength and self._outlines is None:
            self.layout_wanted.emit(self.path)
            return
        self.canvas.show_overlay("outlines", self._outlines, strength)

    def _on_other(self) -> None:
        self._second = None
        self._compare()

    def _on_verdicts(self) -> None:
        if self.verdicts.isChecked():
            self.verdicts_wanted.emit(self.path)
        else:
            self.canvas.show_overlay("verdicts", None)

    def _on_zoom(self, scale: float) -> None:
        self.zoom.setText(f"{scale:.0%}")

    def _on_back(self) -> None:
        self.step_requested.emit(-1)

    def _on_next(self) -> None:
        self.step_requested.emit(1)

    def _on_star(self) -> None:
        self.star_requested.emit([self.path], not self._star)

    def _on_recall(self) -> None:
        sender = self.sender()
        self.recall_requested.emit(self.path, sender.property("what"))

    def _on_save(self) -> None:
        self.save_requested.emit(self.path)


def describe(path: Path) -> str:
    """Who made the picture and how, in words."""
    try:
        record = read_png_record(path)
    except StudioError as error:
        return str(error)
    request = record.request
    who = (
        "A render of the layout, not made by a network" if request.backend == "render" else f"Made by {request.backend}"
    )
    lines = [f"{who}. {request.width} × {request.height}, seed {request.seed}."]
    if request.backend != "render":
        lines[0] += f" {request.steps} steps, guidance {request.guidance:g}"
        lines[0] += f", freedom {request.freedom:g}" if request.freedom else ""
        lines[0] += f", {request.model}" if request.model else ""
    if request.prompt:
        lines.append(f"Prompt: {request.prompt[:400]}")
    if request.style or request.reference:
        style = f"Style: {request.style.name}. " if request.style else ""
        lines.append(style + (f"Like: {request.reference.name}." if request.reference else ""))
    if request.keep and record.difference:
        lines.append(f"The rest of {request.keep.name} was kept: {record.difference.sentence}")
    return "\n".join(lines)
