"""Found boxes against labelled ones: each labelled box is found at most once, by the surest detection of its class."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sd3studio.ml.parsing.boxes import ious

RIGHT_IOU = 0.5


def matches(
    boxes: ArrayLike, labels: Sequence[object], scores: ArrayLike, true_boxes: ArrayLike, true_labels: Sequence[object]
) -> NDArray[np.int64]:
    """(D,) index of the labelled box that each detection finds, -1 for none.

    Detections choose in the order of their scores, each the labelled box of its class that it overlaps most among
    those left, if IoU is at least 0.5 (as COCO's evaluation does).
    """
    found = np.full(len(labels), -1, np.int64)
    if not len(labels) or not len(true_labels):
        return found
    overlap = ious(boxes, true_boxes)
    overlap[np.array([[label != true for true in true_labels] for label in labels])] = 0.0
    for i in np.argsort(-np.asarray(scores, float), kind="stable"):
        best = int(overlap[i].argmax())
        if overlap[i, best] >= RIGHT_IOU:
            found[i] = best
            overlap[:, best] = 0.0
    return found


def scores_of_counts(right: int, given: int, wanted: int) -> dict[str, float]:
    """Recall, precision and F1 of `right` of `given` detections and `wanted` labelled boxes; 0 where undefined."""
    return {
        "recall": right / wanted if wanted else 0.0,
        "precision": right / given if given else 0.0,
        "f1": 2.0 * right / (given + wanted) if given + wanted else 0.0,
    }
