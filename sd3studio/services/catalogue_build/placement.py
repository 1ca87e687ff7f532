"""Turns and scales a surface into its place: front towards +Z, real size in metres, base centre at the origin."""

import numpy as np

from sd3studio.services.catalogue_build.surface import Surface


def turned(surface: Surface, rotation: tuple[float, ...] | None, yaw_deg: float = 0.0) -> Surface:
    """The surface under a row-major 3x3 rotation, then turned about the up axis (+Y), anticlockwise seen from above."""
    matrix = np.eye(3) if rotation is None else np.asarray(rotation, float).reshape(3, 3)
    angle = np.deg2rad(yaw_deg)
    about_up = np.asarray([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    return surface.replace(vertices=surface.vertices @ (about_up @ matrix).T)


def placed(surface: Surface, size: tuple[float, float, float]) -> Surface:
    """The surface scaled to a width, depth and height in metres, with its base centre at the origin."""
    low, high = surface.bounds
    width, depth, height = size
    extent = high - low
    target = np.asarray([width, height, depth])
    scale = np.where(extent > 1e-12, target / np.maximum(extent, 1e-12), 1.0)
    base = np.asarray([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    return surface.replace(vertices=(surface.vertices - base) * scale)


def fitted_size(
    surface: Surface, wanted: tuple[float | None, float | None, float | None]
) -> tuple[float, float, float]:
    """Width, depth, height where some are wanted and the others follow in proportion of the surface as it is.

    Used for things whose source gives a wrong scale but right proportions.
    """
    low, high = surface.bounds
    now = [float(high[0] - low[0]), float(high[2] - low[2]), float(high[1] - low[1])]
    scales = [want / have for want, have in zip(wanted, now, strict=True) if want is not None and have > 0]
    scale = float(np.mean(scales)) if scales else 1.0
    width, depth, height = (want if want is not None else have * scale for want, have in zip(wanted, now, strict=True))
    return width, depth, height
