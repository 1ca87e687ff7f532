"""The tabs of panels after going through the workspaces: none without its panel, none missing."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabBar

from sd3studio.ui.tab_bars import stands_beside


def bars_of(window) -> list[QTabBar]:
    found = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [bar for bar in found if bar.isVisible() and window.rect().intersects(bar.geometry())]


def test_tabs_stand_beside_their_panels_only(window, qtbot):
    for workspace in ("annotate", "compose", "library", "train", "annotate", "library", "compose"):
        window.workspaces.go(workspace)
        page = workspace in ("library", "train")
        tabbed = [dock for dock in window.docks.values() if dock.isVisible() and window.tabifiedDockWidgets(dock)]
        assert bool(tabbed) != page

        def tidy() -> bool:
            bars = bars_of(window)
            alone = [bar for bar in bars if not any(stands_beside(bar, d) for d in window.docks.values())]
            fronts = [d for d in window.docks.values() if any(stands_beside(bar, d) for bar in bars)]
            return not alone and bool(fronts) != page  # noqa: B023

        qtbot.waitUntil(tidy, timeout=5_000)
