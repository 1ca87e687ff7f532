"""Stand-ins that are told what to do and keep what they were asked."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sd3studio.core.errors import MissingModelError, OutOfMemoryError
from sd3studio.core.messages import Failed, Finished, JobMessage, Note, Progress

FAKE_JOB = "fakes:scripted"
"""Path of the job function below; `tests` is on the import path of the test run and of the processes that it spawns."""

Act = tuple[str, Any]


@dataclass(frozen=True)
class Script:
    """A request that is a list of things to do.

    Acts: ``("progress", step)``, ``("note", text)``, ``("finish", value)``, ``("sleep", seconds)``,
    ``("touch", path)``, ``("wait_for", path)``, ``("touch_at_end", path)`` (while tidying up), ``("raise", name)``,
    ``("kill", signal)``, ``("exit", code)``, ``("send_failed", text)``, ``("pid", None)``, ``("modules", None)``
    (finishes with the names of the loaded modules), ``("unpicklable", None)``, ``("foreign", None)`` (not plain data).
    """

    acts: tuple[Act, ...] = ()
    kind: Literal["fake"] = "fake"


def scripted(request: Script) -> Iterator[JobMessage]:
    """Do what the script says."""
    at_end: list[Path] = []
    try:
        for word, value in request.acts:
            if word == "touch_at_end":
                at_end.append(Path(value))
            yield from _act(word, value)
    finally:
        for path in at_end:
            path.touch()


def _act(word: str, value: Any) -> Iterator[JobMessage]:
    match word:
        case "progress":
            yield Progress(value, total=10, text=f"step {value}")
        case "note":
            yield Note(value)
        case "finish":
            yield Finished(value)
        case "send_failed":
            yield Failed(value)
        case "modules":
            import sys

            yield Finished(sorted(sys.modules))
        case "pid":
            yield Finished(os.getpid())
        case "sleep":
            time.sleep(value)
        case "touch":
            Path(value).touch()
        case "wait_for":
            while not Path(value).exists():
                time.sleep(0.01)
        case "raise":
            raise _error(value)
        case "kill":
            os.kill(os.getpid(), value)
        case "exit":
            os._exit(value)
        case "unpicklable":
            yield Finished(lambda: None)
        case "foreign":
            import fractions

            yield Finished(fractions.Fraction(1, 3))


def _error(name: str) -> BaseException:
    return {
        "studio": MissingModelError("There is no model at /nowhere. Put one there."),
        "memory": OutOfMemoryError("The device ran out of memory.", {"width": 512, "height": 512}),
        "value": ValueError("a bug"),
        "exit": SystemExit(3),
    }[name]


@dataclass
class FakeRunner:
    """A runner that plays back messages and keeps what it was asked to run."""

    messages: tuple[JobMessage, ...] = (Finished("done"),)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    closed: bool = False

    def run(self, function: str, request: Any, cancel: Any) -> Iterator[JobMessage]:
        self.asked.append((function, request))
        yield from self.messages

    def close(self) -> None:
        self.closed = True
