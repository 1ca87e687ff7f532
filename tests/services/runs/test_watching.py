"""Looking at runs: only what is new is read, what did not change is the same object, what is damaged is a sentence."""

import json
import shutil
import subprocess
import sys
import time

import pytest

from sd3studio.core.errors import InputError
from sd3studio.core.training.run import RunRequest, RunState, RunStatus
from sd3studio.services.runs import working
from sd3studio.services.runs.store import METRICS, SCORES, Run, RunStore
from sd3studio.services.runs.watching import Wanted, Watcher
from tests.conftest import ROOT
from tests.services.runs.test_runs import in_thread, until


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


def asked(store, title="My run"):
    run = store.create(RunRequest(goal="sd3", title=title, data="d"))
    run.work.mkdir()
    return run


def log(run, *steps):
    with (run.work / METRICS).open("a") as file:
        file.writelines(json.dumps({"stage": "s", "step": k, "loss": 1.0 / k, "losses": {}}) + "\n" for k in steps)


def test_curves_grow_and_are_the_same_object_while_nothing_is_new(store):
    run, other = asked(store), asked(store, "Other")
    log(run, 1, 2)
    watcher, wanted = Watcher(store), Wanted(run.id, (run.id,), smoothing=0.0)
    first, again = watcher.look(wanted), watcher.look(wanted)
    assert again.ready[run.id, "s"] is first.ready[run.id, "s"]
    assert first.detail.id == run.id and other.id not in first.curves
    log(run, 3)
    grown = watcher.look(wanted)
    assert grown.ready[run.id, "s"][0].tolist() == [1, 2, 3] and first.ready[run.id, "s"][0].tolist() == [1, 2]


def test_scores_are_curves_of_their_own_steps(store):
    run = asked(store)
    log(run, 1, 2, 3)
    (run.folder / SCORES).write_text(json.dumps({"stage": "s", "step": 3, "scores": {"TriRec, %": 40.0}}) + "\n")
    series = Watcher(store).look(Wanted(run.id, (run.id,))).curves[run.id]["s"]
    assert [values.tolist() for values in series["dev/TriRec, %"]] == [[3.0], [40.0]]
    assert set(series) == {"loss", "dev/TriRec, %"}  # a number that was never logged is no curve


def test_a_damaged_or_deleted_run_does_not_hide_the_others(store):
    good, bad, gone = asked(store, "Good"), asked(store, "Bad"), asked(store, "Gone")
    (bad.folder / "run.json").write_text('{"goal": "dancing"}')
    watcher, wanted = Watcher(store), Wanted(gone.id, (gone.id,))
    assert {row.id for row in watcher.look(wanted).rows} == {good.id, gone.id}
    shutil.rmtree(gone.folder)
    look = watcher.look(wanted)
    assert [row.id for row in look.rows] == [good.id] and look.detail is None and not look.curves
    assert "run.json" in look.problems[0]


def test_a_run_on_another_host_is_believed_while_its_beat_is_young(store):
    run = asked(store)
    there = RunStatus(state=RunState.RUNNING, host="other-host", pid=1, beat=time.time(), stage="s", step=3, total=9)
    run.put_status(there)
    assert Watcher(store).look(Wanted()).rows[0].status == there
    run.give_order("save now")
    assert run.take_order() == "save now"
    run.put_status(there.replace(beat=time.time() - 3_600))
    assert Watcher(store).look(Wanted()).rows[0].status.state is RunState.STOPPED


def test_a_run_that_trains_on_another_host_is_followed_and_told_what_to_do(store, monkeypatch):
    run = store.create(RunRequest(goal="sd3", title="Far away", data="d", steps=2_000))
    monkeypatch.setattr(working, "BEAT_S", 0.05)
    thread = in_thread(run)
    until(lambda: run.status.step > 2)
    here = RunStore(store.folder.parent / "here")
    run = here.follow(run.folder)
    assert here.follow(run.folder).folder == run.folder and [r.id for r in here.runs()] == [run.id]
    # From here on this process is on another host: it sees the folder, but neither the process nor its lock.
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    monkeypatch.setattr(Run, "is_locked", lambda run: False)
    watcher, wanted = Watcher(here), Wanted(run.id, (run.id,))

    def seen():
        return watcher.look(wanted).rows[0].status

    step = seen().step
    until(lambda: seen().step > step + 3)
    assert watcher.look(wanted).curves[run.id]["fake"]["loss"][1][0] == 1.0
    for order, state in (("pause", RunState.PAUSED), ("resume", RunState.RUNNING), ("stop", RunState.STOPPED)):
        run.give_order(order)
        until(lambda state=state: seen().state is state)
    thread.join(20)
    assert seen().host != "elsewhere" and seen().reason == "Stopped as told."
    here.remove(run)
    assert not list(here.runs()) and [r.id for r in store.runs()] == [run.id]
    with pytest.raises(InputError, match=r"no run\.json"):
        here.follow(store.folder)


def test_a_program_that_ends_leaves_its_runs_without_a_warning(tmp_path):
    code = (
        "import subprocess, sys; from sd3studio.services.runs import launching\n"
        "launching._forget(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(2)']))"
    )
    told = subprocess.run([sys.executable, "-X", "dev", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0 and "ResourceWarning" not in told.stderr
