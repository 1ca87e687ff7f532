"""A sub: a long roll with salad, tomatoes, ham and cheese."""

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFilter

from sd3studio.services.catalogue_build.primitives.shapes import (
    Colour,
    circle,
    mapped,
    moved,
    rotated,
    skin,
    slab,
    warped,
    whole,
)
from sd3studio.services.catalogue_build.primitives.skins import as_image, noise
from sd3studio.services.catalogue_build.surface import Floats, Surface

LENGTH_M, WIDTH_M = 0.22, 0.075
TOMATO, HAM, CHEESE = (0.85, 0.18, 0.12), (0.94, 0.64, 0.60), (0.98, 0.80, 0.28)
SALAD, LIGHT_SALAD = (0.36, 0.62, 0.16), (0.42, 0.70, 0.22)
PAPER = (0.96, 0.95, 0.93)


def sub_on_paper() -> Surface:
    """A sub of 22 cm on a sheet of paper."""
    roll = [moved(part, (0, 0, 0.003)) for part in _sub()]
    return whole(*(rotated(part, "z", 20) for part in (*roll, _paper())))


def _sub() -> list[Surface]:
    crust = _crust()
    oval = circle(1, 40) * (LENGTH_M / 2 * 0.97, 0.036)
    crumb = mapped(slab(oval * 0.96, 0.001, (1, 1, 1)), _crumb(), "x", "y")
    parts = [
        moved(_half_roll(0.03, False, crust), (0, 0, 0.0225)),
        moved(crumb, (0, 0, 0.0225)),
        moved(_leaf(oval * 1.08, SALAD, 1), (0, -0.004, 0.026)),
    ]
    random = np.random.default_rng(2)
    for k in range(6):
        x = -0.085 + k * 0.034
        parts.append(moved(rotated(slab(circle(0.026, 16), 0.004, TOMATO), "x", 12), (x, -0.016, 0.031)))
        ham = rotated(slab(circle(0.030, 18) * (1, 0.9), 0.003, HAM), "x", 14 + random.uniform(-5, 5))
        parts.append(moved(ham, (min(x + 0.014, 0.082), -0.010, 0.035)))
    square = [(-0.03, -0.03), (0.03, -0.03), (0.03, 0.03), (-0.03, 0.03)]
    for k in range(4):
        cheese = rotated(rotated(slab(square, 0.0025, CHEESE), "z", 45), "x", 14)
        parts.append(moved(cheese, (-0.075 + k * 0.05, -0.008, 0.039)))
    parts.append(moved(_leaf(oval * 1.06, LIGHT_SALAD, 6), (0, -0.004, 0.044)))
    parts.append(moved(rotated(_half_roll(0.04, True, crust), "x", -14), (0, 0.006, 0.048)))
    return parts


def _half_roll(height: float, is_upper: bool, picture: Image.Image) -> Surface:
    """Half of a roll, cut at z = 0."""
    turn = np.linspace(0, np.pi, 14)
    rings = []
    for x in np.linspace(-1, 1, 17):
        share = max((1 - abs(x) ** 5) ** 0.5, 0.05)
        rise = np.sin(turn) * height * (0.35 + 0.65 * share) * (1 if is_upper else -0.75)
        rings.append(np.column_stack([np.full(14, x * LENGTH_M / 2), np.cos(turn) * WIDTH_M / 2 * share, rise]))
    return mapped(skin(rings, (1, 1, 1)), picture, "x", "y")


def _leaf(outline: ArrayLike, colour: Colour, seed: int) -> Surface:
    """A sheet of salad with a frilled edge that goes up and down."""
    points = np.asarray(outline, float)
    ring = np.vstack([points, points[:1]])
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1))]
    at = np.linspace(0, along[-1], 90, endpoint=False)
    edge = np.column_stack([np.interp(at, along, ring[:, k]) for k in (0, 1)])
    step = np.arange(90)
    start = np.random.default_rng(seed).uniform(0, 6)
    edge *= (1 + 0.05 * np.sin(step * 2.3 + start) + 0.03 * np.sin(step * 3.7 + 1))[:, None]

    def waves(vertices: Floats) -> Floats:
        x, y, _ = vertices.T
        reach = np.clip(np.hypot(x, y) / 0.05, 0, 1)
        lift = 0.005 * np.sin(np.arctan2(y, x) * 13 + x * 60) * reach
        return vertices + np.column_stack([0 * lift, 0 * lift, lift])

    return warped(slab(edge, 0.003, colour), waves)


def _paper() -> Surface:
    """A sheet with its edges bent up."""
    width, depth, count = 0.27, 0.17, 9
    random = np.random.default_rng(1)
    x = np.linspace(-0.5, 0.5, count)
    rings = []
    for y in x:
        bent = 0.012 * (np.clip((np.abs(x) - 0.375) * 8, 0, 1) ** 2 + np.clip((abs(y) - 0.35) / 0.15, 0, 1) ** 2)
        height = 0.001 + bent + random.uniform(0, 0.0025, count)
        rings.append(np.column_stack([x * width, np.full(count, y * depth), height]))
    return skin(rings, PAPER, caps=False, closed=False)


def _crust() -> Image.Image:
    """Baked dough, darker along its middle."""
    random = np.random.default_rng(4)
    pixels = np.empty((128, 256, 3))
    pixels[:] = (206, 146, 76)
    pixels += (noise(random, 256, 128, 8) * 10 + noise(random, 256, 128, 2) * 7)[..., None] * (1, 0.85, 0.6)
    middle = np.exp(-((np.linspace(-1, 1, 128) / 0.35) ** 2))
    return as_image(pixels * (1 - 0.25 * middle)[:, None, None]).filter(ImageFilter.GaussianBlur(0.6))


def _crumb() -> Image.Image:
    """White bread with pores."""
    random = np.random.default_rng(3)
    pixels = np.empty((192, 192, 3))
    pixels[:] = (238, 214, 168)
    pixels += sum(noise(random, 192, 192, grain) * much for grain, much in ((10, 5), (3, 6), (1.2, 4)))[..., None]
    image = as_image(pixels)
    draw = ImageDraw.Draw(image)
    for _ in range(160):
        x, y = random.uniform(0, 192, 2)
        size, shade = random.uniform(0.5, 2.2), random.uniform(0.80, 0.95)
        colour = tuple(int(value * shade) for value in (238, 214, 168))
        draw.ellipse((x - size, y - size * 0.7, x + size, y + size * 0.7), fill=colour)
    return image.filter(ImageFilter.GaussianBlur(0.5))


SHAPES = {"sub-on-paper": sub_on_paper}
