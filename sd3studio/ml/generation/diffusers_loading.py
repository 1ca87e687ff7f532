"""Loading pipelines and ControlNets, and keeping the last ones for the next request."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.generation.diffusers_devices import Placement, is_out_of_memory
from sd3studio.ml.generation.diffusers_folders import ModelFolder, variant_of
from sd3studio.ml.generation.diffusers_preview import LatentPreview
from sd3studio.ml.libraries import quiet

_PLAIN = {
    "sd": "StableDiffusionPipeline",
    "sdxl": "StableDiffusionXLPipeline",
    "gligen": "StableDiffusionGLIGENPipeline",
}
_CONTROLLED = {"sd": "StableDiffusionControlNetPipeline", "sdxl": "StableDiffusionXLControlNetPipeline"}
_FILLING = {"sd": "StableDiffusionInpaintPipeline", "sdxl": "StableDiffusionXLInpaintPipeline"}
_CONTROLLED_FILLING = {
    "sd": "StableDiffusionControlNetInpaintPipeline",
    "sdxl": "StableDiffusionXLControlNetInpaintPipeline",
}
_NO_CHECKER = {"safety_checker": None, "requires_safety_checker": False}


@dataclass
class Loaded:
    """A model in memory. `preview` is None where its latents can't be looked at."""

    folder: ModelFolder
    placement: Placement
    pipeline: Any
    preview: LatentPreview | None
    controlnets: dict[Path, Any] = field(default_factory=dict)


_kept: list[Loaded] = []
"""The model of the last request: one fits in memory, and the next request mostly wants the same."""


def load_model(folder: ModelFolder, placement: Placement) -> Loaded:
    """The model in `folder`, on its device. Raises `MissingModelError` naming the folder if it can't be loaded."""
    if _kept and (_kept[0].folder, _kept[0].placement) == (folder, placement):
        return _kept[0]
    forget_model()
    pipeline = _load_pipeline(folder, placement)
    loaded = Loaded(folder, placement, pipeline, _preview_of(pipeline))
    _kept.append(loaded)
    return loaded


def forget_model() -> None:
    """Drop the kept model, so that its memory can be used."""
    _kept.clear()


def with_controlnets(loaded: Loaded, folders: Sequence[Path], filling: bool = False) -> Any:
    """The pipeline steered by these ControlNets; raises `MissingModelError` for one that does not fit the model.

    With `filling` it fills in the masked part of a picture.
    """
    for unused in set(loaded.controlnets) - set(folders):
        del loaded.controlnets[unused]
    for folder in folders:
        if folder not in loaded.controlnets:
            loaded.controlnets[folder] = load_controlnet(
                folder, loaded.pipeline.unet.config.cross_attention_dim, loaded.placement.dtype,
                loaded.placement.device, f"{loaded.folder.path} ({loaded.folder.pipeline})",
            )  # fmt: skip
    nets = [loaded.controlnets[folder] for folder in folders]
    kinds = _CONTROLLED_FILLING if filling else _CONTROLLED
    return _of_parts(loaded, kinds[loaded.folder.family], controlnet=nets[0] if len(nets) == 1 else nets)


def filling_pipeline(loaded: Loaded) -> Any | None:
    """The pipeline that fills in the masked part of a picture; None if the model has none."""
    if loaded.folder.fills_in:
        return loaded.pipeline
    kind = _FILLING.get(loaded.folder.family)
    return _of_parts(loaded, kind) if kind else None


def _of_parts(loaded: Loaded, kind: str, **more: Any) -> Any:
    """Another pipeline of the networks of a loaded one."""
    import diffusers

    extra = {"requires_safety_checker": False} if loaded.folder.family == "sd" else {"add_watermarker": False}
    with quiet():
        pipeline = getattr(diffusers, kind)(**loaded.pipeline.components, **more, **extra)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def without_grounding(loaded: Loaded) -> Any:
    """The plain text-to-image pipeline of a GLIGEN model, for a scene with nothing in the picture."""
    import diffusers

    with quiet():
        pipeline: Any = diffusers.StableDiffusionPipeline(**loaded.pipeline.components, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _load_pipeline(folder: ModelFolder, placement: Placement) -> Any:
    import diffusers

    name = _PLAIN.get(folder.family, folder.pipeline)
    kind = getattr(diffusers, name, None)
    if not (isinstance(kind, type) and issubclass(kind, diffusers.DiffusionPipeline)):
        raise MissingModelError(
            f"{folder.path} wants the pipeline {name!r}, which this version of diffusers doesn't have."
        )
    options: dict[str, Any] = {"torch_dtype": placement.dtype, "use_safetensors": True, "local_files_only": True}
    if folder.variant:
        options["variant"] = folder.variant
    if folder.family in ("sd", "gligen") or folder.pipeline == _FILLING["sd"]:
        options |= _NO_CHECKER
    elif folder.family == "sdxl":
        options["add_watermarker"] = False
    with _loading(folder.path), quiet():
        pipeline = kind.from_pretrained(str(folder.path), **options).to(placement.device)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def load_controlnet(folder: Path, features: int, dtype: Any, device: Any, of: str = "the pipeline") -> Any:
    """A ControlNet for a U-Net that reads text features of size `features`. Raises `MissingModelError` with a reason.

    `of` says in that sentence which model it is for.
    """
    import diffusers

    options = {"torch_dtype": dtype, "use_safetensors": True, "local_files_only": True}
    if variant := variant_of(folder):
        options["variant"] = variant
    with _loading(folder), quiet():
        net = diffusers.ControlNetModel.from_pretrained(str(folder), **options).to(device)
    wants = net.config.cross_attention_dim
    if wants != features:
        raise MissingModelError(
            f"The ControlNet in {folder} is for another family of models: it reads text features of size {wants}, "
            f"those of {of} have {features}. Choose one for that model."
        )
    return net


class _loading:  # noqa: N801
    """Turns what goes wrong while a folder is loaded into a sentence about that folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, MissingModelError) and not is_out_of_memory(error):
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise MissingModelError(f"The model in {self.folder} can't be loaded: {first}") from error


def _preview_of(pipeline: Any) -> LatentPreview | None:
    vae = getattr(pipeline, "vae", None)
    if vae is None or not hasattr(vae, "encode") or not hasattr(vae.config, "block_out_channels"):
        return None
    try:
        return LatentPreview(vae)
    except (RuntimeError, ValueError, AttributeError):  # an autoencoder of another make: no preview, no harm
        return None
