"""Runs on disk: their life, orders, what a kill leaves, extension and branches."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from sd3studio.core.errors import InputError, JobError
from sd3studio.core.training.run import CUT_SHORT, RunRequest, RunState
from sd3studio.services.runs.metrics import MetricsReader
from sd3studio.services.runs.store import SCORES, Run, RunStore
from sd3studio.services.runs.working import work
from tests.conftest import ROOT
from tests.services.runs.run_fakes import TRAINERS


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


def asked(store, steps=10, **changes) -> Run:
    return store.create(RunRequest(goal="sd3", title="My run", data="d", steps=steps, **changes))


def until(check, seconds=20.0):
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


def in_thread(run):
    thread = threading.Thread(target=_work_quietly, args=(run,))
    thread.start()
    return thread


def _work_quietly(run):
    # Signals can only be taken by the main thread; a run in a thread is told to stop by its folder.
    from sd3studio.services.runs import working

    with pytest.MonkeyPatch.context() as patch:
        import contextlib

        patch.setattr(working, "told_to_stop", lambda: contextlib.nullcontext([]))
        work(run, TRAINERS)


def test_a_run_goes_to_its_end_and_tells_how_it_stands(store):
    run = asked(store)
    assert run.status.state is RunState.WAITING
    assert work(run, TRAINERS) is RunState.FINISHED
    status = run.status
    assert (status.stage, status.step, status.total) == ("fake", 10, 10)
    assert (run.result / "weights.txt").read_text() == "10"
    assert [r.id for r in store.runs()] == [run.id]
    assert store.get("my-run").id == run.id


def test_two_runs_of_a_name_have_folders_of_their_own(store):
    assert asked(store).id != asked(store).id
    with pytest.raises(InputError, match="more than one"):
        store.get("my-run")
    with pytest.raises(InputError, match="no run"):
        store.get("other")


def test_orders_pause_resume_sample_save_and_stop(store):
    run = asked(store, steps=2_000)
    thread = in_thread(run)
    until(lambda: run.status.step > 2)
    run.give_order("pause")
    until(lambda: run.status.state is RunState.PAUSED)
    step = run.status.step
    time.sleep(0.1)
    assert run.status.step == step
    run.give_order("resume")
    until(lambda: run.status.state is RunState.RUNNING)
    run.give_order("sample now")
    until(lambda: len(run.samples()) == 2)
    text = next(p for p in run.samples() if p.suffix == ".txt").read_text()
    assert "a sentence" in text and "development: TriRec, % 50" in text
    assert json.loads((run.folder / SCORES).read_text())["scores"] == {"TriRec, %": 50.0}
    run.give_order("stop")
    thread.join(10)
    assert run.status.state is RunState.STOPPED
    assert json.loads((run.work / "state.json").read_text())["step"] == run.status.step
    with pytest.raises(JobError, match="stopped"):
        run.give_order("pause")
    with pytest.raises(InputError, match="no order"):
        run.give_order("dance")


def test_samples_come_by_themselves_when_asked_for(store):
    run = asked(store, steps=9, sample_every=4)
    work(run, TRAINERS)
    assert [p.name for p in run.samples() if p.suffix == ".png"] == ["fake-00000004.png", "fake-00000008.png"]


def test_a_failed_run_says_why(store):
    run = store.create(RunRequest(goal="relations", data="d"))
    with pytest.raises(JobError):
        work(run, TRAINERS)
    assert run.status.state is RunState.FAILED and "nan" in run.status.reason


def test_only_one_process_trains_a_run(store):
    run = asked(store)
    lock = run.lock()
    with pytest.raises(JobError, match="already"):
        work(run, TRAINERS)
    lock.close()
    work(run, TRAINERS)


def test_a_killed_run_is_healed_and_goes_on(store):
    run = asked(store, steps=400)
    code = (
        "import sys; from pathlib import Path; from sd3studio.services.runs.store import Run\n"
        "from sd3studio.services.runs.working import work; from tests.services.runs.run_fakes import TRAINERS\n"
        "work(Run(Path(sys.argv[1])), TRAINERS)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", code, str(run.folder)], env=environment, cwd=ROOT)
    until(lambda: run.status.step > 6, 60)
    assert run.is_locked()
    with pytest.raises(JobError, match="at work"):
        store.remove(run)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert run.status.state is RunState.STOPPED and run.status.reason == CUT_SHORT
    done = json.loads((run.work / "state.json").read_text())["step"]
    run.put_status(run.status.replace(state=RunState.WAITING, reason=""))
    thread = in_thread(run)
    until(lambda: run.status.state is RunState.RUNNING and run.status.step > done + 3)
    run.give_order("stop")
    thread.join(10)
    steps = [json.loads(line)["step"] for line in (run.work / "metrics.jsonl").read_text().splitlines()]
    assert steps == list(range(1, len(steps) + 1))


def test_metrics_are_read_as_they_grow_and_anew_after_a_resume(tmp_path):
    path = tmp_path / "metrics.jsonl"
    reader = MetricsReader(path)
    assert not reader.read_new()

    def line(step, loss):
        return json.dumps({"stage": "s", "step": step, "loss": loss, "losses": {"a": loss}}) + "\n"

    path.write_text(line(1, 0.5) + line(2, 0.4) + line(3, 0.3)[:10])
    assert reader.read_new() and reader.columns["s"]["step"].tolist() == [1, 2]
    path.write_text(line(1, 0.5) + line(2, 0.4) + line(3, 0.3))
    reader.read_new()
    assert reader.columns["s"]["loss"].tolist() == [0.5, 0.4, 0.3]
    assert reader.columns["s"]["loss/a"].tolist() == [0.5, 0.4, 0.3]
    path.write_text(line(1, 0.5) + line(2, 0.35))
    reader.read_new()
    assert reader.columns["s"]["loss"].tolist() == [0.5, 0.35]
    with path.open("a") as file:
        file.write("nonsense\n" + line(3, 0.2))
    reader.read_new()
    assert reader.columns["s"]["step"].tolist() == [1, 2, 3]


def test_a_damaged_run_is_a_sentence(store):
    run = asked(store)
    (run.folder / "run.json").write_text('{"goal": "dancing"}')
    with pytest.raises(InputError, match=r"run.json"):
        _ = run.request
