"""The captions of one photo: a text for each style, whose it is, what is doubtful, how long; changed text is kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from sd3studio.core.language.caption_styles import DEFAULT_STYLE
from sd3studio.core.language.wording import plural
from sd3studio.services.library.records import StoredCaption
from sd3studio.ui import theme
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted

KEEP_MS = 1_500
"""Text is kept so long after the last key."""
MAKERS = {"rule": "Made by rule from the geometry", "model": "AI text: written by SD3 mini", "human": "Written by"}
FLAGS = {
    "stale": "the scene has changed since",
    "contradicted": "the geometry says otherwise",
    "generic": "would fit any photo",
    "too long": "longer than CLIP reads (77 tokens)",
}


NO_CAPTION = "No caption of this style yet. Write one, or derive it from the scene."


@dataclass(frozen=True, slots=True)
class ShownCaption:
    """A caption with what is doubtful about it and its length in tokens."""

    caption: StoredCaption
    flags: tuple[str, ...]
    tokens: int
    denied: tuple[str, ...] = ()
    """What it says and the geometry denies."""


class _Highlighter(QSyntaxHighlighter):
    """Marks the words that name things of the scene."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._words: re.Pattern[str] | None = None

    def show_labels(self, labels: Sequence[str]) -> None:
        """Mark these labels, and their plurals."""
        names = {name for label in labels if label for name in (label, plural(label))}
        parts = sorted(map(re.escape, names), key=len, reverse=True)
        self._words = re.compile(rf"\b(?:{'|'.join(parts)})\b", re.I) if parts else None
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if self._words is None:
            return
        look = QTextCharFormat()
        look.setForeground(QColor(theme.current().accent))
        look.setFontWeight(600)
        for found in self._words.finditer(text):
            self.setFormat(found.start(), found.end() - found.start(), look)


class _Text(QPlainTextEdit):
    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class CaptionEditor(QWidget):
    """Shows and changes the captions of one photo; what the user writes leaves as a signal."""

    written = Signal(int, str, str)
    """Photo, style, text."""
    derive_requested = Signal(int, str)
    """Photo, style: write it again from the scene."""
    facts_pointed = Signal(tuple)
    """Ids of the objects that the caption states something of."""
    style_changed = Signal(str)
    styles_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.photo = 0
        self._captions: dict[str, ShownCaption] = {}
        self._shown = ""
        self.styles = QComboBox()
        self.styles.setAccessibleName("Style of the caption")
        self.styles.currentTextChanged.connect(self._on_style)
        self.text = _Text()
        self.text.setAccessibleName("Caption")
        self.text.setTabChangesFocus(True)
        self._highlighter = _Highlighter(self.text.document())
        self.about, self.tokens, self.template = muted(), QLabel(), muted()
        self.tokens.setProperty("role", "muted")
        self.tokens.setToolTip("WordPiece tokens (MiniLM's tokenizer); CLIP's count differs by a few. CLIP reads 77.")
        self.derive = icon_button("redo", "Derive again", "Write it again from the scene as it is now")
        self.derive.clicked.connect(lambda: self.derive_requested.emit(self.photo, self.style))
        self.forget = icon_button("trash", "", "Take this caption away; then it can be derived again")
        self.forget.clicked.connect(self._on_forget)
        self.point = icon_button("relation", "", "Outline what the caption speaks of")
        self.point.clicked.connect(self._on_point)
        self._soon = QTimer(self, singleShot=True, interval=KEEP_MS)
        self._soon.timeout.connect(self.keep)
        self.text.textChanged.connect(self._on_text)
        self.text.left.connect(self.keep)
        top = QHBoxLayout()
        top.addWidget(self.styles, 1)
        self.edit_styles = icon_button("settings", "", "Styles and their templates")
        self.edit_styles.clicked.connect(self.styles_requested)
        for button in (self.edit_styles, self.point, self.forget, self.derive):
            top.addWidget(button)
        below = QHBoxLayout()
        below.addWidget(self.about, 1)
        below.addWidget(self.tokens)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 6)
        layout.addLayout(top)
        layout.addWidget(self.text, 1)
        layout.addLayout(below)
        layout.addWidget(self.template)
        self.setEnabled(False)

    @property
    def style(self) -> str:  # type: ignore[override]
        """The style that is shown."""
        return self.styles.currentText()

    def show_styles(self, styles: dict[str, str], wanted: str = "") -> None:
        """Offer these styles: name -> template."""
        wanted = wanted or self.style or DEFAULT_STYLE
        self.styles.blockSignals(True)
        self.styles.clear()
        for name, template in styles.items():
            self.styles.addItem(name, template)
        self.styles.setCurrentText(wanted)
        self.styles.blockSignals(False)

    def show_style(self, style: str) -> None:
        """Show the caption of this style."""
        self.styles.setCurrentText(style)
        self._fill()

    def show_captions(self, photo: int, captions: Sequence[ShownCaption], labels: Sequence[str]) -> None:
        """Show the captions of a photo; 0 for none. What is being typed for the same photo stays."""
        typing = photo == self.photo and self.text.hasFocus() and self.text.toPlainText() != self._shown
        if photo != self.photo:
            self.keep()
        self.photo = photo
        self._captions = {shown.caption.style: shown for shown in captions}
        self.setEnabled(photo > 0)
        self.text.setPlaceholderText(NO_CAPTION if photo else "")
        self._highlighter.show_labels(labels)
        if not typing:
            self._fill()

    def keep(self) -> None:
        """Hand on what was typed, if it is another text."""
        self._soon.stop()
        text = self.text.toPlainText().strip()
        if self.photo and text != self._shown.strip():
            self._shown = text
            self.written.emit(self.photo, self.style, text)

    def _fill(self) -> None:
        shown = self._captions.get(self.style)
        self._shown = shown.caption.text if shown else ""
        self.text.blockSignals(True)
        if self.text.toPlainText() != self._shown:
            self.text.setPlainText(self._shown)
        self.text.blockSignals(False)
        template = self.styles.currentData() or ""
        self.template.setText(f"Template: {template}" if template else "")
        self.point.setEnabled(bool(shown and shown.caption.facts))
        self.forget.setEnabled(shown is not None)
        self.tokens.setText(f"{shown.tokens} tokens" if shown else "")
        self.about.setText(_about(shown))
        colour = theme.current().warning if shown and shown.flags else theme.current().muted
        self.about.setStyleSheet(f"color: {colour};")

    def _on_style(self, style: str) -> None:
        self._soon.stop()
        self._fill()
        self.style_changed.emit(style)

    def _on_text(self) -> None:
        self._soon.start()

    def _on_forget(self) -> None:
        self._shown = ""
        self.text.setPlainText("")
        self._soon.stop()
        self.written.emit(self.photo, self.style, "")

    def _on_point(self) -> None:
        shown = self._captions.get(self.style)
        if shown:
            ids = dict.fromkeys(key for subject, _, thing in shown.caption.facts for key in (subject, thing))
            self.facts_pointed.emit(tuple(ids))


def _about(shown: ShownCaption | None) -> str:
    if shown is None:
        return ""
    maker = MAKERS[shown.caption.maker]
    said = f"{maker} {shown.caption.author}".strip() if shown.caption.maker == "human" else maker
    flags = [f"{flag}: {FLAGS[flag]}" for flag in shown.flags]
    return " · ".join([said, *flags, *(f"not so: {text}" for text in shown.denied[:2])])
