"""The window driven with real mouse and key events: open, drag, relate, generate, save, recover."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sd3studio.core.errors import OutOfMemoryError
from sd3studio.core.scene import Predicate, Relation
from sd3studio.core.scene.json_form import read_scene
from sd3studio.services.scene_files import read_png_request
from tests import fake_jobs

pytestmark = pytest.mark.gl
NO_KEY = Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def forget_jobs():
    fake_jobs.asked.clear()
    fake_jobs.fail_with.clear()


def type_sentence(window, qtbot, text="a cup on a table"):
    window.focus_sentence()
    window.sentence.setText(text)
    QTest.keyClick(window.sentence, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "cup" in window.session.scene.objects, timeout=5_000)


def on_screen(window, point):
    pixel, _ = window.view.camera.project(point)
    return QPoint(round(float(pixel[0])), round(float(pixel[1])))


def send_mouse(view, kind, place, button, buttons, keys=NO_KEY):
    where = QPointF(place)
    QApplication.sendEvent(view, QMouseEvent(kind, where, view.mapToGlobal(where), button, buttons, keys))


def drag(view, start, end, keys=NO_KEY, steps=8):
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send_mouse(view, QEvent.Type.MouseMove, start, none, none)
    send_mouse(view, QEvent.Type.MouseButtonPress, start, left, left, keys)
    for number in range(1, steps + 1):
        between = start + (end - start) * (number / steps)
        send_mouse(view, QEvent.Type.MouseMove, between, none, left, keys)
    send_mouse(view, QEvent.Type.MouseButtonRelease, end, left, none, keys)


def test_sentence_becomes_a_scene_that_every_panel_shows(window, qtbot):
    type_sentence(window, qtbot)
    assert fake_jobs.asked[0].text == "a cup on a table"
    assert window.outliner.tree.rowCount() == 2
    assert not window.welcome.isVisible()
    qtbot.waitUntil(lambda: window.relations.table.rowCount() > 0)
    assert any("cup" in caption.text for caption in window.session.captions)
    assert not window.maps.prompt.text() or "cup" in window.maps.prompt.text()


def test_dragging_the_table_moves_the_cup_and_is_one_undo_step(window, qtbot):
    type_sentence(window, qtbot)
    before = window.session.document.committed
    steps = len(window.session.document.steps)
    start = on_screen(window, (0.3, -0.4, 0.6))
    drag(window.view, start, start + QPoint(80, 0))
    after = window.session.document.committed
    moved = after.objects["table"].center[0] - before.objects["table"].center[0]
    assert moved > 0.1
    assert after.objects["cup"].center[0] - before.objects["cup"].center[0] == pytest.approx(moved)
    assert len(window.session.document.steps) == steps + 1
    window.commands.actions["edit.undo"].trigger()
    assert window.session.document.committed == before


def test_relations_follow_while_dragging(window, qtbot):
    type_sentence(window, qtbot)
    cup = on_screen(window, (0.0, 0.0, 0.85))
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send_mouse(window.view, QEvent.Type.MouseButtonPress, cup, left, left)
    send_mouse(window.view, QEvent.Type.MouseMove, cup + QPoint(300, 0), none, left)
    assert window.session.field.grade("cup", Predicate.ON, "table") < 0.5
    qtbot.waitUntil(lambda: any(row.conflict for row in window.relations.table.rows))
    QTest.keyClick(window.view, Qt.Key.Key_Escape)
    assert window.session.field.grade("cup", Predicate.ON, "table") > 0.5
    qtbot.waitUntil(lambda: not any(row.conflict for row in window.relations.table.rows))


def test_ctrl_drag_snaps(window, qtbot):
    type_sentence(window, qtbot)
    start = on_screen(window, (0.3, -0.4, 0.6))
    drag(window.view, start, start + QPoint(83, 0), Qt.KeyboardModifier.ControlModifier)
    x = window.session.document.committed.objects["table"].center[0]
    assert x == pytest.approx(round(x, 1), abs=1e-6)
    assert x > 0


def test_middle_drag_orbits_and_leaves_the_scene_alone(window, qtbot):
    type_sentence(window, qtbot)
    before = window.session.document.committed
    middle, none = Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton
    send_mouse(window.view, QEvent.Type.MouseButtonPress, QPoint(200, 200), middle, middle)
    send_mouse(window.view, QEvent.Type.MouseMove, QPoint(260, 220), none, middle)
    send_mouse(window.view, QEvent.Type.MouseButtonRelease, QPoint(260, 220), middle, none)
    assert not window.view.through_camera
    assert window.session.document.committed is before


def test_click_in_the_view_selects_in_the_outliner_and_shows_numbers(window, qtbot):
    type_sentence(window, qtbot)
    place = on_screen(window, (0.3, -0.4, 0.6))
    drag(window.view, place, place)
    assert window.session.document.selection == ("table",)
    assert window.inspector.name.text() == "table"
    assert window.inspector.size.exact() == pytest.approx((1.4, 0.8, 0.8))


def test_number_typed_in_the_inspector_moves_exactly(window, qtbot):
    type_sentence(window, qtbot)
    window.session.document.select(("cup",))
    field = window.inspector.place.fields[0]
    field.setFocus()
    field.lineEdit().setText("0.33")
    QTest.keyClick(field, Qt.Key.Key_Return)
    cup = window.session.document.committed.objects["cup"]
    assert cup.center == pytest.approx((0.33, 0.0, 0.85))
    assert cup.size == (0.08, 0.08, 0.1)


def test_delete_key_in_the_view_deletes_and_undo_brings_back(window, qtbot):
    type_sentence(window, qtbot)
    window.session.document.select(("cup",))
    window.commands.actions["edit.delete"].trigger()
    assert "cup" not in window.session.scene.objects
    assert window.session.scene.relations == ()
    window.commands.actions["edit.undo"].trigger()
    assert "cup" in window.session.scene.objects


def test_asserting_a_relation_moves_the_scene(window, qtbot):
    type_sentence(window, qtbot)
    window.session.document.select(("cup", "table"))
    panel = window.relations
    panel.predicate.setCurrentIndex(panel.predicate.findData(Predicate.LEFT_OF))
    window.editing.retract(window.session.scene.relations[0])
    qtbot.waitUntil(lambda: panel.subject.currentData() == "cup" and panel.object.currentData() == "table")
    QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.field.grade("cup", Predicate.LEFT_OF, "table") > 0.5, timeout=10_000)
    assert any(r.predicate == Predicate.LEFT_OF for r in window.session.scene.relations)


def test_a_wish_that_cannot_be_met_is_said_and_moves_nothing(window, qtbot):
    type_sentence(window, qtbot)
    before = window.session.scene.objects
    locked = {key: thing.replace(locked=True) for key, thing in before.items()}
    window.session.document.open(window.session.scene.replace(objects=locked))
    window.editing.assert_relation(Relation(subject="cup", predicate=Predicate.LEFT_OF, object="table"))
    qtbot.waitUntil(lambda: bool(window.session.conflicts), timeout=20_000)
    assert window.session.scene.objects == locked
    assert window.notices.texts()
    assert [c.relation.predicate for c in window.session.conflicts] == [Predicate.LEFT_OF]


def test_catalogue_entry_is_added_on_a_free_spot(window, qtbot):
    entry = next(iter(window.catalogue), None)
    if entry is None:
        pytest.skip("no catalogue is built")
    window.focus_catalogue()
    window.catalogue_panel.search.setText(entry.name)
    QTest.keyClick(window.catalogue_panel.search, Qt.Key.Key_Return)
    (thing,) = window.session.scene.objects.values()
    assert thing.mesh is not None
    assert window.session.document.selection == (thing.id,)


def test_generated_picture_is_kept_with_its_request(window, qtbot):
    type_sentence(window, qtbot)
    with qtbot.waitSignal(window.work.image_made, timeout=5_000):
        window.commands.actions["make.generate"].trigger()
    (path,) = window.app.results.glob("*.png")
    assert read_png_request(path).scene.objects == window.session.scene.objects
    assert window.results.paths() == [path]
    assert window.results.list.item(1).text() == f"seed {window.generate_panel.seed.value()}"


def test_recall_brings_scene_and_settings_back(window, qtbot):
    type_sentence(window, qtbot)
    window.generate_panel.seed.setValue(77)
    with qtbot.waitSignal(window.work.image_made, timeout=5_000) as made:
        window.generate()
    window.files.new()
    window.generate_panel.seed.setValue(1)
    window.recall(made.args[0])
    assert "cup" in window.session.scene.objects
    assert window.generate_panel.seed.value() == 77


def test_out_of_memory_offers_smaller_settings_one_click_away(window, qtbot):
    type_sentence(window, qtbot)
    fake_jobs.fail_with.append(OutOfMemoryError("The GPU is full.", {"width": 256, "height": 256}))
    with qtbot.waitSignal(window.work.image_failed, timeout=5_000):
        window.generate()
    panel = window.generate_panel
    assert panel.failure.text() == "The GPU is full."
    window.docks["generate"].raise_()
    with qtbot.waitSignal(window.work.image_made, timeout=5_000) as made:
        QTest.mouseClick(panel.smaller, Qt.MouseButton.LeftButton)
    assert read_png_request(made.args[0]).width == 256


def test_failure_is_a_sentence_and_the_window_goes_on(window, qtbot):
    fake_jobs.fail_with.append(RuntimeError("boom"))
    window.work.read_text("a cup")
    qtbot.waitUntil(lambda: any("boom" in text for text in window.notices.texts()), timeout=5_000)
    type_sentence(window, qtbot)


def test_save_and_reopen_give_the_same_scene(window, qtbot, tmp_path):
    type_sentence(window, qtbot)
    path = tmp_path / "scene.json"
    assert window.files.save(path)
    assert read_scene(path.read_bytes()) == window.session.document.committed
    saved = window.session.document.committed
    window.files.new()
    window.open_path(path)
    assert window.session.document.committed == saved
    assert window.session.is_saved


def test_bad_scene_file_is_said_and_nothing_is_lost(window, qtbot, tmp_path):
    type_sentence(window, qtbot)
    before = window.session.document.committed
    path = tmp_path / "bad.json"
    path.write_text('{"format": "sd3studio-scene", "version": 99}')
    window.open_path(path)
    assert any("newer SD3 Studio" in text for text in window.notices.texts())
    assert window.session.document.committed is before


def test_work_is_recovered_after_a_kill(window, qtbot, qapp, tmp_path):
    from sd3studio.ui.controllers.files import FileController
    from sd3studio.ui.session import Session

    type_sentence(window, qtbot)
    window.session.document.select(("cup",))
    window.editing.nudge(0.1, 0.0)
    window.session.document.undo()
    drafts = tmp_path / "drafts-of-a-dead-window"
    drafts.mkdir()
    (journal,) = Path(window.app.drafts).glob("*.journal")
    (drafts / journal.name).write_bytes(journal.read_bytes())
    session = Session()
    files = FileController(session, drafts)
    assert files.start()
    assert session.document.committed == window.session.document.committed
    assert session.document.can_redo
    session.document.redo()
    assert session.document.committed.objects["cup"].center[0] == pytest.approx(0.1)
    files.close()
    assert not list(drafts.glob("*.journal"))


def test_autosave_never_writes_into_a_sample_also_after_a_kill(window, qtbot):
    window.open_sample_scene()
    assert window.session.path is None
    assert not list(Path(window.app.drafts).glob("*.path")), "what is recovered would be saved there"


def test_journal_of_a_living_window_is_left_alone(window, qtbot):
    from sd3studio.ui.controllers.files import FileController
    from sd3studio.ui.session import Session

    type_sentence(window, qtbot)
    other = Session()
    files = FileController(other, window.app.drafts)
    assert not files.start()
    assert other.scene.objects == {}
    files.close()


def test_single_letters_act_only_in_the_view(window, qtbot):
    for command in window.commands.table:
        for key in command.keys:
            if len(key) == 1 and key not in "?":
                assert command.scope != "window", command.id


def test_every_command_has_a_title_and_no_key_is_used_twice(window):
    taken = {}
    for command in window.commands.table:
        assert command.title
        for key in command.keys:
            place = "window" if command.scope == "view" else command.scope  # the others go before the window's
            assert (place, key) not in taken, f"{command.id} and {taken[place, key]} share {key}"
            taken[place, key] = command.id


def test_palette_runs_a_command(window, qtbot):
    from sd3studio.ui.command_palette import CommandPalette

    palette = CommandPalette(window.commands, window)
    qtbot.addWidget(palette)
    palette.show()
    palette.entry.setText("labels")
    before = window.view.show_labels
    QTest.keyClick(palette.entry, Qt.Key.Key_Return)
    assert window.view.show_labels != before


def test_preferences_change_a_shortcut(window, qtbot):
    from PySide6.QtGui import QKeySequence

    from sd3studio.ui.preferences import Preferences

    dialog = Preferences(window.app.settings, window.commands, window)
    qtbot.addWidget(dialog)
    dialog._keys["edit.duplicate"].setKeySequence(QKeySequence("Ctrl+J"))
    settings = dialog.settings()
    assert settings.keys == {"edit.duplicate": "Ctrl+J"}
    window.commands.take_keys(settings.keys)
    assert window.commands.actions["edit.duplicate"].shortcut().toString() == "Ctrl+J"


def test_the_view_draws_the_scene(window, qtbot):
    window.view.show_labels = False
    empty = window.view.grabFramebuffer()
    type_sentence(window, qtbot)
    qtbot.wait(300)
    drawn = window.view.grabFramebuffer()
    place = on_screen(window, (0.3, -0.4, 0.6))
    ratio = window.view.devicePixelRatioF()
    where = QPoint(round(place.x() * ratio), round(place.y() * ratio))
    assert drawn.pixelColor(where) != empty.pixelColor(where)
