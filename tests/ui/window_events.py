"""Real mouse events for tests of the 3D view."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def on_screen(window, point) -> QPoint:
    """Where a world point is in the view."""
    pixel, _ = window.view.camera.project(point)
    return QPoint(round(float(pixel[0])), round(float(pixel[1])))


def send_mouse(view, kind, place, button=NONE, buttons=NONE, keys=Qt.KeyboardModifier.NoModifier) -> None:
    """One mouse event."""
    where = QPointF(place)
    QApplication.sendEvent(view, QMouseEvent(kind, where, view.mapToGlobal(where), button, buttons, keys))


def hover(view, place) -> None:
    """The mouse comes to a place with no button down."""
    send_mouse(view, QEvent.Type.MouseMove, place)


def click(view, place) -> None:
    """A left click."""
    send_mouse(view, QEvent.Type.MouseButtonPress, place, LEFT, LEFT)
    send_mouse(view, QEvent.Type.MouseButtonRelease, place, LEFT)


def drag_to(view, start, end, steps=8) -> None:
    """A left drag in even steps."""
    hover(view, start)
    send_mouse(view, QEvent.Type.MouseButtonPress, start, LEFT, LEFT)
    for number in range(1, steps + 1):
        send_mouse(view, QEvent.Type.MouseMove, start + (end - start) * (number / steps), NONE, LEFT)
    send_mouse(view, QEvent.Type.MouseButtonRelease, end, LEFT)
