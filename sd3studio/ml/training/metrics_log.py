"""Metrics of a run as JSON lines, one a logged step; a line that a crash cut short is left out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sd3studio.core.errors import StudioError
from sd3studio.core.files import write_atomic

NAME = "metrics.jsonl"


class MetricsLog:
    """``metrics.jsonl`` of a run folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def add(self, values: dict[str, Any]) -> None:
        """Append one line. Raises `StudioError` if it can't be written."""
        try:
            with self.path.open("ab") as file:
                file.write(json.dumps(values, allow_nan=True).encode() + b"\n")
        except OSError as error:
            raise StudioError(f"Can't write {self.path}: {error.strerror or error}.") from error

    def rewind(self, stage: str, step: int) -> None:
        """Forget the lines of a stage after `step`: a resumed run writes them again."""
        kept = [line for line in self.lines() if line["stage"] != stage or line["step"] <= step]
        if self.path.is_file():
            write_atomic(self.path, b"".join(json.dumps(line).encode() + b"\n" for line in kept))

    def lines(self) -> Iterator[dict[str, Any]]:
        """All whole lines."""
        if not self.path.is_file():
            return
        for line in self.path.read_bytes().splitlines():
            try:
                values = json.loads(line)
            except ValueError:
                continue
            if isinstance(values, dict) and {"stage", "step"} <= set(values):
                yield values

    def seconds(self, key: str = "seconds") -> float:
        """How long all logged steps took, by the clock or (``"cpu_seconds"``) on the processor."""
        return sum(float(line.get(key, 0.0)) for line in self.lines())
