"""A toaster, as it stands on a kitchen counter."""

import numpy as np

from sd3studio.services.catalogue_build.primitives.shapes import (
    box,
    lathe,
    moved,
    rotated,
    rounded_rectangle,
    skin,
    slab,
    tube,
    whole,
)
from sd3studio.services.catalogue_build.surface import Surface

WIDTH_M, DEPTH_M, HEIGHT_M = 0.27, 0.18, 0.193
FOOT_M = 0.018
ENAMEL = (0.93, 0.93, 0.91)
PLASTIC, DARK = (0.06, 0.06, 0.07), (0.05, 0.05, 0.06)
CORD = (
    (-0.11, 0.085, 0.02),
    (-0.15, 0.10, 0.005),
    (-0.185, 0.08, 0.0035),
    (-0.19, 0.03, 0.0035),
    (-0.165, -0.01, 0.0035),
)
"""Points that it passes."""
RIM, SLOT = (0.80, 0.81, 0.84), (0.03, 0.03, 0.03)


def toaster() -> Surface:
    """A white toaster with two slots, its lever and its dial at the front, its cord beside it."""
    foot = [
        np.column_stack([rounded_rectangle(WIDTH_M * share, DEPTH_M * share, 0.04), np.full(20, z)])
        for share, z in ((0.97, 0.0), (1.01, 0.004), (1.01, 0.022), (0.99, 0.024))
    ]
    parts = [_shell(), skin(foot, PLASTIC)]
    length = WIDTH_M - 0.09
    for y in (-0.032, 0.032):
        parts.append(
            moved(slab(rounded_rectangle(length + 0.014, 0.034, 0.010), 0.0025, RIM), (0, y, HEIGHT_M - 0.001))
        )
        parts.append(moved(slab(rounded_rectangle(length, 0.023, 0.007), 0.0006, SLOT), (0, y, HEIGHT_M + 0.0016)))
    front = -DEPTH_M / 2 - 0.001
    dial = rotated(lathe([(0.018, 0), (0.017, 0.011), (0.0005, 0.012)], PLASTIC, 20), "x", 90)
    parts += [
        box((0.012, 0.003, 0.085), (0.09, front, 0.105), DARK),
        box((0.040, 0.026, 0.016), (0.09, front - 0.012, 0.145), PLASTIC, 0.005),
        moved(dial, (0.09, front, 0.050)),
        _cord(),
    ]
    return whole(*parts)


def _cord() -> Surface:
    from scipy.interpolate import CubicSpline

    points = np.asarray(CORD)
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    return tube(CubicSpline(along, points)(np.linspace(0, along[-1], 16)), 0.0033, PLASTIC, 8)


def _shell() -> Surface:
    """The body, round at all its edges."""
    edge = 0.05
    levels = [(FOOT_M, -0.004), (FOOT_M + 0.004, 0.0)]
    levels += [
        (HEIGHT_M - edge * (1 - float(np.sin(turn))), -edge * (1 - float(np.cos(turn))))
        for turn in np.linspace(0, np.pi / 2, 8)
    ]
    rings = []
    for z, out in levels:
        width, depth = WIDTH_M + 2 * out, DEPTH_M + 2 * out
        corner = max(min(0.05 + out / 2, depth / 2 - 0.001), 0.004)
        rings.append(np.column_stack([rounded_rectangle(width, depth, corner), np.full(20, z)]))
    return skin(rings, ENAMEL)


SHAPES = {"toaster-white": toaster}
