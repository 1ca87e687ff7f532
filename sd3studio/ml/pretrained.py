"""Loading our own diffusers classes from a folder: strictly, and never from a pickle.

diffusers skips configuration keys it doesn't know, leaves missing weights at random values and falls back on pickled
files. Here each of those is a sentence that names the file.
"""

import inspect
import json
import os
from pathlib import Path
from typing import Any

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.libraries import prepare_libraries

WEIGHTS_NAME = "diffusion_pytorch_model.safetensors"
PICKLED_SUFFIXES = (".bin", ".ckpt", ".pt", ".pth", ".pkl")
MAX_CONFIG_BYTES = 1_000_000


def check_config(cls: type, path: Path) -> None:
    """Whether a configuration file fits the constructor of a class. Raises `MissingModelError` where not."""
    config = _read_config(path)
    if config.get("_class_name") != cls.__name__:
        raise MissingModelError(f"{path} describes a {config.get('_class_name')!r}; a {cls.__name__} is needed.")
    known = set(inspect.signature(cls).parameters)
    unknown = sorted(key for key in config if key not in known and not key.startswith("_"))
    if unknown:
        raise MissingModelError(f"{path} has settings that {cls.__name__} doesn't know: {', '.join(unknown)}.")


def check_weights(folder: Path) -> None:
    """Whether a folder has whole safetensors weights. Raises `MissingModelError` where not."""
    prepare_libraries()
    from safetensors import SafetensorError, safe_open

    names = sorted(path.name for path in folder.iterdir())
    weights = [name for name in names if name.endswith(".safetensors")]
    pickled = [name for name in names if name.endswith(PICKLED_SUFFIXES)]
    if not weights and pickled:
        raise MissingModelError(
            f"{folder / pickled[0]} is a pickled file, and those are never opened because they can run code. "
            "Get the model in the safetensors form."
        )
    if not weights:
        raise MissingModelError(f"There are no safetensors weights in {folder}: the copy may not be complete.")
    for name in weights:
        try:
            with safe_open(folder / name, "pt"):
                pass
        except (SafetensorError, OSError) as error:
            raise MissingModelError(f"{folder / name} is damaged or cut short ({error}). Get it again.") from error


def folder_of(name: str | os.PathLike[str], subfolder: str | None) -> Path:
    """The folder to load from. Raises `MissingModelError` if there is none: our own models are never fetched."""
    folder = Path(name) / (subfolder or "")
    if not folder.is_dir():
        raise MissingModelError(f"There is no model folder at {folder}.")
    return folder


def _read_config(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise MissingModelError(f"{path} is larger than a configuration can be ({MAX_CONFIG_BYTES:,} bytes).")
        config = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise MissingModelError(f"{path} is missing or can't be read: the model folder may not be complete.") from error
    except ValueError as error:
        raise MissingModelError(f"{path} is not valid JSON ({error}).") from error
    if not isinstance(config, dict):
        raise MissingModelError(f"{path} must hold a JSON object, not a {type(config).__name__}.")
    return config
