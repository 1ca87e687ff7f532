"""A tie as it is worn: on the shirt of a shop's bust."""

import numpy as np
from PIL import Image, ImageDraw

from sd3studio.services.catalogue_build.primitives.shapes import (
    Colour,
    cylinder,
    hull,
    lathe,
    mapped,
    moved,
    rotated,
    skin,
    whole,
)
from sd3studio.services.catalogue_build.surface import Surface

Rgb = tuple[int, int, int]
SKIN = (0.86, 0.80, 0.74)


def _shirt_cloth(ground: Rgb) -> Image.Image:
    """Cloth with soft folds, seen from the front: lower left is the hem's left corner."""
    random = np.random.default_rng(12)
    size = (160, 200)
    coarse = Image.fromarray(random.uniform(0, 255, (8, 9)).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    shade = (np.asarray(coarse, float) / 255 - 0.5) * 26
    across = np.linspace(-1, 1, size[0])[None, :]
    shade -= 26 * across**4
    pixels = np.asarray(ground, float) + shade[..., None] + random.normal(0, 1.5, (*shade.shape, 1))
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    seam = tuple(int(v * 0.82) for v in ground)
    draw.line((73, 0, 73, 200), fill=seam)
    draw.line((87, 0, 87, 200), fill=seam)
    return image


def _tie_cloth(ground: Rgb, stripe: Rgb | None) -> Image.Image:
    random = np.random.default_rng(2)
    image = Image.new("RGB", (64, 256), ground)
    if stripe:
        draw = ImageDraw.Draw(image)
        for y in range(-40, 300, 30):
            draw.line((-4, y, 68, y + 40), fill=stripe, width=6)
    pixels = np.asarray(image, float) + random.normal(0, 5, (256, 64, 1))
    pixels *= 1.08 - 0.30 * np.abs(np.linspace(-1, 1, 64))[None, :, None] ** 3
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _chest(z: float) -> tuple[float, float, float]:
    """Half width, half depth and middle (y) of the torso at a height."""
    heights = [0.0, 0.10, 0.22, 0.36, 0.44, 0.49, 0.515, 0.535, 0.545]
    widths = [0.165, 0.160, 0.172, 0.196, 0.205, 0.185, 0.140, 0.085, 0.066]
    depths = [0.105, 0.098, 0.108, 0.122, 0.112, 0.092, 0.078, 0.066, 0.062]
    middles = [0.0, 0.0, 0.0, 0.002, 0.010, 0.018, 0.022, 0.022, 0.020]
    return tuple(float(np.interp(z, heights, column)) for column in (widths, depths, middles))  # type: ignore[return-value]


def _front(x: float, z: float) -> float:
    """y of the shirt's front."""
    wide, deep, middle = _chest(z)
    return middle - deep * max(1 - abs(x / wide) ** 2.4, 0.0) ** (1 / 2.4)


def _torso(colour: Colour) -> Surface:
    turn = np.arange(36) * 2 * np.pi / 36
    rings = []
    for z in (0.0, 0.05, 0.10, 0.16, 0.22, 0.29, 0.36, 0.41, 0.44, 0.47, 0.49, 0.505, 0.515, 0.525, 0.535, 0.545):
        wide, deep, middle = _chest(z)
        c, s = np.cos(turn), np.sin(turn)
        power = 2 / 2.4
        rings.append(
            np.column_stack([
                wide * np.sign(c) * np.abs(c) ** power,
                middle + deep * np.sign(s) * np.abs(s) ** power,
                np.full(36, z),
            ])
        )  # fmt: skip
    return skin(rings, colour)


def _strip(rows: list[tuple[float, float]], lift: float, thick: float) -> Surface:
    """A cloth strip on the shirt's front: (z, half width) from below."""
    rings = []
    for z, wide in rows:
        y = _front(0.0, z) - lift
        rings.append([(-wide, y, z), (-wide * 0.6, y - thick, z), (0, y - thick * 1.2, z), (wide * 0.6, y - thick, z),
                      (wide, y, z), (0, y + 0.004, z)])  # fmt: skip
    return skin(rings, (1.0, 1.0, 1.0))


def _collar(colour: Colour) -> list[Surface]:
    parts = []
    for side in (-1, 1):
        wing = [(side * 0.004, -0.050, 0.552), (side * 0.028, -0.084, 0.490), (side * 0.074, -0.062, 0.510),
                (side * 0.070, 0.000, 0.568), (side * 0.040, -0.040, 0.585)]  # fmt: skip
        thick = [(x, y - 0.006, z + 0.002) for x, y, z in wing]
        parts.append(hull([*wing, *thick], colour))
    band = [(0.069, 0.064, 0.545), (0.070, 0.066, 0.575), (0.064, 0.060, 0.592)]
    turn = np.linspace(-0.30 * np.pi, 1.30 * np.pi, 25)
    rings = [np.column_stack([w * np.cos(turn), 0.018 + d * np.sin(turn), np.full(25, z)]) for w, d, z in band]
    parts.append(skin(rings, colour, closed=False))
    return parts


def tie_on_shirt() -> Surface:
    """A tie on the light blue shirt of a bust of 63 cm, its front to the front."""
    cloth, stripe, shirt = (120, 20, 30), (210, 180, 120), (150, 180, 220)
    colour = tuple(v / 255 for v in shirt)
    parts = [mapped(_torso(colour), _shirt_cloth(shirt), "x", "z")]
    neck = lathe([(0.058, 0.53), (0.056, 0.60), (0.052, 0.632), (0.040, 0.640)], SKIN, 24)
    parts.append(moved(neck, (0, 0.02, 0)))
    parts += _collar(colour)
    blade = [(0.055, 0.002), (0.10, 0.046), (0.16, 0.045), (0.22, 0.042), (0.30, 0.037), (0.37, 0.031), (0.43, 0.025),
             (0.49, 0.017)]  # fmt: skip
    parts.append(mapped(_strip(blade, 0.004, 0.006), _tie_cloth(cloth, stripe), "x", "z"))
    knot = hull([(x * w, y, z) for x in (-1, 1) for w, y, z in
                 ((0.017, -0.078, 0.487), (0.017, -0.088, 0.490), (0.027, -0.062, 0.538), (0.027, -0.078, 0.540),
                  (0.024, -0.055, 0.550), (0.023, -0.066, 0.552))], (1, 1, 1))  # fmt: skip
    parts.append(mapped(knot, _tie_cloth(cloth, stripe), "x", "z"))
    button = rotated(cylinder(0.006, 0.002, (0, 0, 0), (0.9, 0.9, 0.9), 10), "x", 90)
    parts.append(moved(button, (0, _front(0, 0.03), 0.03)))
    return whole(*parts)


SHAPES = {"tie-on-shirt": tie_on_shirt}
