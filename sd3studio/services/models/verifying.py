"""Whether weights are still what they were: shipped ones against their cards, others against hashes kept when added."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sd3studio.core.errors import DataError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.messages import Finished, JobMessage, Progress, VerifyResult
from sd3studio.core.requests import VerifyModels
from sd3studio.services.models.inventory import InstalledModel, installed_models, model_at, weight_files
from sd3studio.services.settings_file import read_settings
from sd3studio.services.weights import sha256_of, shipped_weights

HASHES_FILE = "model-hashes.json"
MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What was found of one file of weights; `ok` is None where there is nothing to compare with."""

    name: str
    ok: bool | None
    said: str


def run(request: VerifyModels) -> Iterator[JobMessage]:
    """The job: progress for each file; finishes with a `VerifyResult`."""
    home = Path(request.home)
    settings, _ = read_settings(home / "settings.json")
    models = {str(model.path): model for model in installed_models(settings)}
    chosen = [models.get(folder) or model_at(Path(folder), "chosen") for folder in request.folders or models]
    total, found = sum(len(weight_files(model.path)) for model in chosen), []
    for model in chosen:
        if request.remember:
            yield Progress(len(found), total, f"keeping the hashes of {model.name}")
            remember_hashes(home, model.path)
        for verdict in verify(home, model):
            found.append((str(model.path), verdict.name, verdict.ok, verdict.said))
            yield Progress(min(len(found), total), total, f"{model.name}/{verdict.name}: {verdict.said}")
    yield Finished(VerifyResult(tuple(found)))


def remember_hashes(home: Path, folder: Path, told: Callable[[int, int, str], None] | None = None) -> int:
    """Keep the hashes of a folder's weights, to `verify` them later; returns how many. Reads every file whole."""
    files = weight_files(folder)
    found = {}
    for number, path in enumerate(files, start=1):
        found[path.relative_to(folder).as_posix()] = sha256_of(path)
        if told:
            told(number, len(files), f"hashed {path.name}")
    _write(home, {**_read(home), str(folder): found})
    return len(found)


def forget_hashes(home: Path, folder: Path) -> None:
    """Drop what was kept about a folder."""
    kept = _read(home)
    if kept.pop(str(folder), None) is not None:
        _write(home, kept)


def verify(home: Path, model: InstalledModel) -> Iterator[FileVerdict]:
    """A verdict on every file of weights of a model, as soon as it is known."""
    if model.origin == "shipped":
        for file in shipped_weights(model.path):
            ok = {"as on its card": True, "differs from its card": False}.get(file.verdict)
            yield FileVerdict(file.name, ok, file.verdict)
        return
    kept: dict[str, str] = _read(home).get(str(model.path), {})
    files = {path.relative_to(model.path).as_posix(): path for path in weight_files(model.path)}
    for name in sorted(kept.keys() | files.keys()):
        if name not in files:
            yield FileVerdict(name, False, "is missing")
        elif name not in kept:
            yield FileVerdict(name, None, "has no hash to compare with; add the folder again to keep one")
        else:
            same = sha256_of(files[name]) == kept[name]
            yield FileVerdict(name, same, "as when it was added" if same else "differs from when it was added")


def _read(home: Path) -> dict[str, Any]:
    path = home / HASHES_FILE
    if not path.exists():
        return {}
    try:
        kept = json.loads(read_bounded(path, MAX_BYTES, DataError))
    except (ValueError, RecursionError):
        return {}
    return {key: value for key, value in kept.items() if isinstance(value, dict)} if isinstance(kept, dict) else {}


def _write(home: Path, kept: dict[str, Any]) -> None:
    write_atomic(home / HASHES_FILE, (json.dumps(kept, indent=1, sort_keys=True) + "\n").encode("utf-8"))
