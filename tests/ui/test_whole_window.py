"""The window as a whole: it fits small screens in every workspace, and all of it is reached by keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QToolButton,
)

from sd3studio.ui.focus_order import reading_order
from sd3studio.ui.notice import NoticeCard
from sd3studio.ui.preferences import Preferences
from sd3studio.ui.shortcut_sheet import ShortcutSheet
from sd3studio.ui.workspaces import WORKSPACES
from tests.fake_jobs import two_things

pytestmark = pytest.mark.gl
SMALL = (1280, 720)
"""A laptop; also 2560 x 1440 where everything is drawn twice as large."""
DOCK_PX = 310
CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView, QPlainTextEdit)


@pytest.fixture
def window(window):
    window.session.document.open(two_things())
    window.session.document.select(("cup",))
    return window


def test_every_workspace_fits_a_small_screen_also_after_the_others_were_shown(window, qtbot):
    for space in (*WORKSPACES, WORKSPACES[0]):
        window.workspaces.go(space.key)
        window.resize(*SMALL)
        QTest.qWait(50)
        least = window.minimumSizeHint()
        assert (window.width(), window.height()) == SMALL, space.key
        assert least.width() <= SMALL[0] and least.height() <= SMALL[1], space.key


def test_no_panel_widens_the_docks(window):
    side = [dock for key, dock in window.docks.items() if key not in ("maps", "results", "queue")]
    assert {dock.objectName(): dock.widget().minimumSizeHint().width() for dock in side
            if dock.widget().minimumSizeHint().width() > DOCK_PX} == {}  # fmt: skip


def test_all_tools_are_seen_at_1280_px_and_workspaces_have_titles_where_there_is_room(window, qtbot):
    window.resize(*SMALL)
    QTest.qWait(50)
    more = window.scene_bar.findChild(QToolButton, "qt_toolbar_ext_button")
    assert not more.isVisible()
    titled = {key for key, button in window.switch.buttons.items()
              if button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon}  # fmt: skip
    assert "compose" in titled
    window.workspaces.go("train")
    assert all(button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
               for button in window.switch.buttons.values())  # fmt: skip


def test_every_control_of_every_panel_is_reached_by_tab_in_the_order_of_reading(window):
    for name, dock in window.docks.items():
        panel = dock.widget()
        order = list(reading_order(panel))
        for control in order:
            if isinstance(control, CONTROLS) and not control.isHidden():
                assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, (name, control)
        stops = [part for part in order if part.focusPolicy() & Qt.FocusPolicy.TabFocus]
        assert stops == sorted(stops, key=chain_of(panel).index), name


def chain_of(panel):
    """The widgets of a panel in the order of the focus chain."""
    chain, next_one = [], panel.nextInFocusChain()
    while next_one is not panel:
        if panel.isAncestorOf(next_one):
            chain.append(next_one)
        next_one = next_one.nextInFocusChain()
    return chain


def test_tab_leaves_a_field_for_the_next_one(window, qtbot):
    window.docks["relations"].raise_()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.relations.subject.setFocus()
    for following in (window.relations.predicate, window.relations.object, window.relations.frame):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is following


def test_every_command_can_have_another_key_and_the_sheet_shows_it(window):
    dialog = Preferences(window.app.settings, window.commands, window)
    free = "Ctrl+Alt+Shift+F12"
    for command in window.commands.table:
        editor = dialog._keys[command.id]
        before = editor.keySequence()
        editor.setKeySequence(QKeySequence(free))
        assert dialog.settings().keys[command.id] == free
        editor.setKeySequence(before)
    assert dialog.settings().keys == window.app.settings.keys
    window.commands.take_keys({command.id: free for command in window.commands.table})
    sheet = ShortcutSheet(window.commands, window)
    shown = [sheet.tree.topLevelItem(i) for i in range(sheet.tree.topLevelItemCount())]
    rows = {(head.text(0), head.child(k).text(0), head.child(k).text(1))
            for head in shown for k in range(head.childCount())}  # fmt: skip
    assert {(command.menu, command.title, free) for command in window.commands.table} <= rows
    window.commands.take_keys({})
    dialog.close()
    sheet.close()


def test_every_notice_can_be_read_while_there_are_several(window):
    for text in ("Moved the chair.", "Moved the book.", "A longer one, " * 12):
        window.notices.say("good", text)
    for view_px in (window.view.width(), 320):
        window.view.resize(view_px, window.view.height())
        QTest.qWait(50)
        assert window.notices.x() >= 0 and window.notices.geometry().right() < window.view.width()
        for card in window.notices.findChildren(NoticeCard):
            assert card.label.height() >= card.label.heightForWidth(card.label.width())
