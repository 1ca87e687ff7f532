"""Line icons from ``resources/icons``, drawn in the colour of the theme and sharp on every screen."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QPushButton, QWidget

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


def set_icon(button: QAbstractButton, name: str, on_accent: bool = False) -> None:
    """Give a button an icon that follows the theme; `on_accent` for buttons with the accent as their ground."""
    button.setProperty("iconName", name)
    button.setProperty("iconOnAccent", on_accent)
    button.setIcon(icon(name, theme.current().accent_text if on_accent else None))


def icon_button(name: str, text: str = "", tip: str = "") -> QPushButton:
    """A push button with an icon that follows the theme."""
    button = QPushButton(text)
    button.setToolTip(tip)
    set_icon(button, name)
    return button


def refresh_icons(root: QWidget) -> None:
    """Draw the icons of all buttons below `root` anew, in the colours of the current theme."""
    for button in root.findChildren(QAbstractButton):
        name = button.property("iconName")
        if name:
            set_icon(button, name, bool(button.property("iconOnAccent")))


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
