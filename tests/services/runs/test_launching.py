"""Processes of runs: one a run, from the first moment on, however often somebody asks for it."""

import contextlib

import pytest

from sd3studio.core.errors import JobError
from sd3studio.core.training.run import RunRequest, RunState
from sd3studio.services.runs import launching
from sd3studio.services.runs.store import RunStore
from tests.services.runs.test_runs import until

TRAINER = (
    "import sys, time; from pathlib import Path; time.sleep(0.5); from sd3studio.services.runs.store import Run\n"
    "from sd3studio.services.runs.working import work; from tests.services.runs.run_fakes import TRAINERS\n"
    "work(Run(Path(sys.argv[1])), TRAINERS)"
)


def test_a_run_that_is_loading_is_not_started_again(tmp_path, monkeypatch):
    """The process takes a while before it says anything of itself; a second run waits for the first."""
    monkeypatch.setattr(launching, "WORKER", ("-c", TRAINER))
    store = RunStore(tmp_path / "runs")
    first, second = (store.create(RunRequest(goal="sd3", title=t, data="d", steps=5)) for t in ("One", "Two"))
    assert launching.advance(store).id == first.id
    assert first.status.state is RunState.WAITING and first.is_locked()
    assert launching.advance(store) is None
    with pytest.raises(JobError, match="at work already"):
        launching.start(first)
    until(lambda: first.status.state is RunState.FINISHED, 60)
    until(lambda: not first.is_locked())
    assert not second.is_locked() and "Another process" not in first.log
    assert launching.advance(store).id == second.id
    until(lambda: second.status.state is RunState.FINISHED, 60)


def test_a_process_that_dies_while_it_loads_leaves_no_lock(tmp_path, monkeypatch):
    monkeypatch.setattr(launching, "WORKER", ("-c", "raise SystemExit(3)"))
    run = RunStore(tmp_path / "runs").create(RunRequest(goal="sd3", data="d", steps=5))
    launching.start(run)
    until(lambda: not run.is_locked(), 60)
    with contextlib.closing(run.lock()):
        assert run.is_locked()
