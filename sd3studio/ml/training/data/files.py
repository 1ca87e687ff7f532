"""Files that are written whole or not at all, and read only up to a bound."""

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from sd3studio.core.errors import DataError


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: a temporary name, sync, rename. Raises `DataError` naming the file."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise DataError(
            f"Can't write {path}: {error.strerror or error}. Free some space or choose another folder."
        ) from error


def read_bounded(path: Path, limit_bytes: int, what: str) -> bytes:
    """The bytes of a file of at most `limit_bytes`. Raises `DataError` naming the file and `what` it should be."""
    try:
        size = path.stat().st_size
        if size > limit_bytes:
            raise DataError(f"{path} is too large for {what}: {size / 1e6:.0f} MB, at most {limit_bytes / 1e6:.0f} MB.")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{what[:1].upper()}{what[1:]}, {path}, can't be read: {error.strerror}.") from error


def sha256(data: bytes) -> str:
    """Hexadecimal digest."""
    return hashlib.sha256(data).hexdigest()


def load_json(path: Path, limit_bytes: int, what: str) -> Any:
    """The JSON data of a file of at most `limit_bytes`. Raises `DataError` naming the file."""
    try:
        return json.loads(read_bounded(path, limit_bytes, what))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON ({error}), so it is not {what}.") from error
