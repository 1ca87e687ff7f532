"""Curves of a run, made to be looked at: smoothed, thinned to what a screen shows, and watched for trouble."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Curve = tuple[Floats, Floats]
"""Steps (N,) and values (N,)."""

FLAT_STEPS, FLAT_GAIN = 500, 0.002
DIVERGED = 3.0
BLOCK = 128


def smoothed(values: Floats, weight: float) -> Floats:
    """The running mean (N,) of values (N,): each new value counts ``1 - weight``, the start is not pulled to 0.

    `weight` is in [0, 1); with 0 nothing changes. Values that are not numbers are passed over.
    """
    if not 0.0 <= weight < 1.0:
        raise ValueError(f"the weight of the past must be in [0, 1), not {weight}")
    finite = np.isfinite(values)
    known = np.asarray(values, float)[finite]
    share = 1.0 - weight ** np.arange(1.0, len(known) + 1.0)
    out = np.full(len(values), math.nan)
    out[finite] = _decaying_sum(known, weight) / share
    latest = np.maximum.accumulate(np.where(finite, np.arange(len(values)), -1))
    return np.where(latest >= 0, out[latest], math.nan)


def _decaying_sum(values: Floats, weight: float) -> Floats:
    """``sum[k] = weight * sum[k - 1] + (1 - weight) * values[k]``: block by block, as 100,000 steps take too long."""
    blocks = -(-len(values) // BLOCK)
    rows = np.zeros((blocks, BLOCK))
    rows.ravel()[: len(values)] = values
    age = np.subtract.outer(np.arange(BLOCK), np.arange(BLOCK))
    sums = rows @ ((1.0 - weight) * np.where(age >= 0, weight ** np.maximum(age, 0), 0.0)).T  # (blocks, BLOCK)
    fading = weight ** np.arange(1.0, BLOCK + 1.0)
    for k in range(1, blocks):
        sums[k] += sums[k - 1, -1] * fading
    return sums.ravel()[: len(values)]


def thinned(x: Floats, y: Floats, most: int) -> tuple[Floats, Floats]:
    """At most `most` points of a curve (N,) that look the same: the lowest and the highest of every stretch, in order.

    The first and the last point stay.
    """
    if most < 4:
        raise ValueError("a curve needs at least 4 points")
    if len(x) <= most:
        return x, y
    stretches = (most - 2) // 2
    length = -(-len(x) // stretches)
    rows = np.full((stretches, length), math.nan)
    rows.ravel()[: len(y)] = y
    seen = np.flatnonzero(np.isfinite(rows).any(axis=1))
    starts, rows = seen * length, rows[seen]
    low = np.where(np.isfinite(rows), rows, np.inf).argmin(axis=1)
    high = np.where(np.isfinite(rows), rows, -np.inf).argmax(axis=1)
    kept = np.unique(np.concatenate([[0, len(x) - 1], starts + low, starts + high]))
    return x[kept], y[kept]


def drawn_curve(curve: Curve, weight: float, most: int) -> Curve:
    """A curve as it is drawn: smoothed by `weight`, thinned to `most` points."""
    return thinned(curve[0], smoothed(curve[1], weight), most)


def alerts(steps: Sequence[int], losses: Sequence[float], flat_steps: int = FLAT_STEPS) -> tuple[str, ...]:
    """What a loss curve of one stage gives reason to look at: not a number, running away, or not falling any more."""
    y = np.asarray(losses, float)
    if not len(y):
        return ()
    found = []
    if not np.isfinite(y[-1]):
        found.append(f"The loss is not a number at step {steps[-1]}.")
    finite = y[np.isfinite(y)]
    if len(finite) >= 8:
        recent, lowest = float(np.median(finite[-4:])), float(np.min(smoothed(finite, 0.8)))
        if lowest > 0 and recent > DIVERGED * lowest:
            found.append(f"The loss runs away: {recent:.3g} now, {lowest:.3g} at its lowest.")
    since = [k for k, step in enumerate(steps) if step > steps[-1] - flat_steps]
    if steps[-1] - steps[0] >= 2 * flat_steps and len(since) >= 8:
        before, after = y[: since[0]], y[since]
        if np.nanmedian(after) > (1.0 - FLAT_GAIN) * np.nanmedian(before[-len(after) :]):
            found.append(f"The loss has not fallen for {flat_steps} steps.")
    return tuple(found)
