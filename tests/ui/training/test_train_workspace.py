"""The Train workspace with real events: a run from its data set to weights in use, by a goal that behaves."""

import platform
import threading
import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from sd3studio.core.training.in_use import SHIPPED, weights_in_use
from sd3studio.core.training.messages import Shown, WeightsShown
from sd3studio.core.training.run import RunState
from sd3studio.services.runs.working import work
from sd3studio.ui.panels.training.comparison import ComparisonDialog
from sd3studio.ui.panels.training.curves import CurvesView
from sd3studio.ui.panels.training.data_set import DataSetDialog
from sd3studio.ui.panels.training.new_run import NewRunDialog
from tests.services.runs import run_fakes
from tests.services.runs.test_runs import _work_quietly

pytestmark = pytest.mark.gl


@pytest.fixture
def page(window, monkeypatch):
    """The page on the screen; a run that is started trains on a thread."""
    from sd3studio.ui.controllers import training

    threads = []

    def begin(store):
        for run in store.waiting():
            threads.append(threading.Thread(target=_work_quietly, args=(run,)))
            threads[-1].start()
            return run
        return None

    monkeypatch.setattr(training, "advance", begin)
    QTest.mouseClick(window.switch.buttons["train"], Qt.MouseButton.LeftButton)
    made = window.workspaces.made("train")
    yield made
    for row in made.training.rows:
        if row.status.state.lives:
            made.training.wish("stop", row.id)
    for thread in threads:
        thread.join(20)


def asked(page, qtbot, data, steps, monkeypatch):
    """Start a run through the dialog, as a user would."""

    def fill(dialog):
        dialog.preset.setCurrentIndex(dialog.preset.findData("sentences"))
        dialog.data.setText(str(data))
        dialog.title.setText("First try")
        dialog.steps.setValue(steps)
        QTest.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
        return dialog.result()

    monkeypatch.setattr(NewRunDialog, "exec", fill)
    QTest.mouseClick(page.runs.new, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.training.rows))


