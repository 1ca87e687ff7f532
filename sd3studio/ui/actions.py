"""The table of commands. Menus, toolbar, palette and shortcut sheet are all built from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMainWindow, QWidget

from sd3studio.ui import theme
from sd3studio.ui.icons import icon


def always() -> bool:
    """Enabled at all times."""
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table.

    Parameters
    ----------
    id : never changes; settings name shortcuts by it
    keys : usual shortcuts, first one shown; the user's settings may replace them
    scope : where its shortcuts act: in the whole window, or only while the 3D view, the pictures (strip and viewer) or
        the queue has the focus. Single letters are never of the window
    checked : for commands that are on or off
    places : keys of the workspaces where it works; empty for all
    toolbar, primary : whether it has a tool button, and whether that one stands out
    """

    id: str
    title: str
    menu: str
    run: Callable[[], object]
    keys: tuple[str, ...] = ()
    icon: str = ""
    scope: Literal["window", "view", "pictures", "queue"] = "window"
    enabled: Callable[[], bool] = always
    checked: Callable[[], bool] | None = None
    tip: str = ""
    toolbar: bool = False
    primary: bool = False
    places: tuple[str, ...] = ()


class Commands:
    """The commands of a window as Qt actions."""

    def __init__(
        self,
        window: QMainWindow,
        view: QWidget,
        table: Sequence[Command],
        chosen_keys: Mapping[str, str],
        place: Callable[[], str] = str,
    ) -> None:
        self.table = tuple(table)
        self._place = place
        self.actions: dict[str, QAction] = {}
        for command in table:
            self.actions[command.id] = self._action(window, view, command, chosen_keys)

    def _action(self, window: QMainWindow, view: QWidget, command: Command, chosen: Mapping[str, str]) -> QAction:
        action = QAction(command.title, window)
        if command.icon:
            action.setIcon(command_icon(command))
        _set_keys(action, command, chosen)
        action.setCheckable(command.checked is not None)
        action.triggered.connect(command.run)
        if command.scope == "window":
            window.addAction(action)
        else:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            if command.scope == "view":
                view.addAction(action)
        return action

    def serve(self, scope: str, widget: QWidget) -> None:
        """Let the shortcuts of a scope act while `widget` or something in it has the focus."""
        actions = [self.actions[command.id] for command in self.table if command.scope == scope]
        widget.installEventFilter(ScopedKeys(actions, widget))

    def take_keys(self, chosen: Mapping[str, str]) -> None:
        """Use these shortcuts where they are given, the usual ones elsewhere."""
        for command in self.table:
            _set_keys(self.actions[command.id], command, chosen)

    def refresh_icons(self) -> None:
        """Draw the icons anew, in the colours of the current theme."""
        for command in self.table:
            if command.icon:
                self.actions[command.id].setIcon(command_icon(command))

    def refresh(self) -> None:
        """Ask every command whether it is enabled and checked now."""
        for command in self.table:
            action = self.actions[command.id]
            action.setEnabled((not command.places or self._place() in command.places) and command.enabled())
            if command.checked is not None:
                action.setChecked(command.checked())

    def run_key(self, key: str) -> bool:
        """Run the command that has this key in the 3D view. Returns whether there is one that can be run."""
        for command in self.table:
            action = self.actions[command.id]
            if command.scope == "view" and QKeySequence(key) in action.shortcuts() and action.isEnabled():
                action.trigger()
                return True
        return False

    def shortcuts(self) -> list[tuple[str, str, str]]:
        """(menu, title, keys) of all commands that have keys, in the order of the table."""
        rows = []
        for command in self.table:
            keys = [k.toString(QKeySequence.SequenceFormat.NativeText) for k in self.actions[command.id].shortcuts()]
            if any(keys):
                rows.append((command.menu, command.title, "  or  ".join(k for k in keys if k)))
        return rows


class ScopedKeys(QObject):
    """Runs actions by their shortcuts in the widget that it filters; there they go before those of the window."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = tuple(actions)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            pressed = QKeySequence(event.keyCombination())
            action = next((action for action in self._actions if pressed in action.shortcuts()), None)
            if action is not None:
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    action.trigger()
                return True
        return super().eventFilter(watched, event)


def command_icon(command: Command) -> QIcon:
    """The icon of a command; on a switched-on tool button it has the colour of text on the accent."""
    now = theme.current()
    return icon(command.icon, now.accent_text if command.primary else None, checked=now.accent_text)


def _set_keys(action: QAction, command: Command, chosen: Mapping[str, str]) -> None:
    keys = (chosen[command.id],) if command.id in chosen else command.keys
    action.setShortcuts([QKeySequence(key) for key in keys])
    shown = QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys and keys[0] else ""
    tip = command.tip or command.title.rstrip("…")
    action.setToolTip(f"{tip} ({shown})" if shown else tip)
