"""A file that stays locked while its process lives, so that others can tell whether the owner of a job is still there.

The system gives the lock back when a process ends, however it ends; a process number could belong to somebody else by
then.
"""

import contextlib
import os
import uuid
from pathlib import Path
from typing import BinaryIO


class Lease:
    """Held from when it is made until `close` or the end of the process. `token` names it."""

    def __init__(self, folder: Path) -> None:
        self.token = uuid.uuid4().hex
        self._path = _path_of(folder, self.token)
        folder.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO | None = open(self._path, "wb")  # noqa: SIM115 (stays open to hold the lock)
        if not try_lock(self._file):
            raise OSError(f"{self._path} is locked by somebody else")

    def close(self) -> None:
        """Give the lease back."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)


def is_held(folder: Path, token: str) -> bool:
    """Whether the process that took the lease `token` in `folder` still lives. Tidies up after those that don't."""
    path = _path_of(folder, token)
    try:
        with open(path, "r+b") as file:
            if not try_lock(file):
                return True
    except FileNotFoundError:
        return False
    except OSError:
        return True  # can't tell; better to leave a job alone than to make it twice
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
    return False


def _path_of(folder: Path, token: str) -> Path:
    return folder / f"owner-{token}.lock"


def try_lock(file: BinaryIO) -> bool:
    """Lock `file` without waiting; whether that went well."""
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError:
        return False
    return True
