"""Writing files so that a crash never leaves half of one."""

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from sd3studio.core.errors import StudioError


def write_atomic(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: temporary name in the same folder, sync, rename, sync the folder.

    Missing folders are made. Raises `StudioError` naming the file if the disk is full or writing is not allowed; the
    earlier file is then still whole.
    """
    path = Path(path)
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:80]}.", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise StudioError(f"Can't write {path}: {_reason(error)}") from error


def read_bounded(path: Path, limit_bytes: int, error: type[StudioError]) -> bytes:
    """The bytes of a file of at most `limit_bytes`. Raises `error` naming the file if it is missing or larger."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise error(f"{path} is a folder, not a file.")
        if size > limit_bytes:
            raise error(f"{path} is too large: {size / 1e6:.0f} MB, the limit is {limit_bytes / 1e6:.0f} MB.")
        return path.read_bytes()
    except OSError as problem:
        raise error(f"Can't read {path}: {_reason(problem)}") from problem


def _reason(error: OSError) -> str:
    known = {
        errno.ENOSPC: "the disk is full. Free some space and try again.",
        errno.EDQUOT: "your disk quota is used up. Free some space and try again.",
        errno.EACCES: "you have no permission there. Choose another folder.",
        errno.EROFS: "that disk is read-only. Choose another folder.",
        errno.ENOENT: "there is no such file.",
    }
    return known.get(error.errno or 0, f"{error.strerror or error}.")


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
