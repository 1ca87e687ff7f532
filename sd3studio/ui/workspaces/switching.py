"""Which workspace is on the screen: the switch at the top left, the pages, and the layout that each remembers."""

from collections.abc import Sequence
from importlib import import_module

from PySide6.QtCore import QByteArray, QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDockWidget,
    QHBoxLayout,
    QMainWindow,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from sd3studio.ui.icons import set_icon
from sd3studio.ui.workspaces import Workspace

LAYOUT_VERSION = 6


class WorkspaceSwitch(QWidget):
    """A row of buttons, one a workspace; the one on the screen is pressed."""

    switch_requested = Signal(str)

    def __init__(self, workspaces: Sequence[Workspace]) -> None:
        super().__init__()
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(2)
        for workspace in workspaces:
            button = QToolButton(text=workspace.title, checkable=True, objectName=f"workspace-{workspace.key}")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setToolTip(workspace.tip)
            button.setProperty("key", workspace.key)
            set_icon(button, workspace.icon)
            self._group.addButton(button)
            self.buttons[workspace.key] = button
            row.addWidget(button)
        self._all_titles, self._full_px = True, 0
        self._group.buttonClicked.connect(self._on_clicked)

    def show_current(self, key: str) -> None:
        """Press the button of this workspace."""
        self.buttons[key].setChecked(True)
        self._style()

    def full_width(self) -> int:
        """How wide it is with all titles (px)."""
        if self._all_titles:
            self._full_px = self.sizeHint().width()
        return self._full_px

    def show_titles(self, all_of_them: bool) -> None:
        """Show the titles of all workspaces, or where there is little room only that of the pressed one."""
        self._all_titles = all_of_them
        self._style()

    def _style(self) -> None:
        beside, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in self.buttons.values():
            button.setToolButtonStyle(beside if self._all_titles or button.isChecked() else alone)

    def _on_clicked(self, button: QToolButton) -> None:
        self.switch_requested.emit(button.property("key"))


class WorkspaceSwitcher(QObject):
    """Shows one workspace at a time. Layouts are kept in `stored`, a name each.

    Parameters
    ----------
    window : what the pages and docks belong to
    view : the 3D view, which Compose and Annotate share
    docks : all dock panels by name
    """

    changed = Signal(str)
    """Key of the workspace that is now on the screen."""

    def __init__(
        self,
        window: QMainWindow,
        view: QWidget,
        docks: dict[str, QDockWidget],
        workspaces: Sequence[Workspace],
        stored: QSettings,
    ) -> None:
        super().__init__(window)
        self.window_, self.docks, self.stored = window, docks, stored
        self.workspaces = {workspace.key: workspace for workspace in workspaces}
        self.current = workspaces[0].key
        self._made: dict[str, QWidget] = {}
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(view)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.split)
        window.setCentralWidget(self.stack)

    def widget(self, key: str) -> QWidget | None:
        """The page of a workspace, or its companion of the 3D view; made now if it was not yet."""
        where = self.workspaces[key].page or self.workspaces[key].beside
        if where and key not in self._made:
            module, name = where.split(":")
            made = getattr(import_module(module), name)(self.window_)
            self._made[key] = made
            if self.workspaces[key].page:
                made.setAutoFillBackground(True)  # Qt leaves the tabs of hidden panels where they were, behind it
                self.stack.addWidget(made)
            else:
                self.split.insertWidget(0, made)
                self.split.setSizes([500, 500])
                made.hide()
        return self._made.get(key)

    def _show_page(self, page: QWidget) -> None:
        """Show a page; the hidden ones take no room, or beside the docks they would widen the window."""
        ignored, expanding = QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding
        for number in range(self.stack.count()):
            policy = expanding if self.stack.widget(number) is page else ignored
            self.stack.widget(number).setSizePolicy(policy, policy)
        self.stack.setCurrentWidget(page)

    def made(self, key: str) -> QWidget | None:
        """The widget of a workspace if it was made already."""
        return self._made.get(key)

    def go(self, key: str) -> None:
        """Bring a workspace on the screen; the layout of the one before is kept."""
        if key == self.current:
            return
        self.keep_layout()
        _tell(self._made.get(self.current), "left")
        old, self.current = self.workspaces[self.current], key
        new, widget = self.workspaces[key], self.widget(key)
        if old.beside and old.key in self._made:
            self._made[old.key].hide()
        if new.page and widget is not None:
            for dock in self.docks.values():
                dock.hide()
            self._show_page(widget)
        else:
            self._show_page(self.split)
            if widget is not None:
                widget.show()
            self._restore(new)
        _tell(widget, "entered")
        self.changed.emit(key)

    def close(self) -> None:
        """The window closes: tell the widgets of all workspaces."""
        for widget in self._made.values():
            _tell(widget, "closing")

    def keep_layout(self) -> None:
        """Store how the panels of the current workspace are arranged."""
        if self.workspaces[self.current].docks:
            self.stored.setValue(f"layout/{self.current}", self.window_.saveState(LAYOUT_VERSION))

    def restore_layout(self) -> None:
        """Arrange the panels of the current workspace as they were left."""
        self._restore(self.workspaces[self.current])

    def show_usual_docks(self) -> None:
        """Show the panels that the current workspace usually shows, and hide the others."""
        workspace = self.workspaces[self.current]
        for name, dock in self.docks.items():
            dock.setVisible(name in workspace.docks)
        for name in workspace.front:
            self.docks[name].raise_()

    def _restore(self, workspace: Workspace) -> None:
        state = self.stored.value(f"layout/{workspace.key}")
        if not (isinstance(state, QByteArray) and self.window_.restoreState(state, LAYOUT_VERSION)):
            self.show_usual_docks()


def _tell(widget: QWidget | None, what: str) -> None:
    tell = getattr(widget, what, None)
    if callable(tell):
        tell()
