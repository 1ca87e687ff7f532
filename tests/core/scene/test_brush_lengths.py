"""Label Studio's brush masks: back and forth, as its own converter reads them, and damaged ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sd3studio.core.errors import DataError
from sd3studio.core.scene.brush_lengths import pack_brush, unpack_brush

MASKS = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12))


def as_label_studio_reads(data: list[int]) -> list[int]:
    """The bytes of a mask, read bit by bit as `label_studio_sdk.converter.brush.decode_rle` does."""
    bits, place = "".join(f"{byte:08b}" for byte in data), 0

    def take(count: int) -> int:
        nonlocal place
        place += count
        return int(bits[place - count : place], 2)

    number, word = take(32), take(5) + 1
    sizes = [take(4) + 1 for _ in range(4)]
    out: list[int] = []
    while len(out) < number:
        run = take(1)
        length = 1 + take(sizes[take(2)])
        out += [take(word)] * length if run else [take(word) for _ in range(length)]
    return out


@given(MASKS)
def test_masks_come_back(pixels):
    assert (unpack_brush(pack_brush(pixels), *pixels.shape) == pixels).all()


@given(MASKS)
def test_label_studio_reads_the_same_pixels(pixels):
    rgba = np.array(as_label_studio_reads(pack_brush(pixels))).reshape(*pixels.shape, 4)
    assert (rgba == 255 * pixels[..., None]).all()


def test_words_one_by_one_are_read_too():
    """Blocks without runs, as other writers of the form make them: two pixels, the second set."""
    bits = f"{8:032b}{7:05b}" + "".join(f"{size - 1:04b}" for size in (3, 4, 8, 16)) + "0" + "00" + f"{7:03b}"
    bits += "".join(f"{value:08b}" for value in (0, 0, 0, 0, 9, 9, 9, 9))
    bits += "0" * (-len(bits) % 8)
    data = [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]
    assert unpack_brush(data, 1, 2).tolist() == [[False, True]]


def test_long_runs_are_cut_into_blocks():
    pixels = np.zeros((200, 300), bool)
    pixels[50:] = True
    assert (unpack_brush(pack_brush(pixels), 200, 300) == pixels).all()


@given(st.lists(st.integers(0, 255), max_size=40))
def test_anything_else_is_refused(data):
    with pytest.raises(DataError):
        unpack_brush(data, 1000, 1001)
