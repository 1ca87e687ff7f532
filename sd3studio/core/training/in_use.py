"""Which weights are in use: the shipped ones, or those of a run that was promoted; and the way back.

``in-use.json`` in the user's folder holds, for each kind of weights, the folders that were promoted, the newest last.
The folder of a run is copied when it is promoted, so that deleting the run changes nothing.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from sd3studio.core.errors import InputError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.locations import MODELS, SD3_MINI, user_data

Kind = Literal["sd3", "relations", "sizes", "lora"]
SHIPPED: Mapping[Kind, Path] = {"sd3": SD3_MINI, "relations": MODELS / "relations"}
NAME, FOLDER = "in-use.json", "weights"
MAX_BYTES = 1_000_000


def weights_in_use(kind: Kind, home: Path | None = None) -> Path | None:
    """The folder of the weights of a kind that are in use; None if there are none and none ship.

    A promoted folder that is gone is passed over.
    """
    home = user_data() if home is None else home
    for name in reversed(promoted(home).get(kind, [])):
        if (home / FOLDER / name).is_dir():
            return home / FOLDER / name
    return SHIPPED.get(kind)


def promoted(home: Path) -> dict[str, list[str]]:
    """Kind -> names of the folders that were promoted and not taken back, the newest last. Raises `InputError`."""
    path = home / NAME
    if not path.is_file():
        return {}
    try:
        found = json.loads(read_bounded(path, MAX_BYTES, InputError))
        return {str(kind): [Path(str(name)).name for name in names] for kind, names in found.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise InputError(f"{path} doesn't list weights ({error}). Delete it to use the shipped ones.") from error


def promote(kind: Kind, name: str, result: Path, home: Path | None = None) -> Path:
    """Use the weights in `result` from now on; returns where they were copied to.

    `name` names the copy. Raises `InputError` if there is nothing in `result`.
    """
    home = user_data() if home is None else home
    if not result.is_dir() or not any(result.iterdir()):
        raise InputError(f"There are no weights in {result} yet: the run has to finish a stage first.")
    target = home / FOLDER / f"{kind}-{name}"
    partial = target.with_name(f".{target.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(result, partial)
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    _write(home, kind, [*(n for n in promoted(home).get(kind, []) if n != target.name), target.name])
    return target


def roll_back(kind: Kind, home: Path | None = None) -> Path | None:
    """Use the weights that were in use before; returns their folder. Raises `InputError` if nothing was promoted."""
    home = user_data() if home is None else home
    names = promoted(home).get(kind, [])
    if not names:
        raise InputError(f"The shipped weights of {kind} are in use; there is nothing to go back to.")
    _write(home, kind, names[:-1])
    return weights_in_use(kind, home)


def stamp_of(folder: Path) -> tuple[int, int]:
    """Tells the weights that are in a folder now from those that were there before; part of the key of caches."""
    found = folder.stat()
    return found.st_ino, found.st_mtime_ns


def _write(home: Path, kind: Kind, names: list[str]) -> None:
    write_atomic(home / NAME, json.dumps({**promoted(home), kind: names}, indent=1).encode())
