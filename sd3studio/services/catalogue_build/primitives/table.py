"""Things that stand on a laid table: glasses of wine."""

import numpy as np

from sd3studio.services.catalogue_build.primitives.shapes import Colour, lathe, moved, skin, whole
from sd3studio.services.catalogue_build.surface import Surface

GLASS = (0.80, 0.84, 0.87, 0.40)
FOOT = (0.85, 0.88, 0.90, 0.65)
STEM = (0.80, 0.83, 0.85, 0.90)
EDGE = (0.97, 0.98, 0.99)
SHINE = (1.0, 1.0, 1.0)
BOWL = (
    (0.004, 0.098),
    (0.016, 0.101),
    (0.028, 0.110),
    (0.037, 0.124),
    (0.0415, 0.142),
    (0.042, 0.158),
    (0.0395, 0.178),
    (0.0355, 0.198),
    (0.0325, 0.212),
)
"""Radius and height (metres) of the outside of a wine glass above its stem."""
STEM_OUTSIDE = (
    (0.009, 0.004),
    (0.0045, 0.012),
    (0.0034, 0.03),
    (0.0032, 0.06),
    (0.0036, 0.085),
    (0.006, 0.097),
    (0.010, 0.1005),
)
LEVEL_M = 0.150
"""Height up to which it is filled."""


def red_wine() -> Surface:
    """A wine glass, a third full of red wine."""
    return _wine_glass((0.27, 0.018, 0.05), (0.45, 0.06, 0.12))


def white_wine() -> Surface:
    """A wine glass, a third full of white wine."""
    return _wine_glass((0.93, 0.85, 0.52, 0.7), (0.96, 0.92, 0.68))


def _wine_glass(wine: Colour, top: Colour) -> Surface:
    # Where there is wine, its outside is that of the glass: a thin wall before it would be drawn as dots over it.
    filled = [(0.003, 0.098), *((_radius(z), z) for z in np.linspace(0.1, LEVEL_M, 9))]
    empty = [(_radius(z), z) for z in np.linspace(LEVEL_M, 0.212, 9)]
    parts = [
        lathe(empty, GLASS, 40, caps=False),
        lathe(filled, wine, 40, caps=False),
        moved(lathe([(_radius(LEVEL_M) - 0.0002, 0.0), (0.0005, 0.0002)], top, 40, caps=False), (0, 0, LEVEL_M)),
        _ring(0.0322, 0.2125),
        lathe(STEM_OUTSIDE, STEM, 16, caps=False),
        lathe([(0.036, 0.001), (0.030, 0.0022), (0.016, 0.0034), (0.006, 0.006)], FOOT, 40, caps=False),
        _ring(0.0358, 0.001),
    ]
    for side in (-60, 60, 180):
        parts += [_reflection(side, 14, 0.128, 0.190), _reflection(side + 16, 4, 0.135, 0.180)]
    return whole(*parts)


def _radius(height: float) -> float:
    return float(np.interp(height, [z for _, z in BOWL], [r for r, _ in BOWL]))


def _ring(radius: float, height: float) -> Surface:
    """The bright edge of rim and foot."""
    turn = np.arange(5) * np.pi / 2
    profile = [(radius + 0.001 * float(np.cos(a)), height + 0.001 * float(np.sin(a))) for a in turn]
    return lathe(profile, EDGE, 40, caps=False)


def _reflection(middle_deg: float, width_deg: float, low: float, high: float) -> Surface:
    """The reflection of a window on the bowl."""
    turn = np.deg2rad(middle_deg + width_deg * np.linspace(-0.5, 0.5, 5))
    rings = []
    for z in np.linspace(low, high, 7):
        reach = _radius(z) + 0.0006
        rings.append(np.column_stack([reach * np.cos(turn), reach * np.sin(turn), np.full(5, z)]))
    return skin(rings, SHINE, caps=False, closed=False)


SHAPES = {
    "wine-glass-red": red_wine,
    "wine-glass-white": white_wine,
}
