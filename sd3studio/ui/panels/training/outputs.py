"""What a run put out: samples over time, and its log."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
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
MOST_TEXT = 4_000


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

    def show_samples(self, paths: list[Path]) -> None:
        """Show the samples in these files, oldest first in the list."""
        if tuple(paths) == self._shown:
            return
        self._shown = tuple(paths)
        self.pictures.clear()
        told = []
        for path in reversed(paths):
            if path.suffix == ".png":
                item = QListWidgetItem(QIcon(QPixmap(str(path))), path.stem.replace("-", " step ", 1))
                item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
                self.pictures.addItem(item)
            else:
                text = path.read_text("utf-8", "replace")[:MOST_TEXT]
                told.append(f"{path.stem}\n{text}\n")
        self._samples.setCurrentIndex(1 if self.pictures.count() else 0)
        self.texts.setPlainText("\n".join(told))

    def show_log(self, text: str) -> None:
        """Show the end of the log; the view stays at the end if it was there."""
        if text == self.log.toPlainText():
            return
        bar = self.log.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        self.log.setPlainText(text)
        if at_end:
            bar.setValue(bar.maximum())
