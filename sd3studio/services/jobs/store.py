"""The queue on disk: jobs that survive a restart and a kill, shared by the window and the command line.

One SQLite file. Every change is one transaction that is on the disk when the call returns; several processes may use
the file at once. A job belongs to the process that claimed it for as long as that process lives (`lease`): when it is
gone, the job is queued once more, and after `MOST_TRIES` such ends it counts as failed.
"""

import logging
import sqlite3
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sd3studio.core.errors import InputError, StudioError
from sd3studio.core.messages import Failed
from sd3studio.core.requests import Request
from sd3studio.services.jobs.lease import Lease, is_held
from sd3studio.services.jobs.queue_file import QueueFile
from sd3studio.services.jobs.record import JobState
from sd3studio.services.jobs.stored_request import RequestReader, rest_text, scene_text

log = logging.getLogger(__name__)

FILE_NAME = "queue.sqlite"
MOST_WAITING = 100_000
MOST_ENDED = 1_000
"""How many ended jobs are remembered; their results are files and stay."""
MOST_TRIES = 2
"""How often a job is begun at most when its process dies each time."""

COLUMNS = "number, kind, name, output, state, tries, owner, cancel, reason, detail, result, added_s, changed_s"


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A row of the queue without its request.

    Parameters
    ----------
    name, output : what to call the result, and the file that was asked for; may be empty
    tries : how often it was begun
    cancel_wanted : somebody asked to stop it while it runs
    reason, detail : why it failed, or why it had to be begun again: a sentence, and a text for a log
    result : file with the result, once there is one
    added_s, changed_s : Unix time
    """

    number: int
    kind: str
    name: str
    output: str
    state: JobState
    tries: int
    owner: str
    cancel_wanted: bool
    reason: str
    detail: str
    result: str
    added_s: float
    changed_s: float

    @property
    def id(self) -> str:
        """The job's id in the window and on the command line, ``q12``."""
        return f"q{self.number}"


@dataclass(frozen=True, slots=True)
class NewJob:
    """What to queue: a request, and optionally a name and a file for its result."""

    request: Request
    name: str = ""
    output: str = ""


