"""Line icons from ``resources/icons``, drawn in the colour of the theme and sharp on every screen."""

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QPushButton, QToolButton, QWidget

from sd3studio.core.locations import RESOURCES
from sd3studio.ui import theme


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
    now = theme.current()
    switched_on = now.accent_text if isinstance(button, QToolButton) else None  # its ground is the accent then
    button.setIcon(icon(name, now.accent_text if on_accent else None, switched_on))


def icon_button(name: str, text: str = "", tip: str = "") -> QPushButton:
    """A push button with an icon that follows the theme."""
    button = QPushButton(text)
    button.setToolTip(tip)
    if not text:
        button.setMaximumWidth(34)
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
    return QIcon(LineIcon(name, normal, disabled, checked))


class LineIcon(QIconEngine):
    """Draws an icon when it is needed, at the size and on the screen where it is needed."""

    def __init__(self, name: str, normal: str, disabled: str, checked: str) -> None:
        super().__init__()
        self._of = (name, normal, disabled, checked)

    def clone(self) -> QIconEngine:
        return LineIcon(*self._of)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        name, normal, disabled, checked = self._of
        if size.isEmpty():
            return QPixmap()
        if mode == QIcon.Mode.Disabled:
            return _pixmap(name, disabled, size.width(), size.height())
        return _pixmap(name, checked if state == QIcon.State.On else normal, size.width(), size.height())

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(rect, self.pixmap(rect.size() * ratio, mode, state))


@cache
def _svg(name: str) -> str:
    return (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@cache
def _pixmap(name: str, colour: str, width_px: int, height_px: int) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_svg(name).replace("currentColor", colour).encode()))
    pixmap = QPixmap(width_px, height_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    side = min(width_px, height_px)
    renderer.render(painter, QRectF((width_px - side) / 2, (height_px - side) / 2, side, side))
    painter.end()
    return pixmap
