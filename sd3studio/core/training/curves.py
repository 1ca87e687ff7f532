"""Curves of a run, made to be looked at: smoothed, thinned to what a screen shows, and watched for trouble."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FLAT_STEPS, FLAT_GAIN = 500, 0.002
DIVERGED = 3.0


def smoothed(values: Floats, weight: float) -> Floats:
    """The running mean (N,) of values (N,): each new value counts ``1 - weight``, the start is not pulled to 0.

    `weight` is in [0, 1); with 0 nothing changes. Values that are not numbers are passed over.
    """
    if not 0.0 <= weight < 1.0:
        raise ValueError(f"the weight of the past must be in [0, 1), not {weight}")
    out = np.empty(len(values))
    mean = share = 0.0
    for k, value in enumerate(values):
        if math.isfinite(value):
            mean, share = weight * mean + (1.0 - weight) * value, weight * share + (1.0 - weight)
        out[k] = mean / share if share else math.nan
    return out


def thinned(x: Floats, y: Floats, most: int) -> tuple[Floats, Floats]:
    """At most `most` points of a curve (N,) that look the same: the lowest and the highest of every stretch, in order.

    The first and the last point stay.
    """
    if most < 4:
        raise ValueError("a curve needs at least 4 points")
    if len(x) <= most:
        return x, y
    edges = np.linspace(0, len(x), (most - 2) // 2 + 1).astype(int)
    kept = {0, len(x) - 1}
    for low, high in pairwise(edges):
        part = y[low:high]
        if np.isfinite(part).any():
            kept |= {low + int(np.nanargmin(part)), low + int(np.nanargmax(part))}
    rows = np.array(sorted(kept))
    return x[rows], y[rows]


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
