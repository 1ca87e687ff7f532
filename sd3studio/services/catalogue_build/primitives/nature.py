"""Grass and weeds."""

import numpy as np

from sd3studio.services.catalogue_build.primitives.shapes import (
    Colour,
    ball,
    moved,
    rotated,
    skin,
    stretched,
    tube,
    whole,
)
from sd3studio.services.catalogue_build.surface import Surface


def _blade(reach: float, height: float, width: float, turn_deg: float, colour: Colour) -> Surface:
    """One bent blade of grass that grows at the origin."""
    share = np.linspace(0, 1, 5)
    out = reach * share**1.8
    up = height * (share - 0.25 * share**3)
    half = width / 2 * (1 - share**2) + 0.0004
    rings = [[(-h, -o, u), (h, -o, u)] for h, o, u in zip(half, out, up, strict=True)]
    return rotated(skin(rings, colour, caps=False, closed=False), "z", turn_deg)


def _tuft(count: int, radius: float, heights: tuple[float, float], seed: int) -> list[Surface]:
    random = np.random.default_rng(seed)
    blades = []
    for k in range(count):
        angle, distance = 360 * random.uniform(), radius * np.sqrt(random.uniform())
        green = random.uniform(0.85, 1.15)
        colour = (0.30 * green, 0.50 * green, 0.14 * green) if k % 5 else (0.62 * green, 0.58 * green, 0.28 * green)
        height = random.uniform(*heights)
        blade = _blade(
            height * random.uniform(0.25, 0.75), height, height * 0.045 + 0.003, angle + random.uniform(-40, 40), colour
        )
        foot = np.deg2rad(angle - 90)
        blades.append(moved(blade, (distance * np.cos(foot), distance * np.sin(foot), 0)))
    return blades


def grass_tuft() -> Surface:
    """A tuft of grass, 25 cm high."""
    return whole(*_tuft(90, 0.09, (0.14, 0.27), 1))


def weeds() -> Surface:
    """Tall weeds with broad leaves, stalks and yellow flowers, 60 cm high."""
    random = np.random.default_rng(7)
    parts = _tuft(70, 0.28, (0.15, 0.42), 2)
    for _ in range(14):
        x, y = random.uniform(-0.26, 0.26, 2)
        height = random.uniform(0.38, 0.62)
        lean = random.uniform(-0.08, 0.08, 2)
        points = [(x + lean[0] * s * s, y + lean[1] * s * s, height * s) for s in (0, 0.35, 0.7, 1.0)]
        parts.append(tube(points, [0.006, 0.005, 0.004, 0.003], (0.34, 0.44, 0.17), 5))
        for k in range(6):
            share = 0.15 + 0.13 * k
            leaf = stretched(
                ball(1.0, (0, -1.0, 0), (0.26, 0.46 + 0.03 * (k % 3), 0.13), 8), (0.018, 0.055 * (1.2 - share), 0.004)
            )
            leaf = rotated(rotated(leaf, "x", -25), "z", 137 * k + 360 * random.uniform())
            parts.append(moved(leaf, (x + lean[0] * share**2, y + lean[1] * share**2, height * share)))
        if random.uniform() < 0.65:
            parts.append(moved(stretched(ball(0.02, (0, 0, 0), (0.93, 0.80, 0.16), 8), (1, 1, 0.6)), points[-1]))
    return whole(*parts)


SHAPES = {"grass-tuft": grass_tuft, "weeds": weeds}
