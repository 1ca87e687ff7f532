"""Switching workspaces: pages are made when first shown, layouts remembered, commands of the scene rest elsewhere."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from sd3studio.ui import command_table, main_window, workspaces
from sd3studio.ui.workspaces import COMPOSE, Workspace

pytestmark = pytest.mark.gl
entered: list[str] = []


class Page(QLabel):
    """A page of its own."""

    def __init__(self, window):
        super().__init__("a page", window)

    def entered(self):
        entered.append("page")

    def left(self):
        entered.append("left")


class Companion(QLabel):
    """Stands beside the 3D view."""


SPACES = (
    COMPOSE,
    Workspace("beside", "Beside", "photo", "", docks=("objects", "relations"), beside=f"{__name__}:Companion"),
    Workspace("paged", "Paged", "grid", "", page=f"{__name__}:Page"),
)


@pytest.fixture(autouse=True)
def three_spaces(monkeypatch):
    entered.clear()
    for module in (workspaces, main_window, command_table):
        monkeypatch.setattr(module, "WORKSPACES", SPACES)
    monkeypatch.setattr(command_table, "ANYWHERE", tuple(space.key for space in SPACES))


def test_a_page_is_made_when_it_is_first_shown_and_hides_the_panels(window):
    assert window.workspaces.made("paged") is None
    QTest.mouseClick(window.switch.buttons["paged"], Qt.MouseButton.LeftButton)
    page = window.workspaces.made("paged")
    assert page.isVisible() and entered == ["page"]
    assert not any(dock.isVisible() for dock in window.docks.values())
    QTest.mouseClick(window.switch.buttons["compose"], Qt.MouseButton.LeftButton)
    assert window.view.isVisible() and entered == ["page", "left"]
    assert window.docks["objects"].isVisible()


def test_a_companion_stands_beside_the_view(window):
    window.workspaces.go("beside")
    assert window.workspaces.made("beside").isVisible() and window.view.isVisible()
    assert window.docks["relations"].isVisible() and not window.docks["generate"].isVisible()
    window.workspaces.go("compose")
    assert not window.workspaces.made("beside").isVisible()


def test_each_workspace_remembers_its_panels(window):
    window.docks["history"].close()
    window.workspaces.go("paged")
    window.workspaces.go("compose")
    assert window.docks["history"].isHidden()
    assert not window.docks["objects"].isHidden()


def test_commands_of_the_scene_rest_where_it_is_not_shown(window, qtbot):
    window.open_sample_scene()
    delete, keys = window.commands.actions["edit.select_all"], window.commands.actions["help.keys"]
    assert delete.isEnabled()
    window.workspaces.go("paged")
    assert not delete.isEnabled() and keys.isEnabled()
    window.commands.actions["workspace.compose"].trigger()
    assert delete.isEnabled() and window.workspaces.current == "compose"
