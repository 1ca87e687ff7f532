"""Runs that come out of runs: longer ones, branches from a checkpoint, and the weights as a folder of their own."""

import json
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from sd3studio.core.errors import InputError, JobError
from sd3studio.core.files import write_atomic
from sd3studio.core.training.run import FINE_TUNING, RunState
from sd3studio.services.runs.store import METRICS, REQUEST, Run, RunStore

CONFIG, PROGRESS, SYSTEM = "config.json", "progress.json", "system"


def extend(store: RunStore, run: Run, steps: int) -> Run:
    """Let a run that has ended train its last stage for `steps` more; it goes on from its last checkpoint.

    With a rate that falls to zero along a cosine, the rate rises again: the curve is that of the longer run.
    Raises `JobError` while it is at work, `InputError` for a goal that has no steps to add.
    """
    if steps < 1:
        raise InputError("A run is extended by at least one step.")
    if run.status.state.lives:
        raise JobError(f"The run {run.id} is at work. Stop it before you extend it.")
    request = run.request
    if request.goal not in ("sd3", "lora"):
        raise InputError(f"A run of {request.goal} can't go on after its end. Start another one with more steps.")
    if request.goal == "sd3":
        stage = _change_stage(run, lambda s: {**s, "steps": s["steps"] + steps})
        progress = run.work / PROGRESS
        if progress.is_file():
            finished = [name for name in json.loads(progress.read_bytes())["finished"] if name != stage]
            write_atomic(progress, json.dumps({"finished": finished}).encode())
    else:
        longer = request.replace(steps=(request.steps or 500) + steps)
        write_atomic(run.folder / REQUEST, longer.model_dump_json(indent=1).encode())
    run.put_status(run.status.replace(state=RunState.WAITING, reason="", ended=0.0))
    return run


def stage_steps(run: Run, stage: str) -> int | None:
    """How many steps a stage of a run has in all; None if it does not say."""
    try:
        stages = json.loads((run.work / CONFIG).read_bytes())["stages"]
    except (OSError, ValueError, KeyError):
        return run.request.steps
    return next((int(one["steps"]) for one in stages if one["name"] == stage), None)


def _change_stage(run: Run, change: Any, name: str = "") -> str:
    """Change a stage, the last that the run trains if none is named, in its configuration; gives its name.

    Raises `InputError` if the run has not begun.
    """
    path = run.work / CONFIG
    if not path.is_file():
        raise InputError(f"The run {run.id} has not begun yet. Start another one with more steps.")
    config = json.loads(path.read_bytes())
    wanted = [name.strip() for name in run.request.only.split(",") if name.strip()]
    stages = [k for k, stage in enumerate(config["stages"]) if not wanted or stage["name"] in wanted]
    if not wanted and run.request.stage != "all":
        stages = [k for k in stages if config["stages"][k]["step"] == run.request.stage]
    last = next((k for k, stage in enumerate(config["stages"]) if stage["name"] == name), stages[-1])
    config["stages"][last] = change(config["stages"][last])
    write_atomic(path, json.dumps(config, indent=1).encode())
    return str(config["stages"][last]["name"])


def branch(store: RunStore, run: Run, step: int | None, changes: Mapping[str, Any], stage: str = "") -> Run:
    """A new run that goes on where another was.

    Parameters
    ----------
    step : a checkpoint of it, with all its state; None begins with the weights that came out, and fresh moments
    changes : fields of `RunRequest` that are to be other; with a checkpoint steps and rate are those of its stage, and
        ``steps`` counts from the stage's start
    stage : whose checkpoint; empty: of the last that has one of this step

    Raises `InputError` if there is no such checkpoint or result, or nothing would be left to do.
    """
    request = run.request
    title = changes.get("title") or f"{request.title or request.goal} branch"
    told = {**changes, "title": title, "created": "", "parent": run.id, "parent_step": step or 0}
    if step is None:
        if not run.result.is_dir():
            raise InputError(f"The run {run.id} has no result yet. Name a step: {_steps(run)}.")
        config = {"config": FINE_TUNING} if request.goal == "sd3" else {}
        return store.create(request.replace(**told | config | {"start": (str(run.result),)}))
    found = [name for name, at in run.checkpoints() if at == step and stage in ("", name)]
    if not found:
        where = f" of {stage}" if stage else ""
        raise InputError(f"The run {run.id} has no checkpoint of step {step}{where}. It has: {_steps(run)}.")
    wanted = changes.get("steps") or stage_steps(run, found[-1])
    if wanted is not None and step >= wanted:
        raise InputError(
            f"Step {step} is the last of {found[-1]}: nothing would be left to do. Ask for more than {step} steps."
        )
    new = store.create(request.replace(**told))
    _copy_work(run, new, found[-1], step)
    if request.goal == "sd3":
        other = {"steps": changes.get("steps"), "lr": changes.get("learning_rate")}
        kept = {name: value for name, value in other.items() if value is not None}
        _change_stage(new, lambda s: {**s, **kept}, found[-1])
    return new


def _copy_work(run: Run, new: Run, stage: str, step: int) -> None:
    """What the run kept, as it was at this checkpoint.

    Earlier stages are left to be finished again from their last checkpoints, which changes nothing; where such a one
    is gone, the system as it is now is taken, whose other parts later stages may have trained.
    """
    new.work.mkdir(parents=True, exist_ok=True)
    finished = json.loads((run.work / PROGRESS).read_bytes())["finished"] if (run.work / PROGRESS).is_file() else []
    earlier = finished[: finished.index(stage)] if stage in finished else finished
    last = dict(run.checkpoints())
    if (run.work / CONFIG).is_file():
        shutil.copy2(run.work / CONFIG, new.work / CONFIG)
    if all(name in last for name in earlier):
        kept = {name: last[name] for name in earlier}
    else:
        kept = {}
        write_atomic(new.work / PROGRESS, json.dumps({"finished": earlier}).encode())
        if (run.work / SYSTEM).is_dir():
            shutil.copytree(run.work / SYSTEM, new.work / SYSTEM)
    for name, at in {**kept, stage: step}.items():
        place = f"checkpoints/{name}/step-{at:08d}"
        shutil.copytree(run.work / place, new.work / place)
    _copy_metrics(run.work / METRICS, new.work / METRICS, earlier, stage, step)


def _copy_metrics(source: Path, target: Path, earlier: Collection[str], stage: str, step: int) -> None:
    """The curves up to the checkpoint."""
    if not source.is_file():
        return
    kept = []
    for line in source.read_bytes().splitlines(keepends=True):
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if told.get("stage") in earlier or (told.get("stage") == stage and told.get("step", 0) <= step):
            kept.append(line)
    write_atomic(target, b"".join(kept))


def export(run: Run, folder: Path) -> Path:
    """Copy the weights and their card into a folder that is empty or not there. Raises `InputError`."""
    if not run.result.is_dir():
        raise InputError(f"The run {run.id} has no result yet: it has to finish first.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder. Choose another one for the weights.")
    partial = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(run.result, partial)
    if folder.exists():
        folder.rmdir()
    partial.rename(folder)
    return folder


def _steps(run: Run) -> str:
    return ", ".join(f"{step} ({stage})" for stage, step in run.checkpoints()) or "none"
