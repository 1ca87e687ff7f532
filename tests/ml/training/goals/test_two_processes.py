"""A run shared through its folder by two hosts, or by two processes of one, sees the losses that one process sees."""

import json
import os
import random
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
START_S = 500


def host(number: int, port: int) -> tuple[str, ...]:
    """How the process of one of two hosts is launched; both are this machine."""
    where = f"--machine_rank {number} --main_process_ip 127.0.0.1 --main_process_port {port}"
    words = f"--multi_gpu --num_machines 2 --num_processes 2 {where} --mixed_precision no --dynamo_backend no -m"
    return ("accelerate.commands.launch", *words.split())


def begun(run, *launcher: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true"}
    command = [sys.executable, "-m", *launcher, "sd3studio.cli.main", "runs", "work", str(run.folder)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def work(run, *launchers: tuple[str, ...]) -> None:
    """Train a run to its end by one process, or those of the launchers."""
    processes = [begun(run, *launcher) for launcher in launchers or ((),)]
    for process in processes:
        told, _ = process.communicate(timeout=START_S)
        assert process.returncode == 0, told[-3_000:]
    assert run.status.state is RunState.FINISHED


def losses(run) -> list[float]:
    return [json.loads(line)["loss"] for line in (run.work / "metrics.jsonl").read_text().splitlines()]


def test_two_hosts_of_a_run_see_the_losses_of_one(tmp_path):
    scenes = [OwnScene(f"room-{k}", room(f"room-{k}", 1.0 if k % 2 else -1.0).scene) for k in range(8)]
    make_own_dataset(tmp_path / "set", scenes, SampleSettings(size_px=64, captions=3, quality="draft", maps=False))
    request = RunRequest(
        goal="sd3", config="fine-tuning", only="text_codec", data=str(tmp_path / "set"), steps=3, batch=2, accumulate=2
    )
    store = RunStore(tmp_path / "runs")
    alone = store.create(request)
    work(alone)
    shared = store.create(request)  # not before: the process of a run that ends starts the one that waits
    port = 20_000 + random.SystemRandom().randrange(20_000)
    work(shared, host(0, port), host(1, port))
    assert losses(shared) == pytest.approx(losses(alone), abs=1e-5)
    assert len(losses(shared)) == 3
    assert (shared.result / "text_codec").is_dir()
    odd = store.create(request.replace(accumulate=3))
    with pytest.raises(AssertionError, match="must be a multiple of the 2 processes"):
        work(odd, TWO)
