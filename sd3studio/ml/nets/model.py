"""The base of our networks: a diffusers model that is saved as safetensors and loaded strictly."""

import json
import os
from pathlib import Path
from typing import Any, Self

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.libraries import prepare_libraries, quiet
from sd3studio.ml.pretrained import check_config, check_weights, folder_of

prepare_libraries()

with quiet():
    from diffusers import ConfigMixin, ModelMixin


def _forget_where(config: Path) -> None:
    """Take out where on this machine the weights came from, which diffusers writes into a configuration."""
    held = json.loads(config.read_text("utf-8"))
    if held.pop("_name_or_path", None) is not None:
        config.write_text(json.dumps(held, indent=2, sort_keys=True) + "\n", encoding="utf-8")


class StudioModel(ModelMixin, ConfigMixin):
    """A network whose constructor arguments are its configuration (``@register_to_config``).

    So that a `DiffusionPipeline` can load it, the module of each subclass must also import `ModelMixin`.
    """

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        """Write ``config.json`` and safetensors weights into a folder."""
        if not kwargs.pop("safe_serialization", True):
            raise ValueError("weights are saved as safetensors only")
        ModelMixin.save_pretrained(self, save_directory, safe_serialization=True, **kwargs)
        _forget_where(Path(save_directory) / "config.json")

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], *, subfolder: str | None = None, **kwargs: Any
    ) -> Self:
        """Load from a folder, in eval mode.

        Raises `MissingModelError` if the folder, a file, a weight or a setting is missing, unknown or damaged, or if
        there are only pickled weights.
        """
        folder = folder_of(pretrained_model_name_or_path, subfolder)
        check_config(cls, folder / "config.json")
        check_weights(folder)
        kwargs |= {"use_safetensors": True, "local_files_only": True, "output_loading_info": True}
        try:
            model, found = super().from_pretrained(folder, **kwargs)
        except (OSError, ValueError, RuntimeError, TypeError) as error:
            reason = str(error).split(" If you want to")[0]  # diffusers goes on with arguments of its own
            raise MissingModelError(f"The model in {folder} can't be loaded: {reason}") from error
        for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
            if found[kind]:
                names = ", ".join(str(key) for key in sorted(found[kind], key=str)[:3])
                raise MissingModelError(f"The weights in {folder} don't fit {cls.__name__}: {kind[:-5]} {names}.")
        return model
