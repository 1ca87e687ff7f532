"""The job that gets a model by name, because the user asked for it: from a hub, or one file by its address."""

import json
import os
import re
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sd3studio.core.errors import DataError, InputError, JobError, MissingModelError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Finished, JobMessage, Note, Progress
from sd3studio.core.requests import DownloadModel
from sd3studio.services.models.fetching import FETCHED, SPARE_BYTES, fetch
from sd3studio.services.models.inventory import DOWNLOAD_NOTE
from sd3studio.services.weights import sha256_of

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
FILE_NAME = re.compile(r"[\w][\w.+-]{0,150}")
LOOK_S = 0.5
"""How often to look how much has come."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a model on a hub; `sha256` is empty for small ones, whose hash the hub doesn't tell."""

    name: str
    size_bytes: int
    sha256: str


def usual_folder(home: Path, name: str) -> Path:
    """Where a model of this name or address goes when nobody says."""
    stem = name.rpartition("/")[2].rpartition(".")[0] if "://" in name else name.replace("/", "--")
    return home / "models" / (stem or "model")


def run(request: DownloadModel) -> Iterator[JobMessage]:
    """Get the model that `request` names; finishes with the folder (of a hub id) or file (of an address) as text."""
    if "://" in request.name:
        yield from _by_address(request)
    elif HUB_ID.fullmatch(request.name):
        yield from _from_hub(request)
    else:
        raise InputError(f"{request.name!r} is neither the id of a model on a hub (owner/model) nor an https address.")


def _by_address(request: DownloadModel) -> Iterator[JobMessage]:
    name = urllib.parse.unquote(urllib.parse.urlsplit(request.name).path.rpartition("/")[2])
    if not FILE_NAME.fullmatch(name):
        raise InputError(f"{request.name} doesn't end with the name of a file.")
    target = Path(request.folder) / name
    for so_far, total in fetch(request.name, target, request.sha256):
        yield _progress(so_far, total, name)
    if not request.sha256:
        yield Note(f"The SHA-256 of {name} was not given, so it was not checked. It is {sha256_of(target)}.")
    yield Finished(str(target))


def _from_hub(request: DownloadModel) -> Iterator[JobMessage]:
    folder, hub = Path(request.folder), _hub()
    files, licence, revision = hub.files(request.name, request.revision)
    wanted = [file for file in files if file.name.lower().endswith(FETCHED) and _is_plain(file.name)]
    if not any(file.name.endswith((".safetensors", ".onnx")) for file in wanted):
        raise MissingModelError(
            f"{request.name} holds no weights in the safetensors or ONNX form, and others are never fetched because "
            "they can run code."
        )
    wanted = _one_precision(wanted)
    total = sum(file.size_bytes for file in wanted)
    _check_room(folder, total)
    yield Note(f"{request.name}: {len(wanted)} files, {total / 1e9:.2f} GB, licence: {licence or 'not stated'}.")
    done = 0
    for file in wanted:
        for so_far in _watched(hub, request.name, revision, file, folder):
            yield _progress(done + so_far, total, file.name)
        if file.sha256 and sha256_of(folder / file.name) != file.sha256:
            (folder / file.name).unlink()
            raise DataError(f"{file.name} of {request.name} came damaged and was deleted. Try again.")
        done += file.size_bytes
        yield _progress(done, total, file.name)
    note = {"name": request.name, "revision": revision, "license": licence}
    write_atomic(folder / DOWNLOAD_NOTE, (json.dumps(note, indent=1) + "\n").encode("utf-8"))
    yield Finished(str(folder))


class Hub:
    """The Hugging Face hub by its own library, which resumes what was cut off."""

    def files(self, name: str, revision: str) -> tuple[list[HubFile], str, str]:
        """Files of a model, its licence, and the commit that was looked at. Raises `MissingModelError`."""
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError

        try:
            info = HfApi().model_info(name, revision=revision or None, files_metadata=True)
        except (HfHubHTTPError, HFValidationError, OSError, ValueError) as error:
            raise MissingModelError(f"The hub doesn't give {name}: {str(error).strip().splitlines()[0]}") from error
        card: Any = info.card_data or {}
        listed = [
            HubFile(item.rfilename, item.size or 0, item.lfs.sha256 if item.lfs else "") for item in info.siblings or ()
        ]
        return listed, str(card.get("license") or ""), str(info.sha or revision)

    def get(self, name: str, revision: str, file: HubFile, folder: Path) -> None:
        """Put one file into `folder`, under its own name."""
        from huggingface_hub import hf_hub_download

        hf_hub_download(name, file.name, revision=revision or None, local_dir=folder)


def _hub() -> Hub:
    """The hub, with the network allowed: this job runs only because the user named a model."""
    os.environ["HF_HUB_OFFLINE"] = "0"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from huggingface_hub import constants

    constants.HF_HUB_OFFLINE = False  # read from the environment when it was imported
    return Hub()


def _watched(hub: Hub, name: str, revision: str, file: HubFile, folder: Path) -> Iterator[int]:
    """Get one file in a thread; yields how many bytes of it have come. Closing stops after this file."""
    failures: list[BaseException] = []

    def get() -> None:
        try:
            hub.get(name, revision, file, folder)
        except Exception as error:
            failures.append(error)

    before = _bytes_below(folder)
    thread = threading.Thread(target=get, daemon=True, name="download")
    thread.start()
    while thread.is_alive():
        thread.join(LOOK_S)
        yield min(max(_bytes_below(folder) - before, 0), file.size_bytes)
    if failures:
        raise JobError(
            f"{file.name} of {name} can't be had: {failures[0]}. What has come so far is kept; try again."
        ) from failures[0]


def _is_plain(name: str) -> bool:
    """Whether a file's name stays inside the folder that it is put into."""
    return all(FILE_NAME.fullmatch(part) for part in name.split("/"))


def _one_precision(files: list[HubFile]) -> list[HubFile]:
    """Of weights that are there in half and in full precision, the half ones."""
    names = {file.name for file in files}
    return [file for file in files if file.name.replace(".safetensors", ".fp16.safetensors") not in names - {file.name}]


def _check_room(folder: Path, total: int) -> None:
    import shutil

    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if total > free - SPARE_BYTES:
        raise JobError(f"The model has {total / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free at {place}.")


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue  # renamed just now
    return total


def _progress(so_far: int, total: int, name: str) -> Progress:
    """Progress in MB, so that the numbers stay small."""
    megabytes, of = so_far // 1_000_000, max(total, so_far) // 1_000_000
    return Progress(megabytes, max(of, 1), f"{name}: {so_far / 1e6:.0f} of {max(total, so_far) / 1e6:.0f} MB")
