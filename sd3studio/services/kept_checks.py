"""The check of a picture, kept beside it as ``NAME.check.json``: verdicts are there again when the window is."""

from pathlib import Path

from pydantic import ValidationError

from sd3studio.core.checking import CheckReport
from sd3studio.core.errors import DataError, StudioError
from sd3studio.core.files import read_bounded, write_atomic

SUFFIX = ".check.json"
MAX_BYTES = 4_000_000


def check_file(picture: Path) -> Path:
    """Where the check of a picture lies."""
    return picture.with_suffix(SUFFIX)


def keep_check(picture: Path, report: CheckReport) -> None:
    """Write the check of a picture beside it. Raises a `StudioError` where that can't be."""
    write_atomic(check_file(picture), report.model_dump_json().encode("utf-8"))


def kept_check(picture: Path) -> CheckReport | None:
    """The check that lies beside a picture; None where there is none, it is older than the picture or can't be read."""
    path = check_file(picture)
    try:
        if path.stat().st_mtime < picture.stat().st_mtime:
            return None
        return CheckReport.model_validate_json(read_bounded(path, MAX_BYTES, DataError))
    except (OSError, StudioError, ValidationError):
        return None
