"""The curves of a run, read as they grow: a line a logged step, and only what is new each time."""

import json
import math
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK_BYTES = 64_000_000

Column = NDArray[np.float64]
Columns = Mapping[str, Mapping[str, Column]]
"""Stage -> name -> values (N,), in the order of the steps; ``"step"`` is one of the names, a loss is ``"loss/NAME"``, a
score on the development part ``"dev/NAME"``."""


class MetricsReader:
    """Follows a ``metrics.jsonl``. A line that is not finished yet is read the next time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stages: dict[str, dict[str, array[float]]] = {}
        self._seen: Columns | None = {}
        self._at = 0
        self._first = b""

    @property
    def columns(self) -> Columns:
        """What was read so far: arrays of their own, and the same ones until something new is read."""
        if self._seen is None:
            self._seen = {
                stage: {name: np.array(values) for name, values in columns.items()}
                for stage, columns in self._stages.items()
            }
        return self._seen

    def read_new(self) -> bool:
        """Take up what was written since the last time; returns whether there was anything.

        A file that was written anew (a resumed run forgets the steps after its checkpoint) is read from its start.
        """
        try:
            with self.path.open("rb") as file:
                first = file.read(256)
                size = file.seek(0, 2)
                if size < self._at or not first.startswith(self._first[: len(first)]):
                    self._stages, self._at, self._seen = {}, 0, None
                self._first = first
                file.seek(self._at)
                data = file.read(CHUNK_BYTES)
        except FileNotFoundError:
            return False
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        for line in whole.splitlines():
            self._take(line)
        if whole:
            self._seen = None
        return bool(whole)

    def _take(self, line: bytes) -> None:
        try:
            values: dict[str, Any] = json.loads(line)
            stage, step = str(values["stage"]), int(values["step"])
        except (ValueError, KeyError, TypeError):
            return
        columns = self._stages.setdefault(stage, {"step": array("d")})
        steps = columns["step"]
        while steps and steps[-1] >= step:  # the run went on from an earlier checkpoint
            for column in columns.values():
                column.pop()
        told = {name: values.get(name) for name in ("loss", "lr", "gradient_norm", "samples_per_s", "memory_mb")}
        for kind, prefix in (("losses", "loss"), ("scores", "dev")):
            told |= {f"{prefix}/{name}": value for name, value in dict(values.get(kind) or {}).items()}
        steps.append(step)
        for name, value in told.items():
            column = columns.get(name)
            if column is None:
                column = columns[name] = array("d", [math.nan]) * (len(steps) - 1)
            column.append(float(value) if isinstance(value, int | float) else math.nan)
        for column in columns.values():
            if len(column) < len(steps):
                column.append(math.nan)
