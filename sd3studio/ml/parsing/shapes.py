"""The views that the size priors allow of each thing (pose x turn), and how likely a box of a given size is.

Axis letters: N things, K views, the rest broadcasts. A view is a pose seen at a turn relative to the line of sight:
0 the front, 90 degrees the side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.size_priors import Pose, SizePrior

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BOX_NOISE = 0.08
"""Deviation of the logarithm of a detector's box side: 0.06 (large boxes) to 0.15 (small), measured on COCO."""

FLOOR, WRONG_CLASS_DENSITY = 0.01, 0.25
"""Density (per unit of log size) that a view keeps when its size does not fit: of an odd specimen, and of a thing that
is something else (sizes from 5 cm to 3 m, say)."""

TAIL_PEAK = 2.0 / (math.pi * math.sqrt(3.0))
"""Peak of Student's t with three degrees of freedom: children's chairs and toy cars make the tails of sizes heavy."""

TURNS: dict[str, tuple[tuple[float, float], ...]] = {
    "any": ((0.0, 0.4), (math.pi / 4, 0.3), (math.pi / 2, 0.3)),
    "camera": ((0.0, 1.0),),
    "mostly camera": ((0.0, 0.75), (math.pi / 2, 0.25)),
    "none": ((0.0, 1.0),),
}
"""How a thing may be turned to the viewer -> (angle, probability)."""


@dataclass(frozen=True, slots=True)
class Views:
    """The views of N things, padded to K each with weight 0. Lengths in metres, `sigma_*` of their logarithms.

    `width`, `depth` and `height` are extents across and along the line of sight and upwards; `size` (N, K, 3) and
    `turn` (N, K) are those of the box itself, `pose` (N, K) the index into the prior's poses.
    """

    weight: Floats
    width: Floats
    depth: Floats
    height: Floats
    sigma_width: Floats
    sigma_depth: Floats
    sigma_height: Floats
    size: Floats
    spread: Floats
    turn: Floats
    pose: NDArray[np.int64]


def views_of(priors: Sequence[SizePrior]) -> Views:
    """The views that these priors allow."""
    listed = [
        [(p, k, turn, share) for k, p in enumerate(prior.poses) for turn, share in TURNS[prior.turns]]
        for prior in priors
    ]
    n, k = len(listed), max((len(rows) for rows in listed), default=1)
    flat = {name: np.ones((n, k)) for name in ("width", "depth", "height")}
    sigma = {name: np.full((n, k), 0.5) for name in ("width", "depth", "height")}
    weight, turns = np.zeros((n, k)), np.zeros((n, k))
    size, spread, poses = np.ones((n, k, 3)), np.ones((n, k, 3)), np.zeros((n, k), np.int64)
    for i, rows in enumerate(listed):
        for j, (pose, index, turn, share) in enumerate(rows):
            weight[i, j], turns[i, j], poses[i, j] = pose.weight * share, turn, index
            size[i, j], spread[i, j] = pose.size_m, pose.spread
            for axis, (value, deviation) in _turned(pose, turn).items():
                flat[axis][i, j], sigma[axis][i, j] = value, math.hypot(deviation, BOX_NOISE)
    return Views(
        weight, flat["width"], flat["depth"], flat["height"],
        sigma["width"], sigma["depth"], sigma["height"], size, spread, turns, poses,
    )  # fmt: skip


def _turned(pose: Pose, turn: float) -> dict[str, tuple[float, float]]:
    """Extent and deviation across, along and upwards of a pose turned by `turn` (rad)."""
    (w, d, h), (sw, sd, sh) = pose.size_m, pose.spread
    c, s = abs(math.cos(turn)), abs(math.sin(turn))
    return {
        "width": _joined(w * c, sw, d * s, sd),
        "depth": _joined(w * s, sw, d * c, sd),
        "height": (h, sh),
    }


def _joined(a: float, sigma_a: float, b: float, sigma_b: float) -> tuple[float, float]:
    extent = float(joined_extent(np.array(a), np.array(b)))
    return extent, math.hypot(a * sigma_a, b * sigma_b) / (a + b)


def joined_extent(a: Floats, b: Floats) -> Floats:
    """Extent of a silhouette with parts `a` and `b` of two sides.

    A box would give a + b and an ellipsoid the root of squares; real things lie between.
    """
    return (a**1.5 + b**1.5) ** (2.0 / 3.0)


def doubt_of(scores: Floats) -> Floats:
    """How much of the likelihood does not depend on the size, from the probabilities that the classes are right."""
    return FLOOR + WRONG_CLASS_DENSITY * (1.0 - np.clip(scores, 0.0, 1.0))


def box_likelihood(
    views: Views,
    width_m: Floats,
    height_m: Floats,
    below_rad: Floats,
    width_cut: Bools,
    height_cut: Bools,
    doubt: Floats,
) -> Floats:
    """Likelihood of each view, (N, K, ...), given the extents that a box would have at some distance.

    Parameters
    ----------
    width_m, height_m : (N, 1, ...) extents of the box across and up the picture, scaled to the distance
    below_rad : (N, 1, ...) angle of the line of sight below the horizontal
    width_cut, height_cut : (N, 1, ...) bool, the frame cuts the box there: the extent is only a lower bound
    doubt : (N, 1, ...) density that stays when the size does not fit (`doubt_of`)
    """
    shape = (..., *(None,) * (width_m.ndim - 2))
    width, sigma_width = views.width[shape], views.sigma_width[shape]
    up = views.height[shape] * np.abs(np.cos(below_rad))
    along = views.depth[shape] * np.abs(np.sin(below_rad))
    height = joined_extent(up, along)
    sigma_height = np.hypot(up * views.sigma_height[shape], along * views.sigma_depth[shape]) / (up + along)
    return (_fit(width_m, width, sigma_width, width_cut) + doubt) * (
        _fit(height_m, height, sigma_height, height_cut) + doubt
    )


def _fit(seen_m: Floats, expected_m: Floats, sigma: Floats, cut: Bools) -> Floats:
    z = (np.log(np.maximum(seen_m, 1e-6)) - np.log(expected_m)) / sigma
    exact = TAIL_PEAK / (sigma * (1.0 + z * z / 3.0) ** 2)
    if not cut.any():
        return exact
    beyond = 1.0 / (1.0 + np.exp(np.clip(1.7 * z, -60.0, 60.0)))  # logistic form of the normal's upper tail
    return np.where(cut, beyond, exact)
