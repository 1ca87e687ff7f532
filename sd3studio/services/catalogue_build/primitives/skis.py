"""A pair of skis with their poles, lying and stuck in the snow."""

from PIL import Image, ImageDraw

from sd3studio.services.catalogue_build.primitives.planks import faced, plank, round_ends
from sd3studio.services.catalogue_build.primitives.shapes import (
    box,
    circle,
    grounded,
    lathe,
    moved,
    rotated,
    slab,
    tube,
    whole,
)
from sd3studio.services.catalogue_build.surface import Surface, joined

BLACK, ALUMINIUM = (0.07, 0.07, 0.08), (0.16, 0.17, 0.19)


def _top_sheet() -> Image.Image:
    """Red, white and dark blue."""
    image = Image.new("RGB", (32, 256), (210, 30, 40))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 70, 32, 110), fill=(245, 245, 245))
    draw.polygon([(0, 110), (32, 130), (32, 170), (0, 150)], fill=(25, 30, 50))
    draw.rectangle((0, 190, 32, 256), fill=(25, 30, 50))
    return image


def _ski() -> Surface:
    """A ski of 1.7 m with its binding, lying, tip to the front."""
    shovel, tail = round_ends(0.058, 1.70, 1.8), round_ends(0.052, 1.70, 1.8)
    sole = plank(
        1.70,
        lambda s: (shovel if s < 0 else tail)(s) * (1 - 0.32 * max(1 - (s / 0.85) ** 2, 0.0)),
        lambda s: 0.016 * (1 - 0.4 * abs(s) ** 3),
        lambda s: 0.11 * (max(-s - 0.80, 0.0) / 0.2) ** 1.7 + 0.15 * max(s - 0.9, 0.0),
    )
    sheet = _top_sheet()
    toe = moved(slab(circle(0.038, 10), 0.045, BLACK, 0.012), (0, -0.10, 0.016))
    heel = box((0.06, 0.09, 0.065), (0, 0.19, 0.045), BLACK, 0.015)
    plate = box((0.062, 0.40, 0.012), (0, 0.05, 0.020), (0.28, 0.28, 0.30))
    return joined([faced(sole, sheet, sheet, (0.1, 0.1, 0.12)), toe, heel, plate])


def _pole() -> Surface:
    """A pole of 1.18 m with basket, grip and loop, upright."""
    loop = [(0, 0.012, 1.16), (0, 0.05, 1.08), (0, 0.055, 1.0), (0, 0.02, 1.03), (0, 0.012, 1.15)]
    return joined(
        [
            lathe([(0.003, 0.0), (0.006, 0.02), (0.0075, 0.10), (0.009, 1.05)], ALUMINIUM, 8),
            lathe([(0.012, 0.07), (0.048, 0.075), (0.048, 0.082), (0.012, 0.09)], BLACK, 14),
            lathe([(0.012, 1.02), (0.018, 1.04), (0.015, 1.14), (0.019, 1.17), (0.004, 1.18)], BLACK, 10),
            tube(loop, 0.005, (0.75, 0.15, 0.15), 5),
        ]
    )


def skis_lying() -> Surface:
    """Side by side, a pole on either side."""
    pair = [moved(_ski(), (-0.065, 0, 0)), moved(_ski(), (0.065, 0.03, 0))]
    poles = [moved(rotated(rotated(_pole(), "x", -90), "z", 180 + k * 2), (k * 0.14, 0.6, 0.045)) for k in (-1, 1)]
    return whole(grounded(joined([*pair, *poles])))


def skis_crossed() -> Surface:
    """Stuck in the snow crosswise, tips up, between their poles."""
    pair = [moved(rotated(rotated(_ski(), "x", 88), "y", -k * 13), (0, k * 0.03, 0.80)) for k in (-1, 1)]
    poles = [moved(rotated(_pole(), "y", -k * 8), (k * 0.36, 0.02, 0)) for k in (-1, 1)]
    return whole(grounded(joined([*pair, *poles])))


SHAPES = {"skis-lying": skis_lying, "skis-crossed": skis_crossed}
