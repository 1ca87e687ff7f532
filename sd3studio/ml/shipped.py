"""SD3 mini: the trained system in use (the one that ships, or a promoted one), loaded once in a process, by part."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sd3studio.core.errors import MissingModelError
from sd3studio.core.locations import SD3_MINI
from sd3studio.core.training.in_use import stamp_of, weights_in_use

if TYPE_CHECKING:
    from sd3studio.ml.system import System


def mini(*parts: str, folder: Path | None = None) -> "System":
    """The system in `folder` (None: the one in use) with these parts, in eval mode; kept for the next call.

    Raises `MissingModelError` saying what is missing and where it belongs.
    """
    where = require(*parts, folder=folder)
    return _loaded(where, tuple(sorted(parts)), stamp_of(where))


def require(*parts: str, folder: Path | None = None) -> Path:
    """The folder of the system, if it has these parts; raises `MissingModelError` as `mini` does. Costs no time."""
    where = (weights_in_use("sd3") or SD3_MINI) if folder is None else Path(folder)
    missing = [name for name in parts if not (where / name).is_dir()]
    if missing:
        raise MissingModelError(
            f"SD3 mini's weights are not complete: {', '.join(missing)} missing in {where}. Install the program again, "
            "or train them with: sd3studio train --stage all --config mini --out RUN"
        )
    return where


@lru_cache(maxsize=8)
def _loaded(folder: Path, parts: tuple[str, ...], stamp: tuple[int, int]) -> "System":
    from sd3studio.ml.system import System

    return System.load(folder, parts)
