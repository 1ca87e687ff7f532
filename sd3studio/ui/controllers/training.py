"""Training from the window: wishes become runs and orders; the folders of the runs are looked at, and shown."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from sd3studio.app import runs_folder
from sd3studio.core.errors import StudioError
from sd3studio.core.training.in_use import SHIPPED, promote, promoted, roll_back, weights_in_use
from sd3studio.core.training.run import RunRequest
from sd3studio.services.runs.branching import branch, export, extend
from sd3studio.services.runs.launching import advance, resume
from sd3studio.services.runs.metrics import MetricsReader
from sd3studio.services.runs.store import METRICS, Run, RunStore
from sd3studio.ui.panels.training.run_list import RunRow

LOOK_MS = 700
QUIET_LOOK_MS = 3_000
"""How often the folders are looked at while nothing runs."""


class TrainingController(QObject):
    """Looks at the runs while it is `watching`. What goes wrong is said in a sentence."""

    said = Signal(str, str)
    changed = Signal()
    """Something about the runs may be new."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home
        self.store = RunStore(runs_folder(home))
        self.rows: list[RunRow] = []
        self.current = ""
        self._readers: dict[str, MetricsReader] = {}
        self._steps: dict[str, tuple[int, float]] = {}
        self._per_step_s: dict[str, float] = {}
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)

    def watch(self, on: bool) -> None:
        """Begin or end to look at the runs now and then."""
        if on:
            self.look()
            self._timer.start()
        else:
            self._timer.stop()

    def look(self) -> None:
        """Take up how all runs stand."""
        rows = []
        for run in self.store.runs():
            try:
                rows.append(RunRow(run.id, run.request, run.status))
            except StudioError as error:
                self.said.emit("warning", str(error))
        self.rows = rows
        for row in rows:
            self._measure(row)
        alive = any(row.status.state.lives for row in rows)
        self._timer.setInterval(LOOK_MS if alive else QUIET_LOOK_MS)
        self.changed.emit()

    def run(self, name: str) -> Run | None:
        """A run by its id, None if it is gone."""
        folder = self.store.folder / name
        return Run(folder) if name and (folder / "run.json").is_file() else None

    def row(self, name: str) -> RunRow | None:
        """What the list shows of a run."""
        return next((row for row in self.rows if row.id == name), None)

    def columns(self, name: str) -> dict[str, dict[str, list[float]]]:
        """The curves of a run so far."""
        run = self.run(name)
        if run is None:
            return {}
        reader = self._readers.setdefault(name, MetricsReader(run.work / METRICS))
        reader.read_new()
        return reader.columns

    def per_step_s(self, name: str) -> float:
        """Seconds a step lately, 0 if not known."""
        return self._per_step_s.get(name, 0.0)

    def start(self, request: RunRequest) -> Run | None:
        """Ask for a run; it begins at once if none is at work."""
        try:
            run = self.store.create(request)
            begun = advance(self.store)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return None
        if begun is None or begun.id != run.id:
            self.said.emit("info", f"{request.title or run.id} waits until the run that is at work has ended.")
        self.look()
        return run

    def wish(self, what: str, name: str, value: Any = None) -> bool:
        """Do something with a run; returns whether it went well. `value` is a step, a number of steps or a folder."""
        run = self.run(name)
        if run is None:
            return False
        doing: dict[str, Callable[[], Any]] = {
            "resume": lambda: resume(self.store, run),
            "extend": lambda: (extend(self.store, run, int(value)), advance(self.store)),
            "branch": lambda: (branch(self.store, run, value, {}), advance(self.store)),
            "promote": lambda: promote(run.request.goal, run.id, run.result, self.home),
            "rollback": lambda: roll_back(run.request.goal, self.home),
            "export": lambda: export(run, Path(value)),
            "remove": lambda: self.store.remove(run),
        }
        try:
            doing.get(what, lambda: run.give_order(what))()
        except StudioError as error:
            self.said.emit("danger", str(error))
            return False
        told = {
            "promote": "These weights are in use from now on.",
            "rollback": "The weights before are in use again.",
            "export": f"Exported to {value}.",
        }
        if what in told:
            self.said.emit("good", told[what])
        self.look()
        return True

    def in_use(self, goal: str) -> tuple[str, bool]:
        """Which weights of a kind are in use, in words, and whether there are others to go back to."""
        folder = weights_in_use(goal, self.home)  # type: ignore[arg-type]
        before = promoted(self.home).get(goal, [])
        if folder is None:
            return f"No {goal} weights of your own.", bool(before)
        shipped = folder == SHIPPED.get(goal)  # type: ignore[call-overload]
        return ("The weights that ship with the program." if shipped else f"{folder.name}"), bool(before)

    def _measure(self, row: RunRow) -> None:
        """Keep how long a step takes, from what was seen between two looks."""
        now, step = time.monotonic(), row.status.step
        before = self._steps.get(row.id)
        if before is None or step < before[0]:
            self._steps[row.id] = (step, now)
        elif step > before[0]:
            took = (now - before[1]) / (step - before[0])
            known = self._per_step_s.get(row.id)
            self._per_step_s[row.id] = took if known is None else 0.7 * known + 0.3 * took
            self._steps[row.id] = (step, now)
