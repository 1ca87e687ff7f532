"""Reading and writing the settings file. A file that can't be read is kept aside, never overwritten."""

import json
import logging
from pathlib import Path

from pydantic import ValidationError

from sd3studio.core.errors import DataError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.settings import Settings, migrate

log = logging.getLogger(__name__)

MAX_BYTES = 4_000_000


def read_settings(path: Path) -> tuple[Settings, str | None]:
    """The settings in the file at `path`, and a note for the user when something was wrong with it.

    No file gives the defaults. A file that is damaged, or that a newer program wrote, is renamed to ``*.broken-1.json``
    (or the next free number) and the defaults are used.
    """
    if not path.exists():
        return Settings(), None
    try:
        raw = json.loads(read_bounded(path, MAX_BYTES, DataError).decode("utf-8"))
        if not isinstance(raw, dict):
            raise ValueError(f"expected a JSON object, found {type(raw).__name__}")
        return Settings.model_validate(migrate(raw)), None
    except (DataError, ValueError, RecursionError) as error:
        log.info("settings file %s", path, exc_info=True)
        return Settings(), _set_aside(path, _reason(error))


def write_settings(path: Path, settings: Settings) -> None:
    """Write the settings to `path` in one step. Raises `StudioError` naming the file."""
    write_atomic(path, (settings.model_dump_json(indent=2) + "\n").encode("utf-8"))


def _set_aside(path: Path, reason: str) -> str:
    number = 1
    while (aside := path.with_name(f"{path.stem}.broken-{number}{path.suffix}")).exists():
        number += 1
    try:
        path.rename(aside)
    except OSError as error:
        return f"The settings file {path} can't be used ({reason}) nor renamed ({error.strerror}); defaults are used."
    return f"The settings file {path} can't be used ({reason}). It was kept as {aside.name}; defaults are used."


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"field {'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error) or type(error).__name__
