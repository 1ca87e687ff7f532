"""Runs side by side: what they were asked for where it differs, how they stand, their last losses, their scores."""

from collections.abc import Mapping, Sequence
from typing import Any

from sd3studio.services.runs.metrics import MetricsReader
from sd3studio.services.runs.store import METRICS, Run

SETTINGS = (
    "goal",
    "config",
    "stage",
    "only",
    "data",
    "steps",
    "learning_rate",
    "batch",
    "accumulate",
    "memory",
    "average",
    "seed",
    "parent",
    "start",
)


def compared(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Name of a row -> its value for each run; settings that are the same for all are left out."""
    requests = [run.request for run in runs]
    table: dict[str, list[Any]] = {"run": [run.id for run in runs], "state": [str(run.status.state) for run in runs]}
    for name in SETTINGS:
        values = [getattr(request, name) for request in requests]
        if any(value != values[0] for value in values):
            table[name] = values
    losses = [_last_losses(run) for run in runs]
    for name in dict.fromkeys(name for found in losses for name in found):
        table[name] = [found.get(name, "") for found in losses]
    return table


def with_scores(table: Mapping[str, list[Any]], scores: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The table with a row a score; runs without it have an empty cell."""
    names = dict.fromkeys(name for found in scores.values() for name in found)
    return {**table, **{name: [scores.get(run, {}).get(name, "") for run in table["run"]] for name in names}}


def _last_losses(run: Run) -> dict[str, Any]:
    reader = MetricsReader(run.work / METRICS)
    reader.read_new()
    told: dict[str, Any] = {}
    for stage, columns in reader.columns.items():
        told[f"{stage}: steps"] = int(columns["step"][-1])
        last = columns["loss"][-20:]
        told[f"{stage}: loss, last 20"] = round(float(last.mean()), 5)
    return told
