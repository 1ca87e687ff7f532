"""The folders of training runs, one a run; the process of a run and any number of windows share them.

=================  =====================================================================
``run.json``       the `RunRequest`
``status.json``    the `RunStatus`, replaced in one step
``lock``           held by the process that trains, for as long as it lives
``order``          what the run is told to do next (see `sd3studio.ml.training.orders`)
``log.txt``        what the process printed
``metrics.jsonl``  a line a logged step
``scores.jsonl``   a line a sample: scores on the development part of the data
``samples/``       pictures and sentences of the weights at a step
``result/``        the weights that came out, with a card
=================  =====================================================================

The training itself keeps its configuration, checkpoints and systems in the folder ``work``.
"""

import contextlib
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from sd3studio.core.errors import InputError, JobError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.scene.value import Value
from sd3studio.core.training.run import RunRequest, RunState, RunStatus, healed
from sd3studio.services.jobs.lease import try_lock

V = TypeVar("V", bound=Value)

REQUEST, STATUS, LOCK, LOG, ORDER, METRICS = "run.json", "status.json", "lock", "log.txt", "order", "metrics.jsonl"
WORK, SAMPLES, RESULT, SCORES = "work", "samples", "result", "scores.jsonl"
MAX_JSON_BYTES = 2_000_000
MAX_LOG_BYTES = 400_000
LOCK_TRIES, LOCK_PAUSE_S = 10, 0.05
LOCK_HANDED_ON = "SD3STUDIO_RUN_LOCK"
"""Variable by which a process that is started learns of the lock that it was born with: ``HANDLE:FOLDER``."""
PAUSE, RESUME, STOP, SAVE_NOW, SAMPLE_NOW = "pause", "resume", "stop", "save now", "sample now"
ORDERS = (PAUSE, RESUME, STOP, SAVE_NOW, SAMPLE_NOW)


class Run:
    """One run's folder. Raises `InputError` naming the file where it is damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.id = self.folder.name

    @property
    def request(self) -> RunRequest:
        return _read(RunRequest, self.folder / REQUEST)

    @property
    def status(self) -> RunStatus:
        """How it stands; what a process that is gone has left is put right, on disk too."""
        path = self.folder / STATUS
        told = _read(RunStatus, path) if path.is_file() else RunStatus()
        true = healed(told, platform.node(), self.is_locked(), time.time())
        if true is not told:
            self.put_status(true)
        return true

    @property
    def work(self) -> Path:
        """What the training keeps: configuration, checkpoints, systems."""
        return self.folder / WORK

    @property
    def result(self) -> Path:
        """The weights that came out."""
        return self.folder / RESULT

    @property
    def log(self) -> str:
        """The end of what its process printed."""
        try:
            with (self.folder / LOG).open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - MAX_LOG_BYTES))
                return file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def put_status(self, status: RunStatus) -> None:
        """Write how it stands."""
        write_atomic(self.folder / STATUS, status.model_dump_json().encode())

    def give_order(self, order: str) -> None:
        """Tell the run's process something; raises `JobError` if none is at work, `InputError` for an unknown order."""
        if order not in ORDERS:
            raise InputError(f"There is no order {order!r}. There are: {', '.join(ORDERS)}.")
        state = self.status.state
        if not state.lives:
            raise JobError(f"The run {self.id} is {state}, so it can't be told to {order}.")
        write_atomic(self.folder / ORDER, order.encode())

    def take_order(self) -> str | None:
        """The order that waits, if any; it is gone then."""
        path = self.folder / ORDER
        try:
            order = path.read_text("utf-8").strip()
            path.unlink()
        except (OSError, UnicodeDecodeError):
            return None
        return order if order in ORDERS else None

    def lock(self) -> "RunLock":
        """The right to train in the folder. Raises `JobError` if another process has it.

        A process that was started for the run was born with it (see `launching.start`). Who only looks whether the run
        lives holds the lock for a moment, so this asks more than once.
        """
        handle, _, folder = os.environ.pop(LOCK_HANDED_ON, "").partition(":")
        if handle and Path(folder).resolve() == self.folder.resolve():
            return RunLock(self.folder / LOCK, self.id, int(handle))
        for _ in range(LOCK_TRIES - 1):
            with contextlib.suppress(JobError):
                return RunLock(self.folder / LOCK, self.id)
            time.sleep(LOCK_PAUSE_S)
        return RunLock(self.folder / LOCK, self.id)

    def is_locked(self) -> bool:
        """Whether a process of this machine trains in it."""
        try:
            RunLock(self.folder / LOCK, self.id).close()
        except JobError:
            return True
        return False

    def checkpoints(self) -> list[tuple[str, int]]:
        """Stage and step of every whole checkpoint, oldest first."""
        found = []
        for guard in self.work.glob("checkpoints/*/step-*/complete.json"):
            with contextlib.suppress(FileNotFoundError):  # dropped for a newer one meanwhile
                if guard.parent.name[5:].isdigit():
                    found.append((guard.stat().st_mtime_ns, guard.parent.parent.name, int(guard.parent.name[5:])))
        return [(stage, step) for _, stage, step in sorted(found)]

    def samples(self) -> list[Path]:
        """Pictures and texts of samples, oldest first."""
        folder = self.folder / SAMPLES
        found = [path for path in folder.iterdir() if path.suffix in (".png", ".txt")] if folder.is_dir() else []
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


