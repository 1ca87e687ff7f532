"""How far a set of pictures is from another, and how varied it is, by EfficientNet-Lite0 instead of Inception-v3.

"Frechet distance on EfficientNet-Lite0 features": the distance of two normal distributions fitted to pooled features
(Heusel et al. 2017, arXiv:1706.08500, with another network), so *not* the FID of publications. It is biased upwards for
few pictures: compare only values at the same number of pictures, and look at the distance between two halves of true
pictures, which is what perfection would get.

"Inception-style score": exp of the mean KL divergence of p(class | picture) from p(class) (Salimans et al. 2016,
arXiv:1606.03498) over the same network's 1000 classes, all pictures in one split.

The trace of the root of a product of two covariances is the sum of the singular values of X Y^T, X and Y the centred
features; so it is exact and stays well behaved with fewer pictures than features, where the usual matrix root does not.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sd3studio.ml.features import image_features
from sd3studio.ml.metrics.bootstrap import draws, shifted_bounds

Floats = NDArray[np.floating]
Pixels = NDArray[np.uint8]

FRECHET = "Frechet distance on EfficientNet-Lite0 features"
INCEPTION = "Inception-style score on EfficientNet-Lite0 logits"

LEAST_PICTURES = 2


def features_of(pictures: Iterable[Pixels], batch: int = 32) -> tuple[Floats, Floats]:
    """(N, 1280) pooled features and (N, 1000) logits, float32, of pictures (H, W, 3) uint8 that may come one by one."""
    pooled: list[Floats] = []
    logits: list[Floats] = []
    waiting: list[Pixels] = []

    def look() -> None:
        found = image_features(waiting)
        pooled.append(found.pooled)
        logits.append(found.logits)
        waiting.clear()

    for picture in pictures:
        waiting.append(picture)
        if len(waiting) == batch:
            look()
    look()
    return np.concatenate(pooled), np.concatenate(logits)


def frechet(first: Floats, second: Floats) -> float:
    """Squared Frechet distance of two sets of features (N, C) and (M, C), at least 0.

    Raises
    ------
    ValueError
        A set has fewer than two rows.
    """
    for rows in (first, second):
        if len(rows) < LEAST_PICTURES:
            raise ValueError(f"a Frechet distance needs at least {LEAST_PICTURES} pictures a side, not {len(rows)}")
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
    a, b = (a - mean_a) / np.sqrt(len(a) - 1), (b - mean_b) / np.sqrt(len(b) - 1)
    return float(max(0.0, ((mean_a - mean_b) ** 2).sum() + (a**2).sum() + (b**2).sum() - 2.0 * _root_trace(a, b)))


def _root_trace(a: Floats, b: Floats) -> float:
    """Trace of (A^T A B^T B)^(1/2)."""
    if min(len(a), len(b)) <= a.shape[1]:
        return float(np.linalg.svd(a @ b.T, compute_uv=False).sum())
    return float(np.linalg.svd(_triangle(a) @ _triangle(b).T, compute_uv=False).sum())


def _triangle(rows: Floats) -> Floats:
    """R (C, C) with R^T R = A^T A."""
    triangle: Floats = np.linalg.qr(rows, mode="r")
    return triangle


def frechet_interval(first: Floats, second: Floats, times: int = 20, seed: int = 0) -> tuple[float, float] | None:
    """95 % interval of `frechet` by drawing pictures of both sides again; None for fewer than two.

    A drawn set has fewer different pictures, which by itself lengthens the distance: see `shifted_bounds`.
    """
    if min(len(first), len(second)) < LEAST_PICTURES:
        return None
    pairs = zip(draws(len(first), times, seed), draws(len(second), times, seed + 1), strict=True)
    found = np.array([frechet(first[i], second[j]) for i, j in pairs])
    low, high = shifted_bounds(found, frechet(first, second))
    return max(0.0, low), high


def half_distance(features: Floats, seed: int = 0) -> float | None:
    """`frechet` between two random halves of a set: what the same kind of pictures gets; None below four."""
    if len(features) < 2 * LEAST_PICTURES:
        return None
    order = np.random.default_rng(seed).permutation(len(features))
    half = len(features) // 2
    return frechet(features[order[:half]], features[order[half : 2 * half]])


def probabilities(logits: Floats) -> Floats:
    """(N, K) softmax of logits (N, K), float64."""
    powers = np.exp(np.asarray(logits, np.float64) - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def inception_style_score(logits: Floats) -> float:
    """Between 1 (all pictures alike, or none recognised) and the number of classes, for logits (N, K)."""
    return _score(probabilities(logits))


def inception_interval(logits: Floats, times: int = 200) -> tuple[float, float] | None:
    """95 % interval of `inception_style_score` by drawing again (`shifted_bounds`); None for one picture."""
    each = probabilities(logits)
    if len(each) < LEAST_PICTURES:
        return None
    low, high = shifted_bounds(np.array([_score(each[chosen]) for chosen in draws(len(each), times)]), _score(each))
    return max(1.0, low), high


def _score(each: Floats) -> float:
    mean = each.mean(axis=0)
    tiny = 1e-12
    return float(np.exp((each * (np.log(each + tiny) - np.log(mean + tiny))).sum(axis=1).mean()))
