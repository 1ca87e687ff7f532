"""The curves of a run, read as they grow: a line a logged step, and only what is new each time."""

import json
from pathlib import Path
from typing import Any

CHUNK_BYTES = 64_000_000


class MetricsReader:
    """Follows a ``metrics.jsonl``.

    `columns` is stage -> name -> values, in the order of the steps; ``"step"`` is one of the names, each loss is
    ``"loss/NAME"``. A line that is not finished yet is read the next time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns: dict[str, dict[str, list[float]]] = {}
        self._at = 0
        self._first = b""

    def read_new(self) -> bool:
        """Take up what was written since the last time; returns whether there was anything.

        A file that was written anew (a resumed run forgets the steps after its checkpoint) is read from its start.
        """
        try:
            with self.path.open("rb") as file:
                first = file.read(256)
                size = file.seek(0, 2)
                if size < self._at or not first.startswith(self._first[: len(first)]):
                    self.columns, self._at = {}, 0
                self._first = first
                file.seek(self._at)
                data = file.read(CHUNK_BYTES)
        except FileNotFoundError:
            return False
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        for line in whole.splitlines():
            self._take(line)
        return bool(whole)

    def _take(self, line: bytes) -> None:
        try:
            values: dict[str, Any] = json.loads(line)
            stage, step = str(values["stage"]), int(values["step"])
        except (ValueError, KeyError, TypeError):
            return
        columns = self.columns.setdefault(stage, {"step": []})
        steps = columns["step"]
        while steps and steps[-1] >= step:  # the run went on from an earlier checkpoint
            for column in columns.values():
                column.pop()
        told = {name: values.get(name) for name in ("loss", "lr", "gradient_norm", "samples_per_s", "memory_mb")}
        told |= {f"loss/{name}": value for name, value in dict(values.get("losses") or {}).items()}
        steps.append(step)
        for name, value in told.items():
            column = columns.get(name)
            if column is None:
                column = columns[name] = [float("nan")] * (len(steps) - 1)
            column.append(float(value) if isinstance(value, int | float) else float("nan"))
        for column in columns.values():
            if len(column) < len(steps):
                column.append(float("nan"))
