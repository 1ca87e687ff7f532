"""Pictures are checked in the window, seeds are searched, and a sentence changes the scene that is open."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from sd3studio.services.kept_checks import check_file, kept_check
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
    before = len(scene_window.results.paths())
    for _ in range(2):
        panel.tries.itemActivated.emit(panel.tries.item(1))
    assert "0.50" in panel.summary.text()
    assert len(scene_window.results.paths()) == before + 1  # kept, once
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


def test_a_sentence_takes_it_back_and_does_it_once_more(scene_window, qtbot):
    say(scene_window, "once more")
    say(scene_window, "remove the cup")
    qtbot.waitUntil(lambda: "cup" not in scene_window.session.scene.objects, timeout=5_000)
    asked = len(fake_jobs.asked)
    say(scene_window, "undo that")
    assert "cup" in scene_window.session.scene.objects and scene_window.sentence.text() == ""
    assert "There is nothing to repeat." in scene_window.notices.texts() and len(fake_jobs.asked) == asked
    say(scene_window, "once more")
    qtbot.waitUntil(lambda: "cup" not in scene_window.session.scene.objects, timeout=5_000)
    assert fake_jobs.asked[-1].text == "remove the cup"


def test_the_sentence_says_whether_it_makes_or_changes(window, qtbot):
    assert "Describe" in window.sentence.placeholderText()
    say(window, "a cup on a table")
    qtbot.waitUntil(lambda: "change" in window.sentence.placeholderText(), timeout=5_000)


def test_a_report_checks_what_was_not_checked_and_verdicts_are_there_in_the_next_window(
    scene_window, qtbot, tmp_path, monkeypatch
):
    pictures = [generate(scene_window, qtbot) for _ in range(2)]
    scene_window.checking.check(pictures[0])
    qtbot.waitUntil(lambda: kept_check(pictures[0]) is not None, timeout=5_000)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    asked = len(fake_jobs.asked)
    with qtbot.waitSignal(scene_window.reporting.written, timeout=5_000) as written:
        scene_window.commands.actions["pictures.report"].trigger()
    assert len(fake_jobs.asked) == asked + 1  # the other one only
    assert written.args[0].read_text(encoding="utf-8").count("<img") == 2
    assert (tmp_path / "pictures.csv").read_text(encoding="utf-8").count(".png") == 2
    scene_window.checking.reports.clear()  # as in a new window
    scene_window.results._scores.clear()
    scene_window.pictures.refresh()
    qtbot.waitUntil(lambda: all(scene_window.results.is_marked(path) for path in pictures), timeout=5_000)
    scene_window.pictures.delete(pictures[:1])
    assert kept_check(pictures[0]) is None and not check_file(pictures[0]).exists()
