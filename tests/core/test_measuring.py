"""The measure tool against a brute search, and by its laws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from sd3studio.core.measuring import angle_rad, clearance, distance_m, turn_between_rad
from sd3studio.core.scene import SceneObject
from sd3studio.core.scene.boxes import Boxes

lengths, sizes, turns = st.floats(-3.0, 3.0), st.floats(0.1, 2.0), st.floats(-3.0, 3.0)


@st.composite
def boxes(draw, tilted=False):
    return SceneObject(
        id="b", label="b", center=draw(st.tuples(lengths, lengths, lengths)), size=draw(st.tuples(sizes, sizes, sizes)),
        yaw=draw(turns), pitch=draw(turns) if tilted else 0.0,
    )  # fmt: skip


def searched_gap(first, second):
    """The distance as a bounded minimisation over both boxes' own coordinates."""
    both = Boxes.of([first, second])

    def gap(x):
        ends = both.center + np.einsum("nij,nj->ni", both.rotation, x.reshape(2, 3) * both.half)
        return float(((ends[0] - ends[1]) ** 2).sum())

    return math.sqrt(max(minimize(gap, np.zeros(6), bounds=[(-1.0, 1.0)] * 6, tol=1e-14).fun, 0.0))


@given(boxes(), boxes())
@settings(max_examples=60, deadline=None)
def test_gap_of_upright_boxes_is_the_shortest_way(first, second):
    found = clearance(first, second)
    assert found.gap_m == pytest.approx(searched_gap(first, second), abs=2e-3)
    assert clearance(second, first).gap_m == pytest.approx(found.gap_m, abs=1e-9)
    assert distance_m(found.start, found.end) == pytest.approx(found.gap_m, abs=1e-9)


@given(boxes(tilted=True), boxes(tilted=True))
@settings(max_examples=30, deadline=None)
def test_gap_of_tilted_boxes_is_the_shortest_way(first, second):
    assert clearance(first, second).gap_m == pytest.approx(searched_gap(first, second), abs=2e-2)


def test_gap_of_boxes_side_by_side():
    one = SceneObject(id="a", label="a", center=(0.0, 0.0, 0.5))
    other = SceneObject(id="b", label="b", center=(3.0, 0.0, 0.5))
    found = clearance(one, other)
    assert found.gap_m == pytest.approx(2.0) and found.apart_m == pytest.approx((2.0, -1.0, -1.0))
    assert clearance(one, one).gap_m == 0.0


def test_angles():
    assert angle_rad((0, 0, 0), (1, 0, 0), (0, 2, 0)) == pytest.approx(math.pi / 2)
    assert angle_rad((0, 0, 0), (0, 0, 0), (0, 2, 0)) == 0.0
    one = SceneObject(id="a", label="a")
    assert turn_between_rad(one, one.replace(yaw=math.pi / 3)) == pytest.approx(math.pi / 3)
