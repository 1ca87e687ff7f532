"""A run shared by two processes through its folder sees the losses that one process sees."""

import json
import os
import subprocess
import sys

import pytest

from sd3studio.core.training.run import RunRequest, RunState
from sd3studio.ml.training.data.own import OwnScene, make_own_dataset
from sd3studio.ml.training.data.records import SampleSettings
from sd3studio.services.runs.store import RunStore
from tests.conftest import ROOT
from tests.ml.training.goals.test_goals import room

pytestmark = [pytest.mark.slow, pytest.mark.gl]


TWO = ("torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m")


def work(run, *launcher: str) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true"}
    command = [sys.executable, "-m", *launcher, "sd3studio.cli.main", "runs", "work", str(run.folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr[-3_000:]
    assert run.status.state is RunState.FINISHED


def losses(run) -> list[float]:
    return [json.loads(line)["loss"] for line in (run.work / "metrics.jsonl").read_text().splitlines()]


def test_two_processes_of_a_run_see_the_losses_of_one(tmp_path):
    scenes = [OwnScene(f"room-{k}", room(f"room-{k}", 1.0 if k % 2 else -1.0).scene) for k in range(8)]
    make_own_dataset(tmp_path / "set", scenes, SampleSettings(size_px=64, captions=3, quality="draft", maps=False))
    request = RunRequest(
        goal="sd3", config="fine-tuning", only="text_codec", data=str(tmp_path / "set"), steps=3, batch=2, accumulate=2
    )
    store = RunStore(tmp_path / "runs")
    alone = store.create(request)
    work(alone)
    shared = store.create(request)  # not before: the process of a run that ends starts the one that waits
    work(shared, *TWO)
    assert losses(shared) == pytest.approx(losses(alone), abs=1e-5)
    assert len(losses(shared)) == 3
    assert (shared.result / "text_codec").is_dir()
    odd = store.create(request.replace(accumulate=3))
    with pytest.raises(AssertionError, match="must be a multiple of the 2 processes"):
        work(odd, *TWO)
