"""What SD3 mini adds to a scene is marked, kept or removed; sentences say who wrote them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from sd3studio.ui.controllers import live
from tests import fake_jobs

pytestmark = pytest.mark.gl


@pytest.fixture
def scene_window(window, qtbot):
    fake_jobs.asked.clear()
    window.focus_sentence()
    window.sentence.setText("a cup on a table")
    QTest.keyClick(window.sentence, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "cup" in window.session.scene.objects, timeout=5_000)
    return window


def fill_in(window, qtbot):
    window.commands.actions["make.fill_in"].trigger()
    qtbot.waitUntil(lambda: "lamp" in window.session.scene.objects, timeout=5_000)


def row_text(window, key):
    tree = window.outliner.tree
    return tree.data(tree.index_of(key), Qt.ItemDataRole.DisplayRole)


def test_a_typed_sentence_asks_for_filling_in_unless_switched_off(scene_window, qtbot):
    assert fake_jobs.asked[0].complete
    scene_window.commands.actions["make.fill_in_sentences"].trigger()
    scene_window.work.read_text("a cup", complete=scene_window.app.settings.generation.fill_in)
    qtbot.waitUntil(lambda: len(fake_jobs.asked) == 2, timeout=5_000)
    assert not fake_jobs.asked[1].complete


def test_what_was_added_is_marked_in_the_list_and_selected(scene_window, qtbot):
    fill_in(scene_window, qtbot)
    assert "added 70%" in row_text(scene_window, "lamp")
    assert "added" not in row_text(scene_window, "cup")
    assert scene_window.session.document.selection == ("lamp",)


def test_what_was_added_can_be_removed_and_brought_back(scene_window, qtbot):
    assert not scene_window.commands.actions["make.remove_added"].isEnabled()
    fill_in(scene_window, qtbot)
    scene_window.commands.actions["make.remove_added"].trigger()
    assert set(scene_window.session.scene.objects) == {"cup", "table"}
    scene_window.commands.actions["edit.undo"].trigger()
    assert "lamp" in scene_window.session.scene.objects


def test_what_was_added_can_be_kept_and_is_not_marked_any_more(scene_window, qtbot):
    fill_in(scene_window, qtbot)
    scene_window.commands.actions["make.keep_added"].trigger()
    assert row_text(scene_window, "lamp") == "lamp"
    assert not scene_window.has_added()


def test_sentences_of_the_model_say_so_until_the_scene_changes(scene_window, qtbot, monkeypatch):
    monkeypatch.setattr(live, "has_text_weights", lambda: True)
    settings = scene_window.app.settings
    wanted = settings.generation.replace(model_captions=True)
    scene_window.app.settings = settings.replace(generation=wanted)
    scene_window.editing.rename("cup", "mug")
    qtbot.waitUntil(lambda: "SD3 mini" in scene_window.captions.source.text(), timeout=5_000)
    assert scene_window.captions.list.item(0).text() == "A cup stands on the table."
    scene_window.app.settings = settings
    scene_window.editing.rename("cup", "bowl")
    qtbot.waitUntil(lambda: "by rule" in scene_window.captions.source.text(), timeout=5_000)
