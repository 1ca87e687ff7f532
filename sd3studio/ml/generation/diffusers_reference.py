"""A reference picture for diffusers: an IP-Adapter (Ye et al. 2023, arXiv:2308.06721) on disk, else colours alone.

Only safetensors are loaded. The folder is one of those that IP-Adapters are published in: weights in it, or in
``models`` or ``sdxl_models`` under it, and the network that looks at the picture in ``image_encoder`` beside them.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sd3studio.core.errors import MissingModelError
from sd3studio.core.picture_controls import Reference
from sd3studio.ml.generation.diffusers_devices import is_out_of_memory
from sd3studio.ml.generation.diffusers_folders import Family, ModelFolder, hashes_of_files
from sd3studio.ml.generation.looks_of_reference import colours_sentence
from sd3studio.ml.libraries import quiet

PREFERRED = {
    "sd": ("ip-adapter_sd15.safetensors",),
    "sdxl": ("ip-adapter_sdxl_vit-h.safetensors", "ip-adapter_sdxl.safetensors"),
}
PLACES = {"sd": ("", "models"), "sdxl": ("", "sdxl_models")}


@dataclass(frozen=True, slots=True)
class Adapter:
    """An IP-Adapter on disk: its file of weights, and the folder of the network that looks at the picture."""

    weights: Path
    encoder: Path

    def hashes(self) -> dict[str, str]:
        """SHA-256 of its files."""
        files = [self.weights, *sorted(self.encoder.glob("*.safetensors"))]
        return hashes_of_files(files, self.weights.parent.parent)


def find_adapter(reference: Reference | None, folder: ModelFolder) -> tuple[Adapter | None, list[str]]:
    """The IP-Adapter to use, if there is one, and sentences about what is taken from the reference.

    Raises `MissingModelError` for a folder that is named and holds none.
    """
    if reference is None:
        return None, []
    if not reference.model.strip():
        return None, [
            f"{colours_sentence(reference)} With the folder of an IP-Adapter more of its look would be taken."
        ]
    if folder.family not in PLACES:
        return None, [f"{colours_sentence(reference)} {folder.pipeline} takes no IP-Adapter here."]
    adapter = _look_in(Path(reference.model).expanduser(), folder.family)
    name = reference.name or "the reference picture"
    return adapter, [f"The look of {name} is taken over by {adapter.weights.name} ({reference.strength:.0%})."]


def _look_in(root: Path, family: Family) -> Adapter:
    for place in PLACES[family]:
        found = sorted((root / place).glob("*.safetensors")) if (root / place).is_dir() else []
        wanted = [path for name in PREFERRED[family] for path in found if path.name == name] or found
        if not wanted:
            continue
        encoders = (wanted[0].parent / "image_encoder", root / "image_encoder", root / "models" / "image_encoder")
        for encoder in encoders:
            if (encoder / "config.json").is_file():
                return Adapter(wanted[0], encoder)
        raise MissingModelError(f"{wanted[0].parent} has no folder image_encoder: the IP-Adapter needs it.")
    raise MissingModelError(
        f"There is no IP-Adapter in {root}. It should hold ip-adapter_sd15.safetensors (or one for XL) and the folder "
        "image_encoder."
    )


@contextlib.contextmanager
def with_adapter(pipeline: Any, adapter: Adapter | None, strength: float) -> Iterator[None]:
    """The pipeline looks at a reference meanwhile. Raises `MissingModelError` for weights that don't fit it."""
    if adapter is None:
        yield
        return
    from transformers import CLIPVisionModelWithProjection

    try:
        with quiet():
            encoder = CLIPVisionModelWithProjection.from_pretrained(
                str(adapter.encoder), use_safetensors=True, local_files_only=True
            )
            pipeline.register_modules(image_encoder=encoder.to(pipeline.device, pipeline.unet.dtype))
            pipeline.load_ip_adapter(
                str(adapter.weights.parent),
                subfolder="",
                weight_name=adapter.weights.name,
                image_encoder_folder=None,
                local_files_only=True,
            )
            pipeline.set_ip_adapter_scale(strength)
    except Exception as error:
        _unload(pipeline)
        if is_out_of_memory(error):
            raise
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise MissingModelError(f"The IP-Adapter {adapter.weights} can't be used with this model: {first}") from error
    try:
        yield
    finally:
        _unload(pipeline)


def _unload(pipeline: Any) -> None:
    """Leave the networks, which are shared with the pipeline that is kept, as they were."""
    with quiet():
        if getattr(pipeline.unet, "encoder_hid_proj", None) is not None:
            pipeline.unload_ip_adapter()
        pipeline.register_modules(image_encoder=None, feature_extractor=None)
