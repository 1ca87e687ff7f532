"""Boxes lifted back into space."""

import pytest
from checking_scene import CAMERA, PERSON, box_of
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.checking.lifting import is_at_place, placements


@settings(max_examples=60, deadline=None)
@given(st.floats(-3.0, 3.0), st.floats(-4.0, 4.0))
def test_a_thing_that_slid_over_the_ground_is_found_where_it_went(x: float, y: float) -> None:
    moved = PERSON.replace(center=(x, y, PERSON.center[2]))
    if is_at_place(box_of(PERSON), box_of(moved)):
        assert placements(CAMERA, PERSON, box_of(PERSON), box_of(moved)) == (PERSON,)
        return
    spots = placements(CAMERA, PERSON, box_of(PERSON), box_of(moved))
    assert min(abs(spot.center[0] - x) + abs(spot.center[1] - y) for spot in spots) < 0.1 * (9.0 + y) + 0.2


def test_a_thing_in_the_air_is_placed_by_its_size() -> None:
    raised = PERSON.replace(center=(1.6, -1.0, 2.6))
    (spot,) = placements(CAMERA, PERSON, box_of(PERSON), box_of(raised))
    assert spot.center == pytest.approx(raised.center, abs=0.35)


def test_noise_of_a_box_moves_nothing() -> None:
    x0, y0, x1, y1 = box_of(PERSON)
    assert placements(CAMERA, PERSON, (x0, y0, x1, y1), (x0 + 2, y0 - 3, x1 + 3, y1 + 2)) == (PERSON,)
