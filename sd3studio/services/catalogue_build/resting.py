"""Where things rest on a mesh: the height of a seat or a mattress, measured by rays from above."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GRID_X, GRID_Z = np.linspace(-0.22, 0.22, 7), np.linspace(-0.1, 0.3, 7)
"""Where rays fall, as shares of width and depth from the middle; more of them in front, since backs stand behind."""
MOST_SPREAD = 0.08
"""Heights that differ by more than this share of the whole are not a surface to rest on."""
LEAST_HITS = 0.8
TOP_QUANTILE = 0.9
LEAST_SHARE = 0.02
"""Lower than this the rays only met the underside."""


def resting_share(triangles: Floats) -> float | None:
    """Height at which things rest, as a share of the height of the mesh; None where there is no such surface.

    Parameters
    ----------
    triangles : (F, 3, 3) corners in glTF's frame (Y up, front towards +Z)
    """
    low, high = triangles.reshape(-1, 3).min(axis=0), triangles.reshape(-1, 3).max(axis=0)
    unit = (triangles - (low + high) / 2.0) / np.maximum(high - low, 1e-9)
    rays = [(x, z) for x in GRID_X for z in GRID_Z]
    heights = [height for ray in rays if (height := _first_from_above(unit, np.array(ray))) is not None]
    if len(heights) < LEAST_HITS * len(rays):
        return None
    share = round(float(np.quantile(heights, TOP_QUANTILE)) + 0.5, 3)
    spread = float(np.quantile(heights, TOP_QUANTILE) - np.quantile(heights, 1.0 - TOP_QUANTILE))
    return share if spread <= MOST_SPREAD and share >= LEAST_SHARE else None


def _first_from_above(unit: Floats, ray_xz: Floats) -> float | None:
    """Height of the first triangle that a ray straight down meets."""
    start = unit[:, 0, ::2]
    first, second, offset = unit[:, 1, ::2] - start, unit[:, 2, ::2] - start, ray_xz - start
    with np.errstate(divide="ignore", invalid="ignore"):
        area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
        u = (offset[:, 0] * second[:, 1] - offset[:, 1] * second[:, 0]) / area
        v = (first[:, 0] * offset[:, 1] - first[:, 1] * offset[:, 0]) / area
        inside = (u >= 0.0) & (v >= 0.0) & (u + v <= 1.0)  # degenerate triangles give NaN, which compares False
    if not inside.any():
        return None
    up = unit[inside, :, 1]
    heights = up[:, 0] + u[inside] * (up[:, 1] - up[:, 0]) + v[inside] * (up[:, 2] - up[:, 0])
    return float(heights.max())
