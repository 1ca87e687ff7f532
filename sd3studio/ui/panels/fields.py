"""Small input widgets that several panels use. Setting a value shows it; only the user's own change is signalled."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)


class NumberField(QDoubleSpinBox):
    """A number with a unit. The wheel changes it only when it has the focus, so that panels can be scrolled."""

    entered = Signal(float)

    def __init__(
        self, suffix: str = "", low: float = -1e4, high: float = 1e4, step: float = 0.1, digits: int = 2
    ) -> None:
        super().__init__(suffix=suffix, minimum=low, maximum=high, singleStep=step, decimals=digits)
        self._exact = 0.0
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(52)
        self.valueChanged.connect(self.entered)

    def show_value(self, value: float) -> None:
        """Show a value without signalling it; what the user is typing is left alone."""
        self._exact = value
        if not (self.hasFocus() and self.lineEdit().isModified()):
            with QSignalBlocker(self):
                self.setValue(value)

    def exact(self) -> float:
        """The value, with all its digits as long as the user has not entered another one."""
        return self._exact if abs(self._exact - self.value()) <= 0.5001 * 10.0 ** -self.decimals() else self.value()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class TripleField(QWidget):
    """Three numbers side by side, each with a short coloured name."""

    entered = Signal(tuple)

    def __init__(self, names: Sequence[str], colours: Sequence[str], suffix: str, low: float, step: float) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.fields = [NumberField(suffix, low=low, step=step) for _ in names]
        for name, colour, field in zip(names, colours, self.fields, strict=True):
            mark = QLabel(name)
            mark.setStyleSheet(f"color: {colour}; font-weight: 600;")
            field.setAccessibleName(name)
            layout.addWidget(mark)
            layout.addWidget(field, 1)
            field.entered.connect(self._on_entered)

    def show_value(self, values: Sequence[float]) -> None:
        """Show three values."""
        for field, value in zip(self.fields, values, strict=True):
            field.show_value(value)

    def exact(self) -> tuple[float, ...]:
        """The three values, unrounded where the user has not entered others."""
        return tuple(field.exact() for field in self.fields)

    def _on_entered(self) -> None:
        self.entered.emit(self.exact())


def shrinkable(box: QComboBox, letters: int = 6) -> None:
    """Let a combo box be narrower than its longest entry: so many letters are always seen."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(letters)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


def compact(button: QPushButton) -> QPushButton:
    """A button with an icon alone, no wider than it must be."""
    button.setFixedWidth(36)
    button.setStyleSheet("QPushButton { padding: 5px 4px; }")
    return button


def heading(text: str) -> QLabel:
    """A small heading above a group of fields."""
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


def muted(text: str = "") -> QLabel:
    """A line of secondary text that wraps."""
    label = QLabel(text, wordWrap=True)
    label.setProperty("role", "muted")
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def scrolled(panel: QWidget) -> QVBoxLayout:
    """The column of a panel that scrolls where its dock is too low for it."""
    page, area, whole = QWidget(), QScrollArea(widgetResizable=True), QVBoxLayout(panel)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.addWidget(area)
    area.setWidget(page)
    column = QVBoxLayout(page)
    column.setContentsMargins(10, 8, 10, 8)
    column.setSpacing(6)
    return column


def or_text(shown: QWidget, text: str) -> QStackedLayout:
    """A layout of two pages: what is said while there is nothing to show (0, first), and `shown` (1)."""
    empty = QLabel(text, wordWrap=True)
    empty.setProperty("role", "muted")
    empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
    stack = QStackedLayout()
    stack.addWidget(empty)
    stack.addWidget(shown)
    return stack
