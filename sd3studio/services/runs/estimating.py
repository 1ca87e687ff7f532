"""How long a run will take and how much memory it needs, measured: its first steps are done and thrown away."""

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from sd3studio.core.messages import Finished, JobMessage, Progress
from sd3studio.core.training.messages import Planned, StageDone, StepDone
from sd3studio.core.training.requests import EstimateRun
from sd3studio.core.training.run import RunRequest
from sd3studio.services.jobs import resolve
from sd3studio.services.runs.trainers import TRAINERS

TRIED = 3
"""Steps of a stage that are timed, after its first."""


@dataclass(frozen=True, slots=True)
class StageEstimate:
    """What the first steps of a stage tell.

    Attributes
    ----------
    first_s : up to the end of its first step: loading included
    step_s : of one step, the median of a few after the first
    """

    name: str
    steps: int
    first_s: float
    step_s: float

    @property
    def total_s(self) -> float:
        """Of the whole stage."""
        return self.first_s + self.step_s * max(self.steps - 1, 0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the first steps of all stages tell; `memory_mb` is the most that the process has held."""

    stages: tuple[StageEstimate, ...]
    memory_mb: float

    @property
    def total_s(self) -> float:
        """Of the whole run."""
        return sum(stage.total_s for stage in self.stages)


def estimate(request: RunRequest, folder: Path, trainers: Mapping[str, str], tried: int = TRIED) -> Estimate:
    """Do the first steps of every stage in `folder`. Raises what the training would raise."""
    planned = _planned(request, folder / "plan", trainers)
    short = request.replace(steps=tried + 1)
    found: list[StageEstimate] = []
    took: list[float] = []
    begun, memory, stage = time.perf_counter(), 0.0, ""
    training = resolve(trainers[request.goal])(short, folder / "run")
    with contextlib.closing(training):  # type: ignore[type-var]
        for message in training:  # type: ignore[attr-defined]
            now = time.perf_counter()
            if isinstance(message, StageDone):
                begun = now
            if not isinstance(message, StepDone):
                continue
            memory = max(memory, message.memory_mb)
            if message.stage != stage:
                stage, last, took = message.stage, now, []
                steps = planned.get(stage, message.total)
                found.append(StageEstimate(stage, steps, round(now - begun, 2), round(now - begun, 4)))
                continue
            took.append(now - last)
            last = now
            found[-1] = replace(found[-1], step_s=round(median(took), 4))
    return Estimate(tuple(found), round(memory, 1))


def _planned(request: RunRequest, folder: Path, trainers: Mapping[str, str]) -> dict[str, int]:
    """Stage -> steps of a run that tells its plan at once; empty for one that does not."""
    training = resolve(trainers[request.goal])(request, folder)
    with contextlib.closing(training):  # type: ignore[type-var]
        first = next(training, None)  # type: ignore[call-overload]
    return dict(first.stages) if isinstance(first, Planned) else {}


def run(request: EstimateRun) -> Iterator[JobMessage]:
    """The job: ends in ``Finished`` with a sentence for the window."""
    yield Progress(0, 1, "Doing the first steps")
    with tempfile.TemporaryDirectory(prefix="sd3studio-estimate-") as folder:
        found = estimate(request.run, Path(folder), TRAINERS)
    memory = f", {found.memory_mb:,.0f} MB" if found.memory_mb else ""
    if len(found.stages) == 1:
        (stage,) = found.stages
        yield Finished(
            f"First step after {stage.first_s:.1f} s, then {stage.step_s:.2f} s each: about {_time(found.total_s)} for "
            f"{stage.steps:,} steps{memory}."
        )
        return
    parts = ", ".join(f"{stage.name} {_time(stage.total_s)}" for stage in found.stages)
    yield Finished(f"About {_time(found.total_s)} in all{memory}: {parts}.")


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"
