"""Graph -> sentence as a diffusers pipeline; the work is done by `sd3studio.ml.text_path`."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch

from sd3studio.ml.libraries import prepare_libraries, quiet
from sd3studio.ml.system import System
from sd3studio.ml.text_path import SAMPLES, write
from sd3studio.ml.training.data.graphs import SceneGraph

prepare_libraries()

with quiet():
    from diffusers import DiffusionPipeline
    from diffusers.utils import BaseOutput

PARTS = ("graph_codec", "text_codec", "text_diffusion")


@dataclass
class SpatialCaptionOutput(BaseOutput):
    """What was written.

    Attributes
    ----------
    sentences : for each graph its sentences, best first
    """

    sentences: list[tuple[str, ...]]


class SpatialCaptionPipeline(DiffusionPipeline):
    """Says the facts of scene graphs.

    Parameters
    ----------
    system : a system with the parts of the text side; what it was built from stays with it
    """

    def __init__(self, system: System) -> None:
        super().__init__()
        self.system = system
        parts = {name: system.parts[name] for name in PARTS if name in system.parts}
        self.register_modules(**parts)

    @property
    def components(self) -> dict[str, Any]:
        """The nets by name; the pipeline is made of a whole system, so its constructor doesn't name them."""
        return {name: getattr(self, name) for name in PARTS if name in self.system.parts}

    @torch.no_grad()
    def __call__(
        self,
        graphs: Sequence[SceneGraph],
        style: str = "plain",
        num_samples: int = SAMPLES,
        seed: int = 0,
        return_dict: bool = True,
    ) -> SpatialCaptionOutput | tuple[list[tuple[str, ...]]]:
        """Sentences about graphs; `style` is one of `said.STYLES`."""
        told = write(graphs, self.system, seed=seed, styles=[style] * len(graphs), samples=num_samples)
        sentences = [one.sentences for one in told]
        return SpatialCaptionOutput(sentences) if return_dict else (sentences,)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **kwargs: Any) -> Self:
        """Load from the folder of a system. Raises `MissingModelError` as `System.load`, ValueError for settings."""
        if kwargs:
            raise ValueError(f"a system's folder is loaded as it is; {', '.join(kwargs)} can't be set")
        folder = Path(pretrained_model_name_or_path)
        return cls(System.load(folder, [name for name in PARTS if (folder / name).is_dir()]))

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        """Write the system into a folder, weights as safetensors."""
        if not kwargs.pop("safe_serialization", True):
            raise ValueError("weights are saved as safetensors only")
        self.system.save(Path(save_directory))
