"""Loading a transformers model by a local folder or a hub id, and saying in one sentence what is missing.

Offline unless the user has allowed downloads by ``HF_HUB_OFFLINE=0``; weights are safetensors only.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.libraries import prepare_libraries, quiet

log = logging.getLogger(__name__)


def transformers_library() -> ModuleType:
    """The package transformers, ready to use."""
    prepare_libraries()
    import transformers

    return transformers


def offline() -> bool:
    """Whether models may only come from the disk; downloads need ``HF_HUB_OFFLINE=0`` in the environment."""
    return os.environ.get("HF_HUB_OFFLINE", "1").strip().lower() not in ("0", "false", "no", "off")


def config_of(name: str) -> Any:
    """The configuration of a model. Raises `MissingModelError` if there is none of this name."""
    return loaded(transformers_library().AutoConfig.from_pretrained, name, "configuration")


def net_of(auto_class: str, name: str) -> Any:
    """The net by an Auto class of transformers, on the CPU, ready to use. Raises `MissingModelError`."""
    load = getattr(transformers_library(), auto_class).from_pretrained
    return loaded(load, name, "weights", use_safetensors=True).eval()


def processor_of(auto_class: str, name: str) -> Any:
    """The image or text processor by an Auto class of transformers. Raises `MissingModelError`."""
    return loaded(getattr(transformers_library(), auto_class).from_pretrained, name, "processor")


def loaded(load: Callable[..., Any], name: str, part: str, **options: Any) -> Any:
    """What `load` gives for a model's name, or a `MissingModelError` that says what to get and where to put it."""
    try:
        with quiet():  # transformers advises on classes that we do not choose
            return load(name, local_files_only=offline(), **options)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, TypeError) as error:
        log.info("loading %s of %s failed", part, name, exc_info=True)
        raise MissingModelError(_sentence(name, part, error)) from error


def _sentence(name: str, part: str, error: Exception) -> str:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    if Path(name).expanduser().is_dir():
        return (
            f"The folder {name} holds no usable {part} of a transformers model ({reason}). "
            "It needs config.json, model.safetensors and preprocessor_config.json."
        )
    how = "Downloads are off; set HF_HUB_OFFLINE=0 to allow them, or name" if offline() else "Name"
    return f"The model {name} is not on this machine ({reason}). {how} a folder with a transformers model."
