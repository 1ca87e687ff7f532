"""The process of a run: takes orders, tells how it stands, keeps samples, and says in a sentence why it ended.

What trains is a generator of messages named by its path, as jobs are; this module knows nothing of what it does.
"""

import contextlib
import json
import os
import platform
import shutil
import signal
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field

from sd3studio.core.errors import StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Note
from sd3studio.core.training.curves import alerts
from sd3studio.core.training.messages import STOP, Planned, Sampled, Saved, StageDone, StepDone, TrainMessage
from sd3studio.core.training.run import RunState, RunStatus
from sd3studio.services.jobs import resolve
from sd3studio.services.runs.metrics import MetricsReader
from sd3studio.services.runs.store import METRICS, PAUSE, RESUME, SAMPLE_NOW, SAMPLES, SCORES, WORK, Run

BEAT_S = 2.0
"""The status is written at most so often while nothing but the step changes."""
PAUSE_LOOK_S = 0.2
ALERTS_EVERY_S = 30.0
LOW_DISK_MB = 2_000.0

Training = Generator[TrainMessage, str | None, None]


@dataclass(slots=True)
class _Work:
    """What the process of a run keeps in mind."""

    run: Run
    status: RunStatus
    told: list[int]
    written: float = 0.0
    looked: float = 0.0
    sampled: int = 0
    plan: list[str] = field(default_factory=list)
    now: Callable[[], float] = time.time


def work(run: Run, trainers: Mapping[str, str], owns: bool = True) -> RunState:
    """Train `run` to its end, or until it is told to stop; returns how it then stands.

    Parameters
    ----------
    trainers : goal -> ``"module:function"``; the function gets the request and the run's folder
    owns : whether this process writes the status and takes the orders; of several processes of a run only the first

    Raises `JobError` if another process trains it. What goes wrong in training is told in the status and raised.
    """
    if not owns:
        for _ in resolve(trainers[run.request.goal])(run.request, run.folder):  # type: ignore[attr-defined]
            pass
        return RunState.FINISHED
    lock = run.lock()
    begun = run.status.begun or time.time()
    start = RunStatus(
        state=RunState.RUNNING, host=platform.node(), pid=os.getpid(), beat=time.time(), begun=begun,
    )  # fmt: skip
    with contextlib.closing(lock), told_to_stop() as told:
        doing = _Work(run, start, told)
        run.put_status(start)
        try:
            training: Training = resolve(trainers[run.request.goal])(run.request, run.folder)  # type: ignore[assignment]
            with contextlib.closing(training):
                stopped = _follow(training, doing)
        except BaseException as error:
            reason = str(error) if isinstance(error, StudioError) else f"{type(error).__name__}: {error}"
            _end(doing, RunState.FAILED, reason or type(error).__name__)
            raise
        _end(doing, RunState.STOPPED if stopped else RunState.FINISHED, "Stopped as told." if stopped else "")
    return doing.status.state


def _follow(training: Training, doing: _Work) -> bool:
    """Run it; returns whether it was stopped before its end."""
    order: str | None = None
    stopping = False
    while True:
        try:
            message = training.send(order)
        except StopIteration:
            return stopping
        order = None
        match message:
            case Planned():
                doing.plan = list(message.stages)
            case StepDone():
                number = doing.plan.index(message.stage) + 1 if message.stage in doing.plan else 0
                doing.status = doing.status.replace(
                    stage=message.stage, step=message.step, total=message.total, number=number, stages=len(doing.plan),
                )  # fmt: skip
                _keep_scores(doing.run, message)
                order = _order(doing, message)
                stopping = stopping or (order == STOP and message.step < message.total)
                _beat(doing)
            case Sampled():
                _keep_sample(doing.run, message)
            case Saved():
                print(f"{message.stage}: saved step {message.step}", flush=True)
            case StageDone():
                print(f"{message.stage}: finished after {message.steps} steps", flush=True)
            case Note(text=text):
                print(text, flush=True)


def _order(doing: _Work, message: StepDone) -> str | None:
    """What to tell the training after a step; holds still while the run is paused."""
    order = doing.run.take_order()
    if order == PAUSE and not doing.told:
        _put(doing, doing.status.replace(state=RunState.PAUSED))
        while order not in (RESUME, STOP) and not doing.told:
            time.sleep(PAUSE_LOOK_S)
            _beat(doing)
            order = doing.run.take_order()
        _put(doing, doing.status.replace(state=RunState.RUNNING))
        order = None if order == RESUME else order
    if doing.told:
        return STOP
    every = doing.run.request.sample_every
    if order is None and every and message.step % every == 0 and doing.sampled != message.step:
        doing.sampled = message.step
        return SAMPLE_NOW
    return None if order == RESUME else order


def _beat(doing: _Work) -> None:
    now = doing.now()
    if now - doing.looked >= ALERTS_EVERY_S and doing.status.stage:
        doing.looked = now
        doing.status = doing.status.replace(alerts=_alerts(doing))
    if now - doing.written >= BEAT_S:
        _put(doing, doing.status)


def _put(doing: _Work, status: RunStatus) -> None:
    doing.written = doing.now()
    doing.status = status.replace(beat=doing.written)
    doing.run.put_status(doing.status)


def _end(doing: _Work, state: RunState, reason: str) -> None:
    found = _alerts(doing) if doing.status.stage else ()
    doing.status = doing.status.replace(alerts=found)
    _put(doing, doing.status.replace(state=state, reason=reason[:4_000], ended=doing.now()))


def _alerts(doing: _Work) -> tuple[str, ...]:
    """What should be looked at: the curve of the stage, and the room on the disk."""
    reader = MetricsReader(doing.run.folder / WORK / METRICS)
    reader.read_new()
    columns = reader.columns.get(doing.status.stage)
    found = alerts(columns["step"].astype(int).tolist(), columns["loss"].tolist()) if columns else ()
    free_mb = shutil.disk_usage(doing.run.folder).free / 1e6
    if free_mb < LOW_DISK_MB:
        found += (f"Only {free_mb:,.0f} MB are left on the disk of the run. It stops before the disk is full.",)
    return found


def _keep_sample(run: Run, message: Sampled) -> None:
    name = f"{message.stage}-{message.step:08d}"
    losses = "\n".join(f"{key} {value:.5f}" for key, value in message.losses.items())
    scores = "\n".join(f"development: {key} {value:.4g}" for key, value in message.scores.items())
    told = "\n".join(part for part in (losses, scores, message.text) if part)
    write_atomic(run.folder / SAMPLES / f"{name}.txt", told.encode())
    _keep_scores(run, message)
    if message.png is not None:
        write_atomic(run.folder / SAMPLES / f"{name}.png", message.png)


def _keep_scores(run: Run, message: StepDone | Sampled) -> None:
    """A line for the curves; steps that are done again after a resume write theirs again, and the later one counts."""
    if not message.scores:
        return
    line = {"stage": message.stage, "step": message.step, "scores": message.scores}
    try:
        with (run.folder / SCORES).open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
    except OSError as error:
        raise StudioError(f"Can't write {run.folder / SCORES}: {error.strerror or error}.") from error


@contextlib.contextmanager
def told_to_stop() -> Iterator[list[int]]:
    """Holds a signal once somebody asked the process to end; a second one ends it at once."""
    told: list[int] = []

    def note(number: int, frame: object) -> None:
        if told:
            raise KeyboardInterrupt
        told.append(number)

    earlier = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
