"""Baseball gloves: with a ball in the pocket, and lying with a bat and a ball."""

from itertools import pairwise

import numpy as np

from sd3studio.services.catalogue_build.primitives.ballgames import WOOD, baseball, bat
from sd3studio.services.catalogue_build.primitives.blends import Bone, body
from sd3studio.services.catalogue_build.primitives.shapes import Colour, Point, grounded, moved, rotated, tube, whole
from sd3studio.services.catalogue_build.surface import Floats, Surface, joined

TAN, BROWN, BLACK, LACE = (0.62, 0.36, 0.16), (0.45, 0.25, 0.12), (0.09, 0.075, 0.07), (0.85, 0.68, 0.44)
FINGERS = ((-0.026, -0.034, 0.296), (0.016, 0.018, 0.312), (0.058, 0.070, 0.302), (0.096, 0.118, 0.272))
"""x at the knuckle, x and z at the tip, from the index finger on."""
WEB = ((-0.098, -0.012, 0.135), (-0.128, -0.055, 0.235)), ((-0.035, 0.008, 0.165), (-0.042, -0.040, 0.285))
"""Lower and upper end of the web at the thumb, and at the index finger."""


def _between(ends: tuple[Point, Point], share: float) -> Floats:
    return np.asarray(ends[0]) * (1 - share) + np.asarray(ends[1]) * share


def _bone(start: Floats, end: Floats, radius: float, colour: Colour) -> Bone:
    (a, b, c), (d, e, f) = start.tolist(), end.tolist()
    return Bone((a, b, c), (d, e, f), (radius, radius), colour)


def _glove(leather: Colour, dark: Colour, palm: Colour) -> Surface:
    """Upright, its palm to the front and the fingers bent that way; the thumb is on the left."""
    bones = []
    for x, tip_x, tip_z in FINGERS:
        middle = ((x + tip_x) / 2 + 0.002, 0.012, (0.155 + tip_z) / 2)
        bones.append(Bone((x, 0.014, 0.13), middle, (0.026, 0.026), leather))
        bones.append(Bone(middle, (tip_x, -0.045, tip_z), (0.026, 0.021), leather))
    for (x, tip_x, tip_z), (next_x, next_tip_x, next_tip_z) in pairwise(FINGERS):
        end = ((tip_x + next_tip_x) / 2, -0.036, min(tip_z, next_tip_z) - 0.03)
        bones.append(Bone(((x + next_x) / 2, 0.010, 0.15), end, (0.016, 0.013), dark))
    bones += [
        Bone((-0.062, 0.0, 0.055), (-0.105, -0.020, 0.125), (0.038, 0.032), leather),
        Bone((-0.105, -0.020, 0.125), (-0.132, -0.060, 0.225), (0.032, 0.024), leather),
        Bone((-0.045, 0.0, 0.040), (0.062, 0.0, 0.040), (0.040, 0.042), leather),
        Bone((0.085, -0.005, 0.06), (0.105, -0.005, 0.14), (0.038, 0.032), leather),
        Bone((-0.03, 0.022, 0.07), (-0.02, 0.022, 0.14), (0.026, 0.026), palm),
        Bone((0.03, 0.020, 0.06), (0.03, 0.020, 0.14), (0.030, 0.026), palm),
        Bone((-0.07, 0.005, 0.10), (-0.045, 0.015, 0.15), (0.022, 0.018), palm),
    ]
    thumb, finger = WEB
    shares = np.linspace(0, 1, 5).tolist()
    bones += [_bone(_between(thumb, share), _between(finger, share), 0.011, dark) for share in shares]
    return joined([body(bones, melt=0.012, cells=28), _laces()])


def _laces() -> Surface:
    """One lace through the fingers, three up the web."""
    x = np.linspace(-0.05, 0.13, 14)
    weave = -0.052 + 0.010 * np.cos(np.linspace(0, 8 * np.pi, 14))
    laces = [np.column_stack([x, weave, 0.255 - 0.25 * np.maximum(x - 0.06, 0)])]
    (thumb_low, thumb_high), (finger_low, finger_high) = WEB
    for share in (0.25, 0.5, 0.75):
        ends = (_between((thumb_low, finger_low), share), _between((thumb_high, finger_high), share))
        laces.append(np.asarray(ends) - (0, 0.0135, 0))
    return joined([tube(line, 0.0038, LACE, 5) for line in laces])


def glove_with_ball() -> Surface:
    """A tan glove lying back, a ball in its pocket."""
    glove = joined([_glove(TAN, (0.33, 0.18, 0.08), BROWN), moved(baseball(), (-0.022, -0.042, 0.088))])
    return whole(grounded(rotated(glove, "x", -40)))


def kit() -> Surface:
    """A black glove with a brown palm leaning on a bat, a ball before them."""
    glove = rotated(grounded(rotated(_glove(BLACK, BROWN, BROWN), "x", -50)), "z", 25)
    stick = moved(rotated(grounded(rotated(bat(WOOD), "x", -90)), "z", 62), (0.08, 0.20, 0))
    return whole(grounded(joined([moved(glove, (-0.05, 0, 0)), stick, moved(baseball(), (0.22, -0.08, 0))])))


SHAPES = {"baseball-glove-ball": glove_with_ball, "baseball-glove-kit": kit}
