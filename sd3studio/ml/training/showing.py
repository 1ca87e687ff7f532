"""What a stage can show when it is asked for a sample: true pictures over those that the nets make of them."""

import torch
from torch import Tensor

from sd3studio.ml.diffusion.sampler import SamplerConfig, finish, sample
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch
from sd3studio.ml.training.stage import Stage

SHOWN = 4
"""Pictures side by side."""
SAMPLER = SamplerConfig("confident", steps=8, truncation=0.95)


@torch.no_grad()
def picture_sample(system: System, stage: Stage, batch: Batch, generator: torch.Generator) -> bytes | None:
    """PNG of true pictures and, below, those drawn by the picture's diffusion, or rebuilt by its codec.

    None if the stage's batches have no pictures, or neither of the two learns.
    """
    if "pixels" not in batch or not {"image_codec", "image_diffusion"} & set(stage.learns):
        return None
    few = {name: value[:SHOWN] for name, value in batch.items()}
    codec = system.parts["image_codec"]
    codes = codec.encode(few)  # type: ignore[operator]
    if "image_diffusion" in stage.learns:
        codes = _drawn(system, few, codes, generator)
    made = codec.decode(codes, few)  # type: ignore[operator]
    return _png(torch.cat([_row(codec.targets(few)), _row(made)], 1))  # type: ignore[operator]


def _drawn(system: System, batch: Batch, codes: Tensor, generator: torch.Generator) -> Tensor:
    """Tokens of the shape of `codes` (B, N, F), given what the batch tells."""
    from sd3studio.ml.training.losses.image import image_conditions

    net, transition = system.parts["image_diffusion"], system.transitions["image"]
    conditions = image_conditions(system, batch)
    bound = net.bind(net.encode(len(codes), **conditions))  # type: ignore[operator]
    fixed = ~conditions["token_mask"].unsqueeze(2).expand_as(codes)
    known = torch.zeros_like(codes)
    device = codes.device
    steps = sample(bound, transition, SAMPLER, tuple(codes.shape), generator, device=device, known=known, fixed=fixed)
    return finish(steps)


def _row(pictures: Tensor) -> Tensor:
    """(B, 3, H, W) to (3, H, B W)."""
    return pictures.permute(1, 2, 0, 3).flatten(2)


def _png(picture: Tensor) -> bytes:
    """Of (3, H, W) float in [0, 1]."""
    from io import BytesIO

    from PIL import Image

    pixels = (picture.clamp(0.0, 1.0) * 255.0).round().byte().permute(1, 2, 0).cpu().numpy()
    with BytesIO() as file:
        Image.fromarray(pixels).save(file, "PNG")
        return file.getvalue()
