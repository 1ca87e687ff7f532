"""Brush, eraser and polygons on masks."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.scene.mask_painting import box_of, polygon_pixels, stroked

places = st.tuples(st.floats(-5, 45), st.floats(-5, 35))


@given(places, places, st.floats(0.5, 9.0))
@settings(max_examples=50, deadline=None)
def test_erasing_a_stroke_takes_away_what_painting_it_added(start, end, radius):
    empty = np.zeros((30, 40), bool)
    painted = stroked(empty, start, end, radius, True)
    assert not stroked(painted, start, end, radius, False).any()
    assert not empty.any()
    assert (painted == stroked(empty, end, start, radius, True)).all()


def test_a_stroke_is_as_long_and_as_thick_as_drawn():
    painted = stroked(np.zeros((30, 60), bool), (10, 15), (50, 15), 3.0, True)
    assert box_of(painted) == (7.0, 12.0, 53.0, 18.0)


@given(st.floats(0, 30), st.floats(0, 20), st.floats(1, 20), st.floats(1, 15))
@settings(max_examples=50, deadline=None)
def test_a_rectangle_fills_the_pixels_whose_middles_it_holds(x, y, width, height):
    filled = polygon_pixels([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], 30, 40)
    middle_x, middle_y = np.arange(40) + 0.5, np.arange(30) + 0.5
    inside = ((middle_y > y) & (middle_y <= y + height))[:, None] & ((middle_x > x) & (middle_x <= x + width))[None]
    edge = ((middle_y == y) | (middle_y == y + height))[:, None] | ((middle_x == x) | (middle_x == x + width))[None]
    assert (filled == inside)[~edge].all()


def test_two_corners_are_no_polygon():
    assert not polygon_pixels([(1, 1), (9, 9)], 10, 10).any()
    assert box_of(np.zeros((4, 4), bool)) is None
