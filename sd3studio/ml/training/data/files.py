"""JSON files that are read only up to a bound, and digests."""

import hashlib
import json
from pathlib import Path
from typing import Any

from sd3studio.core.errors import DataError
from sd3studio.core.files import read_bounded


def sha256(data: bytes) -> str:
    """Hexadecimal digest."""
    return hashlib.sha256(data).hexdigest()


def load_json(path: Path, limit_bytes: int, what: str) -> Any:
    """The JSON data of a file of at most `limit_bytes`. Raises `DataError` naming the file."""
    try:
        return json.loads(read_bounded(path, limit_bytes, DataError))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON ({error}), so it is not {what}.") from error
