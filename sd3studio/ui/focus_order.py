"""Tab goes through a panel as it is read: in the order of its layout, not in that in which its parts were made."""

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QSplitter, QStackedWidget, QTabWidget, QWidget


def tab_in_reading_order(panel: QWidget) -> None:
    """Let Tab visit what can be focused in `panel` in the order in which it is laid out."""
    stops = [widget for widget in reading_order(panel) if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)


def reading_order(widget: QWidget) -> Iterator[QWidget]:
    """The parts of a widget as they are laid out, from the top left; a part comes before its own parts."""
    layout = widget.layout()
    if isinstance(widget, QTabWidget):
        yield widget.tabBar()
        parts = [widget.widget(number) for number in range(widget.count())]
    elif isinstance(widget, QStackedWidget | QSplitter):
        parts = [widget.widget(number) for number in range(widget.count())]
    elif isinstance(widget, QScrollArea) and widget.widget() is not None:
        parts = [widget.widget()]
    else:
        parts = list(_laid_out(layout)) if layout is not None else []
    for part in parts:
        yield part
        yield from reading_order(part)


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for number in range(layout.count()):
        item = layout.itemAt(number)
        if item.widget() is not None:
            yield item.widget()
        elif item.layout() is not None:
            yield from _laid_out(item.layout())
