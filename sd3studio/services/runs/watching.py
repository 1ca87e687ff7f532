"""Looking at runs: how all stand, and of a few of them curves, samples and log. Made for a thread beside the window.

What did not change since the last look is the same object, so that whoever shows it can tell by identity.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sd3studio.core.errors import StudioError
from sd3studio.core.training.curves import Curve, drawn_curve
from sd3studio.core.training.run import RunRequest, RunStatus
from sd3studio.services.runs.metrics import Columns, MetricsReader
from sd3studio.services.runs.store import METRICS, REQUEST, SCORES, Run, RunStore

Series = Mapping[str, Mapping[str, Curve]]
"""Stage -> name -> steps (N,) and values (N,)."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as a list shows it."""

    id: str
    request: RunRequest
    status: RunStatus

    @property
    def title(self) -> str:
        """Its name for people."""
        return self.request.title or self.id

    @property
    def line(self) -> str:
        """State and place in a few words."""
        status = self.status
        at = f"{status.stage} {status.step:,} of {status.total:,}" if status.stage else ""
        which = f"stage {status.number} of {status.stages}" if status.stages > 1 and status.number else ""
        return "  ".join(part for part in (str(status.state), at, which) if part)


@dataclass(frozen=True, slots=True)
class RunDetail:
    """What is shown of one run besides its row.

    Attributes
    ----------
    per_step_s : seconds a step lately, 0 if not known
    checkpoints : stage and step of each, oldest first
    result : folder of its weights, if it has some
    samples : files, oldest first
    last : name -> number of the last step of the stage that it is in, where that is known
    """

    id: str
    per_step_s: float
    checkpoints: tuple[tuple[str, int], ...]
    result: Path | None
    samples: tuple[Path, ...]
    log: str
    last: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a look is to find besides the rows: details of the `current` run, and curves of the `shown` ones.

    Attributes
    ----------
    name, smoothing, most : which curve is drawn, how smooth, of how many points; it is made ready while looking
    """

    current: str = ""
    shown: tuple[str, ...] = ()
    name: str = "loss"
    smoothing: float = 0.6
    most: int = 2_000


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found.

    Attributes
    ----------
    problems : sentences about runs that can't be read
    curves : id of each run that was wanted -> its curves
    ready : (id, stage) -> the wanted curve as it is drawn
    """

    rows: tuple[RunRow, ...] = ()
    problems: tuple[str, ...] = ()
    detail: RunDetail | None = None
    curves: Mapping[str, Series] = field(default_factory=dict)
    ready: Mapping[tuple[str, str], Curve] = field(default_factory=dict)
    wanted: Wanted = Wanted()


@dataclass(slots=True)
class _Followed:
    """Readers of one run, and what was last made of them."""

    metrics: MetricsReader
    scores: MetricsReader
    seen: tuple[Columns, Columns] | None = None
    series: Series = field(default_factory=dict)
    drawn: dict[tuple[str, str, float, int], tuple[Curve, Curve]] = field(default_factory=dict)

    def read(self) -> Series:
        """Everything up to now."""
        self.metrics.read_new()
        self.scores.read_new()
        now = (self.metrics.columns, self.scores.columns)
        if self.seen is None or any(a is not b for a, b in zip(now, self.seen, strict=True)):
            self.seen = now
            found: dict[str, dict[str, Curve]] = {}
            for columns in now:
                for stage, values in columns.items():
                    steps = values["step"]
                    named = {name: (steps, y) for name, y in values.items() if name != "step" and np.isfinite(y).any()}
                    found.setdefault(stage, {}).update(named)
            self.series = found
        return self.series

    def ready(self, stage: str, wanted: Wanted) -> Curve | None:
        """The wanted curve of a stage; the same object as before if its points are."""
        curve = self.series[stage].get(wanted.name)
        if curve is None:
            return None
        key = (stage, wanted.name, wanted.smoothing, wanted.most)
        known = self.drawn.get(key)
        if known is None or known[0] is not curve:
            known = self.drawn[key] = (curve, drawn_curve(curve, wanted.smoothing, wanted.most))
        for other in [other for other in self.drawn if other[1:] != key[1:]]:
            del self.drawn[other]
        return known[1]


class Watcher:
    """Looks at the runs of a store again and again, and reads only what is new."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self._requests: dict[str, tuple[int, RunRequest]] = {}
        self._followed: dict[str, _Followed] = {}
        self._steps: dict[str, tuple[int, float]] = {}
        self._per_step_s: dict[str, float] = {}

    def look(self, wanted: Wanted) -> Look:
        """How everything stands now. What can't be read becomes a problem, not an error."""
        rows, problems = [], []
        for run in self.store.runs():
            try:
                rows.append(RunRow(run.id, self._request(run), run.status))
            except StudioError as error:
                problems.append(str(error))
            except OSError:
                continue  # deleted while it was looked at
        for row in rows:
            self._measure(row)
        names = {row.id for row in rows}
        curves = {name: self._follow(name) for name in wanted.shown if name in names}
        ready = {
            (name, stage): curve
            for name, series in curves.items()
            for stage in series
            if (curve := self._followed[name].ready(stage, wanted)) is not None
        }
        for gone in [name for name in self._followed if name not in curves]:
            del self._followed[gone]
        current = next((row for row in rows if row.id == wanted.current), None)
        detail = self._detail(current, curves.get(wanted.current, {})) if current else None
        return Look(tuple(rows), tuple(problems), detail, curves, ready, wanted)

    def _request(self, run: Run) -> RunRequest:
        """The request, read again only when its file is another: an extension changes it."""
        changed = (run.folder / REQUEST).stat().st_mtime_ns
        known = self._requests.get(run.id)
        if known is None or known[0] != changed:
            known = self._requests[run.id] = (changed, run.request)
        return known[1]

    def _follow(self, name: str) -> Series:
        run = Run(self.store.folder / name)
        if name not in self._followed:
            readers = (MetricsReader(run.work / METRICS), MetricsReader(run.folder / SCORES))
            self._followed[name] = _Followed(*readers)
        return self._followed[name].read()

    def _detail(self, row: RunRow, series: Series) -> RunDetail:
        run = Run(self.store.folder / row.id)
        result = run.result if run.result.is_dir() else None
        stage = series.get(row.status.stage, {})
        last = {name: float(values[-1]) for name, (_, values) in stage.items() if np.isfinite(values[-1])}
        speed = self._per_step_s.get(run.id, 0.0)
        return RunDetail(run.id, speed, tuple(run.checkpoints()), result, tuple(run.samples()), run.log, last)

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
