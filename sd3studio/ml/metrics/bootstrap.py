"""How sure a figure is: the middle 95 % of what it would be if the items had been drawn again (Efron 1979)."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
COVERED = 95.0

Ints = NDArray[np.int64]


def draws(count: int, times: int = RESAMPLES, seed: int = 0) -> Iterator[Ints]:
    """`times` index arrays (count,), each drawn with replacement from 0..count-1; the same for the same seed."""
    generator = np.random.default_rng(seed)
    for _ in range(times):
        yield generator.integers(0, count, count)


def interval(
    figure: Callable[[Ints], float], count: int, times: int = RESAMPLES, seed: int = 0
) -> tuple[float, float] | None:
    """The 95 % interval of a figure of `count` items.

    Parameters
    ----------
    figure : gives the figure of the items with these indices; draws for which it is not a number are left out

    Returns
    -------
    low, high; None if there are fewer than two items, or no draw gives a number
    """
    if count < 2:
        return None
    found = np.array([figure(chosen) for chosen in draws(count, times, seed)])
    found = found[np.isfinite(found)]
    return bounds(found) if len(found) else None


def bounds(found: NDArray[np.floating]) -> tuple[float, float]:
    """The middle 95 % of figures."""
    low, high = np.percentile(found, [(100.0 - COVERED) / 2.0, (100.0 + COVERED) / 2.0])
    return float(low), float(high)


def shifted_bounds(found: NDArray[np.floating], figure: float) -> tuple[float, float]:
    """The middle 95 % of figures of draws, moved so that their mean is the figure of the set itself.

    For figures that a drawn set, having fewer different items, changes by itself (the basic correction for bias).
    """
    return bounds(found - found.mean() + figure)


def mean_interval(values: NDArray[np.floating], times: int = RESAMPLES, seed: int = 0) -> tuple[float, float] | None:
    """The 95 % interval of a mean."""
    return interval(lambda chosen: float(np.mean(values[chosen])), len(values), times, seed)