class JobStore:
    """The queue in a folder; ``None`` keeps it in memory alone. May be used from several threads.

    Raises `StudioError` when the file can't be opened, and `InputError` when a newer program wrote it.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._file = QueueFile(None if folder is None else folder / FILE_NAME)
        self._reader = RequestReader()
        try:
            self._lease = None if folder is None else Lease(folder)
        except OSError as error:
            self._file.close()
            raise StudioError(f"The queue in {folder} can't be opened: {error.strerror or error}.") from error

    @property
    def owner(self) -> str:
        """Who this store claims jobs for."""
        return self._lease.token if self._lease else "here"

    def close(self) -> None:
        """Give everything back; what this process runs is then free for others."""
        self._file.close()
        if self._lease:
            self._lease.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- reading

    def jobs(self, *states: JobState) -> tuple[StoredJob, ...]:
        """The jobs in these states (none given: all), those that wait in the order in which they will run."""
        where = f"WHERE state IN ({', '.join('?' * len(states))})" if states else ""
        rows = self._file.rows(f"SELECT {COLUMNS} FROM jobs {where} ORDER BY place, number", [str(s) for s in states])
        return tuple(_job(row) for row in rows)

    def waiting(self) -> tuple[StoredJob, ...]:
        """The jobs that wait, in the order in which they will run."""
        return self.jobs(JobState.QUEUED)

    def has_waiting(self) -> bool:
        """Whether a job waits and the queue isn't paused."""
        return bool(self._file.rows("SELECT 1 FROM jobs WHERE state = 'queued' LIMIT 1")) and not self.is_paused

    def get(self, number: int) -> StoredJob:
        """One job. Raises `InputError` for a number that is not there."""
        rows = self._file.rows(f"SELECT {COLUMNS} FROM jobs WHERE number = ?", [number])
        if not rows:
            raise InputError(f"There is no job {number} in the queue.")
        return _job(rows[0])

    def request(self, number: int) -> Request:
        """What a job is asked. Raises `JobError` when this program can't read it."""
        rows = self._file.rows("SELECT request, scene FROM jobs WHERE number = ?", [number])
        if not rows:
            raise InputError(f"There is no job {number} in the queue.")
        return self._reader.read(*rows[0], self._scene, f"job {number} of the queue")

    @property
    def is_paused(self) -> bool:
        """Whether waiting jobs are held back."""
        return bool(self._file.rows("SELECT 1 FROM meta WHERE key = 'paused'"))

    def changed_elsewhere(self) -> bool:
        """Whether another process changed the queue since this was last asked. Cheap."""
        return self._file.changed_elsewhere()

    # ---- changing

    def add(self, request: Request, name: str = "", output: str = "", front: bool = False) -> int:
        """Queue a request; returns the job's number."""
        return self.add_many([NewJob(request, name, output)], front)[0]

    def add_many(self, new: Sequence[NewJob], front: bool = False) -> list[int]:
        """Queue several requests, all or none, in this order; returns their numbers.

        Raises `InputError` when more than `MOST_WAITING` jobs would wait.
        """
        with self._file.change() as db:
            (waiting,) = db.execute("SELECT count(*) FROM jobs WHERE state = 'queued'").fetchone()
            if waiting + len(new) > MOST_WAITING:
                raise InputError(f"The queue holds at most {MOST_WAITING:,} waiting jobs; {waiting:,} wait already.")
            first = _end_place(db, "min") - len(new) if front else _end_place(db, "max") + 1
            texts: dict[int, tuple[str, str]] = {}  # a batch shares its scene, which is then written once
            for job in new:
                scene = getattr(job.request, "scene", None)
                if id(scene) not in texts:
                    texts[id(scene)] = scene_text(job.request)
            return [
                _insert(db, job, first + index, *texts[id(getattr(job.request, "scene", None))])
                for index, job in enumerate(new)
            ]

    def claim(self, kinds: Collection[str] | None = None) -> StoredJob | None:
        """The next job, from now on run by this process; None when the queue is paused or nothing waits.

        Jobs whose process is gone are healed first.
        """
        self.heal()
        if not self.has_waiting():
            return None
        only = f"AND kind IN ({', '.join('?' * len(kinds))})" if kinds is not None else ""
        with self._file.change() as db:
            row = db.execute(
                f"SELECT number FROM jobs WHERE state = 'queued' {only} ORDER BY place, number LIMIT 1",
                list(kinds or ()),
            ).fetchone()
            if row is None:
                return None
            _set(db, row[0], "state = 'running', tries = tries + 1, cancel = 0, owner = ?", [self.owner])
        return self.get(row[0])

    def finish(self, number: int, result: str) -> None:
        """A job of ours is done; `result` is its file."""
        self._end(number, "state = 'done', reason = '', detail = '', result = ?", [result])

    def fail(self, number: int, failure: Failed) -> None:
        """A job of ours failed."""
        self._end(number, "state = 'failed', reason = ?, detail = ?", [failure.message, failure.detail[-20_000:]])

    def refuse(self, number: int, reason: str) -> None:
        """A waiting job can't be done here."""
        with self._file.change() as db:
            db.execute(
                "UPDATE jobs SET state = 'failed', reason = ?, changed_s = ? WHERE number = ? AND state = 'queued'",
                [reason, time.time(), number],
            )

    def end_cancelled(self, number: int) -> None:
        """A job of ours was stopped because somebody wished so."""
        self._end(number, "state = 'cancelled'", [])

    def release(self, number: int) -> None:
        """A job of ours waits again, at its old place, as if it had not been begun: this program is closing."""
        self._end(number, "state = 'queued', tries = tries - 1", [])

    def cancel(self, number: int) -> StoredJob:
        """Take a waiting job out of the queue; ask for the end of a running one. Returns the job as it now is."""
        with self._file.change() as db:
            self.get(number)
            db.execute(
                "UPDATE jobs SET state = 'cancelled', changed_s = ? WHERE number = ? AND state = 'queued'",
                [time.time(), number],
            )
            db.execute("UPDATE jobs SET cancel = 1 WHERE number = ? AND state = 'running'", [number])
            _forget_old(db)
        return self.get(number)

    def cancel_waiting(self) -> list[int]:
        """Take all waiting jobs out of the queue; returns their numbers."""
        with self._file.change() as db:
            numbers = [row[0] for row in db.execute("SELECT number FROM jobs WHERE state = 'queued' ORDER BY place")]
            db.execute("UPDATE jobs SET state = 'cancelled', changed_s = ? WHERE state = 'queued'", [time.time()])
            _forget_old(db)
        return numbers

    def retry(self, number: int) -> StoredJob:
        """Queue an ended job once more, after all that wait. Raises `InputError` for one that is not over."""
        with self._file.change() as db:
            job = self.get(number)
            if not job.state.is_end:
                raise InputError(f"Job {number} is {job.state}; only an ended job can be tried again.")
            place = _end_place(db, "max") + 1
            _set(db, number, "state = 'queued', tries = 0, cancel = 0, owner = '', result = '', place = ?", [place])
        return self.get(number)

    def move(self, number: int, index: int) -> None:
        """Put a waiting job at `index` (0 is next) among those that wait. Raises `InputError` if it doesn't wait."""
        with self._file.change() as db:
            job = self.get(number)
            if job.state is not JobState.QUEUED:
                raise InputError(f"Job {number} is {job.state}; only a waiting job can be moved.")
            others = db.execute(
                "SELECT number, place FROM jobs WHERE state = 'queued' AND number != ? ORDER BY place, number", [number]
            ).fetchall()
            index = max(index, 0)
            if index >= len(others):
                place = _end_place(db, "max") + 1
            elif index == 0:
                place = _end_place(db, "min") - 1
            else:
                place = others[index][1]
                db.execute("UPDATE jobs SET place = place + 1 WHERE place >= ?", [place])
            _set(db, number, "place = ?", [place])

    def pause(self) -> None:
        """Hold waiting jobs back, also after a restart; what runs goes on."""
        with self._file.change() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('paused', '1')")

    def resume(self) -> None:
        """Let waiting jobs run again."""
        with self._file.change() as db:
            db.execute("DELETE FROM meta WHERE key = 'paused'")

    def heal(self) -> tuple[StoredJob, ...]:
        """Queue jobs whose process is gone once more; those it happened to `MOST_TRIES` times have failed.

        Returns the jobs that this changed.
        """
        if self.folder is None:
            return ()
        running = [job for job in self.jobs(JobState.RUNNING) if job.owner != self.owner]
        alive = {owner: is_held(self.folder, owner) for owner in {job.owner for job in running}}
        lost = [job for job in running if not alive[job.owner]]
        if not lost:
            return ()
        with self._file.change() as db:
            for job in lost:
                state, reason = _healed(job)
                db.execute(
                    "UPDATE jobs SET state = ?, reason = ?, owner = '', cancel = 0, changed_s = ? "
                    "WHERE number = ? AND state = 'running' AND owner = ?",
                    [state, reason, time.time(), job.number, job.owner],
                )
        return tuple(self.get(job.number) for job in lost)

    def forget_ended(self) -> int:
        """Forget all jobs that are over (their files stay); returns how many."""
        with self._file.change() as db:
            gone = db.execute("DELETE FROM jobs WHERE state NOT IN ('queued', 'running')").rowcount
            _forget_scenes(db)
        return gone

    def _scene(self, scene_hash: str) -> str:
        """JSON text of a scene; empty if it is not there, which reading it then says."""
        rows = self._file.rows("SELECT text FROM scenes WHERE hash = ?", [scene_hash])
        return rows[0][0] if rows else ""

    def _end(self, number: int, what: str, values: list[object]) -> None:
        """Change a job that this process runs; one that was given to somebody else meanwhile is left alone."""
        with self._file.change() as db:
            db.execute(
                f"UPDATE jobs SET {what}, owner = '', cancel = 0, changed_s = ? "
                "WHERE number = ? AND state = 'running' AND owner = ?",
                [*values, time.time(), number, self.owner],
            )
            _forget_old(db)


