"""Finding a diffusers model on disk and looking at what it is, before anything is loaded.

Only safetensors weights are used and only classes of diffusers and transformers themselves: a model folder can neither
bring pickled weights nor code of its own.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.libraries import prepare_libraries

Family = Literal["sd", "sdxl", "gligen", "other"]

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_LIBRARIES = {"diffusers", "transformers", "stable_diffusion", None}
_PICKLED = (".bin", ".ckpt", ".pt", ".pth", ".pkl")
_MAX_INDEX_BYTES = 1_000_000
_BLOB_NAME = re.compile(r"[0-9a-f]{64}")

GET_ONE = (
    "Put a Stable Diffusion 1.5, XL or GLIGEN model in the diffusers form (a folder with a model_index.json and "
    "safetensors weights) on this machine and name its folder under Preferences > Models, or with --model."
)


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A pipeline folder that was looked at: its kind, the variant of its weights, the ControlNets inside."""

    path: Path
    pipeline: str
    family: Family
    variant: str | None
    controlnets: tuple[Path, ...]
    has_checker: bool

    @property
    def fills_in(self) -> bool:
        """Whether it was made to fill in the masked part of a picture, and can do nothing else."""
        return "Inpaint" in self.pipeline


def find_model(name: str) -> ModelFolder:
    """The pipeline that `name` (a folder or a hub id) means. Raises `MissingModelError` with what to do."""
    if not name.strip():
        raise MissingModelError(f"No diffusers model is chosen. {GET_ONE}")
    return _look_at(_local(name) or _from_hub(name, None))


def find_controlnet(name: str) -> Path:
    """The ControlNet that `name` (a folder or a hub id) means. Raises `MissingModelError` with what to do."""
    folder = _local(name) or _from_hub(name, ["config.json", "*.safetensors"])
    config = _read_json(folder / "config.json")
    if config.get("_class_name") != "ControlNetModel":
        raise MissingModelError(f"{folder} holds a {config.get('_class_name')!r}; a ControlNetModel is needed.")
    variant_of(folder)
    return folder


def variant_of(folder: Path) -> str | None:
    """``"fp16"`` where a folder has only such weights, else None. Raises `MissingModelError` for pickled ones."""
    names = [path.name for path in folder.iterdir()]
    weights = [name for name in names if name.endswith(".safetensors")]
    if not weights:
        pickled = [name for name in names if name.endswith(_PICKLED)]
        if pickled:
            raise MissingModelError(
                f"{folder / pickled[0]} is a pickled file, and those are never opened because they can run code. "
                "Get the model in the safetensors form."
            )
        raise MissingModelError(f"There are no safetensors weights in {folder}: the download may not be complete.")
    return None if any(".fp16." not in name for name in weights) else "fp16"


@lru_cache(maxsize=16)
def _hash_of_file(path: str, size: int, changed_ns: int) -> str:
    target = Path(path).resolve().name
    if _BLOB_NAME.fullmatch(target):  # the hub's cache names a large file by its SHA-256
        return target
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes_of(folder: Path) -> dict[str, str]:
    """SHA-256 of each safetensors file of a model, by its path in the folder; kept while the files don't change."""
    return hashes_of_files(sorted(folder.rglob("*.safetensors")), folder)


def hashes_of_files(files: Iterable[Path], folder: Path) -> dict[str, str]:
    """SHA-256 of these files, by their paths from a folder; kept while the files don't change."""
    found = {}
    for path in files:
        state = path.stat()
        name = os.path.relpath(path, folder)
        found[name] = _hash_of_file(str(path), state.st_size, state.st_mtime_ns)
    return found


def _local(name: str) -> Path | None:
    try:
        folder = Path(name).expanduser()
        return folder if folder.is_dir() else None
    except (OSError, ValueError, RuntimeError):  # too long, a null character, no such user: not a folder in any case
        return None


def _from_hub(name: str, patterns: list[str] | None) -> Path:
    """Folder of a hub id: from the local cache, or from the network where that is allowed."""
    if not _HUB_ID.fullmatch(name):
        raise MissingModelError(f"There is no folder {name}, and that is not the id of a model on a hub. {GET_ONE}")
    prepare_libraries()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    offline = os.environ.get("HF_HUB_OFFLINE", "1").lower() not in ("0", "false", "no", "")
    try:
        if patterns is None:
            from diffusers import DiffusionPipeline

            return Path(DiffusionPipeline.download(name, use_safetensors=True, local_files_only=offline))
        return Path(snapshot_download(name, allow_patterns=patterns, local_files_only=offline))
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError, ValueError) as error:
        why = "is not on this machine, and the network is off" if offline else "could not be had from the hub"
        raise MissingModelError(
            f"The model {name} {why}. Get it with `hf download {name}`, or allow the network in Preferences > Engine, "
            "or name a local folder."
        ) from error


def _look_at(folder: Path) -> ModelFolder:
    index = _read_json(folder / "model_index.json")
    pipeline = index.get("_class_name")
    if not isinstance(pipeline, str):
        raise MissingModelError(
            f"{folder / 'model_index.json'}: field _class_name should name a pipeline of diffusers."
        )
    variants = set()
    for name, (library, _class) in _components(index, folder).items():
        if library not in _LIBRARIES:
            raise MissingModelError(
                f"{folder / 'model_index.json'}: component {name} wants code from {library!r}; only classes of "
                "diffusers and transformers are loaded."
            )
        part = folder / name
        if name != "safety_checker" and part.is_dir() and _has_weights(part):
            variants.add(variant_of(part))
    return ModelFolder(
        path=folder,
        pipeline=pipeline,
        family=_family(pipeline),
        variant="fp16" if variants == {"fp16"} else None,
        controlnets=tuple(sorted(path for path in folder.glob("controlnet*") if (path / "config.json").is_file())),
        has_checker=(folder / "safety_checker").is_dir(),
    )


def _family(pipeline: str) -> Family:
    if "GLIGEN" in pipeline and "TextImage" not in pipeline:
        return "gligen"
    if pipeline.startswith("StableDiffusionXL"):
        return "sdxl"
    if pipeline in ("StableDiffusionPipeline", "StableDiffusionControlNetPipeline", "StableDiffusionImg2ImgPipeline"):
        return "sd"
    return "other"


def _components(index: Mapping[str, Any], folder: Path) -> dict[str, tuple[str | None, str | None]]:
    found = {}
    for name, value in index.items():
        if name.startswith("_") or not isinstance(value, list):
            continue
        plain = len(value) == 2 and all(part is None or isinstance(part, str) for part in value)
        if not plain or not re.fullmatch(r"\w{1,64}", name):
            raise MissingModelError(
                f"{folder / 'model_index.json'}: component {name!r} is not of the form [library, class]."
            )
        found[name] = (value[0], value[1])
    return found


def _has_weights(folder: Path) -> bool:
    return any(path.name.endswith((".safetensors", *_PICKLED)) for path in folder.iterdir())


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_INDEX_BYTES:
            raise MissingModelError(f"{path} is too large to be the description of a model.")
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingModelError(f"{path.parent} is not a diffusers model: there is no {path.name} in it.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise MissingModelError(f"{path} can't be read: {error}") from error
    if not isinstance(value, dict):
        raise MissingModelError(f"{path} should hold a JSON object.")
    return value
