"""What a run put out: samples over time, and its log."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap, QTextCursor
from PySide6.QtWidgets import (
    QListView,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QStackedLayout,
    QTabWidget,
    QWidget,
)

from sd3studio.ui.panels.fields import muted

SHOWN_PX = QSize(420, 140)
MOST_TEXT, MOST_TEXTS = 4_000, 200


class RunOutputs(QTabWidget):
    """Tabs: samples (newest first, the same seeds each time), sentences and scores, log."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures = QListWidget(viewMode=QListView.ViewMode.IconMode, accessibleName="Samples")
        self.pictures.setIconSize(SHOWN_PX)
        self.pictures.setResizeMode(QListView.ResizeMode.Adjust)
        self.pictures.setMovement(QListView.Movement.Static)
        empty = muted("Samples of the weights at a step, always with the same seeds: ask for one with Sample now.")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        holder = QWidget()
        self._samples = QStackedLayout(holder)
        self._samples.addWidget(empty)
        self._samples.addWidget(self.pictures)
        self.texts, self.log = QPlainTextEdit(readOnly=True), QPlainTextEdit(readOnly=True)
        self.addTab(holder, "Samples")
        self.addTab(self.texts, "Texts and scores")
        self.addTab(self.log, "Log")
        self._shown: tuple[Path, ...] = ()
        self._logged = ""

    def show_samples(self, paths: Sequence[Path]) -> None:
        """Show the samples in these files, oldest first in the list; only what is new is read."""
        shown = tuple(paths)
        if shown == self._shown:
            return
        begun = self._shown and shown[: len(self._shown)] == self._shown
        if not begun:
            self.pictures.clear()
            self.texts.clear()
        told = []
        for path in shown[len(self._shown) if begun else 0 :]:
            name, _, step = path.stem.rpartition("-")
            title = f"{name}, step {int(step):,}" if step.isdigit() else path.stem
            if path.suffix == ".png":
                item = QListWidgetItem(QIcon(QPixmap(str(path))), title)
                item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
                item.setToolTip("True pictures above, what the weights make of them below")
                self.pictures.insertItem(0, item)
            else:
                told.insert(0, f"{title}\n{path.read_text('utf-8', 'replace')[:MOST_TEXT]}\n")
        self._shown = shown
        self._samples.setCurrentIndex(1 if self.pictures.count() else 0)
        if told and not self.pictures.count() and self.currentIndex() == 0:
            self.setCurrentWidget(self.texts)  # of this run nothing but sentences and scores can be seen
        if told:
            self.texts.setPlainText("\n".join([*told, self.texts.toPlainText()][: MOST_TEXTS + 1]))

    def show_log(self, text: str) -> None:
        """Show the end of the log; the view stays at the end if it was there, and only what is new is added."""
        if text == self._logged:
            return
        bar = self.log.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        if self._logged and text.startswith(self._logged):
            cursor = QTextCursor(self.log.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(text[len(self._logged) :])
        else:
            self.log.setPlainText(text)
        self._logged = text
        if at_end:
            bar.setValue(bar.maximum())
