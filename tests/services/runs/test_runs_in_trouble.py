"""A disk that is full, and two windows on one run: sentences, and nothing that was saved is lost."""

import errno
import json
import os
import shutil

import pytest

from sd3studio.core.errors import JobError, StudioError
from sd3studio.core.training.run import RunRequest, RunState
from sd3studio.services.runs import store as stores
from sd3studio.services.runs import working
from sd3studio.services.runs.launching import resume, start
from sd3studio.services.runs.store import RunStore
from sd3studio.services.runs.working import work
from tests.services.runs.run_fakes import TRAINERS
from tests.services.runs.test_runs import in_thread, until


@pytest.fixture
def run(tmp_path):
    return RunStore(tmp_path / "runs").create(RunRequest(goal="sd3", title="My run", data="d", steps=30))


@pytest.mark.parametrize("room_for", [0, 1, 2])
def test_a_full_disk_ends_the_run_with_a_sentence_and_it_goes_on_later(run, monkeypatch, room_for):
    """Every file that the run's process writes after the first few finds the disk full, as the system says it."""
    writes = []

    def full(source, target):
        writes.append(target)
        if len(writes) > room_for:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("sd3studio.core.files.os.replace", full)
        patch.setattr(working, "BEAT_S", 0.0)
        with pytest.raises(StudioError, match=r"Can't write .*the disk is full. Free some space"):
            work(run, TRAINERS)
    assert not list(run.folder.glob(".*.part"))
    assert run.status.state is not RunState.RUNNING and run.request.title == "My run"
    assert work(run, TRAINERS) is RunState.FINISHED
    steps = [json.loads(line)["step"] for line in (run.work / "metrics.jsonl").read_text().splitlines()]
    assert steps == list(range(1, 31))


def test_two_windows_on_one_run_don_t_disturb_each_other(tmp_path):
    run = RunStore(tmp_path / "runs").create(RunRequest(goal="sd3", title="My run", data="d", steps=3_000))
    other = RunStore(tmp_path / "runs").get(run.id)
    thread = in_thread(run)
    until(lambda: other.status.step > 2)
    for begin in (lambda: start(other), lambda: resume(RunStore(tmp_path / "runs"), other)):
        with pytest.raises(JobError, match="at work already"):
            begin()
    with pytest.raises(JobError, match="Another process trains"):
        work(other, TRAINERS)
    with pytest.raises(JobError, match="Stop it before"):
        RunStore(tmp_path / "runs").remove(other)
    run.give_order("pause")
    other.give_order("stop")
    thread.join(20)
    assert run.status.state is RunState.STOPPED and other.status == run.status
    assert stores.Run(run.folder).request == other.request


def test_a_disk_that_fills_up_is_an_alert_before_it_is_an_end(run, monkeypatch):
    usage = shutil.disk_usage(run.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=700_000_000))
    work(run, TRAINERS)
    assert run.status.state is RunState.FINISHED and "Only 700 MB" in run.status.alerts[-1]
