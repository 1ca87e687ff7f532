"""Carrots with their green, and broccoli."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from sd3studio.services.catalogue_build.primitives.shapes import (
    ball,
    lathe,
    moved,
    rotated,
    skin,
    stretched,
    tube,
    warped,
    whole,
)
from sd3studio.services.catalogue_build.primitives.skins import as_image, noise, textured, wrapped
from sd3studio.services.catalogue_build.surface import Floats, Surface

STALK = (0.66, 0.78, 0.42)
CUT_STALK = (0.80, 0.86, 0.60)
LEAF_STALK = (0.42, 0.60, 0.24)
CARROT = (245, 125, 20)
ROOT = (
    (0.0, 0.05),
    (0.04, 0.14),
    (0.1, 0.24),
    (0.25, 0.42),
    (0.45, 0.62),
    (0.65, 0.80),
    (0.82, 0.95),
    (0.93, 1.0),
    (0.98, 0.86),
    (1.0, 0.35),
)
"""Share of a carrot's length from its tip -> share of its greatest radius."""

Rgb = tuple[int, int, int]


def carrot() -> Surface:
    """A carrot of 17 cm with its leaves, lying."""
    return _lying([(50.0, (0.0, 0.0, 0.021), 0.17, 0.021, 1)], leaf_m=0.07, leaf_width=0.045, leaves=6)


def carrots() -> Surface:
    """Five carrots in two layers, their leaves cut short."""
    places = [
        (50.0, (0.0, -0.045, 0.020), 0.18, 0.020, 1),
        (56.0, (0.005, -0.003, 0.019), 0.17, 0.019, 2),
        (63.0, (0.0, 0.038, 0.019), 0.175, 0.019, 3),
        (52.0, (0.0, -0.022, 0.048), 0.17, 0.018, 4),
        (61.0, (0.0, 0.02, 0.048), 0.16, 0.018, 5),
    ]
    return _lying(places, leaf_m=0.035, leaf_width=0.03, leaves=4)


def _lying(
    places: list[tuple[float, tuple[float, float, float], float, float, int]],
    leaf_m: float,
    leaf_width: float,
    leaves: int,
) -> Surface:
    """Carrots by yaw (degrees), middle, length, radius and seed."""
    leaf = _leaf_picture()
    parts = []
    for yaw, middle, length, radius, seed in places:
        root = moved(_root(seed, length, radius), (0, 0, -length / 2))
        green = _leaves(seed * 9, leaf_m, length / 2 - 0.003, leaf, leaves, leaf_width)
        parts += [moved(rotated(rotated(part, "x", -90), "z", yaw), middle) for part in (root, *green)]
    return whole(*(warped(part, _on_the_ground) for part in parts))


def _on_the_ground(vertices: Floats) -> Floats:
    """Leaves that would hang into the ground lie on it."""
    return np.column_stack([vertices[:, :2], np.maximum(vertices[:, 2], 0.0)])


def _root(seed: int, length: float, radius: float) -> Surface:
    """A carrot that stands on its tip, a little bent."""
    random = np.random.default_rng(seed)
    profile = [(radius * share * (1 + random.uniform(-0.03, 0.03)), length * at) for at, share in ROOT]
    straight = wrapped(lathe([(0.0005, -0.001), *profile], (1, 1, 1), 14), _carrot_skin(seed))

    def bend(vertices: Floats) -> Floats:
        aside = 0.003 * np.sin(vertices[:, 2] / length * np.pi)
        return vertices + np.column_stack([aside, 0 * aside, 0 * aside])

    return warped(straight, bend)


