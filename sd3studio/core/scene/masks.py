"""Masks as COCO run lengths: from pixels and back."""

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.values import Mask


def encode_mask(pixels: NDArray[np.bool_]) -> Mask:
    """The run lengths of a mask (H, W) bool."""
    height, width = pixels.shape
    flat = np.concatenate([[False], np.ravel(pixels, order="F").astype(bool), [False]])
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    bounds = np.concatenate([[0], edges, [height * width]])
    counts = np.diff(bounds)
    if len(counts) > 1 and counts[-1] == 0:
        counts = counts[:-1]  # the picture ends with a run of ones
    return Mask(height=height, width=width, counts=tuple(int(c) for c in counts))


def decode_mask(mask: Mask) -> NDArray[np.bool_]:
    """The mask's pixels, (H, W) bool."""
    values = np.arange(len(mask.counts)) % 2 == 1
    return np.repeat(values, mask.counts).reshape((mask.height, mask.width), order="F")
