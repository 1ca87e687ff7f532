"""Keys as tools and view keys want them: by name while something is dragged, digits by their place on the keyboard."""

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

_NAMES = {
    Qt.Key.Key_Period: ".", Qt.Key.Key_Comma: ".", Qt.Key.Key_Minus: "-", Qt.Key.Key_Backspace: "backspace",
    Qt.Key.Key_Tab: "tab", Qt.Key.Key_Backtab: "tab", Qt.Key.Key_Return: "enter", Qt.Key.Key_Enter: "enter",
    Qt.Key.Key_X: "x", Qt.Key.Key_Y: "y", Qt.Key.Key_Z: "z",
}  # fmt: skip
MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)

_MAC_CODES = {18: 1, 19: 2, 20: 3, 21: 4, 23: 5, 22: 6, 26: 7, 28: 8, 25: 9, 29: 0}
"""Virtual key codes of the digit row on a Mac; they name positions."""


def digit_of_codes(scan_code: int, virtual_key: int, platform: str = sys.platform) -> int | None:
    """The digit whose place on the keyboard a key has, whatever is printed on it (French rows have `&é"'(-`)."""
    if platform == "darwin":
        return _MAC_CODES.get(virtual_key)
    first = 2 if platform == "win32" else 10  # scan code set 1; evdev + 8 on X11 and Wayland
    place = scan_code - first
    return (place + 1) % 10 if 0 <= place <= 9 else None


def digit_at(event: QKeyEvent) -> int | None:
    """The digit of a key of the digit row, by its place."""
    if event.modifiers() & Qt.KeyboardModifier.KeypadModifier:
        return None
    return digit_of_codes(event.nativeScanCode(), event.nativeVirtualKey())


def key_name(event: QKeyEvent) -> str | None:
    """A key as tools know it (see `tools.base.KEY_NAMES`), or "enter"; None for all others."""
    key = event.key()
    if Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
        return str(key - Qt.Key.Key_0)
    named = _NAMES.get(Qt.Key(key))
    if named is not None:
        return named
    digit = digit_at(event)
    return None if digit is None else str(digit)
