"""How long a run will take and how much memory it needs, measured: its first steps are done and thrown away."""

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sd3studio.core.messages import Finished, JobMessage, Progress
from sd3studio.core.training.messages import STOP, StepDone
from sd3studio.core.training.requests import EstimateRun
from sd3studio.core.training.run import RunRequest
from sd3studio.services.jobs import resolve
from sd3studio.services.runs.trainers import TRAINERS

TRIED = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the first steps tell.

    Attributes
    ----------
    first_step_s : from the start of the work to the end of the first step: loading included
    step_s : of one step, the median of a few after the first
    total_s : of all steps of the first stage
    memory_mb : the most that the process has held
    steps : of the first stage
    """

    first_step_s: float
    step_s: float
    total_s: float
    memory_mb: float
    steps: int


def estimate(request: RunRequest, folder: Path, trainers: Mapping[str, str], tried: int = TRIED) -> Estimate:
    """Do the first steps of the first stage in `folder`. Raises what the training would raise."""
    begun = time.perf_counter()
    took: list[float] = []
    first = last = 0.0
    memory, total = 0.0, 0
    training = resolve(trainers[request.goal])(request, folder)
    with contextlib.closing(training):  # type: ignore[type-var]
        order = None
        while True:
            try:
                message = training.send(order)  # type: ignore[attr-defined]
            except StopIteration:
                break
            order = None
            if not isinstance(message, StepDone):
                continue
            now = time.perf_counter()
            if not last:
                first = now - begun
            else:
                took.append(now - last)
            last, memory, total = now, max(memory, message.memory_mb), message.total
            if len(took) >= tried:
                order = STOP
    step = median(took) if took else first
    return Estimate(
        round(first, 2), round(step, 4), round(first + step * max(total - 1, 0), 1), round(memory, 1), total
    )


def run(request: EstimateRun) -> Iterator[JobMessage]:
    """The job: ends in ``Finished`` with a sentence for the window."""
    yield Progress(0, 1, "Doing the first steps")
    with tempfile.TemporaryDirectory(prefix="sd3studio-estimate-") as folder:
        found = estimate(request.run, Path(folder), TRAINERS)
    whole = f"{found.total_s:.0f} s" if found.total_s < 120 else f"{found.total_s / 60:.0f} min"
    memory = f", {found.memory_mb:,.0f} MB" if found.memory_mb else ""
    yield Finished(
        f"First step after {found.first_step_s:.1f} s, then {found.step_s:.2f} s each: about {whole} for the "
        f"{found.steps:,} steps of the first stage{memory}."
    )
