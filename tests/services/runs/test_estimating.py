"""The dry run: every stage is timed on a few steps of its own, and told for all of them."""

from pathlib import Path

import pytest

from sd3studio.core.training.messages import Planned, StageDone, StepDone
from sd3studio.core.training.run import RunRequest
from sd3studio.services.runs.estimating import estimate

HERE = f"{__name__}:two_stages"
ASKED: list[int | None] = []


def two_stages(request, folder):
    """Two stages of different lengths, unless steps are asked for."""
    ASKED.append(request.steps)
    lengths = {"first": request.steps or 100, "second": request.steps or 1_000}
    yield Planned(lengths)
    for stage, steps in lengths.items():
        for step in range(1, steps + 1):
            yield StepDone(stage, step, steps, 1.0, {}, 0.1, 1.0, 1.0, 50.0 if stage == "first" else 70.0)
        yield StageDone(stage, steps, Path(folder))


def test_all_stages_are_timed_on_a_few_steps(tmp_path):
    ASKED.clear()
    found = estimate(RunRequest(goal="sd3", data="d"), tmp_path, {"sd3": HERE}, tried=2)
    assert [(stage.name, stage.steps) for stage in found.stages] == [("first", 100), ("second", 1_000)]
    assert ASKED == [None, 3] and found.memory_mb == 70.0
    assert found.total_s == pytest.approx(sum(s.first_s + s.step_s * (s.steps - 1) for s in found.stages))
