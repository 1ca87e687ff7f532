"""Run lengths of masks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sd3studio.core.scene.masks import decode_mask, encode_mask

pixels = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12), elements=st.booleans())


@given(pixels)
def test_a_mask_comes_back_from_its_runs(mask):
    assert np.array_equal(decode_mask(encode_mask(mask)), mask)


@given(pixels)
def test_runs_start_with_zeros_and_count_every_pixel(mask):
    encoded = encode_mask(mask)
    assert sum(encoded.counts) == mask.size
    assert sum(encoded.counts[1::2]) == int(mask.sum())
    assert all(count > 0 for count in encoded.counts[1:])


def test_runs_go_down_the_columns():
    mask = np.zeros((3, 2), bool)
    mask[1, 0] = True
    assert encode_mask(mask).counts == (1, 1, 4)
