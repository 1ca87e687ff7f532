"""Which models are installed: those that ship, and folders that the user added or downloaded."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sd3studio.core.errors import InputError
from sd3studio.core.locations import MODELS
from sd3studio.core.settings import Settings

Origin = Literal["shipped", "chosen"]

PLAIN_WEIGHTS = (".safetensors", ".onnx")
PICKLED = (".bin", ".ckpt", ".pt", ".pth", ".pkl")
MOST_FILES = 10_000
MOST_CARD_BYTES = 200_000

DOWNLOAD_NOTE = "sd3studio-download.json"
"""Where a download says what it was and under which licence."""

LICENCE_FIELD = re.compile(r"^license(?:_name)?:\s*[\"']?([\w.+ -]{2,60})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model on this machine.

    Parameters
    ----------
    name : of its folder; unique among the installed ones is only `path`
    kind : class of the pipeline or network, or ``"weights"``
    size_bytes : of everything in the folder
    size_in_half_bytes : of the weights, in half precision
    licence : what its card or its licence file says; ``"not stated"`` else
    problems : sentences on why it can't be used
    """

    name: str
    path: Path
    origin: Origin
    kind: str
    size_bytes: int
    size_in_half_bytes: int
    licence: str
    problems: tuple[str, ...] = ()


def installed_models(settings: Settings, shipped: Path = MODELS) -> tuple[InstalledModel, ...]:
    """All models: the shipped ones first, then the user's folders in the order in which they were added."""
    ours = sorted(path for path in shipped.iterdir() if path.is_dir()) if shipped.is_dir() else []
    found = [model_at(path, "shipped") for path in ours]
    return (*found, *(model_at(Path(folder), "chosen") for folder in settings.model_folders))


def add_folder(settings: Settings, folder: Path) -> Settings:
    """The settings with a folder among the user's models. Raises `InputError` for what is no model of plain data."""
    folder = folder.expanduser().resolve()
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.")
    model = model_at(folder, "chosen")
    if model.problems:
        raise InputError(model.problems[0])
    if str(folder) in settings.model_folders:
        return settings
    return settings.replace(model_folders=(*settings.model_folders, str(folder)))


def remove_folder(settings: Settings, name: str) -> tuple[Settings, Path]:
    """The settings without the user's folder of this name or path, and the folder. No file is deleted.

    Raises `InputError` when there is none, or several of the name.
    """
    matching = [path for path in settings.model_folders if name in (path, Path(path).name)]
    if len(matching) != 1:
        there = ", ".join(settings.model_folders) or "none"
        which = "no folder" if not matching else "several folders"
        raise InputError(f"There is {which} {name!r} among your models ({there}). Name it by its whole path.")
    rest = tuple(path for path in settings.model_folders if path != matching[0])
    return settings.replace(model_folders=rest), Path(matching[0])


def model_at(folder: Path, origin: Origin) -> InstalledModel:
    """What is in a folder. Never raises: what is wrong with it is in `problems`."""
    files = list(_files(folder))
    weights = [(path, size) for path, size in files if path.suffix in PLAIN_WEIGHTS]
    return InstalledModel(
        name=folder.name,
        path=folder,
        origin=origin,
        kind=_kind(folder),
        size_bytes=sum(size for _, size in files),
        size_in_half_bytes=_half_bytes(weights),
        licence=_licence(folder),
        problems=tuple(_problems(folder, files, bool(weights), origin)),
    )


def weight_files(folder: Path) -> list[Path]:
    """The files of weights in a folder that are plain data, by name."""
    return sorted(path for path, _ in _files(folder) if path.suffix in PLAIN_WEIGHTS)


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    """Files below a folder with their sizes, at most `MOST_FILES`; hidden folders (caches) are left out."""
    count = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place) / name
            try:
                size = path.stat().st_size
            except OSError:
                continue
            yield path, size
            count += 1
            if count >= MOST_FILES:
                return


def _half_bytes(weights: list[tuple[Path, int]]) -> int:
    """Bytes of the weights in half precision; of a model that is there in both precisions only one counts."""
    halves = {path for path, _ in weights if ".fp16." in path.name}
    doubled = {path.with_name(path.name.replace(".fp16.", ".")) for path in halves}
    full = sum(size for path, size in weights if path not in halves and path not in doubled)
    return full // 2 + sum(size for path, size in weights if path in halves)


def _problems(folder: Path, files: list[tuple[Path, int]], has_weights: bool, origin: Origin) -> Iterator[str]:
    if not folder.is_dir():
        yield f"The folder {folder} is not there (any more)."
        return
    if has_weights or origin == "shipped":
        return
    pickled = next((path for path, _ in files if path.suffix in PICKLED), None)
    if pickled is not None:
        yield (
            f"{pickled} is a pickled file, and those are never opened because they can run code. "
            "Get the model in the safetensors form."
        )
    else:
        yield f"There are no weights (safetensors or ONNX) in {folder}."


def _kind(folder: Path) -> str:
    for name, field in (("model_index.json", "_class_name"), ("config.json", "_class_name")):
        found = _field(folder / name, field)
        if isinstance(found, str):
            return found[:80]
    listed = _field(folder / "config.json", "architectures")
    return str(listed[0])[:80] if isinstance(listed, list) and listed else "weights"


def _field(path: Path, field: str) -> object:
    try:
        if path.stat().st_size > 1_000_000:
            return None
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return value.get(field) if isinstance(value, dict) else None


def _licence(folder: Path) -> str:
    """Licence by the front of the card, by our own note of a download, or by the name of a licence file."""
    noted = _field(folder / DOWNLOAD_NOTE, "license")
    if isinstance(noted, str) and noted:
        return noted[:60]
    try:
        with open(folder / "README.md", encoding="utf-8", errors="replace") as file:
            match = LICENCE_FIELD.search(file.read(MOST_CARD_BYTES))
    except OSError:
        match = None
    if match:
        return match[1].strip()
    try:
        files = sorted(path.name for path in folder.iterdir() if path.name.lower().startswith(("license", "licence")))
    except OSError:
        files = []
    if files:
        return f"see {files[0]}"
    return "see its card" if (folder / "README.md").is_file() else "not stated"
