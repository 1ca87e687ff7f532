"""Training from the window: wishes become runs and orders; the folders of the runs are looked at, and shown.

Looking is done on a thread of its own: with many runs, or 100,000 points in a curve, the window would stutter.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from sd3studio.app import runs_folder
from sd3studio.core.errors import StudioError
from sd3studio.core.training.in_use import SHIPPED, promote, promoted, roll_back, weights_in_use
from sd3studio.core.training.run import Goal, RunRequest, RunState
from sd3studio.services.runs.branching import branch, export, extend
from sd3studio.services.runs.launching import advance, resume
from sd3studio.services.runs.store import RESULT, Run, RunStore
from sd3studio.services.runs.watching import Look, RunRow, Wanted, Watcher

ENDS = {RunState.FINISHED: "good", RunState.FAILED: "danger"}
"""Ends of runs that are told -> how."""
LOOK_MS = 700
QUIET_LOOK_MS = 3_000
"""How often the folders are looked at while nothing runs."""


class TrainingController(QObject):
    """Looks at the runs while it is `watching`. What goes wrong is said in a sentence."""

    said = Signal(str, str)
    changed = Signal()
    """Something about the runs may be new: see `now`."""
    _looked = Signal(object)

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home
        self.store = RunStore(runs_folder(home))
        self.now = Look()
        self.wanted = Wanted()
        self._told: tuple[str, ...] = ()
        self._watcher = Watcher(self.store)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="runs")
        self._looking = self._again = self._closed = False
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._looked.connect(self._on_looked, Qt.ConnectionType.QueuedConnection)

    @property
    def rows(self) -> tuple[RunRow, ...]:
        """All runs, as they were seen last."""
        return self.now.rows

    def watch(self, on: bool) -> None:
        """Begin or end to look at the runs now and then."""
        if on:
            self.look()
            self._timer.start()
        else:
            self._timer.stop()

    def close(self) -> None:
        """Look no more."""
        self._closed = True
        self._timer.stop()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def look(self) -> None:
        """See how all runs stand; `changed` tells when that is known."""
        if self._closed:
            return
        if self._looking:
            self._again = True
            return
        self._looking = True
        self._thread.submit(self._watcher.look, self.wanted).add_done_callback(self._tell)

    def want(self, wanted: Wanted) -> None:
        """Show other runs or another curve from now on."""
        if wanted != self.wanted:
            self.wanted = wanted
            self.look()

    def run(self, name: str) -> Run | None:
        """A run by its id, None if it is gone."""
        folder = self.store.folder / name
        return Run(folder) if name and (folder / "run.json").is_file() else None

    def row(self, name: str) -> RunRow | None:
        """What the list shows of a run."""
        return next((row for row in self.rows if row.id == name), None)

    def results(self) -> list[tuple[str, Goal, str]]:
        """Title, goal and folder of the weights of each run that has some, the newest first."""
        found = [(row, self.store.folder / row.id / RESULT) for row in self.rows]
        return [(row.title, row.request.goal, str(folder)) for row, folder in found if folder.is_dir()]

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

    def follow(self, folder: Path) -> str:
        """List a run that lies elsewhere; gives its id, empty if it is none."""
        try:
            run = self.store.follow(folder)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return ""
        self.look()
        return run.id

    def wish(self, what: str, name: str, value: Any = None) -> bool:
        """Do something with a run; returns whether it went well. `value` is a number of steps, a folder, or of a
        branch the step and what is to be other.
        """
        run = self.run(name)
        if run is None:
            return False
        doing: dict[str, Callable[[], Any]] = {
            "resume": lambda: resume(self.store, run),
            "extend": lambda: (extend(self.store, run, int(value)), advance(self.store)),
            "branch": lambda: (branch(self.store, run, *value), advance(self.store)),
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

    def _tell_news(self, before: Mapping[str, RunRow], rows: Sequence[RunRow]) -> None:
        """Say which runs have ended since the last look, and what is to be looked at."""
        for row in rows:
            old = before.get(row.id)
            if old is None:
                continue
            for alert in row.status.alerts:
                if alert.split(":")[0] not in {told.split(":")[0] for told in old.status.alerts}:
                    self.said.emit("warning", f"{row.title}: {alert}")
            state = row.status.state
            if old.status.state is not state and state in ENDS:
                reason = f": {row.status.reason}" if row.status.reason else "."
                self.said.emit(ENDS[state], f"{row.title} {state}{reason}")

    def _tell(self, looked: "Future[Look]") -> None:
        """On the thread."""
        if not self._closed:
            self._looked.emit(looked)

    def _on_looked(self, looked: "Future[Look]") -> None:
        if self._closed:
            return
        self._looking = False
        found = looked.result()
        self._tell_news({row.id: row for row in self.now.rows}, found.rows)
        self.now = found
        for problem in found.problems:
            if problem not in self._told:
                self.said.emit("warning", problem)
        self._told = found.problems
        alive = any(row.status.state.lives for row in found.rows)
        self._timer.setInterval(LOOK_MS if alive else QUIET_LOOK_MS)
        self.changed.emit()
        if self._again:
            self._again = False
            self.look()