def open_store(folder: Path) -> tuple[JobStore, str | None]:
    """The queue in a folder, and a note for the user when something was wrong with it.

    A file that is damaged is kept aside as ``queue.broken-1.sqlite``; one that can't be used at all (no permission, a
    newer program's) is left alone, and the queue is then kept in memory.
    """
    try:
        return JobStore(folder), None
    except InputError as error:
        return JobStore(None), f"{error} Until then the queue is not kept."
    except StudioError as error:
        if not isinstance(error.__cause__, sqlite3.DatabaseError) or isinstance(
            error.__cause__, sqlite3.OperationalError
        ):
            return JobStore(None), f"{error} The queue is not kept."
        log.info("queue in %s", folder, exc_info=True)
    number = 1
    while (aside := folder / f"queue.broken-{number}.sqlite").exists():
        number += 1
    try:
        (folder / FILE_NAME).rename(aside)
        for suffix in ("-wal", "-shm"):
            (folder / f"{FILE_NAME}{suffix}").unlink(missing_ok=True)
        return JobStore(folder), f"The queue was damaged. It was kept as {aside.name}; a new one was begun."
    except (OSError, StudioError) as error:
        return JobStore(None), f"The queue in {folder} is damaged and can't be replaced ({error}); it is not kept."


def _job(row: tuple) -> StoredJob:
    number, kind, name, output, state, tries, owner, cancel, *rest = row
    return StoredJob(number, kind, name, output, JobState(state), tries, owner, bool(cancel), *rest)


