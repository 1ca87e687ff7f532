"""Curves: smoothing, thinning that keeps peaks, and alerts."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sd3studio.core.training.curves import alerts, smoothed, thinned

curves = hnp.arrays(float, st.integers(1, 400), elements=st.floats(-1e3, 1e3))


@given(curves, st.floats(0, 0.99))
def test_smoothing_stays_between_the_extremes_and_begins_at_the_start(y, weight):
    out = smoothed(y, weight)
    assert len(out) == len(y) and math.isclose(out[0], y[0], rel_tol=1e-9, abs_tol=1e-9)
    assert out.min() >= y.min() - 1e-6 and out.max() <= y.max() + 1e-6


@given(curves)
def test_without_weight_nothing_changes(y):
    assert np.allclose(smoothed(y, 0.0), y)


@given(curves, st.integers(4, 60))
def test_thinning_keeps_ends_and_extremes(y, most):
    x = np.arange(len(y), dtype=float)
    tx, ty = thinned(x, y, most)
    assert len(tx) <= max(most, len(y) if len(y) <= most else most)
    assert (tx[0], tx[-1]) == (x[0], x[-1]) and (np.diff(tx) > 0).all()
    assert ty.max() == y.max() and ty.min() == y.min()


def test_alerts_name_what_is_wrong_and_stay_silent_otherwise():
    steps = list(range(1, 101))
    falling = [1.0 / s + 0.2 for s in steps]
    assert alerts(steps, falling) == ()
    assert "not a number" in alerts(steps, [*falling[:-1], math.nan])[0]
    assert "runs away" in alerts(steps, [*falling[:-10], *[9.0] * 10])[0]
    long = list(range(0, 3000, 10))
    assert "has not fallen" in alerts(long, [0.5] * len(long))[0]
