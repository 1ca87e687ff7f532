"""The SQLite file of the queue: opening it, one transaction at a time, sentences instead of database errors."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from sd3studio.core.errors import InputError, JobError, StudioError

VERSION = 1
BUSY_S = 30.0
"""How long to wait for another process that is writing."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS scenes (hash TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  place INTEGER NOT NULL,
  kind TEXT NOT NULL,
  request TEXT NOT NULL,
  scene TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT '',
  output TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'queued',
  tries INTEGER NOT NULL DEFAULT 0,
  owner TEXT NOT NULL DEFAULT '',
  cancel INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '',
  result TEXT NOT NULL DEFAULT '',
  added_s REAL NOT NULL,
  changed_s REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_by_place ON jobs (state, place);
CREATE INDEX IF NOT EXISTS jobs_by_scene ON jobs (scene);
"""


class QueueFile:
    """A connection to the file at `path` (None: in memory) that several threads may use.

    Raises `StudioError` when it can't be opened, and `InputError` when a newer program wrote it.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._closed = False
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                path or ":memory:", timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise
        except sqlite3.Error as error:
            raise StudioError(f"The queue {path} can't be opened: {error}.") from error
        except OSError as error:
            raise StudioError(f"The queue {path} can't be opened: {error.strerror or error}.") from error
        self._seen = self._version()

    def close(self) -> None:
        """Give the file back. May be called twice."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._db.close()

    @contextlib.contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One transaction: on the disk at the end, or nothing of it is. Raises `StudioError`."""
        with self._lock:
            self._check_open()
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                raise StudioError(f"The queue {self.path or 'in memory'} can't be changed: {error}.") from error

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple]:
        """The rows that a query gives. Raises `StudioError`."""
        with self._lock:
            self._check_open()
            try:
                return self._db.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise StudioError(f"The queue {self.path or 'in memory'} can't be read: {error}.") from error

    def changed_elsewhere(self) -> bool:
        """Whether another process changed the file since this was last asked. Cheap."""
        with self._lock:
            if self._closed:
                return False
            version = self._version()
            changed, self._seen = version != self._seen, version
            return changed

    def _open(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise InputError(
                f"The queue {self.path} was written by a newer SD3 Studio (version {version}; this one reads up to "
                f"{VERSION}). Update the program."
            )
        if version < VERSION:
            self._db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")

    def _check_open(self) -> None:
        if self._closed:
            raise JobError("The queue is closed.")

    def _version(self) -> int:
        return self._db.execute("PRAGMA data_version").fetchone()[0]
