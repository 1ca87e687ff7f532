"""Baseball bats and a ball."""

import numpy as np

from sd3studio.services.catalogue_build.primitives.shapes import (
    Colour,
    ball,
    grounded,
    lathe,
    moved,
    rotated,
    skin,
    whole,
)
from sd3studio.services.catalogue_build.surface import Surface, joined

WOOD, STEEL, BLACK, RED = (0.80, 0.60, 0.36), (0.72, 0.74, 0.78), (0.08, 0.08, 0.09), (0.75, 0.10, 0.12)
BALL_M = 0.037
BAT_PROFILE = (
    (0.010, 0.0), (0.025, 0.002), (0.026, 0.012), (0.016, 0.024), (0.0125, 0.06), (0.0125, 0.28), (0.017, 0.40),
    (0.027, 0.54), (0.0325, 0.66), (0.033, 0.80), (0.028, 0.832), (0.012, 0.84),
)  # fmt: skip


def bat(colour: Colour, band: Colour | None = None) -> Surface:
    """A bat of 84 cm, upright on its knob, in our own axes, with a dark grip and a band of colour if wished."""
    parts = [lathe(BAT_PROFILE, colour, 24), lathe([(0.0135, 0.04), (0.0135, 0.27)], BLACK, 24)]
    if band is not None:
        parts.append(lathe([(0.0302, 0.585), (0.0322, 0.63)], band, 24))
    return joined(parts)


def baseball() -> Surface:
    """A white ball with red stitches, in our own axes."""
    turn, bend = np.linspace(0, 2 * np.pi, 73), 0.44
    x, y = np.cos(turn) + bend * np.cos(3 * turn), np.sin(turn) - bend * np.sin(3 * turn)
    seam = np.column_stack([x, y, 2 * np.sqrt(bend) * np.sin(2 * turn)])
    seam /= np.linalg.norm(seam, axis=1, keepdims=True)
    along = np.gradient(seam, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    aside = np.cross(seam, along)
    parts = [ball(BALL_M, (0, 0, 0), (0.95, 0.94, 0.91), 24)]
    for k in range(0, 72, 2):
        for side in (-1, 1):
            end = seam[k] + aside[k] * side * 0.15 + along[k] * 0.11
            end, half = end / np.linalg.norm(end), along[k] * 0.03
            stitch = np.asarray([[seam[k] - half, seam[k] + half], [end - half, end + half]]) * BALL_M * 1.012
            parts.append(skin(stitch, RED, caps=False, closed=False))
    return moved(joined(parts), (0, 0, BALL_M))


def bat_with_ball() -> Surface:
    """A wooden bat lying along y, handle to the front, and a ball beside it."""
    return whole(grounded(joined([grounded(rotated(bat(WOOD), "x", -90)), moved(baseball(), (0.11, 0.18, 0))])))


def metal_bat() -> Surface:
    """A metal bat standing on its barrel aslant."""
    return whole(grounded(rotated(bat(STEEL, RED), "y", 145)))


SHAPES = {"baseball-bat-ball": bat_with_ball, "baseball-bat-metal": metal_bat}
