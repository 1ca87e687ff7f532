"""Things of one's own: hair drier, toothbrushes in a beaker, a novel."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sd3studio.services.catalogue_build.primitives.shapes import (
    Colour,
    box,
    circle,
    cylinder,
    lathe,
    mapped,
    moved,
    rod,
    rotated,
    skin,
    stretched,
    tube,
    whole,
)
from sd3studio.services.catalogue_build.surface import Surface

BLACK = (0.08, 0.08, 0.09)
SILVER = (0.76, 0.77, 0.79)
WHITE = (0.95, 0.95, 0.94)
Rgb = tuple[int, int, int]


def black_hair_drier() -> Surface:
    """A hair drier of 24 cm on the end of its handle, nozzle to the front."""
    colour, accent = (0.13, 0.13, 0.15), (0.80, 0.10, 0.22)
    barrel = rotated(
        lathe([(0.027, -0.115), (0.031, -0.110), (0.033, -0.08), (0.040, -0.03), (0.047, 0.02), (0.048, 0.05),
               (0.044, 0.075), (0.038, 0.086)], colour, 28, caps=False), "x", -90)  # fmt: skip
    ring = rotated(
        lathe([(0.0485, 0.040), (0.050, 0.043), (0.050, 0.052), (0.0485, 0.055)], accent, 28, False), "x", -90
    )
    mouth = rotated(
        lathe([(0.031, -0.126), (0.0325, -0.124), (0.033, -0.104), (0.031, -0.100)], SILVER, 28, False), "x", -90
    )
    rings = []
    for y, w, h in ((-0.118, 0.028, 0.028), (-0.135, 0.031, 0.022), (-0.165, 0.042, 0.010), (-0.180, 0.044, 0.008)):
        rings.append([(w * np.cos(a), y, h * np.sin(a)) for a in np.arange(20) * np.pi / 10])
    nozzle = skin(rings, BLACK, caps=False)
    grille = [
        rotated(lathe([(r, 0.088), (r + 0.0028, 0.090), (r, 0.092)], SILVER, 22, False), "x", -90)
        for r in (0.008, 0.018, 0.028)
    ]
    back = rotated(lathe([(0.038, 0.085), (0.001, 0.087)], (0.03, 0.03, 0.03), 22, False), "x", -90)
    path = [(0, 0.018, -0.02), (0, 0.016, -0.06), (0, 0.022, -0.10), (0, 0.034, -0.15), (0, 0.042, -0.178)]
    handle = stretched(tube(path, [0.024, 0.021, 0.0195, 0.0185, 0.019], colour, 16), (0.85, 1, 1))
    end = moved(cylinder(0.017, 0.010, (0, 0.043, -0.188), BLACK, 14), (0, 0, 0))
    switches = [box((0.012, 0.006, 0.020), (0, -0.005, z), accent, 0.002) for z in (-0.070, -0.098)]
    cord = tube(
        [(0, 0.043, -0.183), (0.004, 0.060, -0.190), (0.02, 0.085, -0.190), (0.055, 0.10, -0.190),
         (0.075, 0.075, -0.190), (0.06, 0.045, -0.190), (0.075, 0.02, -0.190)], 0.0038, BLACK, 6)  # fmt: skip
    parts = (barrel, ring, mouth, nozzle, *grille, back, handle, end, *switches, cord)
    return whole(*(moved(part, (0, 0, 0.194)) for part in parts))


def _brush(handle: Colour, grip: Colour, tufts: Colour) -> list[Surface]:
    """A toothbrush standing on its end, bristles to the front, 19 cm."""
    path = [(0, 0, 0), (0, 0.001, 0.01), (0, 0.0, 0.04), (0, -0.003, 0.075), (0, 0.001, 0.11), (0, 0.004, 0.13),
            (0, 0.002, 0.155), (0, 0.001, 0.17), (0, 0.001, 0.19)]  # fmt: skip
    radii = [0.003, 0.0055, 0.0068, 0.0062, 0.0058, 0.0038, 0.0034, 0.0062, 0.0050]
    parts = [stretched(tube(path, radii, handle, 12), (1.15, 0.85, 1))]
    parts.append(
        tube(
            [(0, -0.005, 0.02), (0, -0.0065, 0.05), (0, -0.0075, 0.075), (0, -0.004, 0.10)],
            [0.003, 0.0045, 0.0045, 0.003],
            grip,
            8,
        )
    )
    for row in range(8):
        for side in (-1, 0, 1):
            z = 0.160 + row * 0.0040
            long = 0.015 if row in (0, 7) else 0.0126
            colour = tufts if (row + 1) % 3 else handle
            parts.append(rod((side * 0.0048, -0.002, z), (side * 0.0050, -0.004 - long, z), 0.0025, colour, 6))
    return parts


def toothbrushes_in_beaker() -> Surface:
    """Two toothbrushes in a beaker of 8 cm, bristles to the front."""
    side = [
        (0.030, 0.0),
        (0.032, 0.002),
        (0.036, 0.081),
        (0.0375, 0.083),
        (0.0355, 0.083),
        (0.031, 0.008),
        (0.001, 0.006),
    ]
    beaker = lathe(side, (0.20, 0.60, 0.62), 28, caps=False)
    parts = [beaker]
    for x, lean, turn, handle, grip in (
        (-0.012, -17, 10, (0.10, 0.42, 0.80), WHITE),
        (0.012, 18, -14, (0.86, 0.16, 0.26), WHITE),
    ):
        for part in _brush(handle, grip, WHITE):
            parts.append(moved(rotated(rotated(part, "z", turn), "y", lean), (x * -0.4, 0, 0.008)))
    return whole(*parts)


def _cover(ground: Rgb, band: Rgb, title: tuple[str, ...]) -> Image.Image:
    """The front of a novel: title above, a landscape below."""
    image = Image.new("RGB", (160, 224), ground)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 96, 160, 200), fill=(150, 190, 220))
    draw.ellipse((100, 106, 128, 134), fill=(250, 226, 150))
    draw.polygon([(0, 170), (50, 118), (84, 158), (116, 128), (160, 172), (160, 200), (0, 200)], fill=(70, 92, 104))
    draw.polygon([(0, 184), (80, 164), (160, 188), (160, 200), (0, 200)], fill=(62, 108, 62))
    for k, line in enumerate(title):
        draw.text(
            (80, 32 + k * 34), line, fill=(250, 244, 226), font=ImageFont.load_default(34), anchor="mm", stroke_width=1
        )
    draw.rectangle((0, 200, 160, 224), fill=band)
    draw.text((80, 212), "A. WRITER", fill=(250, 244, 226), font=ImageFont.load_default(15), anchor="mm")
    return image


def _page_edges() -> Image.Image:
    """Leaves seen from the side."""
    shade = np.random.default_rng(4).uniform(176, 246, (24, 1, 1)) * np.ones((1, 96, 1))
    shade += np.random.default_rng(5).normal(0, 4, shade.shape)
    return Image.fromarray(np.clip(shade * (1.0, 0.975, 0.91), 0, 255).astype(np.uint8))


def novel() -> Surface:
    """A closed book of 24 cm lying on its back, a landscape on its cover."""
    width, length, thick, cover, pages = 0.17, 0.24, 0.034, (30, 70, 120), (0.93, 0.90, 0.82)
    colour = tuple(v / 255 for v in cover)
    block = box((width - 0.010, length - 0.012, thick - 0.006), (0.001, 0, thick / 2), pages)
    leaves = [
        mapped(box((width - 0.010, 0.0005, thick - 0.006), (0.001, y, thick / 2), pages), _page_edges(), "x", "z")
        for y in (0.006 - length / 2, length / 2 - 0.006)
    ]
    at = (width / 2 - 0.004, 0, thick / 2)
    leaves.append(mapped(box((0.0005, length - 0.012, thick - 0.006), at, pages), _page_edges(), "y", "z"))
    boards = [box((width, length, 0.003), (0, 0, z), colour) for z in (0.0015, thick - 0.0015)]
    arc = circle(1.0, 9, 90, 270) * (0.006, thick / 2)
    spine = skin([[(-width / 2 + x, y, thick / 2 + z) for x, z in arc] for y in (-length / 2, length / 2)], colour)
    top = mapped(
        box((width - 0.001, length - 0.001, 0.0006), (0, 0, thick), colour),
        _cover(cover, (18, 42, 72), ("THE", "LAKE")),
        "x",
        "y",
    )
    return whole(block, *leaves, *boards, spine, top)


SHAPES = {
    "hair-drier-black": black_hair_drier,
    "toothbrushes-in-beaker": toothbrushes_in_beaker,
    "novel": novel,
}
