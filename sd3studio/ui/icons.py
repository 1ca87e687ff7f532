"""Line icons from ``resources/icons``, drawn in the colour of the theme and sharp on every screen."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from sd3studio.core.locations import RESOURCES
from sd3studio.ui import theme

SIZES_PX = (16, 20, 24, 32, 48, 64)


def icon(name: str, colour: str | None = None, checked: str | None = None) -> QIcon:
    """The icon with this name, in `colour` (default: the text colour), greyed when disabled.

    `checked` is the colour on a tool button that is switched on.
    """
    now = theme.current()
    normal = colour or now.text
    return _icon(name, normal, now.muted, checked or normal)


def app_icon() -> QIcon:
    """The program's own icon."""
    return QIcon(str(RESOURCES / "icons" / "app.svg"))


@cache
def _icon(name: str, normal: str, disabled: str, checked: str) -> QIcon:
    result = QIcon()
    for size in SIZES_PX:
        result.addPixmap(_pixmap(name, normal, size), QIcon.Mode.Normal, QIcon.State.Off)
        result.addPixmap(_pixmap(name, checked, size), QIcon.Mode.Normal, QIcon.State.On)
        result.addPixmap(_pixmap(name, disabled, size), QIcon.Mode.Disabled)
    return result


def _pixmap(name: str, colour: str, size_px: int) -> QPixmap:
    svg = (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    pixmap = QPixmap(QSize(size_px, size_px))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    return pixmap