def test_from_a_new_run_to_weights_in_use_and_back(page, qtbot, tmp_path, monkeypatch, own_home):
    asked(page, qtbot, tmp_path, 400, monkeypatch)
    qtbot.waitUntil(lambda: page.training.rows[0].status.step > 5, timeout=20_000)
    qtbot.waitUntil(lambda: page.details.buttons["pause"].isEnabled(), timeout=5_000)
    QTest.mouseClick(page.details.buttons["pause"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.training.rows[0].status.state is RunState.PAUSED, timeout=10_000)
    qtbot.waitUntil(lambda: page.details.buttons["resume"].isEnabled())
    QTest.mouseClick(page.details.buttons["resume"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.details.buttons["sample now"].isEnabled(), timeout=10_000)
    QTest.mouseClick(page.details.buttons["sample now"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "a sentence" in page.outputs.texts.toPlainText(), timeout=10_000)
    qtbot.waitUntil(lambda: page.training.rows[0].status.state is RunState.FINISHED, timeout=30_000)
    qtbot.waitUntil(lambda: page.details.buttons["promote"].isEnabled(), timeout=5_000)
    x, y = next(iter(page.curves.drawn().values()))
    assert x[-1] == 400 and y[0] > y[-1]
    QTest.mouseClick(page.details.buttons["promote"], Qt.MouseButton.LeftButton)
    assert (weights_in_use("sd3", own_home) / "weights.txt").read_text() == "400"
    qtbot.waitUntil(lambda: page.details.buttons["rollback"].isEnabled())
    QTest.mouseClick(page.details.buttons["rollback"], Qt.MouseButton.LeftButton)
    assert weights_in_use("sd3", own_home).name == "sd3-mini"


def test_ends_and_alerts_of_runs_are_told_once(page, qtbot, tmp_path):
    from sd3studio.core.training.run import RunRequest, RunStatus

    run = page.training.store.create(RunRequest(goal="sd3", title="Mine", data=str(tmp_path)))
    told = []
    page.training.said.connect(lambda kind, text: told.append((kind, text)))
    lock = run.lock()

    def becomes(**status):
        run.put_status(RunStatus(host=platform.node(), beat=time.time(), stage="s", total=9, **status))
        page.training.look()
        qtbot.waitUntil(lambda: page.training.row(run.id).status == run.status, timeout=5_000)

    page.training.look()
    qtbot.waitUntil(lambda: page.training.row(run.id) is not None, timeout=5_000)
    becomes(state=RunState.RUNNING, step=1)
    becomes(state=RunState.RUNNING, step=2, alerts=("The loss runs away: 9 now.",))
    becomes(state=RunState.RUNNING, step=3, alerts=("The loss runs away: 12 now.",))
    becomes(state=RunState.FAILED, step=3, reason="The loss became nan.")
    lock.close()
    assert told == [("warning", "Mine: The loss runs away: 9 now."), ("danger", "Mine failed: The loss became nan.")]


def test_a_dialog_without_data_says_what_it_needs(page, monkeypatch):
    dialog = NewRunDialog(page)
    QTest.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert "Choose the data" in dialog.problem.text() and not dialog.result()
    dialog.data.setText("/")
    dialog.rate.setText("fast")
    QTest.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert dialog.problem.text() and not dialog.result()
    dialog.close()
    dialog.deleteLater()


def test_a_run_is_asked_for_in_all_its_settings(page, qtbot, tmp_path):
    from sd3studio.core.training.messages import DatasetDescribed

    dialog = NewRunDialog(page, "", [("Mine", "sd3", "/runs/mine"), ("Pairs", "relations", "/runs/pairs")])
    looks = []
    dialog.look_requested.connect(looks.append)
    dialog.show()
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "index.json").touch()
    dialog.data.setText(str(tmp_path))
    qtbot.waitUntil(lambda: looks == [str(tmp_path)], timeout=5_000)
    dialog.show_data(DatasetDescribed(str(tmp_path), {}, ("3 of 9 scenes have no caption.",)))
    assert "no caption" in dialog.data_told.text() and dialog.data_told.isVisible()
    dialog.preset.setCurrentIndex(dialog.preset.findData("whole"))
    assert dialog.stage.isVisible() and not dialog.steps.isVisible() and not dialog.rate.isVisible()
    dialog.stage.setCurrentIndex(dialog.stage.findData("align"))
    dialog.begin.setCurrentIndex(dialog.begin.findText("Mine"))
    dialog.memory.setCurrentIndex(dialog.memory.findData("small"))
    assert "A quarter of the batch" in dialog.saves.text()
    QTest.mouseClick(dialog.more, Qt.MouseButton.LeftButton, pos=QPoint(8, dialog.more.height() // 2))
    assert dialog.rate.isVisible()
    dialog.rate.setText("0,001")
    asked = dialog.request()
    assert (asked.stage, asked.start, asked.memory, asked.learning_rate) == ("align", ("/runs/mine",), "small", 0.001)
    assert asked.config == "mini" and asked.steps is None and asked.batch is None
    dialog.preset.setCurrentIndex(dialog.preset.findData("relations"))
    assert [dialog.begin.itemText(k) for k in range(dialog.begin.count())] == ["The weights in use", "Pairs"]
    assert dialog.request().start == ()
    dialog.preset.setCurrentIndex(dialog.preset.findData("lora"))
    dialog.model.setText("/sd")
    dialog.control.setText("/net")
    dialog.control_map.setCurrentIndex(dialog.control_map.findData("normal"))
    asked = dialog.request()
    assert (asked.model, asked.control, asked.control_map, asked.memory) == ("/sd", "/net", "normal", "small")
    dialog.close()
    dialog.deleteLater()


def test_curves_show_a_hundred_thousand_points_quickly(qtbot):
    view = CurvesView()
    qtbot.addWidget(view)
    n = 100_000
    steps = np.arange(float(n))
    series = {"s": {"loss": (steps, 1.0 / (steps + 1.0)), "lr": (steps, np.zeros(n))}}
    view.show_runs({"run": ("Mine", series)})
    x, _ = next(iter(view.drawn().values()))
    assert len(x) <= 2_000 and (x[0], x[-1]) == (0, n - 1)
    view.log.setChecked(True)
    view.show_runs({"run": ("Mine", series), "other": ("Mine too", series)})
    assert list(view.drawn()) == ["Mine: s", "Mine too: s"]
    view.what.setCurrentIndex(view.what.findData("lr"))  # nothing of it can be shown on this scale
    assert np.isnan(view.drawn()["Mine: s"][1]).sum() == 0 and view.name == "lr"


def test_curves_that_did_not_change_are_not_drawn_again(qtbot, monkeypatch):
    view = CurvesView()
    qtbot.addWidget(view)
    steps = np.arange(10.0)
    one, ready = {"s": {"loss": (steps, steps)}}, (steps, steps)
    view.show_runs({"run": ("Mine", one)}, {("run", "s"): ready})
    drawn = []
    monkeypatch.setattr(type(view.plot.listDataItems()[0]), "setData", lambda item, x, y: drawn.append(len(x)))
    view.show_runs({"run": ("Mine", one)}, {("run", "s"): ready})
    assert not drawn
    more = (np.arange(11.0), np.arange(11.0))
    view.show_runs({"run": ("Mine", {"s": {"loss": more}})}, {("run", "s"): more})
    assert drawn == [11]


def test_a_data_set_dialog_asks_tells_and_shows(page, qtbot, tmp_path):
    from sd3studio.core.training.messages import DatasetMade

    dialog = DataSetDialog(page, tmp_path / "set")
    wishes = []
    dialog.make_requested.connect(wishes.append)
    QTest.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    assert "Choose some scenes" in dialog.problems.text() and not wishes
    dialog.add_source("/scenes")
    QTest.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    assert wishes[0].sources == ("/scenes",) and wishes[0].output == str(tmp_path / "set")
    dialog.show_made(DatasetMade("", "", {}, ("2 captions are empty.",)))
    assert "2 captions" in dialog.problems.text() and not dialog.use.isEnabled()
    dialog.close()
    dialog.deleteLater()


def test_runs_are_compared_in_a_table(page, qtbot, tmp_path):
    from sd3studio.core.training.run import RunRequest

    store = page.training.store
    runs = [store.create(RunRequest(goal="sd3", title=f"run {k}", data=str(tmp_path), steps=3 + k)) for k in (0, 1)]
    for run in runs:
        with pytest.MonkeyPatch.context() as patch:
            import contextlib

            from sd3studio.services.runs import working

            patch.setattr(working, "told_to_stop", lambda: contextlib.nullcontext([]))
            work(run, run_fakes.TRAINERS)
    dialog = ComparisonDialog(page, runs, page.training.home)
    assert dialog.cell("steps", runs[0].id) == "3" and dialog.cell("steps", runs[1].id) == "4"
    assert dialog.cell("fake: steps", runs[1].id) == "4"
    dialog.show_scores(str(runs[0].result), {"sentences: loss": "0.5 (0.4 to 0.6)"})
    assert dialog.cell("sentences: loss", runs[0].id).startswith("0.5")
    asked = []
    dialog.look_requested.connect(lambda folder, data: asked.append(folder))
    QTest.mouseClick(dialog.look, Qt.MouseButton.LeftButton)
    assert asked == [str(runs[0].result), str(runs[1].result), str(SHIPPED["sd3"])]
    for k, folder in enumerate(asked):
        dialog.show_made(WeightsShown(folder, (Shown("A cup on a table."),), (Shown(f"Sentence {k}."),)))
    seen = [dialog.seen.text(0, name) for name in ("as it is", runs[0].id, runs[1].id, "shipped weights")]
    assert seen == ["A cup on a table.", "Sentence 0.", "Sentence 1.", "Sentence 2."]
    assert "same seed" in dialog.told.text() and dialog.tabs.currentWidget() is dialog.seen
    dialog.close()
    dialog.deleteLater()


def test_scenes_of_the_library_and_composed_ones_are_asked_for(page, qtbot, tmp_path):
    from PySide6.QtCore import QBuffer, QByteArray
    from PySide6.QtGui import QImage

    from sd3studio.core.training.messages import ComposedShown, DatasetDescribed

    dialog = DataSetDialog(page, tmp_path / "set", "/library")
    wishes, looks = [], []
    dialog.make_requested.connect(wishes.append)
    dialog.samples_requested.connect(looks.append)
    dialog.show()
    qtbot.waitUntil(dialog.own.isVisible)
    dialog.own.from_library.setFocus()
    QTest.keyClick(dialog.own.from_library, Qt.Key.Key_Space)
    QTest.keyClicks(dialog.own.query, "label:bus")
    QTest.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    asked = wishes[-1].library
    assert (asked.library, asked.query, asked.states) == ("/library", "label:bus", ("checked",))
    bar = dialog.tabs.tabBar()
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())
    qtbot.waitUntil(lambda: bool(looks), timeout=5_000)
    assert not dialog.check.isEnabled() and looks[-1].places == "mixed"
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    image.fill(0)
    held = QByteArray()
    image.save(QBuffer(held), "PNG")
    png = bytes(held)
    dialog.composed.show_samples(ComposedShown("mixed", 0, ((png, "A red bus is behind a car."),)))
    assert dialog.composed.pictures.item(0).text() == "A red bus is behind a car."
    dialog.composed.seed.setValue(5)
    dialog.composed.show_samples(ComposedShown("mixed", 0, ()))  # of the recipe before: not shown
    assert dialog.composed.pictures.count() == 1
    QTest.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    assert (wishes[-1].kind, wishes[-1].seed, wishes[-1].output) == ("compose_dataset", 5, str(tmp_path / "set"))
    counts = {"scenes": 1, "captions": 1, "words_per_caption": 2.0}
    dialog.show_described(DatasetDescribed("/set", {"all": counts}, ("1 photos are on both sides.",)))
    assert "both sides" in dialog.problems.text()
    dialog.close()
    dialog.deleteLater()
