"""A photo's grid of features and a detector's boxes as the photo reader takes them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sd3studio.ml.conditioning.graph_tensors import KINDS, GraphVocabulary
from sd3studio.ml.nets.photo_reader import BOX_NUMBERS
from sd3studio.ml.training.data.graphs import GraphObject

GRID = 7
"""Rows and columns of c^I as `features.image_features` gives it."""


@dataclass
class PhotoBoxes:
    """A padded batch of boxes: tag (B, T), box (B, T, BOX_NUMBERS), share (B, T, GRID ** 2), mask (B, T) bool."""

    tag: Tensor
    box: Tensor
    share: Tensor
    mask: Tensor


def photo_boxes(
    things: Sequence[Sequence[GraphObject]], vocabulary: GraphVocabulary, picture_px: Sequence[tuple[float, float]]
) -> PhotoBoxes:
    """The boxes of what a detector found in each of B photos (objects with a box), whose sizes are `picture_px`."""
    most = max((len(some) for some in things), default=0) or 1
    tag = np.zeros((len(things), most), np.int64)
    box = np.zeros((len(things), most, BOX_NUMBERS), np.float32)
    share = np.zeros((len(things), most, GRID**2), np.float32)
    mask = np.zeros((len(things), most), bool)
    for row, (some, (width, height)) in enumerate(zip(things, picture_px, strict=True)):
        for k, thing in enumerate(some):
            assert thing.box is not None
            x0, y0, x1, y1 = (side / (width, height)[n % 2] for n, side in enumerate(thing.box))
            sides = [math.log(max(side, 1e-3)) / 2.0 for side in (x1 - x0, y1 - y0)]
            tag[row, k] = vocabulary.number(KINDS[thing.kind], thing.tag)
            box[row, k] = ((x0 + x1) / 2.0, (y0 + y1) / 2.0, *sides, y1, thing.score or 1.0)
            share[row, k] = _cover(x0, y0, x1, y1)
            mask[row, k] = True
    return PhotoBoxes(*(torch.from_numpy(array) for array in (tag, box, share, mask)))


def _cover(x0: float, y0: float, x1: float, y1: float) -> NDArray[np.float32]:
    """(GRID ** 2,) which part of a box lies in each cell; sums to one."""
    edges = np.arange(GRID + 1) / GRID
    across = np.clip(np.minimum(edges[1:], x1) - np.maximum(edges[:-1], x0), 0.0, None)
    down = np.clip(np.minimum(edges[1:], y1) - np.maximum(edges[:-1], y0), 0.0, None)
    cover = np.outer(down, across).reshape(-1)
    return (cover / max(float(cover.sum()), 1e-9)).astype(np.float32)
