"""A batch is asked for in the window: it says how many pictures it is, and what is wrong, before any is queued."""

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest

from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene.values import Bookmark
from sd3studio.ui.batch_dialog import BatchDialog
from tests import fake_jobs
from tests.fake_jobs import two_things


@pytest.fixture
def dialog(qtbot, qapp):
    scene = two_things()
    kept = tuple(Bookmark(name=name, camera=scene.camera.replace(fov_y=fov)) for name, fov in (("a", 0.5), ("b", 0.7)))
    made = BatchDialog(GenerateImage(scene=scene.replace(bookmarks=kept), seed=10), None)
    qtbot.addWidget(made)
    made.show()
    return made


def test_every_combination_is_counted_and_made(dialog, tmp_path):
    assert dialog.go.text() == "Queue 4 pictures"
    field, values = dialog.rows[0]
    field.setCurrentIndex(field.findData("guidance"))
    QTest.keyClicks(values, "1,2,4")
    dialog.cameras.item(1).setCheckState(Qt.CheckState.Checked)
    (tmp_path / "p.txt").write_text("a red cup\n\na blue cup\n")
    dialog.take_prompts(tmp_path / "p.txt")
    assert dialog.summary.text() == "24 pictures  (2 prompts × 1 camera × 3 of guidance × 4 seeds)"
    made = list(dialog.batch().variants())
    assert len(made) == 24
    assert [v.request.seed for v in made[:5]] == [10, 11, 12, 13, 10]
    assert {v.request.guidance for v in made} == {1, 2, 4}
    assert {v.request.prompt for v in made} == {"a red cup", "a blue cup"}
    assert {v.request.scene.camera.fov_y for v in made} == {0.7}


@pytest.mark.parametrize(
    ("path", "values", "said"),
    [
        ("guidance", "", "is not of the form"),
        ("guidance", "1..x", "is not a range"),
        ("no_such_field", "1,2", "There is no field"),
        ("steps", "0", "can't be 0"),
        ("guidance", "0..9:0.001", "vary less"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_nothing_can_be_queued(dialog, path, values, said):
    field, line = dialog.rows[0]
    field.setEditText(path)
    line.setText(values)
    assert said in dialog.summary.text()
    assert not dialog.go.isEnabled()


@pytest.mark.gl
def test_a_batch_goes_into_the_queue(window, qtbot):
    fake_jobs.asked.clear()
    window.session.document.open(two_things())
    window.queueing.hold(True)

    def fill_in():
        (dialog,) = window.findChildren(BatchDialog)
        dialog.seeds.setValue(3)
        QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)

    QTimer.singleShot(200, fill_in)
    window.commands.actions["make.batch"].trigger()
    qtbot.waitUntil(lambda: len(window.queue_panel.model.waiting()) == 3, timeout=5_000)
    names = [row.title for row in window.queue_panel.model.rows if row.id]
    assert names == ["01-seed-0", "02-seed-1", "03-seed-2"]
