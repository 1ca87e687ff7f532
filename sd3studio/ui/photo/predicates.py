"""The menu of predicates on the photo: what is seen is stated, nothing is moved; words of one's own are kept."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from sd3studio.ui.predicate_menu import PredicateMenu


class PhotoPredicateMenu(PredicateMenu):
    """The same menu as in the 3D view without what moves things, and with words of one's own (T)."""

    words_wanted = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        for switch in (self.keep, self.once):
            switch.setVisible(False)
        self.words = self.addAction("T   In your own words…")
        self.words.triggered.connect(self._on_words)

    def _on_words(self) -> None:
        self.words_wanted.emit(*self._ends)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_T:
            self.close()
            self._on_words()
        elif event.key() not in (Qt.Key.Key_K, Qt.Key.Key_O):
            super().keyPressEvent(event)
