"""A passenger train: a driving car and a second one, with a pantograph."""

import numpy as np
from PIL import Image, ImageDraw

from sd3studio.services.catalogue_build.primitives.shapes import (
    ball,
    box,
    circle,
    hull,
    mapped,
    moved,
    rod,
    rotated,
    skin,
    slab,
    whole,
)
from sd3studio.services.catalogue_build.surface import Floats, Surface

DARK = (0.13, 0.14, 0.15)
STEEL = (0.34, 0.35, 0.37)
GLASS = (0.09, 0.12, 0.15)
FLOOR = 1.05
HALF = 1.42
Rgb = tuple[int, int, int]
RED: Rgb = (176, 34, 36)
CREAM: Rgb = (232, 226, 204)


def _side(ground: Rgb, band: Rgb, stripe: Rgb, doors: tuple[int, ...]) -> Image.Image:
    """Windows, doors and bands of one car's side; the roof is above."""
    image = Image.new("RGB", (512, 128), ground)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 512, 30), fill=(150, 154, 158))
    draw.rectangle((0, 44, 512, 78), fill=band)
    draw.rectangle((0, 100, 512, 112), fill=stripe)
    x = 10
    while x < 500:
        if any(abs(x + 14 - door - 18) < 34 for door in doors):
            x += 8
            continue
        draw.rounded_rectangle((x, 46, x + 30, 74), 3, fill=(30, 38, 46))
        draw.line((x + 4, 70, x + 14, 50), fill=(92, 108, 122), width=2)
        x += 38
    for x in doors:
        draw.rectangle((x, 38, x + 36, 122), fill=stripe)
        draw.rectangle((x + 4, 46, x + 16, 86), fill=(30, 38, 46))
        draw.rectangle((x + 20, 46, x + 32, 86), fill=(30, 38, 46))
        draw.line((x + 18, 38, x + 18, 122), fill=(60, 50, 30))
    return image.resize((256, 64), Image.Resampling.LANCZOS)


def _section() -> Floats:
    """(N, 2) x and z of a car's outside, from its lower left over the roof."""
    left = [
        (-HALF * 0.97, 0.0),
        (-HALF, 0.35),
        (-HALF, 1.9),
        (-HALF * 0.97, 2.25),
        (-1.2, 2.52),
        (-0.8, 2.70),
        (-0.3, 2.77),
    ]
    return np.asarray([*left, *((-x, z) for x, z in reversed(left))])


def _bogie(y: float) -> list[Surface]:
    parts = [box((2.1, 2.9, 0.38), (0, y, 0.66), DARK, 0.05)]
    for dy in (-1.0, 1.0):
        for side in (-1, 1):
            wheel = rotated(moved(slab(circle(0.45, 16), 0.13, STEEL, 0.02), (0, 0, -0.065)), "y", 90)
            parts.append(moved(wheel, (side * 0.95, y + dy, 0.45)))
    return parts


def _car(low: float, high: float) -> list[Surface]:
    section = _section()
    rings = [[(x, y, FLOOR - 0.1 + z) for x, z in section] for y in (low, high)]
    shell = mapped(skin(rings, (1, 1, 1)), _side(RED, CREAM, CREAM, (96, 380)), "y", "z")
    length = high - low
    parts = [shell, box((2.4, length * 0.42, 0.55), (0, (low + high) / 2, 0.72), DARK, 0.05)]
    for share in (0.3, 0.7):
        parts.append(box((1.5, 2.4, 0.26), (0, low + length * share, FLOOR + 2.72), (0.52, 0.54, 0.56), 0.07))
    return parts + _bogie(low + 2.4) + _bogie(high - 2.4)


def _nose(y: float, front: Rgb) -> list[Surface]:
    """A driver's cab before y: windscreen, lamps, coupler."""
    colour = tuple(v / 255 for v in front)
    section = _section()
    rings = []
    for k, (dy, narrow, lower) in enumerate(
        ((0.0, 1.0, 0.0), (-0.5, 0.985, 0.02), (-1.05, 0.93, 0.10), (-1.35, 0.86, 0.2))
    ):
        ring = []
        for x, z in section:
            lean = max(z - 1.15, 0.0) * 0.42 * (k / 3)
            ring.append((x * narrow, y + dy + lean, FLOOR - 0.1 + z * (1 - lower * 0.25)))
        rings.append(ring)
    shell = skin(rings[::-1], colour)
    z0 = FLOOR - 0.1

    def face(x: float, z: float, out: float) -> tuple[float, float, float]:
        return (x, y - 1.35 + max(z / 0.95 - 1.15, 0.0) * 0.42 - out, z0 + z)

    pane = [(-1.05, 1.18), (1.05, 1.18), (1.0, 2.02), (0.85, 2.12), (-0.85, 2.12), (-1.0, 2.02)]
    glass = hull([face(x, z, out) for out in (0.0, 0.05) for x, z in pane], GLASS)
    parts = [
        shell,
        glass,
        hull(
            [
                face(x, z, out)
                for out in (0.04, 0.07)
                for x, z in ((-0.03, 1.18), (0.03, 1.18), (0.03, 2.12), (-0.03, 2.12))
            ],
            colour,
        ),
    ]
    sign = hull(
        [face(x, z, out) for out in (0.0, 0.06) for x, z in ((-0.5, 2.22), (0.5, 2.22), (0.5, 2.42), (-0.5, 2.42))],
        (0.95, 0.62, 0.1),
    )
    parts.append(sign)
    for side in (-1, 1):
        parts.append(box((0.50, 0.10, 0.22), (side * 0.85, y - 1.36, z0 + 0.72), DARK, 0.04))
        parts.append(ball((0.10, 0.05, 0.10), (side * 0.95, y - 1.41, z0 + 0.72), (1.0, 0.97, 0.84), 12))
        parts.append(ball((0.08, 0.04, 0.08), (side * 0.72, y - 1.41, z0 + 0.72), (0.85, 0.10, 0.08), 12))
        parts.append(box((0.04, 0.7, 0.62), (side * (HALF * 0.965 + 0.02), y - 0.35, z0 + 1.55), GLASS))
    parts.append(box((2.2, 0.5, 0.55), (0, y - 1.15, 0.68), DARK, 0.12))
    parts.append(box((0.36, 0.7, 0.30), (0, y - 1.5, 0.85), STEEL, 0.05))
    return parts


def passenger_train() -> Surface:
    """An electric passenger train of two cars, 26 m, its driver's cab to the front."""
    cars, length = 2, 11.7
    gap = 0.4
    low = 1.7 - (cars * length + (cars - 1) * gap + 1.7) / 2
    parts = _nose(low, RED)
    for _ in range(cars):
        parts += _car(low, low + length)
        low += length + gap
    for k in range(1, cars):
        parts.append(box((2.3, 0.5, 2.4), (0, low - k * (length + gap) - gap / 2, FLOOR + 1.2), DARK))
    arm = [(0, low - 5.0, FLOOR + 2.75), (0, low - 3.9, FLOOR + 3.25), (0, low - 4.9, FLOOR + 3.7)]
    for k in range(2):
        parts.append(rod(arm[k], arm[k + 1], 0.05, DARK, 6))
    parts.append(rod((-0.8, low - 4.9, FLOOR + 3.72), (0.8, low - 4.9, FLOOR + 3.72), 0.05, DARK, 6))
    return whole(*parts)


SHAPES = {"passenger-train": passenger_train}
