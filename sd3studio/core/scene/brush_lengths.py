"""Masks as Label Studio's brush writes them: run lengths of RGBA bytes in a bit stream, and back.

The form is that of thi.ng/rle-pack, as `label_studio_sdk.converter.brush` has it: 32 bits for the number of bytes, 5
for the size of a word less one, four times 4 for the sizes of a length less one; then blocks: one bit (a run, or words
one by one), two bits (which size of length), the length less one, and one word or as many as the length says. The mask
is the last of the four bytes of each pixel, row by row.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import DataError

CHANNELS = 4
WORD_BITS = 8
LENGTH_BITS = (3, 4, 8, 16)


def pack_brush(pixels: NDArray[np.bool_]) -> list[int]:
    """The bytes of a mask (H, W) bool."""
    flat = np.concatenate([[not pixels.flat[0]], pixels.ravel()]) if pixels.size else np.zeros(1, bool)
    starts = np.flatnonzero(flat[1:] != flat[:-1])
    lengths = np.diff([*starts, pixels.size]) * CHANNELS
    bits = [f"{CHANNELS * pixels.size:032b}{WORD_BITS - 1:05b}", *(f"{size - 1:04b}" for size in LENGTH_BITS)]
    for value, length in zip(pixels.ravel()[starts].tolist(), lengths.tolist(), strict=True):
        while length > 0:
            part = min(length, 1 << LENGTH_BITS[-1])
            which = next(n for n, size in enumerate(LENGTH_BITS) if part <= 1 << size)
            bits.append(f"1{which:02b}{part - 1:0{LENGTH_BITS[which]}b}{255 * value:08b}")
            length -= part
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return list(int(text, 2).to_bytes(len(text) // 8, "big"))


def unpack_brush(data: Sequence[int], height: int, width: int) -> NDArray[np.bool_]:
    """The mask (H, W) bool. Raises `DataError` for bytes that are no such mask of this size."""
    stream = _Bits(bytes(data))
    number, word_bits = stream.take(32), stream.take(5) + 1
    sizes = [stream.take(4) + 1 for _ in LENGTH_BITS]
    if number != CHANNELS * height * width:
        raise DataError(f"A brush mask has {number:,} bytes where {CHANNELS * height * width:,} were expected.")
    flat, place = np.zeros(height * width, bool), 0
    while place < number:
        is_run = stream.take(1)
        end = min(place + 1 + stream.take(sizes[stream.take(2)]), number)
        if is_run:
            _paint(flat, place, end, stream.take(word_bits))
        else:
            for one in range(place, end):
                _paint(flat, one, one + 1, stream.take(word_bits))
        place = end
    return flat.reshape(height, width)


def _paint(flat: NDArray[np.bool_], start: int, end: int, value: int) -> None:
    """Set the pixels whose last byte is among the bytes from `start` to `end`."""
    if value:
        flat[start // CHANNELS : end // CHANNELS] = True  # the last byte of pixel k is 4 k + 3


class _Bits:
    """Reads numbers of so many bits, the highest first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def take(self, count: int) -> int:
        """The next number. Raises `DataError` at the end."""
        end = self._place + count
        last = (end + 7) // 8
        if last > len(self._data):
            raise DataError("A brush mask is cut short.")
        part = int.from_bytes(self._data[self._place // 8 : last], "big")
        self._place = end
        return (part >> (8 * last - end)) & ((1 << count) - 1)
