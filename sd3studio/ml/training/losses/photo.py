"""Loss of the photo reader."""

import torch
from torch import Tensor
from torch.nn import functional

from sd3studio.ml.nets.photo_reader import PhotoReader
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch

NAMED_WEIGHT = 1.0


def photo_reading(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """Binary cross entropy of what photos show, nats a photo, and cross entropy of what boxes hold, nats a box."""
    reader = system.parts["photo_reader"]
    assert isinstance(reader, PhotoReader)
    mask = batch["boxes_mask"]
    shown, named = reader(batch["photo"], *(batch[f"boxes_{part}"] for part in ("tag", "box", "share", "mask")))
    lost = functional.binary_cross_entropy_with_logits(shown, batch["shown"].to(shown), reduction="sum") / len(shown)
    held = functional.cross_entropy(named[mask], batch["held"][mask], reduction="sum") / mask.sum().clamp(min=1)
    return lost + NAMED_WEIGHT * held
