"""A cooker: oven with a window, knobs, four burners."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sd3studio.services.catalogue_build.primitives.shapes import (
    box,
    cylinder,
    lathe,
    moved,
    rod,
    rotated,
    sheet,
    whole,
)
from sd3studio.services.catalogue_build.surface import Surface

BLACK = (0.06, 0.06, 0.07)
STEEL = (0.72, 0.73, 0.75)
DARK_STEEL = (0.30, 0.31, 0.33)
WHITE = (0.94, 0.94, 0.93)


def _window() -> Image.Image:
    """Dark glass in front of two racks, a reflection across it."""
    image = Image.new("RGB", (192, 112), (18, 18, 20))
    draw = ImageDraw.Draw(image)
    draw.rectangle((14, 14, 177, 97), fill=(44, 36, 30))
    for y in (42, 70):
        draw.line((16, y, 176, y), fill=(120, 116, 110), width=2)
        for x in range(22, 176, 9):
            draw.line((x, y, x, y + 5), fill=(84, 80, 76))
    pixels = np.asarray(image, float)
    rows, columns = np.mgrid[0:112, 0:192]
    shine = np.clip(1 - np.abs(columns - rows * 0.7 - 40) / 26, 0, 1) * 26
    return Image.fromarray(np.clip(pixels + shine[..., None], 0, 255).astype(np.uint8))


def _clock() -> Image.Image:
    image = Image.new("RGB", (96, 32), (14, 16, 18))
    draw = ImageDraw.Draw(image)
    draw.text((48, 16), "12:30", fill=(90, 230, 150), font=ImageFont.load_default(22), anchor="mm")
    return image


def _burner(x: float, y: float, size: float) -> list[Surface]:
    """A burner with the four bars of its grate."""
    cap = lathe([(size, 0.0), (size, 0.010), (size * 0.8, 0.016), (0.001, 0.017)], (0.12, 0.12, 0.13), 18, caps=False)
    parts = [cylinder(size * 1.35, 0.004, (x, y, 0.907), DARK_STEEL, 20), moved(cap, (x, y, 0.909))]
    for across, along in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        near, far = [(x + r * across, y + r * along) for r in (size * 0.45, 0.105)]
        parts.append(rod((*near, 0.936), (*far, 0.936), 0.005, BLACK, 6))
        parts.append(rod((*far, 0.907), (*far, 0.939), 0.005, BLACK, 6))
    return parts


def cooker() -> Surface:
    """A cooker of 60 x 62 cm, its hob at 90 cm: oven door with a window, drawer, knobs, burners, a panel behind."""
    body = WHITE
    parts = [
        box((0.596, 0.58, 0.80), (0, 0.01, 0.47), body, 0.004),
        box((0.56, 0.50, 0.08), (0, 0.02, 0.04), BLACK),
        box((0.60, 0.62, 0.035), (0, 0, 0.885), body, 0.008),
        box((0.55, 0.52, 0.006), (0, -0.005, 0.904), BLACK, 0.002),
    ]
    door = -0.295
    parts.append(box((0.585, 0.035, 0.47), (0, door, 0.495), body, 0.008))
    parts.append(box((0.50, 0.006, 0.31), (0, door - 0.0185, 0.475), BLACK, 0.003))
    parts.append(sheet(0.46, 0.27, _window(), (0, door - 0.0222, 0.475)))
    parts.append(box((0.585, 0.035, 0.135), (0, door, 0.180), body, 0.008))
    for z in (0.690, 0.222):
        parts.append(rod((-0.23, door - 0.052, z), (0.23, door - 0.052, z), 0.011, STEEL, 10))
        for side in (-1, 1):
            parts.append(rod((side * 0.21, door - 0.052, z), (side * 0.21, door - 0.01, z), 0.008, STEEL, 8))
    parts.append(box((0.596, 0.03, 0.115), (0, -0.288, 0.805), DARK_STEEL, 0.006))
    for x in (-0.235, -0.150, -0.065, 0.065, 0.150, 0.235):
        knob = rotated(
            lathe([(0.024, 0.0), (0.024, 0.006), (0.018, 0.010), (0.016, 0.030), (0.013, 0.033)], STEEL, 18), "x", 90
        )
        parts.append(moved(knob, (x, -0.303, 0.805)))
        parts.append(box((0.005, 0.008, 0.030), (x, -0.338, 0.805), BLACK))
    parts.append(box((0.60, 0.05, 0.155), (0, 0.285, 0.975), body, 0.010))
    parts.append(box((0.40, 0.006, 0.085), (0, 0.258, 0.985), BLACK, 0.002))
    parts.append(sheet(0.13, 0.045, _clock(), (0, 0.2535, 0.985)))
    for x in (-0.14, 0.14):
        for y, size in ((-0.135, 0.050), (0.115, 0.042)):
            parts += _burner(x, y, size)
        for side in (-1, 1):
            parts.append(rod((x + side * 0.105, -0.245, 0.936), (x + side * 0.105, 0.222, 0.936), 0.005, BLACK, 6))
        for y in (-0.245, -0.010, 0.222):
            parts.append(rod((x - 0.105, y, 0.936), (x + 0.105, y, 0.936), 0.005, BLACK, 6))
    return whole(*parts)


SHAPES = {"cooker": cooker}
