"""Painting masks: strokes of a round brush and filled polygons, on pixels (H, W) bool."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sd3studio.core.scene.value import BoxPx

Bools = NDArray[np.bool_]


def stroked(pixels: Bools, start: ArrayLike, end: ArrayLike, radius_px: float, on: bool) -> Bools:
    """The mask with a stroke of a round brush from `start` to `end` (x, y px) set or erased."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    height, width = pixels.shape
    low = np.floor(np.minimum(a, b) - radius_px - 1).astype(int)
    high = np.ceil(np.maximum(a, b) + radius_px + 1).astype(int)
    x0, y0 = max(low[0], 0), max(low[1], 0)
    x1, y1 = min(high[0], width), min(high[1], height)
    if x0 >= x1 or y0 >= y1:
        return pixels
    x, y = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
    points, way = np.stack([x, y], axis=-1) - a, b - a
    share = np.clip(points @ way / max(float(way @ way), 1e-12), 0.0, 1.0)
    near = np.linalg.norm(points - share[..., None] * way, axis=-1) <= radius_px
    painted = pixels.copy()
    painted[y0:y1, x0:x1][near] = on
    return painted


def polygon_pixels(corners: Sequence[tuple[float, float]] | ArrayLike, height: int, width: int) -> Bools:
    """The pixels (H, W) whose middles lie in a polygon of corners (P, 2) px, by the even-odd rule."""
    points = np.asarray(corners, float).reshape(-1, 2)
    filled = np.zeros((height, width), bool)
    if len(points) < 3:
        return filled
    ahead = np.roll(points, -1, axis=0)
    middles = np.arange(width) + 0.5
    first = max(int(np.floor(points[:, 1].min())), 0)
    last = min(int(np.ceil(points[:, 1].max())), height)
    for row in range(first, last):
        y = row + 0.5
        crosses = (points[:, 1] <= y) != (ahead[:, 1] <= y)
        a, b = points[crosses], ahead[crosses]
        at = np.sort(a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0]))
        filled[row] = np.searchsorted(at, middles) % 2 == 1
    return filled


def box_of(pixels: Bools) -> BoxPx | None:
    """The box (px) around the set pixels, or None if there are none."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        return None
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