def _healed(job: StoredJob) -> tuple[str, str]:
    """State and reason of a job whose process died."""
    if job.cancel_wanted:
        return JobState.CANCELLED.value, ""
    if job.tries < MOST_TRIES:
        return JobState.QUEUED.value, "The program ended while this was being made; it was begun again once."
    return (
        JobState.FAILED.value,
        f"The program ended {job.tries} times while this was being made. Try a smaller picture, or try again.",
    )


def _insert(db: sqlite3.Connection, job: NewJob, place: int, scene_hash: str, text: str) -> int:
    if scene_hash:
        db.execute("INSERT OR IGNORE INTO scenes VALUES (?, ?)", [scene_hash, text])
    now = time.time()
    cursor = db.execute(
        "INSERT INTO jobs (place, kind, request, scene, name, output, added_s, changed_s) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [place, job.request.kind, rest_text(job.request), scene_hash, job.name, job.output, now, now],
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _end_place(db: sqlite3.Connection, which: str) -> int:
    """Smallest or largest place of all jobs, so that a place is never given twice."""
    (place,) = db.execute(f"SELECT {which}(place) FROM jobs").fetchone()
    return place or 0


def _set(db: sqlite3.Connection, number: int, what: str, values: list[object]) -> None:
    db.execute(f"UPDATE jobs SET {what}, changed_s = ? WHERE number = ?", [*values, time.time(), number])


def _forget_old(db: sqlite3.Connection) -> None:
    gone = db.execute(
        "DELETE FROM jobs WHERE number IN (SELECT number FROM jobs WHERE state IN ('done', 'failed', 'cancelled') "
        "ORDER BY changed_s DESC, number DESC LIMIT -1 OFFSET ?)",
        [MOST_ENDED],
    ).rowcount
    if gone:
        _forget_scenes(db)


def _forget_scenes(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM scenes WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.scene = scenes.hash)")
