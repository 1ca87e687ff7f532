"""A window that follows and commands a run, and its trainer, killed at random moments: the run comes out whole."""

import json

import pytest

from sd3studio.core.training.run import RunRequest, RunState
from sd3studio.services.runs.store import METRICS, RunStore
from tests.benchmarks.kill_window import disturb

pytestmark = [pytest.mark.gl, pytest.mark.slow]

KILLS, STEPS = 3, 700
TRAINER = (
    "import sys; from pathlib import Path; from sd3studio.services.runs.store import Run\n"
    "from sd3studio.services.runs.working import work; from tests.services.runs.run_fakes import TRAINERS\n"
    "work(Run(Path(sys.argv[1])), TRAINERS)"
)


def test_a_run_comes_out_whole_whoever_is_killed(own_home):
    run = RunStore(own_home / "runs").create(RunRequest(goal="sd3", title="Mine", data="d", steps=STEPS))
    found = disturb(run, KILLS, 60.0, TRAINER, seed=1)
    assert run.status.state is RunState.FINISHED and (run.result / "weights.txt").read_text() == str(STEPS)
    steps = [json.loads(line)["step"] for line in (run.work / METRICS).read_text().splitlines()]
    assert steps == list(range(1, STEPS + 1))
    assert found.kills["both"] and found.commands  # at least the one to go on
