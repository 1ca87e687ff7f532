"""The captions: sentences about the scene, with who made them, and the objects they speak of."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from sd3studio.core.scene.caption import Caption
from sd3studio.ui import theme
from sd3studio.ui.icons import icon, icon_button
from sd3studio.ui.panels.fields import muted

MAKERS = {
    "rule": "Made by rule from the geometry",
    "model": "Written by SD3 mini, checked against the geometry",
    "human": "Written by a person",
}
ICONS = {"rule": "text", "model": "generate", "human": "caption"}


class CaptionsPanel(QWidget):
    """Lists captions; a click selects what a caption speaks of."""

    select_requested = Signal(tuple)

    def __init__(self) -> None:
        super().__init__()
        self._captions: tuple[Caption, ...] = ()
        self.list = QListWidget(wordWrap=True, alternatingRowColors=True)
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._on_clicked)
        self.copy = icon_button("copy", "Copy")
        self.copy.setToolTip("Copy the marked sentences, or all of them")
        self.copy.clicked.connect(self._on_copy)
        self.source = muted()
        below = QHBoxLayout()
        below.addWidget(self.source, 1)
        below.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.list, 1)
        layout.addLayout(below)

    def show_captions(self, captions: Sequence[Caption]) -> None:
        """Show these sentences."""
        captions = tuple(captions)
        if captions == self._captions and self.source.text():
            return
        self._captions = captions
        self.list.clear()
        for caption in captions:
            item = QListWidgetItem(icon(ICONS[caption.maker], _colour(caption)), caption.text)
            item.setToolTip(_about(caption))
            if caption.scope == "scene":
                font = item.font()
                font.setBold(True)
                item.setFont(font)
            self.list.addItem(item)
        self.source.setText(_made_by(captions) or "Sentences appear when two things stand in a clear relation.")
        self.copy.setEnabled(bool(captions))

    def _on_clicked(self, item: QListWidgetItem) -> None:
        caption = self._captions[self.list.row(item)]
        ids = dict.fromkeys(key for fact in caption.facts for key in (fact.subject, fact.object))
        if ids:
            self.select_requested.emit(tuple(ids))

    def _on_copy(self) -> None:
        marked = sorted(self.list.row(item) for item in self.list.selectedItems())
        rows = marked if len(marked) > 1 else range(len(self._captions))
        QGuiApplication.clipboard().setText("\n".join(self._captions[row].text for row in rows))


def _colour(caption: Caption) -> str:
    now = theme.current()
    return now.accent if caption.maker == "model" else now.muted


def _made_by(captions: Sequence[Caption]) -> str:
    """ "3 written by SD3 mini, checked against the geometry; 1 made by rule from the geometry"."""
    counts = Counter(caption.maker for caption in captions)
    parts = [f"{counts[maker]} {text[0].lower()}{text[1:]}" for maker, text in MAKERS.items() if counts[maker]]
    if len(parts) == 1:
        return next(MAKERS[maker] for maker in counts)
    return "; ".join(sorted(parts, reverse=True))


def _about(caption: Caption) -> str:
    lines = [MAKERS[caption.maker]]
    for fact in caption.facts:
        line = f"{fact.subject} {fact.predicate.value} {fact.object}: {fact.grade:.0%}"
        lines.append(f"{line} (in the picture it looks {fact.apparent.value})" if fact.apparent else line)
    return "\n".join(lines)
