"""The queue on disk in the window: order, hold, cancel, retry, what other processes do, and a kill in the middle."""

import os
import signal
import subprocess
import sys

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, Qt
from PySide6.QtTest import QTest

from sd3studio.app import queue_folder
from sd3studio.core.errors import MissingModelError
from sd3studio.core.requests import GenerateImage
from sd3studio.services.jobs import JobState, JobStore
from sd3studio.services.scene_files import read_png_request
from tests import fake_jobs
from tests.conftest import ROOT
from tests.fake_jobs import two_things

pytestmark = pytest.mark.gl


@pytest.fixture(autouse=True)
def forget_jobs():
    fake_jobs.asked.clear()
    fake_jobs.fail_with.clear()


@pytest.fixture
def held(window, qtbot):
    """The window with a scene, its queue held, and three pictures that wait: seeds 0, 1, 2."""
    window.session.document.open(two_things())
    window.show_queue()
    QTest.mouseClick(window.queue_panel.pause, Qt.MouseButton.LeftButton)
    for seed in range(3):
        window.generate_panel.seed.setValue(seed)
        window.commands.actions["make.generate"].trigger()
    qtbot.waitUntil(lambda: len(window.queue_panel.model.waiting()) == 3, timeout=5_000)
    return window


def seeds(window):
    """Seeds of what waits, next first."""
    jobs = window.app.jobs
    return [jobs.request_of(job.id).seed for job in jobs.kept_jobs() if job.state is JobState.QUEUED]


def select(window, place):
    """Click the row of the waiting job at this place."""
    panel = window.queue_panel
    index = panel.model.index(panel.model.place_of(panel.model.waiting()[place]))
    panel.list.scrollTo(index)
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=panel.list.visualRect(index).center())
    panel.list.setFocus()


def test_what_waits_is_shown_held_and_counted(held):
    assert seeds(held) == [0, 1, 2]
    assert held.queue_button.text() == "Queue 3 (held)"
    assert "Paused, 3 waiting" in held.queue_panel.summary.text()
    assert not fake_jobs.asked


def test_keys_change_the_order(held, qtbot):
    select(held, 2)
    QTest.keyClick(held.queue_panel.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: seeds(held) == [0, 2, 1])
    QTest.keyClick(held.queue_panel.list, Qt.Key.Key_Home, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: seeds(held) == [2, 0, 1])
    qtbot.waitUntil(lambda: len(held.queue_panel.selected()) == 1)
    QTest.keyClick(held.queue_panel.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: seeds(held) == [0, 1])
    assert held.session.scene.objects, "Del in the queue deletes no object"


def test_a_dragged_row_goes_where_it_is_dropped(held, qtbot):
    model = held.queue_panel.model
    data: QMimeData = model.mimeData([model.index(model.place_of(model.waiting()[0]))])
    model.dropMimeData(data, Qt.DropAction.MoveAction, len(model.rows), 0, QModelIndex())
    first = model.waiting()[0]
    qtbot.waitUntil(lambda: seeds(held) == [1, 2, 0] and model.waiting()[2] == first)
    data = model.mimeData([model.index(model.place_of(model.waiting()[2]))])
    model.dropMimeData(data, Qt.DropAction.MoveAction, model.place_of(model.waiting()[0]), 0, QModelIndex())
    qtbot.waitUntil(lambda: seeds(held) == [0, 1, 2])


def test_front_key_queues_before_all_that_wait(held, qtbot):
    held.generate_panel.seed.setValue(9)
    held.view.setFocus()
    QTest.keyClick(held, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: seeds(held) == [9, 0, 1, 2])


def test_all_that_waits_is_cancelled_by_key(held, qtbot):
    held.commands.refresh()
    QTest.keyClick(held, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: seeds(held) == [] and not held.queue_panel.model.waiting())


def test_let_go_it_makes_all_in_order_and_the_files_hold_the_requests(held, qtbot):
    QTest.mouseClick(held.queue_panel.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(list(held.app.results.glob("*.png"))) == 3, timeout=10_000)
    assert [request.seed for request in fake_jobs.asked] == [0, 1, 2]
    assert {read_png_request(path).seed for path in held.app.results.glob("*.png")} == {0, 1, 2}
    qtbot.waitUntil(lambda: [row.state for row in held.queue_panel.model.rows if row.id] == ["done"] * 3)


def test_a_failure_shows_its_reason_and_is_tried_again(held, qtbot):
    fake_jobs.fail_with.append(MissingModelError("There is no model at /nowhere."))
    panel = held.queue_panel
    QTest.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(row.said == "There is no model at /nowhere." for row in panel.model.rows))
    qtbot.waitUntil(panel.retry_failed.isVisible)
    QTest.mouseClick(panel.retry_failed, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(list(held.app.results.glob("*.png"))) == 3, timeout=10_000)


def test_the_command_line_and_the_window_see_one_queue(held, qtbot):
    with JobStore(queue_folder(held.app.home)) as other:
        number = other.add(GenerateImage(scene=two_things(), backend="render", seed=77), name="from-outside")
        other.move(number, 0)
        qtbot.waitUntil(lambda: seeds(held)[0] == 77 and len(held.queue_panel.model.waiting()) == 4, timeout=5_000)
        other.resume()
    qtbot.waitUntil(lambda: [request.seed for request in fake_jobs.asked][:1] == [77], timeout=5_000)


def test_waiting_rows_get_pictures_of_their_scenes(held, qtbot):
    model = held.queue_panel.model

    def drawn():
        picture = model.data(model.index(1), Qt.ItemDataRole.DecorationRole)
        return picture is not None and not picture.isNull()

    qtbot.waitUntil(drawn, timeout=10_000)


WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from sd3studio.app import App, JOBS
from sd3studio.services.jobs import InlineRunner
from sd3studio.ui.canvas.gl_format import set_default_format
from tests.fake_jobs import two_things

set_default_format()
qt = QApplication([])
app = App(Path(sys.argv[1]))
app.jobs.close()
functions = {**JOBS, "generate_image": "tests.fake_jobs:never_ends"}
app.jobs = app.make_queue(functions, {name: InlineRunner() for name in ("engine", "quick", "downloads")})
app.start = app.jobs.start_claiming
from sd3studio.ui.main_window import MainWindow
window = MainWindow(app)
window.show()
window.start()
window.session.document.open(two_things())
window.bridge.progressed.connect(lambda record, progress: print("running", flush=True))
for seed in range(3):
    window.generate_panel.seed.setValue(seed)
    window.generate()
qt.exec()
"""


def test_a_kill_in_the_middle_of_a_picture_loses_no_job(own_home, request):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", WINDOW, str(own_home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "running"
        process.send_signal(signal.SIGKILL)
    window = request.getfixturevalue("window")
    qtbot = request.getfixturevalue("qtbot")
    qtbot.waitUntil(lambda: len(list(window.app.results.glob("*.png"))) == 3, timeout=20_000)
    assert sorted(read_png_request(path).seed for path in window.app.results.glob("*.png")) == [0, 1, 2]
    assert fake_jobs.asked[0].seed == 0, "what was cut off is begun again first"
