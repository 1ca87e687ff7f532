"""What an ImageNet net sees in pictures: EfficientNet-Lite0 (Tan & Le 2019, arXiv:1905.11946; Liu 2020).

It stands where the paper has networks that we don't ship: the grid and the pooled features are c^I, the photo condition
that the paper takes from CLIP, and the pooled features and logits are what the Frechet distance and the
Inception-style score are computed on (`sd3studio.ml.metrics.frechet`). Card: ``models/efficientnet-lite0``.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import InputError
from sd3studio.ml.parsing.onnx_net import open_net

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

FOLDER = "efficientnet-lite0"
SIDE_PX = 224
WIDTH = 1280
GRID = 7
CLASSES = 1000

MEAN, SPREAD = 127.0, 128.0
"""How the net was trained to read the values 0..255."""

THREADS = 2
_BATCH = 16


class ImageFeatures(NamedTuple):
    """Of B pictures, float32: `logits` (B, 1000) of the ImageNet classes, `pooled` (B, 1280), `grid` (B, 7, 7, 1280).

    `pooled` is the mean of `grid` over its cells; cell (i, j) is row i from the top.
    """

    logits: Floats
    pooled: Floats
    grid: Floats


def image_features(pixels: Pixels | Sequence[Pixels]) -> ImageFeatures:
    """Features of B pictures (H, W, 3) uint8 of any size: one array (B, H, W, 3), or a sequence of pictures.

    The whole picture is scaled to 224 x 224 px; it is not cropped, so a grid cell is a seventh of its width and height.

    Raises
    ------
    InputError
        A picture is not (H, W, 3) of uint8.
    MissingModelError
        The weights are not there.
    """
    empty = ((0, CLASSES), (0, WIDTH), (0, GRID, GRID, WIDTH))
    parts = [[np.zeros(shape, np.float32)] for shape in empty]
    for start in range(0, len(pixels), _BATCH):
        batch = np.stack([_fitted(picture) for picture in pixels[start : start + _BATCH]])
        image = (batch.transpose(0, 3, 1, 2).astype(np.float32) - MEAN) / SPREAD
        for part, found in zip(parts, _session().run(["logits", "pooled", "grid"], {"image": image}), strict=True):
            part.append(found)
    return ImageFeatures(*(np.concatenate(part) for part in parts))


def _fitted(picture: Pixels) -> Pixels:
    """A picture scaled to the net's size: areas averaged where it shrinks, cubic where it grows."""
    import cv2

    picture = np.asarray(picture)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise InputError(f"A picture must be (H, W, 3) of uint8, not {picture.shape} of {picture.dtype}.")
    if picture.shape[:2] == (SIDE_PX, SIDE_PX):
        return picture
    method = cv2.INTER_AREA if min(picture.shape[:2]) >= SIDE_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (SIDE_PX, SIDE_PX), interpolation=method), np.uint8)


@lru_cache(maxsize=1)
def _session() -> "InferenceSession":
    return open_net(FOLDER, THREADS)
