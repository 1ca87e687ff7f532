"""SD3 itself: stages of a configuration, from fresh or given weights."""

import json
import os
import shutil
from collections.abc import Generator
from pathlib import Path

from sd3studio.core.files import write_atomic
from sd3studio.core.locations import SD3_MINI
from sd3studio.core.training.in_use import weights_in_use
from sd3studio.core.training.messages import Planned, TrainMessage
from sd3studio.core.training.presets import MEMORY
from sd3studio.core.training.run import FINE_TUNING, RunRequest
from sd3studio.ml.training.config import TrainConfig, fine_tuning_config, load_config, read_config
from sd3studio.ml.training.data.shards import learnt_part
from sd3studio.ml.training.goals.card import system_card
from sd3studio.ml.training.loop import train
from sd3studio.ml.training.run_folder import CONFIG, PROGRESS, SYSTEM
from sd3studio.ml.training.stage import Stage

WORK, RESULT = "work", "result"


def run(request: RunRequest, folder: Path) -> Generator[TrainMessage, str | None, None]:
    """Train, or go on where the run was stopped. Raises `InputError`, `DataError` or `JobError`.

    Of several processes (``accelerate launch``) each runs this; the first alone writes.
    """
    work, first = folder / WORK, os.environ.get("RANK", "0") == "0"
    kept = work / CONFIG
    config = read_config(kept) if kept.is_file() else config_of(request)
    names = [name.strip() for name in request.only.split(",") if name.strip()]
    stages = tuple(s for name in names or [None] for s in config.chosen(request.stage, name))
    yield Planned({stage.name: stage.steps for stage in stages})
    start = [Path(name) for name in request.start]
    if request.config == FINE_TUNING:
        if first:  # the others wait for it when training begins
            _take_up(tuned_system(request), work)
        start = []
    yield from train(config, work, stages, data_of(request), resume=True, start_from=start)
    if first and (work / SYSTEM).is_dir() and (work / PROGRESS).is_file():
        finished = json.loads((work / PROGRESS).read_bytes())["finished"]
        if {stage.name for stage in stages} <= set(finished):
            put_result(request, config, folder)


def config_of(request: RunRequest) -> TrainConfig:
    """The configuration that a run is asked for, with what the request says instead. Raises `InputError`."""
    tuned = request.config == FINE_TUNING
    config = fine_tuning_config(tuned_system(request)) if tuned else load_config(request.config)
    if request.steps is not None:
        config = config.with_steps(request.steps)
    stages = tuple(_asked(stage, request) for stage in config.stages)
    seed = config.seed if request.seed is None else request.seed
    return config.replace(
        stages=stages, seed=seed, checkpoint_every=request.checkpoint_every, keep=request.keep,
        keep_every=request.keep_every, log_every=1,
    )  # fmt: skip


def _asked(stage: Stage, request: RunRequest) -> Stage:
    """A stage as the request wants it: its settings, and its batch in the parts that fit into the memory."""
    plan = MEMORY[request.memory]
    batch = max(1, round(stage.batch * plan.share))
    wanted = {
        "lr": request.learning_rate,
        "batch": request.batch or batch,
        "accumulate": request.accumulate or (stage.accumulate * plan.split if request.batch is None else None),
        "seed": request.seed,
        "ema": 0.0 if request.average is False or (request.average is None and not plan.average) else None,
        "recompute": plan.recompute or None,
    }
    return stage.replace(**{name: value for name, value in wanted.items() if value is not None})


def tuned_system(request: RunRequest) -> Path:
    """The folder of the trained system that a run of fine-tuning goes on with."""
    return Path(request.start[0]) if request.start else weights_in_use("sd3") or SD3_MINI


def data_of(request: RunRequest) -> Path:
    """The folder of the data; of a data set of own scenes, the part to learn from."""
    return learnt_part(Path(request.data))


def _take_up(trained: Path, work: Path) -> None:
    """Let the run's system be a copy of a trained one, unless it has one already."""
    if not (work / SYSTEM).is_dir():
        new = work / f".{SYSTEM}.copy"
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(trained, new)
        new.rename(work / SYSTEM)


def put_result(request: RunRequest, config: TrainConfig, folder: Path) -> None:
    """Copy the system into ``result`` with a card, in one step."""
    new = folder / f".{RESULT}.new"
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(folder / WORK / SYSTEM, new)
    write_atomic(new / "README.md", system_card(request, config, folder / WORK).encode())
    shutil.rmtree(folder / RESULT, ignore_errors=True)
    new.rename(folder / RESULT)
