"""Masks of things by GrabCut in their boxes (Rother et al. 2004), on small crops, so that the time is bounded."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sd3studio.ml.parsing.detection import Box

Pixels = NDArray[np.uint8]
Bools = NDArray[np.bool_]

CROP_SIDE_PX = 72
"""Longer side of the crop that GrabCut works on: 4 to 8 ms a round."""

ROUNDS = 2
MARGIN = 0.12
SMALLEST_SIDE_PX = 16.0
"""Boxes with a shorter side get no mask."""

PLAUSIBLE_SHARE = (0.12, 0.98)
"""Share of the box that a mask may fill; others are failures."""


class Segmenter(Protocol):
    """Cuts things out of a picture."""

    def masks(self, pixels: Pixels, boxes: Sequence[Box], labels: Sequence[str]) -> list[Bools | None]:
        """One mask (H, W) bool per box, None where it can't tell."""


class GrabCutSegmenter:
    """The built-in segmenter: needs no weights.

    Parameters
    ----------
    limit : masks are made of so many of the largest boxes; each takes about 10 ms, whatever the size of the photo
    """

    def __init__(self, limit: int = 40) -> None:
        self.limit = limit

    def masks(self, pixels: Pixels, boxes: Sequence[Box], labels: Sequence[str]) -> list[Bools | None]:
        """One mask (H, W) bool per box, None for tiny boxes, failures, and those beyond the limit."""
        areas = np.array([(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes])
        largest = set(np.argsort(-areas, kind="stable")[: self.limit].tolist())
        return [grabcut(pixels, box) if i in largest else None for i, box in enumerate(boxes)]


def grabcut(
    pixels: Pixels, box: Box, keep: Bools | None = None, drop: Bools | None = None, side_px: int = CROP_SIDE_PX
) -> Bools | None:
    """Mask (H, W) bool of the thing in a box of a picture (H, W, 3) uint8 RGB, or None where it fails.

    Parameters
    ----------
    keep, drop : (H, W) pixels that are surely part of the thing and surely not
    side_px : longer side of the crop that is worked on
    """
    import cv2

    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = box
    if min(x1 - x0, y1 - y0) < SMALLEST_SIDE_PX:
        return None
    pad = MARGIN * max(x1 - x0, y1 - y0)
    left, top = max(0, int(x0 - pad)), max(0, int(y0 - pad))
    right, bottom = min(width, int(np.ceil(x1 + pad))), min(height, int(np.ceil(y1 + pad)))
    scale = min(1.0, side_px / max(right - left, bottom - top))
    size = (max(8, round((right - left) * scale)), max(8, round((bottom - top) * scale)))
    crop = np.asarray(cv2.resize(pixels[top:bottom, left:right], size, interpolation=cv2.INTER_AREA))
    inner = np.round((np.array(box) - [left, top, left, top]) * scale).astype(int)
    labels = _start_labels(size, inner)
    if labels is None:
        return None
    for marked, sure in ((keep, cv2.GC_FGD), (drop, cv2.GC_BGD)):
        if marked is not None:
            part = marked[top:bottom, left:right].astype(np.uint8) * 255
            labels[cv2.resize(part, size, interpolation=cv2.INTER_AREA) > 60] = sure
    cv2.setRNGSeed(0)  # its clustering starts at random
    try:
        cv2.grabCut(crop, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return None  # too few colours to tell apart
    small = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    large = cv2.resize(small.astype(np.uint8) * 255, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR) > 127
    mask = np.zeros((height, width), bool)
    mask[top:bottom, left:right] = large
    share = mask.sum() / max((x1 - x0) * (y1 - y0), 1.0)
    return mask if PLAUSIBLE_SHARE[0] < share < PLAUSIBLE_SHARE[1] else None


def _start_labels(size: tuple[int, int], inner: NDArray[np.int64]) -> Pixels | None:
    """Sure background outside the box, probable thing inside, its core a sure one; None if nothing lies outside."""
    import cv2

    labels = np.full((size[1], size[0]), cv2.GC_BGD, np.uint8)
    x0, y0 = max(0, inner[0]), max(0, inner[1])
    x1, y1 = min(size[0], inner[2]), min(size[1], inner[3])
    labels[y0:y1, x0:x1] = cv2.GC_PR_FGD
    if (labels == cv2.GC_BGD).sum() < 12:
        return None
    core_x, core_y = max(1, (x1 - x0) // 8), max(1, (y1 - y0) // 8)
    middle_x, middle_y = (x0 + x1) // 2, (y0 + y1) // 2
    labels[middle_y - core_y : middle_y + core_y, middle_x - core_x : middle_x + core_x] = cv2.GC_FGD
    return labels
