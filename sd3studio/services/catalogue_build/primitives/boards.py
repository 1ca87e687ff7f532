"""Skateboards, snowboards and surfboards, lying and stuck in the ground."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sd3studio.services.catalogue_build.primitives.pictures import Rgb
from sd3studio.services.catalogue_build.primitives.planks import faced, plank, round_ends
from sd3studio.services.catalogue_build.primitives.shapes import (
    Colour,
    box,
    grounded,
    lathe,
    moved,
    rod,
    rotated,
    skin,
    slab,
    stuck,
    tube,
    whole,
)
from sd3studio.services.catalogue_build.surface import Surface, joined

BLACK, STEEL, MAPLE, STRAP = (0.07, 0.07, 0.08), (0.70, 0.71, 0.73), (0.86, 0.68, 0.42), (0.30, 0.31, 0.33)
WHEEL_M = 0.030


def _grip_tape() -> Image.Image:
    """Black grit with the eight bolts of the trucks."""
    random = np.random.default_rng(3)
    image = Image.fromarray(random.integers(22, 48, (192, 64, 1)).repeat(3, axis=2).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for y in (46, 56, 136, 146):
        for x in (26, 38):
            draw.ellipse((x - 1, y - 1, x + 1, y + 1), fill=(170, 172, 176))
    return image


def _maple() -> Image.Image:
    """Light wood, its grain along the board."""
    random = np.random.default_rng(4)
    grain = 1.0 + random.normal(0.0, 0.025, (1, 64, 1)) + random.normal(0.0, 0.008, (192, 64, 1))
    return Image.fromarray(np.clip(grain * (214, 164, 104), 0, 255).astype(np.uint8))


def _deck_graphic() -> Image.Image:
    """Stripes and a ring on red."""
    image = Image.new("RGB", (80, 256), (196, 34, 40))
    draw = ImageDraw.Draw(image)
    for k, colour in enumerate(((250, 196, 40), (245, 240, 228), (30, 92, 170))):
        draw.polygon([(-10, 70 + 26 * k), (90, 40 + 26 * k), (90, 66 + 26 * k), (-10, 96 + 26 * k)], fill=colour)
    draw.ellipse((14, 144, 66, 196), fill=(245, 240, 228))
    draw.ellipse((24, 154, 56, 186), fill=(24, 24, 28))
    return image


def _truck(wheel: Colour) -> Surface:
    """Axle, hanger and two wheels on the ground."""
    hanger = lathe([(0.013, -0.068), (0.020, 0.0), (0.013, 0.068)], STEEL, 10)
    parts = [
        rod((-0.108, 0, WHEEL_M), (0.108, 0, WHEEL_M), 0.006, STEEL, 8),
        moved(rotated(hanger, "y", 90), (0, 0, 0.034)),
        box((0.055, 0.080, 0.012), (0, 0, 0.079), STEEL),
        rod((0, 0.0, 0.038), (0, 0.012, 0.076), 0.016, (0.75, 0.12, 0.10), 10),
    ]
    tread = [(0.016, -0.019), (0.026, -0.019), (0.030, -0.012), (0.030, 0.012), (0.026, 0.019), (0.016, 0.019)]
    for x in (-0.092, 0.092):
        roll = joined([lathe(tread, wheel, 18), lathe([(0.011, -0.021), (0.011, 0.021)], (0.25, 0.25, 0.27), 10)])
        parts.append(moved(rotated(roll, "y", 90), (x, 0, WHEEL_M)))
    return joined(parts)


def _skateboard(top: Image.Image, wheel: Colour) -> Surface:
    """A board of 80 cm with both ends bent up, on its wheels."""
    deck = plank(
        0.80,
        round_ends(0.102, 0.80, 2.2),
        lambda s: 0.012,
        lambda s: 0.085 + 0.055 * (max(abs(s) - 0.62, 0.0) / 0.38) ** 1.5,
    )
    deck = faced(deck, top, _deck_graphic(), MAPLE)
    trucks = [moved(rotated(_truck(wheel), "z", turn), (0, y, 0)) for y, turn in ((-0.215, 180), (0.215, 0))]
    return whole(grounded(joined([deck, *trucks])))


def skateboard_black() -> Surface:
    """Black grip tape, red wheels."""
    return _skateboard(_grip_tape(), (0.90, 0.25, 0.12))


def skateboard_wooden() -> Surface:
    """Bare maple, green wheels."""
    return _skateboard(_maple(), (0.20, 0.75, 0.35))


def _word_along(ground: Rgb, ink: Rgb, word: str, ends: Rgb) -> Image.Image:
    """A word along the board, its ends in another colour."""
    image = Image.new("RGB", (64, 256), ground)
    written = Image.new("RGB", (150, 50), ground)
    font = ImageFont.load_default(44)
    ImageDraw.Draw(written).text((75, 25), word, fill=ink, font=font, anchor="mm", stroke_width=2)
    image.paste(written.rotate(90, expand=True), (7, 54))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 64, 24), fill=ends)
    draw.rectangle((0, 232, 64, 256), fill=ends)
    return image


def _binding() -> Surface:
    """Plate, high back and two straps on z = 0; the toe looks to +X."""
    plate = slab([(-0.12, -0.05), (0.12, -0.06), (0.12, 0.06), (-0.12, 0.05)], 0.022, BLACK, 0.004)
    turn = np.deg2rad(np.linspace(70, -70, 9))
    rows = []
    for z, reach, spread in ((0.02, 0.085, 1.0), (0.09, 0.095, 0.95), (0.16, 0.105, 0.8), (0.215, 0.115, 0.45)):
        x, y = -0.55 * reach - 0.065 * np.cos(turn * spread), 0.066 * np.sin(turn * spread)
        outside = np.column_stack([x, y, np.full(9, z)])
        inside = outside[::-1] + np.array([0.008, 0.0, 0.0])
        rows.append(np.concatenate([outside, inside]))
    high_back = skin(rows, BLACK)
    straps = []
    for x, height in ((-0.02, 0.115), (0.075, 0.075)):
        half = [(x, -0.062, 0.02), (x + 0.01, -0.055, height * 0.7), (x + 0.015, -0.02, height)]
        straps.append(tube([*half, *((px, -py, pz) for px, py, pz in reversed(half))], 0.013, STRAP, 6))
    return joined([plate, high_back, *straps])


def _snowboard(picture: Image.Image) -> Surface:
    """A board of 1.54 m with two bindings, lying."""
    ends = round_ends(0.148, 1.54)
    deck = plank(
        1.54,
        lambda s: ends(s) * (1 - 0.13 * max(1 - (s / 0.82) ** 2, 0.0)),
        lambda s: 0.011,
        lambda s: 0.075 * (max(abs(s) - 0.80, 0.0) / 0.2) ** 1.6,
    )
    deck = faced(deck, picture, picture, (0.1, 0.1, 0.12))
    bindings = [moved(rotated(_binding(), "z", turn), (0, y, 0.011)) for y, turn in ((-0.26, -12), (0.26, 12))]
    return joined([deck, *bindings])


def _pink() -> Image.Image:
    return _word_along((226, 30, 90), (20, 20, 24), "RUSH", (20, 20, 24))


def snowboard_pink() -> Surface:
    """Lying, pink with black ends."""
    return whole(grounded(_snowboard(_pink())))


def snowboard_standing() -> Surface:
    """Stuck in the snow aslant, bindings to the front; pink with black ends."""
    aslant = rotated(rotated(_snowboard(_pink()), "x", 66), "y", -38)
    return whole(stuck(rotated(aslant, "z", 15), 0.12))


def _wave_bands(ground: Rgb, band: Rgb, line: Rgb) -> Image.Image:
    """A stringer and coloured ends with a line before each."""
    image = Image.new("RGB", (64, 256), ground)
    draw = ImageDraw.Draw(image)
    draw.line((32, 0, 32, 256), fill=(150, 110, 70))
    for top, bottom, colour in ((0, 60, band), (64, 70, line), (214, 220, line), (224, 256, band)):
        draw.rectangle((0, top, 64, bottom), fill=colour)
    return image


def _fin(height: float) -> Surface:
    """A fin that hangs from z = 0, its tip to the back."""
    outline = np.asarray([(-0.06, 0.0), (0.06, 0.0), (0.085, 0.6), (0.115, 1.0), (0.07, 0.92), (0.0, 0.5)])
    rings = [np.column_stack([np.full(6, x), outline[:, 0], -outline[:, 1] * height]) for x in (-0.004, 0.004)]
    return skin(rings, (0.10, 0.11, 0.13))


def _surfboard(picture: Image.Image) -> Surface:
    """A longboard of 2.4 m with three fins below, nose to the front."""
    length, half = 2.4, 0.29

    def width(s: float) -> float:
        if s < 0.05:
            return half * max(1 - abs((s - 0.05) / 1.05) ** 2.1, 0.0) ** 0.6
        return half * max(1 - abs((s - 0.05) / 0.97) ** 2.6, 0.0) ** 0.55

    board = plank(
        length,
        width,
        lambda s: 0.065 * (1 - 0.7 * abs(s) ** 3),
        lambda s: 0.11 * max(-s, 0.0) ** 3 + 0.03 * max(s, 0.0) ** 3,
        49,
    )
    fins = [
        moved(_fin(height), (x, length * y, 0.02))
        for height, x, y in ((0.11, 0.0, 0.43), (0.10, -0.13, 0.36), (0.10, 0.13, 0.36))
    ]
    return joined([faced(board, picture, picture, (0.93, 0.92, 0.88)), *fins])


def surfboard_lying() -> Surface:
    """Lying on its deck, fins up; white with blue ends."""
    return whole(grounded(rotated(_surfboard(_wave_bands((248, 246, 240), (30, 120, 190), (240, 130, 40))), "y", 180)))


def surfboard_standing() -> Surface:
    """Stuck in the sand, leaning back, fins to the front; yellow with white ends."""
    board = rotated(_surfboard(_wave_bands((250, 214, 70), (240, 240, 236), (220, 60, 40))), "x", -110)
    return whole(stuck(rotated(board, "y", 12), 0.12))


SHAPES = {
    "skateboard-black": skateboard_black,
    "skateboard-wooden": skateboard_wooden,
    "snowboard-pink": snowboard_pink,
    "snowboard-standing": snowboard_standing,
    "surfboard-lying": surfboard_lying,
    "surfboard-standing": surfboard_standing,
}
