"""How long a run will take and how much memory it needs, measured: its first steps are done and thrown away."""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sd3studio.core.training.messages import STOP, StepDone
from sd3studio.core.training.run import RunRequest
from sd3studio.services.jobs import resolve

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