class RunLock:
    """Held from when it is made until `close` or the end of the process, however that comes.

    Parameters
    ----------
    held : an open file that has the lock already, from the process that started this one
    """

    def __init__(self, path: Path, name: str, held: int | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path if held is None else held, "ab")  # noqa: SIM115 (stays open to hold the lock)
        if held is None and not try_lock(self._file):
            self._file.close()
            raise JobError(f"Another process trains the run {name} already. Follow it, or stop it first.")

    @property
    def handle(self) -> int:
        """The open file that has the lock."""
        return self._file.fileno()

    def close(self) -> None:
        """Give it back, unless a process that was started has it, too."""
        self._file.close()


class RunStore:
    """All runs below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def create(self, request: RunRequest) -> Run:
        """A new run that waits; its id is made from its title or goal and the day."""
        now = datetime.now(UTC)
        request = request.replace(created=request.created or now.isoformat(timespec="seconds"))
        words = re.sub(r"[^a-z0-9]+", "-", (request.title or request.goal).lower()).strip("-")[:40] or request.goal
        for number in range(1, 10_000):
            folder = self.folder / f"{now:%Y%m%d}-{words}{f'-{number}' if number > 1 else ''}"
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                continue
            except OSError as error:
                raise InputError(f"Can't make the run's folder {folder}: {error.strerror or error}.") from error
            write_atomic(folder / REQUEST, request.model_dump_json(indent=1).encode())
            run = Run(folder)
            run.put_status(RunStatus())
            return run
        raise InputError(f"There are too many runs of this name in {self.folder}. Give this one another title.")

    def runs(self) -> Iterator[Run]:
        """All runs, newest first; what is no run is passed over."""
        if self.folder.is_dir():
            for folder in sorted(self.folder.iterdir(), key=lambda p: p.name, reverse=True):
                if (folder / REQUEST).is_file():
                    yield Run(folder)

    def get(self, name: str) -> Run:
        """A run by its id, by the beginning of it if that is enough, or by its folder. Raises `InputError`."""
        if (Path(name) / REQUEST).is_file():
            return Run(Path(name).resolve())
        known = [run for run in self.runs() if run.id == name] or [run for run in self.runs() if name in run.id]
        if len(known) == 1:
            return known[0]
        what = "There is no run" if not known else "There is more than one run like"
        some = ", ".join(run.id for run in (known or list(self.runs()))[:6]) or "none yet"
        raise InputError(f"{what} {name!r}. Runs: {some}.")

    def follow(self, folder: Path) -> Run:
        """Show a run that lies elsewhere, on a disk that several hosts share, among these. Raises `InputError`."""
        folder = Path(folder).expanduser().resolve()
        if not (folder / REQUEST).is_file():
            raise InputError(f"{folder} is not the folder of a training run: it has no {REQUEST}.")
        link = self.folder / folder.name
        if link.exists() and link.resolve() == folder:
            return Run(link)
        if link.exists():
            raise InputError(f"There is a run of the name {folder.name} already.")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            link.symlink_to(folder, target_is_directory=True)
        except OSError as error:
            raise InputError(f"Can't follow {folder} from {self.folder}: {error.strerror or error}.") from error
        return Run(link)

    def remove(self, run: Run) -> None:
        """Delete a run and all that it made; one that lies elsewhere is only let go. Raises `JobError` at work."""
        if run.folder.is_symlink():
            run.folder.unlink()
            return
        if run.status.state.lives:
            raise JobError(f"The run {run.id} is at work. Stop it before you delete it.")
        shutil.rmtree(run.folder)

    def waiting(self) -> list[Run]:
        """Runs that wait for their turn, the first asked for first."""
        found = [run for run in self.runs() if run.status.state is RunState.WAITING]
        return sorted(found, key=lambda run: (run.request.created, run.id))


def _read(kind: type[V], path: Path) -> V:
    try:
        return kind.model_validate_json(read_bounded(path, MAX_JSON_BYTES, InputError))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {field or 'the file'}: {first['msg']}.") from error
