"""Keep the rest: what is drawn anew covers all that changed, and outside of it the old pixels stay."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sd3studio.ml.rest import Held, mask_of_change, outside

SIDE = 24
IDS = arrays.arrays(np.int32, (SIDE, SIDE), elements=st.integers(0, 3))
KEYS = ("a", "b", "c")


@given(IDS, IDS, st.sets(st.sampled_from(KEYS)), st.integers(0, 5))
def test_all_that_changed_is_drawn_anew(old, new, changed, margin) -> None:
    mask = mask_of_change(old, new, KEYS, KEYS, changed, None, margin)
    for number, key in enumerate(KEYS, start=1):
        if key in changed:
            assert mask[(old == number) | (new == number)].all()
    assert mask[old != new].all()
    if not changed and np.array_equal(old, new):
        assert not mask.any()


def test_ids_are_compared_by_name_not_by_number() -> None:
    ids = np.array([[1, 2]], np.int32)
    assert not mask_of_change(ids, np.array([[2, 1]], np.int32), ("a", "b"), ("b", "a"), (), None, 0).any()
    assert mask_of_change(ids, ids, ("a", "b"), ("a", "c"), (), None, 0).tolist() == [[False, True]]


def test_a_shadow_that_moves_is_drawn_anew_and_a_speck_is_not() -> None:
    still = np.ones((SIDE, SIDE), np.int32)
    before, after = np.zeros((8, 8)), np.zeros((8, 8))
    after[2:5, 2:5] = 1.0
    after[7, 0] = 1.0
    mask = mask_of_change(still, still, ("a",), ("a",), (), (before, after), 0)
    assert mask[6:15, 6:15].all() and mask.sum() == 81


def test_the_margin_grows_the_mask_by_its_width() -> None:
    old, new = np.zeros((SIDE, SIDE), np.int32), np.zeros((SIDE, SIDE), np.int32)
    new[10, 10] = 1
    mask = mask_of_change(old, new, (), ("a",), ("a",), None, 4)
    assert mask[10, 6] and mask[14, 10] and not mask[10, 5] and not mask[14, 14]


@given(
    arrays.arrays(np.uint8, (SIDE, SIDE, 3)),
    arrays.arrays(np.uint8, (SIDE, SIDE, 3)),
    arrays.arrays(bool, (SIDE, SIDE)),
    st.integers(0, 4),
)
def test_outside_nothing_differs_and_far_inside_all_is_new(old, drawn, mask, rim) -> None:
    held = Held(old, mask)
    finished = held.put_back(drawn, rim)
    assert np.array_equal(finished[~mask], old[~mask])
    told = held.difference(drawn, finished)
    assert (told.mean, told.largest) == (0.0, 0.0)
    assert (told.drawn_mean, told.drawn_largest) == outside(drawn, old, mask)
    assert np.array_equal(Held(old, np.ones_like(mask)).put_back(drawn, 0), drawn)
