"""Losses of the pictures' codec and diffusion.

``image_codec`` trains a codec as a whole (the paper takes a ready-made VQ-GAN), ``image_decoder`` is the picture half of
the paper's step 2 (its eq. 12 has a plain square; ours is `picture_difference`), ``image_vlb`` the bound of the image
diffusion given graph and prompt.
"""

import torch
from torch import Tensor
from torch.nn import functional

from sd3studio.ml.nets.object_codec import ObjectCodec, Window
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch

WINDOW_SHARE = 0.375
"""Side of the window that is painted in training, as a share of the picture's: 96 of 256 px."""
EDGES = 1.0
"""Weight of differences of gradients beside that of colours."""
THINGS = 2.0
"""Weight of a pixel that shows a thing; stuff counts 1."""


def image_codec(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """How far a picture is from itself after the codec, without graph."""
    codec = system.parts["image_codec"]
    if isinstance(codec, ObjectCodec):
        window = random_window(batch["slot_map"].shape[1:], generator)
        rebuilt, true = codec.rebuild(batch, window=window)
        return picture_difference(rebuilt, true, _importance(batch, window))
    return picture_difference(*codec.rebuild(batch))  # type: ignore[operator]


def random_window(size: torch.Size, generator: torch.Generator) -> Window:
    """Rows and columns of a random part of a picture of `size` (height, width)."""
    sides = [max(round(side * WINDOW_SHARE), 1) for side in size]
    starts = [int(torch.randint(0, side - part + 1, (), generator=generator)) for side, part in zip(size, sides)]
    rows, columns = (slice(start, start + part) for start, part in zip(starts, sides))
    return rows, columns


def picture_difference(made: Tensor, true: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean absolute difference of colours and, at three scales, of gradients.

    Gradients are what keeps edges and texture: a blur costs little in colour and much in them.

    Parameters
    ----------
    made, true : (B, 3, H, W) in [0, 1]
    weight : (B, 1, H, W) of each pixel, or None
    """
    difference = made - true
    weight = torch.ones_like(difference[:, :1]) if weight is None else weight
    total = _mean(difference.abs(), weight)
    for _ in range(3):
        for axis in (2, 3):
            part = weight.narrow(axis, 1, weight.shape[axis] - 1)
            total = total + EDGES * _mean(difference.diff(dim=axis).abs(), part)
        if min(difference.shape[2:]) < 4:
            break
        difference, weight = (functional.avg_pool2d(value, 2) for value in (difference, weight))
    return total


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / (weight.sum() * values.shape[1]).clamp(min=1e-6)


def _importance(batch: Batch, window: Window) -> Tensor:
    """(B, 1, h, w): `THINGS` where a thing is seen."""
    rows, columns = window
    shown = batch["slot_map"][:, rows, columns].long()
    stuff = batch["slot_stuff"].gather(1, shown.flatten(1)).view_as(shown)
    return torch.where(stuff, 1.0, THINGS).unsqueeze(1)
