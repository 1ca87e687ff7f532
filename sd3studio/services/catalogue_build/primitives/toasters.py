"""A toaster, as it stands on a kitchen counter."""

import numpy as np
from PIL import Image

from sd3studio.services.catalogue_build.primitives.shapes import (
    box,
    lathe,
    mapped,
    moved,
    rotated,
    rounded_rectangle,
    skin,
    slab,
    whole,
)
from sd3studio.services.catalogue_build.primitives.skins import as_image
from sd3studio.services.catalogue_build.surface import Surface

WIDTH_M, DEPTH_M, HEIGHT_M = 0.27, 0.18, 0.193
FOOT_M = 0.018
PLASTIC, DARK = (0.06, 0.06, 0.07), (0.05, 0.05, 0.06)
RIM, SLOT = (0.80, 0.81, 0.84), (0.03, 0.03, 0.03)


def toaster() -> Surface:
    """A white toaster with two slots, its lever and its dial at the front."""
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
    ]
    return whole(*parts)


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
    return mapped(skin(rings, (1, 1, 1)), _enamel(), "x", "z")


def _enamel() -> Image.Image:
    """White, a little darker below, as it mirrors what it stands on."""
    random = np.random.default_rng(1)
    down, right = np.linspace(1, 0, 128)[:, None], np.linspace(0, 1, 192)[None, :]
    light = 205 + np.interp(down, [0, 0.2, 0.6, 1], [-38, -10, 12, 30])
    light = light + 18 * np.exp(-(((right - 0.25) / 0.12) ** 2)) + 3 * random.normal(size=(128, 1))
    return as_image(light[..., None] * (1, 1, 1.01))


SHAPES = {"toaster-white": toaster}
