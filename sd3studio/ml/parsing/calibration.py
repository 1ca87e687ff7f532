"""The probability that a fused finding is right, from its scores, its size and what else is in the picture.

A logistic regression whose weights lie in ``models/detector/calibration.json``; fitted by
`sd3studio.ml.parsing.calibrate`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import MissingModelError
from sd3studio.core.locations import MODELS
from sd3studio.ml.parsing.boxes import areas_px, ious
from sd3studio.ml.parsing.fusion import Fused

Floats = NDArray[np.float64]

UNSEEN_SCORE = 0.05
"""A look that saw nothing counts as if it had given this score."""

CONTEXT_FEATURES = (
    "bias",
    "log area / 3",
    "squared log area / 27",
    "a stronger thing of another class is there",
    "overlap with a stronger one of its class",
    "sum of the scores of the others of its class / 2",
    "squared log of width / height",
    "touches the frame",
)
"""The features behind one score per look."""


def features(fused: Fused, width: int, height: int) -> Floats:
    """(D, F): the log-odds of each look above those of `UNSEEN_SCORE`, then `CONTEXT_FEATURES`."""
    boxes, mean = fused.boxes, fused.scores.mean(axis=1)
    log_area = np.log(np.maximum(areas_px(boxes) / (width * height), 1e-5)) / 3.0
    overlap = ious(boxes, boxes)
    same = fused.classes[:, None] == fused.classes[None, :]
    stronger = mean[None, :] > mean[:, None]
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    cut = (boxes[:, :2] <= 1.0).any(axis=1) | (boxes[:, 2:] >= np.array([width, height]) - 1.0).any(axis=1)
    context = [
        np.ones(len(fused)),
        log_area,
        log_area**2 / 3.0,
        ((overlap > 0.6) & ~same & stronger).any(axis=1),
        np.where(same & stronger, overlap, 0.0).max(axis=1, initial=0.0),
        (np.where(same, mean[None, :], 0.0).sum(axis=1) - mean) / 2.0,
        np.log(sides[:, 0] / sides[:, 1]) ** 2,
        cut,
    ]
    return np.concatenate([_log_odds(fused.scores) - _log_odds(UNSEEN_SCORE), np.stack(context, axis=1)], axis=1)


def _log_odds(score: Floats | float) -> Floats:
    held = np.clip(score, UNSEEN_SCORE, 0.99)
    return np.log(held / (1.0 - held))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted weights.

    Parameters
    ----------
    looks : what was looked with, e.g. ``"centernet 768"``
    weights : one per feature; those of the looks are not negative, so that a higher score never makes it less likely
    threshold : probability from which a finding is kept: half the F1 that is reached, the best cut for calibrated
        probabilities (Lipton et al. 2014, arXiv:1402.1892)
    """

    looks: tuple[str, ...]
    weights: tuple[float, ...]
    threshold: float

    def probabilities(self, fused: Fused, width: int, height: int) -> Floats:
        """(D,) probability that label and box (IoU 0.5) are right."""
        return 1.0 / (1.0 + np.exp(-features(fused, width, height) @ np.array(self.weights)))


def fitted_weights(rows: Floats, right: Sequence[bool] | NDArray[np.bool_], looks: int) -> Floats:
    """Weights (F,) of a logistic regression with a ridge of 1; the first `looks` are held at zero or above.

    Parameters
    ----------
    rows : (D, F) features
    right : (D,) whether the finding is right
    """
    from scipy.optimize import minimize

    target = np.asarray(right, float)
    ridge = np.ones(rows.shape[1])
    ridge[looks] = 1e-3  # the bias

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits = rows @ weights
        value = np.logaddexp(0.0, logits).sum() - target @ logits + 0.5 * ridge @ weights**2
        slope = rows.T @ (1.0 / (1.0 + np.exp(-logits)) - target) + ridge * weights
        return float(value), slope

    bounds = [(0.0, None)] * looks + [(None, None)] * (rows.shape[1] - looks)
    return minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x


@cache
def shipped_calibration() -> Calibration:
    """The calibration in `models/`. Raises `MissingModelError` if it is not there or does not fit this program."""
    path = MODELS / "detector" / "calibration.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        looks, weights = tuple(map(str, raw["looks"])), tuple(float(raw["weights"][key]) for key in raw["weights"])
        calibration = Calibration(looks, weights, float(raw["threshold"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingModelError(f"The detector's calibration {path} can't be read ({error}). Get it again.") from error
    if len(weights) != len(looks) + len(CONTEXT_FEATURES) or not np.isfinite(weights).all():
        raise MissingModelError(f"The detector's calibration {path} is of another version. Get it again.")
    return calibration