def _leaves(seed: int, length: float, top: float, picture: Image.Image, count: int, width: float) -> list[Surface]:
    random = np.random.default_rng(seed)
    parts = []
    for _ in range(count):
        aside, bent = random.uniform(-0.5, 0.5), random.uniform(-0.25, 0.5)
        reach = length * random.uniform(0.8, 1.1)
        points = np.array(
            [(np.sin(aside * t) * reach * t, bent * reach * t * t * 0.5, top + reach * t) for t in np.linspace(0, 1, 6)]
        )
        parts.append(_ribbon(points + 1e-6, width, picture, random.uniform(-0.6, 0.6)))
        parts.append(tube(points[:4], [0.0022, 0.002, 0.0016, 0.001], LEAF_STALK, 5))
    return parts


def _ribbon(points: Floats, width: float, picture: Image.Image, twist: float) -> Surface:
    """A picture bent along a line of points, its lower side at the first one, turned about the line by `twist`."""
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along, [0, 0, 1.0])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    side = (side * np.cos(twist) + np.cross(side, along) * np.sin(twist)) * width / 2
    surface = skin([np.stack([p - s, p + s]) for p, s in zip(points, side, strict=True)], (1, 1, 1), False, False)
    count = len(points)
    uv = np.stack([np.tile([0.01, 0.99], count), np.repeat(np.linspace(0.005, 0.995, count), 2)], 1)
    return textured(surface, uv[surface.faces], picture)


def _carrot_skin(seed: int) -> Image.Image:
    """Orange with rings and short dark lines across."""
    random = np.random.default_rng(seed)
    pixels = np.empty((256, 128, 3))
    pixels[:] = CARROT
    pixels += (noise(random, 128, 256, 6) * 9)[..., None] * (1, 0.8, 0.4)
    rings = np.repeat(noise(random, 2, 256, 3)[:, :1], 128, 1)
    pixels += (rings * 7)[..., None] * (1, 0.9, 0.6)
    image = as_image(pixels)
    draw = ImageDraw.Draw(image)
    for _ in range(46):
        x, y, width = random.uniform(0, 128), random.uniform(0, 256), random.uniform(8, 40)
        draw.line((x, y, x + width, y + random.uniform(-1, 1)), fill=(180, 78, 14), width=1)
    return image.filter(ImageFilter.GaussianBlur(0.6))


def _leaf_picture() -> Image.Image:
    """A feathery leaf, its stalk at the bottom, on nothing."""
    image = Image.new("RGBA", (128, 256), (70, 130, 40, 0))
    draw = ImageDraw.Draw(image)
    random = np.random.default_rng(5)
    draw.line((64, 256, 64, 30), fill=(96, 150, 58, 255), width=5)

    def blade(x: float, y: float, angle: float, length: float, is_twig: bool) -> None:
        end_x, end_y = x + length * np.cos(angle), y - length * np.sin(angle)
        shade = random.uniform(0.8, 1.2)
        colour = (int(58 * shade), int(122 * shade), int(34 * shade), 255)
        draw.line((x, y, end_x, end_y), fill=colour, width=5 if is_twig else 4)
        if not is_twig:
            return
        for k in range(1, 7):
            t = k / 6
            for side in (-1, 1):
                start = (x + (end_x - x) * t, y + (end_y - y) * t)
                blade(*start, angle + side * 0.8, length * 0.30 * (1.15 - t * 0.6), False)

    for k in range(9):
        for side in (-1, 1):
            blade(64, 186 - k * 19 + side * 4, np.pi / 2 - side * 0.95, 58 - k * 4.6, True)
    blade(64, 44, np.pi / 2, 34, True)
    return image


def broccoli_crown() -> Surface:
    """A head of broccoli of 12 cm on its cut stalk."""
    return whole(*_floret(1, 1.0, 14, _buds((22, 60, 14), (92, 150, 52)), 14))


def broccoli_florets() -> Surface:
    """Three florets, lying as they were cut."""
    buds = _buds((26, 76, 18), (108, 168, 58))
    parts = [
        *_laid(_floret(1, 0.9, 8, buds, 12), 62, 20, (0.03, 0.02)),
        *_laid(_floret(3, 0.8, 8, buds, 12), 75, -120, (-0.03, -0.03)),
        *_laid(_floret(4, 0.75, 7, buds, 12), 25, 150, (-0.045, 0.045)),
    ]
    return whole(*parts)


