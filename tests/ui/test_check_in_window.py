"""Pictures are checked in the window, seeds are searched, and a sentence changes the scene that is open."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests import fake_jobs

pytestmark = pytest.mark.gl


@pytest.fixture
def scene_window(window, qtbot):
    fake_jobs.asked.clear()
    say(window, "a cup on a table")
    qtbot.waitUntil(lambda: "cup" in window.session.scene.objects, timeout=5_000)
    return window


def say(window, text):
    window.focus_sentence()
    window.sentence.setText(text)
    QTest.keyClick(window.sentence, Qt.Key.Key_Return)


def generate(window, qtbot):
    with qtbot.waitSignal(window.work.image_made, timeout=5_000) as made:
        window.commands.actions["make.generate"].trigger()
    return made.args[0]


def test_a_new_picture_is_checked_and_its_score_shown(scene_window, qtbot):
    settings = scene_window.app.settings
    scene_window.app.settings = settings.replace(generation=settings.generation.replace(check_pictures=True))
    picture = generate(scene_window, qtbot)
    qtbot.waitUntil(lambda: "0.75" in scene_window.check_panel.summary.text(), timeout=5_000)
    assert fake_jobs.asked[-1].picture == str(picture)
    rows = [scene_window.results.list.item(row).text() for row in range(scene_window.results.list.count())]
    assert any("75%" in row for row in rows), rows


def test_a_check_that_fails_says_why_in_the_panel(scene_window, qtbot):
    generate(scene_window, qtbot)
    fake_jobs.fail_with.append(RuntimeError("boom"))
    scene_window.commands.refresh()
    scene_window.commands.actions["make.check"].trigger()
    qtbot.waitUntil(lambda: "boom" in scene_window.check_panel.summary.text(), timeout=5_000)


def test_a_search_keeps_its_best_picture_and_lists_all(scene_window, qtbot):
    panel = scene_window.check_panel
    scene_window.docks["check"].raise_()
    with qtbot.waitSignal(scene_window.checking.image_made, timeout=5_000) as made:
        QTest.mouseClick(panel.until_button, Qt.MouseButton.LeftButton)
    assert fake_jobs.asked[-1].budget == 20 and fake_jobs.asked[-1].relations is None
    assert made.args[0].is_file() and panel.tries.count() == 2
    assert "1.00" in panel.summary.text()
    panel.tries.itemActivated.emit(panel.tries.item(1))
    assert "0.50" in panel.summary.text()
    assert panel.until_button.isEnabled()


def test_a_sentence_changes_the_scene_that_is_open_in_one_undo_step(scene_window, qtbot):
    steps = len(scene_window.session.document.steps)
    say(scene_window, "remove the cup")
    qtbot.waitUntil(lambda: "cup" not in scene_window.session.scene.objects, timeout=5_000)
    assert fake_jobs.asked[-1].kind == "edit_by_text"
    assert len(scene_window.session.document.steps) == steps + 1
    assert scene_window.sentence.text() == ""
    scene_window.commands.actions["edit.undo"].trigger()
    assert "cup" in scene_window.session.scene.objects


def test_the_sentence_says_whether_it_makes_or_changes(window, qtbot):
    assert "Describe" in window.sentence.placeholderText()
    say(window, "a cup on a table")
    qtbot.waitUntil(lambda: "change" in window.sentence.placeholderText(), timeout=5_000)
