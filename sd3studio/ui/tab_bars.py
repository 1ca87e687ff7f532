"""The tabs of docked panels: Qt leaves those of panels that were hidden where they were, above whatever comes there.

A bar that stands beside no panel of its own is hidden; one that does is shown.
"""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar

NEAR_PX = 8


class TabBars(QObject):
    """Tidies the tab bars of a window after its panels were shown, hidden or moved."""

    def __init__(self, window: QMainWindow, docks: Iterable[QDockWidget]) -> None:
        super().__init__(window)
        self._window, self._docks = window, tuple(docks)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.tidy)
        for dock in self._docks:
            for signal in (dock.visibilityChanged, dock.dockLocationChanged, dock.topLevelChanged):
                signal.connect(self.tidy_soon)

    def tidy_soon(self, *_: object) -> None:
        """Tidy when the window has laid its panels out."""
        self._soon.start()

    def tidy(self) -> None:
        """Hide the bars that stand beside no panel of theirs, show those that do."""
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            belongs = any(stands_beside(bar, dock) for dock in self._docks)
            if bar.count() and bar.isHidden() == belongs:
                bar.setVisible(belongs)


def stands_beside(bar: QTabBar, dock: QDockWidget) -> bool:
    """Whether a bar is the one above (or below) a panel that is on the screen."""
    titles = {bar.tabText(number) for number in range(bar.count())}
    if dock.isHidden() or dock.isFloating() or dock.windowTitle() not in titles:
        return False
    place, own = dock.geometry(), bar.geometry()
    above, below = abs(own.bottom() + 1 - place.top()), abs(place.bottom() + 1 - own.top())
    return abs(own.left() - place.left()) <= NEAR_PX and min(above, below) <= NEAR_PX