def _laid(parts: list[Surface], tilt_deg: float, yaw_deg: float, at: tuple[float, float]) -> list[Surface]:
    turned = [rotated(rotated(part, "x", tilt_deg), "z", yaw_deg) for part in parts]
    low = min(float(part.vertices[:, 2].min()) for part in turned)
    return [moved(part, (*at, -low)) for part in turned]


def _floret(seed: int, scale: float, lumps: int, buds: Image.Image, segments: int) -> list[Surface]:
    """A stalk that branches into so many lumps of buds."""
    random = np.random.default_rng(seed)
    parts = []
    for k in range(lumps):
        x, y, z, size = 0.0, 0.0, 0.094, 0.024
        if k:
            angle, reach = k * 2.399963 + seed, 0.026 if k < 5 else 0.041
            x, y = reach * np.cos(angle), reach * np.sin(angle)
            z, size = (0.088 if k < 5 else 0.073) + random.uniform(-0.003, 0.003), random.uniform(0.018, 0.022)
            branch = [(0, 0, 0.035), (x * 0.55, y * 0.55, 0.058), (x * 0.9, y * 0.9, z - 0.008)]
            parts.append(tube(branch, [0.010, 0.008, 0.009], STALK, 6))
        lump = stretched(_lump(seed * 31 + k, buds, segments), (size, size, size * 0.9))
        lump = rotated(rotated(lump, "x", random.uniform(-40, 40)), "z", random.uniform(0, 360))
        parts.append(moved(lump, (x, y, z)))
    parts.append(lathe([(0.013, 0.0), (0.0155, 0.003), (0.0145, 0.03), (0.018, 0.06), (0.012, 0.075)], STALK, 14))
    parts.append(moved(lathe([(0.0125, 0), (0.0001, 0.0005)], CUT_STALK, 14, caps=False), (0, 0, -0.0002)))
    return [stretched(part, (scale, scale, scale)) for part in parts]


def _lump(seed: int, buds: Image.Image, segments: int) -> Surface:
    """A ball of radius 1 with bumps, covered with buds."""
    bumps = np.random.default_rng(seed).normal(size=(46, 3))
    bumps /= np.linalg.norm(bumps, axis=1)[:, None]

    def bumpy(vertices: Floats) -> Floats:
        unit = vertices / np.maximum(np.linalg.norm(vertices, axis=1, keepdims=True), 1e-9)
        nearest = (unit @ bumps.T).max(axis=1)
        return unit * (1.08 - 0.31 * np.arccos(np.clip(nearest, -1, 1)))[:, None]

    return wrapped(warped(ball(1.0, (0, 0, 0), (1, 1, 1), segments), bumpy), buds, 2)


def _buds(dark: Rgb, light: Rgb) -> Image.Image:
    """Small round buds, lit from above, close together."""
    random = np.random.default_rng(3)
    image = Image.new("RGB", (256, 256), dark)
    draw = ImageDraw.Draw(image)
    for _ in range(900):
        x, y = random.uniform(0, 256, 2)
        size, share = random.uniform(3, 6.5), random.uniform(0, 1)
        shade = np.add(dark, (18, 34, 8)) * (1 - share) + np.array(light) * share
        colour, lit = (tuple(int(value) for value in np.minimum(shade * k + c, 255)) for k, c in ((1, 0), (1.2, 6)))
        for left in (x - 256, x, x + 256):  # the right side goes on at the left one
            draw.ellipse((left - size, y - size, left + size, y + size), fill=colour)
            draw.ellipse((left - size * 0.5, y - size * 0.8, left + size * 0.3, y), fill=lit)
    return image.filter(ImageFilter.GaussianBlur(0.6))


SHAPES = {
    "carrot-leafy": carrot,
    "carrots": carrots,
    "broccoli-crown": broccoli_crown,
    "broccoli-florets": broccoli_florets,
}
