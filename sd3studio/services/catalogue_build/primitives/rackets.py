"""A strung tennis racket, as it is held, as it is stood down, and lying beside its ball."""

from math import comb

import numpy as np

from sd3studio.services.catalogue_build.primitives.shapes import (
    Colour,
    grounded,
    lathe,
    moved,
    rotated,
    skin,
    tube,
    whole,
)
from sd3studio.services.catalogue_build.primitives.sports import yellow_ball
from sd3studio.services.catalogue_build.surface import Floats, Surface, joined

HEAD_M, HEAD_AT_M = (0.122, 0.165), 0.505
"""Half width and half length of the head, to the middle of its frame; its middle above the butt."""
MAINS, CROSSES, MAIN_GAP_M, CROSS_GAP_M, STRING_M = 16, 19, 0.0142, 0.0165, 0.001
FRAME, TRIM, GRIP, STRING = (0.80, 0.09, 0.10), (0.95, 0.95, 0.93), (0.08, 0.08, 0.09), (0.93, 0.93, 0.86)


def _egg(angles_rad: Floats) -> Floats:
    """(N, 2) points of the head's frame, from the right anticlockwise; a little narrower at the throat."""
    x, z = np.cos(angles_rad), np.sin(angles_rad)
    return np.column_stack([HEAD_M[0] * x * (1 + 0.05 * z), HEAD_AT_M + HEAD_M[1] * z])


def _bar(path: Floats, colour: Colour) -> Surface:
    """A bar of oval section, 15 x 22 mm, along (N, 2) points in the plane y = 0."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    turn = np.arange(8) * np.pi / 4 + np.pi / 8
    rings = []
    for point, (x, z) in zip(path, along, strict=True):
        flat = point + np.outer(np.cos(turn), (-z, x)) * 0.0075
        rings.append(np.column_stack([flat[:, 0], np.sin(turn) * 0.011, flat[:, 1]]))
    return skin(rings, colour)


def _strings() -> Surface:
    """Strings up and across, from frame to frame."""
    outline = _egg(np.linspace(0, 2 * np.pi, 361))
    lines = []
    for x in (np.arange(MAINS) - (MAINS - 1) / 2) * MAIN_GAP_M:
        ends = outline[np.abs(outline[:, 0] - x) < 0.004][:, 1]
        lines.append([(x, 0.0, ends.min()), (x, 0.0, ends.max())])
    for z in HEAD_AT_M + (np.arange(CROSSES) - (CROSSES - 1) / 2) * CROSS_GAP_M:
        ends = outline[np.abs(outline[:, 1] - z) < 0.005][:, 0]
        lines.append([(ends.min(), 0.0, z), (ends.max(), 0.0, z)])
    return joined([tube(line, STRING_M, STRING, 4) for line in lines])


def _throat(side: int) -> Surface:
    """The arm from the head's lower right (`side` 1) or left (-1) to the handle: a Bezier curve."""
    start = _egg(np.asarray([-np.pi / 2 + side * 0.95]))[0]
    below = (start[0] * 0.72, start[1] - 0.045)
    points = np.asarray([start, below, (side * 0.028, 0.27), (side * 0.011, 0.215), (side * 0.008, 0.19)])
    weights = [[comb(4, k) * t**k * (1 - t) ** (4 - k) for k in range(5)] for t in np.linspace(0, 1, 12)]
    return _bar(np.asarray(weights) @ points, FRAME)


def _racket() -> Surface:
    """Upright on its butt, strings towards the front; 68 cm."""
    top, rest = np.linspace(0.20, 0.80, 16) * np.pi, np.linspace(0.80, 2.20, 34) * np.pi
    handle = lathe([(0.019, 0.0), (0.019, 0.012), (0.0165, 0.018), (0.0158, 0.19), (0.0135, 0.20)], GRIP, 8)
    collar = lathe([(0.0145, 0.195), (0.0145, 0.215), (0.008, 0.222)], TRIM, 8)
    grip = rotated(joined([handle, collar]), "z", 22.5)
    return joined([_bar(_egg(top), TRIM), _bar(_egg(rest), FRAME), _throat(-1), _throat(1), grip, _strings()])


def held() -> Surface:
    """Aslant with its head up, as a player holds it."""
    return whole(grounded(rotated(_racket(), "y", 40)))


def stood_down() -> Surface:
    """Aslant on its head, as it is put down beside a player."""
    return whole(grounded(rotated(_racket(), "y", 140)))


def with_ball() -> Surface:
    """Lying with its head away from the front, a ball beside it."""
    return whole(grounded(joined([grounded(rotated(_racket(), "x", -90)), moved(yellow_ball(), (0.17, 0.16, 0))])))


SHAPES = {"tennis-racket-held": held, "tennis-racket-down": stood_down, "tennis-racket-ball": with_ball}
