"""Findings of several looks at one picture, joined: overlapping boxes of a class become one, with a score per look.

Weighted box fusion (Solovyev et al. 2021, arXiv:1910.13302), but the scores stay apart: what they mean together is up
to `calibration`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.ml.parsing.boxes import areas_px, ious
from sd3studio.ml.parsing.detection import Candidates

Floats = NDArray[np.float64]

SAME_IOU = 0.55
"""Overlap from which two boxes of a class are taken for one thing."""

MOST_PER_LOOK = 200


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """Things seen by one or more of L looks.

    Parameters
    ----------
    boxes : (D, 4) mean of the looks' boxes by squared score, pixels
    scores : (D, L) each look's best score, 0 where it saw nothing
    classes : (D,) index of the class
    """

    boxes: Floats
    scores: Floats
    classes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.classes)


def fuse(looks: Sequence[Candidates], trust: Sequence[float]) -> Fused:
    """Join the looks' candidates.

    Parameters
    ----------
    looks : candidates of one picture, one per look, duplicates included
    trust : factor per look by which its scores compare with the others'
    """
    thinned = [_thinned(look) for look in looks]
    boxes = np.concatenate([look.boxes for look in thinned]).astype(float)
    scores = np.concatenate([look.scores for look in thinned]).astype(float)
    classes = np.concatenate([look.classes for look in thinned])
    origin = np.repeat(np.arange(len(looks)), [len(look) for look in thinned])
    trusted = scores * np.asarray(trust, float)[origin]
    groups = _groups(boxes, trusted, classes)
    fused_scores = np.zeros((len(groups), len(looks)))
    fused_boxes = np.zeros((len(groups), 4))
    for row, group in enumerate(groups):
        np.maximum.at(fused_scores[row], origin[group], scores[group])
        fused_boxes[row] = np.average(boxes[group], axis=0, weights=trusted[group] ** 2)
    return Fused(fused_boxes, fused_scores, classes[[group[0] for group in groups]].astype(np.int64))


def _thinned(look: Candidates) -> Candidates:
    """The best candidates of one look, each thing once; boxes without area, cut away at the frame, go."""
    look = look.chosen(areas_px(look.boxes) > 0.0)
    best = look.chosen(np.argsort(-look.scores, kind="stable")[:MOST_PER_LOOK])
    groups = _groups(best.boxes, best.scores, best.classes)
    return best.chosen(np.array([group[0] for group in groups], np.int64))


def _groups(boxes: NDArray[np.floating], scores: NDArray[np.floating], classes: NDArray[np.int64]) -> list[Floats]:
    """Index arrays: the best box that is left, with those of its class that overlap it; its index comes first."""
    order = np.argsort(-scores, kind="stable")
    near = (ious(boxes, boxes) > SAME_IOU) & (classes[:, None] == classes[None, :])
    left = np.ones(len(scores), bool)
    groups = []
    for leader in order:
        if left[leader]:
            left[leader] = False
            groups.append(np.concatenate([[leader], np.flatnonzero(near[leader] & left)]))
            left &= ~near[leader]
    return groups
