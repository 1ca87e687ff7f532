"""Short messages over the view: they come, can be read and closed, and go by themselves unless something is wrong."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from sd3studio.ui import theme
from sd3studio.ui.icons import icon

SHOWN_MS = {"info": 7_000, "good": 6_000, "warning": 14_000, "danger": 20_000}
ICONS = {"info": "info", "good": "solve", "warning": "warning", "danger": "warning"}
MOST = 4
WIDTH_PX, MARGIN_PX = 440, 12
SIDES_PX = 90
"""Of a card: mark, button and margins beside its text."""


class NoticeArea(QWidget):
    """A column of messages at the upper right of its parent; newest below."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.hide()

    def say(self, level: str, text: str) -> None:
        """Show a message; the same one is not shown twice at a time."""
        cards = self._cards()
        if any(card.text == text for card in cards):
            return
        for old in cards[: max(0, len(cards) - MOST + 1)]:
            self._drop(old)
        card = NoticeCard(level, text, self)
        card.close_button.clicked.connect(lambda: self._drop(card))
        QTimer.singleShot(SHOWN_MS[level], card, lambda: self._drop(card))
        self._column.addWidget(card)
        card.show()  # what is hidden has no part in the height
        self.show()
        self.place()

    def take_back(self, text: str) -> None:
        """Close a message that is no longer of use, if it is still on show."""
        for card in self._cards():
            if card.text == text:
                self._drop(card)

    def clear(self) -> None:
        """Close all messages."""
        for card in self._cards():
            self._drop(card)

    def texts(self) -> list[str]:
        """The messages on show."""
        return [card.text for card in self._cards()]

    def place(self) -> None:
        """Go to the upper right corner of the parent, over all of its width if that is less than usual."""
        parent = self.parentWidget()
        width = max(min(WIDTH_PX, parent.width() - 2 * MARGIN_PX), 2 * SIDES_PX)
        self.setFixedWidth(width)
        for card in self._cards():
            card.label.setMinimumWidth(width - SIDES_PX)
            card.label.setMinimumHeight(card.label.heightForWidth(width - SIDES_PX))
            card.updateGeometry()
        self.adjustSize()
        self.move(parent.width() - width - MARGIN_PX, MARGIN_PX)
        self.raise_()

    def _cards(self) -> list["NoticeCard"]:
        widgets = [self._column.itemAt(i).widget() for i in range(self._column.count())]
        return [widget for widget in widgets if isinstance(widget, NoticeCard)]

    def _drop(self, card: "NoticeCard") -> None:
        if self._column.indexOf(card) >= 0:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        if not self._cards():
            self.hide()
        else:
            self.place()


class NoticeCard(QFrame):
    """One message."""

    def __init__(self, level: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = text
        now = theme.current()
        colour = {"info": now.accent, "good": now.good, "warning": now.warning, "danger": now.danger}[level]
        self.setStyleSheet(
            f"NoticeCard {{ background: {now.panel}; border: 1px solid {now.border}; border-left: 4px solid {colour};"
            f" border-radius: 6px; }}"
        )
        mark, self.label = QLabel(), QLabel(text, wordWrap=True)
        mark.setPixmap(icon(ICONS[level], colour).pixmap(18, 18))
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.close_button = QToolButton(icon=icon("close"), toolTip="Close", autoRaise=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 7, 6, 7)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.label, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
