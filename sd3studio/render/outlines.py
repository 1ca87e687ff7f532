"""Outlines of objects from an id map, to lay over a picture of the same view."""

import numpy as np
from numpy.typing import NDArray

CLEAR, BOLD = 0, 255


def id_outlines(ids: NDArray[np.integer], colours: NDArray[np.uint8], width_px: int = 1) -> NDArray[np.uint8]:
    """(H, W, 4) uint8: each pixel of an object that is within `width_px` of something else, in the object's colour.

    Parameters
    ----------
    ids : (H, W); 0 is nothing
    colours : (N + 1, 3) uint8 sRGB, by id
    """
    edge = np.zeros(ids.shape, bool)
    for shift in range(1, width_px + 1):
        down, right = ids[shift:] != ids[:-shift], ids[:, shift:] != ids[:, :-shift]
        edge[shift:] |= down
        edge[:-shift] |= down
        edge[:, shift:] |= right
        edge[:, :-shift] |= right
    pixels = np.zeros((*ids.shape, 4), np.uint8)
    pixels[..., :3] = colours[ids]
    pixels[..., 3] = np.where(edge & (ids > 0), BOLD, CLEAR)
    return pixels
