"""Boxes in a picture: overlap, and the suppression of duplicates. Boxes are x0, y0, x1, y1 in pixels."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sd3studio.ml.parsing.detection import Candidates

Floats = NDArray[np.float64]


def areas_px(boxes: ArrayLike) -> Floats:
    """(D,) areas; an inside-out box has none."""
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    return np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0.0, None), axis=1)


def overlaps_px(first: ArrayLike, second: ArrayLike) -> Floats:
    """(A, B) areas common to boxes (A, 4) and boxes (B, 4)."""
    a, b = np.asarray(first, float).reshape(-1, 1, 4), np.asarray(second, float).reshape(1, -1, 4)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return np.prod(np.clip(sides, 0.0, None), axis=2)


def ious(first: ArrayLike, second: ArrayLike) -> Floats:
    """(A, B) intersection over union of boxes (A, 4) and boxes (B, 4); 0 where both are empty."""
    common = overlaps_px(first, second)
    union = areas_px(first)[:, None] + areas_px(second)[None, :] - common
    return np.divide(common, union, out=np.zeros_like(common), where=union > 0.0)


def suppressed(found: Candidates, iou: float) -> Candidates:
    """Non-maximum suppression in each class: a box that overlaps a better one by more than `iou` goes.

    Best first; of equal scores the earlier wins.
    """
    order = np.argsort(-found.scores, kind="stable")
    ranked = found.chosen(order)
    kept = np.zeros(len(ranked), bool)
    for index in np.unique(ranked.classes):
        members = np.flatnonzero(ranked.classes == index)
        clash = np.triu(ious(ranked.boxes[members], ranked.boxes[members]) > iou, k=1)
        alive = np.ones(len(members), bool)
        for i in range(len(members)):
            if alive[i]:
                alive &= ~clash[i]
        kept[members] = alive
    return ranked.chosen(kept)
