"""Drafts of sentences: what the text diffusion makes of a graph, for G_T to write after."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from sd3studio.ml.diffusion.sampler import SamplerConfig, finish, sample

if TYPE_CHECKING:
    from sd3studio.ml.nets.denoiser import Denoiser
    from sd3studio.ml.system import System

CANVASES = (16, 32)
"""Sizes that sentences are padded to for the diffusion, so that it has to tell where they end."""
DRAFT_SAMPLER = SamplerConfig("confident", steps=8, temperature=0.5, order_temperature=0.5)


@torch.no_grad()
def draw_drafts(system: "System", condition: Tensor, mask: Tensor, canvas: int, generator: torch.Generator) -> Tensor:
    """Sentences (B, canvas) of the text diffusion, int64, given its condition; masks where there is no diffusion."""
    transition = system.transitions["text"]
    if "text_diffusion" not in system.parts:
        return torch.full((len(condition), canvas), transition.classes, device=condition.device)
    net: Denoiser = system.parts["text_diffusion"]  # type: ignore[assignment]
    bound = net.bind(net.encode(len(condition), condition, mask))
    steps = sample(bound, transition, DRAFT_SAMPLER, (len(condition), canvas), generator, device=condition.device)
    return finish(steps)
