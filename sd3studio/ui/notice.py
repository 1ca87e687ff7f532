"""Short messages over the view: they come, can be read and closed, and go by themselves unless something is wrong."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from sd3studio.ui import theme
from sd3studio.ui.icons import icon

SHOWN_MS = {"info": 7_000, "good": 6_000, "warning": 14_000, "danger": 20_000}
ICONS = {"info": "info", "good": "solve", "warning": "warning", "danger": "warning"}
MOST = 4
TEXT_PX = 350


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

    def clear(self) -> None:
        """Close all messages."""
        for card in self._cards():
            self._drop(card)

    def texts(self) -> list[str]:
        """The messages on show."""
        return [card.text for card in self._cards()]

    def place(self) -> None:
        """Go to the upper right corner of the parent."""
        parent = self.parentWidget()
        width = 440
        self.setFixedWidth(width)
        self.adjustSize()
        self.move(parent.width() - width - 12, 12)
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
        mark, label = QLabel(), QLabel(text, wordWrap=True)
        mark.setPixmap(icon(ICONS[level], colour).pixmap(18, 18))
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        label.setMinimumWidth(TEXT_PX)  # the height of wrapped text is asked for at this width
        self.close_button = QToolButton(icon=icon("close"), toolTip="Close", autoRaise=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 7, 6, 7)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
