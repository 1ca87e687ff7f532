"""A goal that learns nothing but behaves: steps, losses that fall, checkpoints, a result; goes on where it was."""

import json
import time
from pathlib import Path

from sd3studio.core.errors import JobError
from sd3studio.core.files import write_atomic
from sd3studio.core.training.messages import SAMPLE_NOW, SAVE_NOW, STOP, Planned, Sampled, Saved, StageDone, StepDone

TRAINERS = {"sd3": "tests.services.runs.run_fakes:train", "relations": "tests.services.runs.run_fakes:fail"}


def train(request, folder: Path):
    """`request.steps` steps of 10 ms; the state is the number of the step."""
    yield Planned({"fake": request.steps or 10})
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    state, metrics = work / "state.json", work / "metrics.jsonl"
    done = json.loads(state.read_text())["step"] if state.is_file() else 0
    kept = metrics.read_text().splitlines()[:done] if metrics.is_file() else []
    write_atomic(metrics, "".join(f"{line}\n" for line in kept).encode())
    total = request.steps or 10
    for step in range(done + 1, total + 1):
        time.sleep(0.01)
        line = {"stage": "fake", "step": step, "loss": 1.0 / step, "losses": {"fake": 1.0 / step}, "lr": 0.1}
        with metrics.open("a") as file:
            file.write(json.dumps(line) + "\n")
        order = yield StepDone("fake", step, total, 1.0 / step, {"fake": 1.0 / step}, 0.1, 1.0, 10.0, 1.0)
        while order == SAMPLE_NOW:
            order = yield Sampled("fake", step, {"fake": 1.0 / step}, b"\x89PNG", "a sentence", {"TriRec, %": 50.0})
        if order in (STOP, SAVE_NOW) or step % 5 == 0 or step == total:
            write_atomic(state, json.dumps({"step": step}).encode())
            yield Saved("fake", step, work)
        if order == STOP and step < total:
            return
    (folder / "result").mkdir(exist_ok=True)
    (folder / "result" / "weights.txt").write_text(str(total))
    yield StageDone("fake", total, folder / "result")


def fail(request, folder: Path):
    """Takes one step and says why it can't go on."""
    yield StepDone("fake", 1, 2, 1.0, {}, 0.1, 1.0, 1.0, 1.0)
    raise JobError("The loss became nan at step 1.")
