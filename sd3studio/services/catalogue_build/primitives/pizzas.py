"""A pizza: crust with bubbles and burnt spots, sauce at the edge, cheese in blotches, pepperoni, basil, olives."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from sd3studio.services.catalogue_build.primitives.shapes import lathe, mapped, moved, slab, warped, whole
from sd3studio.services.catalogue_build.surface import Floats, Surface

RADIUS_M = 0.165
TOP_M = 0.015
"""Height of the cheese over the underside; the crust rises above it."""
SIDE_PX = 256
EDGE = 0.84
"""Where the crust starts, as a share of the radius."""
SLICES = 8
BOARD = (0.55, 0.36, 0.20)

_CRUST, _BURNT, _FLOURY = (206, 148, 78), (128, 72, 32), (232, 196, 138)
_SAUCE, _DARK_SAUCE = (186, 50, 22), (140, 34, 16)
_CREAM, _YELLOW, _BAKED = (250, 226, 160), (238, 186, 88), (198, 112, 44)


def pizza() -> Surface:
    """A pizza of 33 cm on a round wooden board, cut into eight."""
    profile = [
        (0.150, 0.0),
        (0.161, 0.006),
        (0.165, 0.014),
        (0.162, 0.022),
        (0.154, 0.026),
        (0.146, 0.024),
        (0.139, 0.018),
        (0.120, TOP_M),
        (0.090, TOP_M + 0.001),
        (0.050, TOP_M),
        (0.001, TOP_M),
    ]
    dough = mapped(warped(lathe(profile, (1, 1, 1), 48), _uneven), picture(), "x", "y")
    board = slab(_circle(0.19, 40), 0.012, BOARD, 0.003)
    return whole(board, moved(dough, (0, 0, 0.012)))


def _circle(radius: float, count: int) -> Floats:
    turn = np.arange(count) * 2 * np.pi / count
    return radius * np.column_stack([np.cos(turn), np.sin(turn)])


def _uneven(vertices: Floats) -> Floats:
    """Bubbles in the crust and an outline that is no circle."""
    angle, radius = np.arctan2(vertices[:, 1], vertices[:, 0]), np.hypot(vertices[:, 0], vertices[:, 1])
    rim = np.clip((radius - 0.13) / 0.03, 0.0, 1.0)
    swell = np.sin(3 * angle + 0.6) + 0.7 * np.sin(7 * angle + 2.0) + 0.5 * np.sin(12 * angle + 4.0)
    scale = 1.0 + 0.013 * rim * swell
    lift = 0.0028 * rim * (np.sin(5 * angle) + 0.8 * np.sin(11 * angle + 1.0)) * (vertices[:, 2] > 0.01)
    return vertices * np.column_stack([scale, scale, np.ones(len(scale))]) + np.column_stack([0 * lift, 0 * lift, lift])


def _noise(random: np.random.Generator, grain_px: float) -> Floats:
    """(SIDE_PX, SIDE_PX) noise of mean 0 and deviation 1 with grains of about that size."""
    cells = max(round(SIDE_PX / (2 * grain_px)), 2)
    raw = Image.fromarray(random.normal(size=(cells, cells)).astype(np.float32))
    values = np.asarray(raw.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC), float)
    return (values - values.mean()) / values.std()


def _mix(below: Floats, above: tuple[int, int, int], share: Floats) -> Floats:
    """Pixels (H, W, 3) covered by a colour as far as `share` (H, W) in [0, 1] says."""
    cover = np.clip(share, 0.0, 1.0)[..., None]
    return below * (1.0 - cover) + np.asarray(above, float) * cover


def picture() -> Image.Image:
    """The pizza from above, its outline touching the sides."""
    random = np.random.default_rng(3)
    down, right = np.mgrid[0:SIDE_PX, 0:SIDE_PX]
    x, y = (right + 0.5) / SIDE_PX * 2 - 1, (down + 0.5) / SIDE_PX * 2 - 1
    radius = np.hypot(x, y) + 0.015 * _noise(random, 6)
    fine, middle, coarse = (_noise(random, grain) for grain in (1, 4, 9))
    pixels = np.empty((SIDE_PX, SIDE_PX, 3))
    pixels[:] = _CRUST
    pixels = _mix(pixels, _FLOURY, 0.5 * middle - 0.1)
    pixels = _mix(pixels, _BURNT, 0.55 * coarse + 0.25 * middle - 0.25)
    sauce = np.clip((EDGE + 0.01 - radius) / 0.02, 0, 1)
    pixels = _mix(pixels, _SAUCE, sauce)
    pixels = _mix(pixels, _DARK_SAUCE, sauce * (0.4 * middle))
    cheese = np.clip((EDGE - 0.045 + 0.02 * coarse - radius) / 0.03, 0, 1)
    cheese = cheese * np.clip(1.9 + 0.9 * _noise(random, 5) + 0.5 * middle, 0, 1)
    pixels = _mix(pixels, _YELLOW, cheese)
    pixels = _mix(pixels, _CREAM, cheese * (0.6 * _noise(random, 5) + 0.3))
    pixels = _mix(pixels, _BAKED, cheese * (0.75 * _noise(random, 4) - 0.45))
    pixels = pixels + 5.0 * fine[..., None]
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    _toppings(image, random)
    _cuts(image)
    return image.filter(ImageFilter.GaussianBlur(0.5))


def _cuts(image: Image.Image) -> None:
    """The lines along which it is cut, darker than what they go through."""
    mask = Image.new("L", image.size, 0)
    draw = ImageDraw.Draw(mask)
    half, reach = SIDE_PX / 2, SIDE_PX * 0.47
    for k in range(SLICES):
        angle = 2 * np.pi * k / SLICES + 0.2
        draw.line((half, half, half + reach * np.cos(angle), half + reach * np.sin(angle)), fill=120, width=2)
    image.paste((110, 52, 24), mask=mask)


def _toppings(image: Image.Image, random: np.random.Generator) -> None:
    """Pepperoni in two rings, a few leaves of basil and rings of olives, drawn on the picture."""
    draw = ImageDraw.Draw(image)
    half = SIDE_PX / 2
    for ring, count in ((0.33, 4), (0.64, 9)):
        for k in range(count):
            angle = 2 * np.pi * (k + 0.3 + random.uniform(-0.2, 0.2)) / count
            reach = half * (ring + random.uniform(-0.05, 0.04))
            centre = (half + reach * np.cos(angle), half + reach * np.sin(angle))
            _slice_of_sausage(draw, centre, half * random.uniform(0.125, 0.15), random)
    for _ in range(9):
        _leaf(draw, _spot(random, half), random.uniform(7, 10), random)
    for _ in range(8):
        x, y = _spot(random, half)
        draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=(34, 28, 26))
        draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=_YELLOW)


def _spot(random: np.random.Generator, half: float) -> tuple[float, float]:
    angle, reach = random.uniform(0, 2 * np.pi), half * 0.74 * np.sqrt(random.uniform(0.02, 1))
    return half + reach * np.cos(angle), half + reach * np.sin(angle)


def _slice_of_sausage(
    draw: ImageDraw.ImageDraw, centre: tuple[float, float], r: float, random: np.random.Generator
) -> None:
    x, y = centre
    draw.ellipse((x - r - 1, y - r, x + r + 1, y + r + 2), fill=(150, 84, 34))
    draw.ellipse((x - r, y - r, x + r, y + r), fill=(116, 26, 16))
    draw.ellipse((x - r + 2, y - r + 2, x + r - 2, y + r - 2), fill=(172, 48, 30))
    for _ in range(14):
        angle, reach = random.uniform(0, 2 * np.pi), (r - 4) * np.sqrt(random.uniform())
        u, v = x + reach * np.cos(angle), y + reach * np.sin(angle)
        tone = (204, 92, 58) if random.uniform() < 0.6 else (138, 32, 20)
        draw.ellipse((u - 1.5, v - 1.5, u + 1.5, v + 1.5), fill=tone)


def _leaf(draw: ImageDraw.ImageDraw, centre: tuple[float, float], length: float, random: np.random.Generator) -> None:
    turn = random.uniform(0, 2 * np.pi)
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    steps = np.linspace(0, np.pi, 7)
    side = [np.cos(s) * length * along + 0.45 * np.sin(s) * length * across for s in steps]
    other = [np.cos(s) * length * along - 0.45 * np.sin(s) * length * across for s in steps[::-1]]
    outline = [tuple(np.array(centre) + point) for point in (*side, *other)]
    draw.polygon(outline, fill=(52, 96, 34))
    draw.line((outline[0], outline[6]), fill=(96, 140, 66), width=1)
