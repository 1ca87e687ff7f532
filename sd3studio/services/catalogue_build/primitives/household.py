"""Things of the house, the desk and the bathroom."""

import numpy as np
from PIL import Image, ImageDraw

from sd3studio.services.catalogue_build.primitives import pictures
from sd3studio.services.catalogue_build.primitives.shapes import (
    Colour,
    Point,
    ball,
    box,
    circle,
    cylinder,
    hull,
    lathe,
    mapped,
    moved,
    rod,
    rotated,
    rounded_rectangle,
    sheet,
    skin,
    slab,
    stretched,
    tube,
    warped,
    whole,
)
from sd3studio.services.catalogue_build.surface import Floats, Surface

BLACK = (0.07, 0.07, 0.08)
DARK = (0.16, 0.17, 0.18)
SILVER = (0.74, 0.75, 0.77)
WHITE = (0.95, 0.95, 0.94)
PAPER = (0.94, 0.91, 0.83)


def _book(size: Point, cover: tuple[int, int, int], title: str) -> list[Surface]:
    """A closed book lying on its back, spine at the left, base centre at the origin."""
    width, length, thick = size
    board = 0.003
    colour = tuple(value / 255 for value in cover)
    pages = box((width - 0.008, length - 0.010, thick - 2 * board), (0.001, 0, thick / 2), PAPER)
    back = box((width, length, board), (0, 0, board / 2), colour)
    front = box((width, length, board), (0, 0, thick - board / 2), colour)
    arc = circle(1.0, 9, 90, 270) * (0.006, thick / 2)
    spine = skin([[(-width / 2 + x, y, thick / 2 + z) for x, z in arc] for y in (-length / 2, length / 2)], colour)
    picture = sheet(width - 0.001, length - 0.001, pictures.book_cover(cover, title), (0, 0, thick + 0.0003), "up")
    return [pages, back, front, spine, picture]


def book() -> Surface:
    """A closed hardback, lying."""
    return whole(*_book((0.16, 0.235, 0.032), (132, 36, 42), "TALES"))


def book_stack() -> Surface:
    """Three books on one another."""
    parts = []
    height = 0.0
    for size, cover, title, turn in (
        ((0.21, 0.285, 0.038), (38, 62, 104), "ATLAS", 4),
        ((0.175, 0.245, 0.030), (44, 98, 74), "GARDEN", -7),
        ((0.15, 0.220, 0.026), (186, 122, 40), "POEMS", 11),
    ):
        parts += [moved(rotated(part, "z", turn), (0, 0, height)) for part in _book(size, cover, title)]
        height += size[2] + 0.0005
    return whole(*parts)


def books_standing() -> Surface:
    """Six books upright, spines to the front."""
    parts, x = [], 0.0
    for thick, tall, deep, colour in (
        (0.032, 0.235, 0.160, (0.52, 0.14, 0.16)), (0.024, 0.210, 0.145, (0.14, 0.26, 0.42)),
        (0.040, 0.255, 0.175, (0.20, 0.40, 0.28)), (0.022, 0.200, 0.140, (0.80, 0.62, 0.20)),
        (0.030, 0.240, 0.165, (0.34, 0.22, 0.40)), (0.026, 0.215, 0.150, (0.72, 0.70, 0.66)),
    ):  # fmt: skip
        x += thick / 2
        parts.append(box((thick - 0.006, deep - 0.006, tall - 0.008), (x, 0.002, tall / 2), PAPER))
        for side in (-1, 1):
            parts.append(box((0.003, deep, tall), (x + side * (thick / 2 - 0.002), 0, tall / 2), colour))
        parts.append(box((thick - 0.001, 0.004, tall), (x, -deep / 2, tall / 2), colour, 0.0015))
        parts.append(box((thick * 0.7, 0.001, 0.006), (x, -deep / 2 - 0.002, tall * 0.82), (0.93, 0.84, 0.55)))
        x += thick / 2 + 0.001
    return whole(*parts)


def keyboard() -> Surface:
    """A computer keyboard, 44 cm wide."""
    base = hull(
        [(x, y, z) for x in (-0.22, 0.22) for y, z in ((-0.068, 0.0), (0.068, 0.0), (-0.068, 0.012), (0.068, 0.024))],
        (0.18, 0.19, 0.20),
    )
    top = sheet(0.425, 0.124, pictures.key_board(), (0, 0, 0), "up")
    keys = []
    for row in range(6):
        y = 0.050 - row * 0.020
        z = 0.0195 + 0.088 * y
        for k in range(22):
            if row == 5 and 3 < k < 9:
                continue
            keys.append(box((0.0155, 0.0155, 0.006), (-0.202 + k * 0.0192, y, z), (0.86, 0.87, 0.89)))
    space = box((0.110, 0.0155, 0.006), (-0.0868, -0.050, 0.0151), (0.86, 0.87, 0.89), 0.0015)
    tilted = warped(
        moved(top, (0, 0, 0.0184)), lambda v: v + np.column_stack([0 * v[:, 0], 0 * v[:, 0], 0.088 * v[:, 1]])
    )
    return whole(base, tilted, *keys, space)


def mouse() -> Surface:
    """A computer mouse with wheel and two buttons, cable side away from the front."""
    shell = stretched(ball(1.0, (0, 0, 0), (0.20, 0.21, 0.23), 28), (0.031, 0.057, 0.036))
    shell = warped(
        shell,
        lambda v: np.column_stack(
            [v[:, 0] * (1 + 2.2 * v[:, 1]), v[:, 1], np.where(v[:, 2] < 0, 0.0, v[:, 2] * (1 - 3.2 * v[:, 1]))]
        ),
    )
    wheel = moved(
        rotated(lathe([(0.009, -0.003), (0.010, 0.0), (0.009, 0.003)], SILVER, 16), "y", 90), (0, 0.030, 0.0205)
    )
    seam = tube([(0, 0.054, 0.010), (0, 0.044, 0.0205), (0, 0.018, 0.0335), (0, 0.004, 0.0368)], 0.0009, BLACK, 5)
    return whole(shell, wheel, seam)


def monitor() -> Surface:
    """A flat monitor of 24 inches on a stand."""
    panel = box((0.54, 0.022, 0.325), (0, 0, 0.335), BLACK, 0.005)
    screen = box((0.52, 0.002, 0.295), (0, -0.011, 0.340), (0.18, 0.34, 0.52))
    back = hull(
        [
            (x * w, y, z)
            for x in (-1, 1)
            for w, y, z in ((0.20, 0.010, 0.23), (0.20, 0.010, 0.44), (0.12, 0.045, 0.26), (0.12, 0.045, 0.40))
        ],
        DARK,
    )
    neck = box((0.07, 0.022, 0.28), (0, 0.055, 0.15), DARK, 0.004)
    foot = moved(slab(rounded_rectangle(0.26, 0.19, 0.03), 0.012, DARK, 0.003), (0, 0.03, 0))
    return whole(panel, screen, back, neck, foot)


def hair_drier() -> Surface:
    """A hair drier on its side-stand: nozzle to the front, handle down."""
    pink = (0.78, 0.22, 0.38)
    barrel = rotated(
        lathe(
            [(0.030, -0.10), (0.034, -0.085), (0.042, -0.02), (0.045, 0.04), (0.040, 0.075), (0.030, 0.085)], pink, 26
        ),
        "x",
        -90,
    )
    nozzle = hull(
        [
            (x, y, z)
            for y, w, h in ((-0.100, 0.029, 0.029), (-0.155, 0.040, 0.010))
            for x, z in np.round(circle(1.0, 16) * (w, h), 5)
        ],
        BLACK,
    )
    grille = rotated(lathe([(0.032, 0.084), (0.020, 0.089), (0.002, 0.090)], DARK, 22), "x", -90)
    handle = tube([(0, 0.01, -0.03), (0, 0.02, -0.09), (0, 0.035, -0.16)], [0.021, 0.019, 0.017], pink, 14)
    switch = box((0.012, 0.006, 0.028), (0, -0.008, -0.075), WHITE, 0.002)
    cord = tube(
        [(0, 0.035, -0.158), (0.005, 0.045, -0.166), (0.03, 0.07, -0.168), (0.07, 0.08, -0.168)], 0.004, BLACK, 6
    )
    return whole(*(moved(part, (0, 0, 0.172)) for part in (barrel, nozzle, grille, handle, switch, cord)))


def toothbrush() -> Surface:
    """A toothbrush of 19 cm, lying on its back, head away from the front."""
    blue = (0.12, 0.46, 0.78)
    path = [
        (0, -0.095, 0.007),
        (0, -0.06, 0.0075),
        (0, -0.01, 0.006),
        (0, 0.035, 0.0075),
        (0, 0.06, 0.006),
        (0, 0.075, 0.005),
        (0, 0.095, 0.005),
    ]
    handle = stretched(tube(path, [0.0045, 0.0062, 0.0050, 0.0058, 0.0030, 0.0050, 0.0048], blue, 12), (1.15, 1, 0.9))
    rubber = tube([(0, -0.055, 0.0105), (0, -0.02, 0.0095), (0, 0.02, 0.0105)], [0.003, 0.0038, 0.003], WHITE, 8)
    tufts = []
    for row in range(7):
        for side in (-1, 0, 1):
            colour = (0.30, 0.75, 0.85) if row in (0, 6) else WHITE
            tufts.append(cylinder(0.0016, 0.011, (side * 0.0034, 0.069 + row * 0.0042, 0.007), colour, 6))
    return whole(handle, rubber, *tufts)


def tie() -> Surface:
    """A knotted tie hanging, 50 cm, striped."""

    def blade(picture_rows: list[tuple[float, float, float, float]]) -> Surface:
        rings = [[(-w, y, z), (0, y - 0.006, z), (w, y, z), (0, y + 0.003, z)] for z, w, y, _ in picture_rows]
        return skin(rings, (1, 1, 1))

    front = blade(
        [(0.002, 0.001, 0, 0), (0.055, 0.046, 0, 0), (0.10, 0.044, 0, 0), (0.30, 0.030, 0, 0), (0.445, 0.017, 0, 0)]
    )
    knot = blade(
        [(0.435, 0.014, -0.006, 0), (0.440, 0.016, -0.010, 0), (0.485, 0.024, -0.010, 0), (0.492, 0.022, -0.004, 0)]
    )
    striped = [mapped(part, _tie_stripes(), "x", "z") for part in (front, knot)]
    loop = tube(
        [
            (s * x, y, z)
            for s, x, y, z in (
                (-1, 0.018, 0.0, 0.488),
                (-1, 0.062, 0.05, 0.515),
                (-1, 0.055, 0.10, 0.522),
                (1, 0.0, 0.125, 0.525),
                (1, 0.055, 0.10, 0.522),
                (1, 0.062, 0.05, 0.515),
                (1, 0.018, 0.0, 0.488),
            )
        ],
        0.010,
        (0.55, 0.10, 0.14),
        8,
    )
    return whole(*striped, stretched(loop, (1, 1, 1)))


def _tie_stripes() -> Image.Image:
    image = Image.new("RGB", (64, 256), (140, 24, 36))
    draw = ImageDraw.Draw(image)
    for y in range(-40, 300, 36):
        draw.line((-4, y, 68, y + 34), fill=(28, 40, 92), width=12)
        draw.line((-4, y + 9, 68, y + 43), fill=(226, 206, 150), width=3)
    return image


def umbrella() -> Surface:
    """An open red umbrella of 1 m, upright, with a hooked handle."""
    ribs, radius, peak = 8, 0.50, 0.86
    turn = np.arange(ribs * 6) * 2 * np.pi / (ribs * 6)
    scallop = 1 - 0.055 * np.sin(turn * ribs / 2) ** 2
    rings = []
    for share in (0.02, 0.25, 0.5, 0.75, 1.0):
        height = peak - 0.235 * share**1.9
        sag = 0.018 * share * np.sin(turn * ribs / 2) ** 2
        reach = radius * share * (1 - (1 - scallop) * share)
        rings.append(np.column_stack([reach * np.cos(turn), reach * np.sin(turn), height - sag]))
    canopy = skin(rings, (0.80, 0.11, 0.14), caps=False)
    spokes = []
    for k in range(ribs):
        a = 2 * np.pi * k / ribs
        line = [
            (radius * s * np.cos(a), radius * s * np.sin(a), peak - 0.235 * s**1.9 - 0.008) for s in (0.02, 0.5, 1.0)
        ]
        spokes.append(tube(line, 0.003, SILVER, 5))
        spokes.append(rod((0, 0, 0.60), line[1], 0.0025, SILVER, 5))
    shaft = rod((0, 0, 0.10), (0, 0, peak + 0.05), 0.006, SILVER, 10)
    bend = np.linspace(np.pi, 2 * np.pi, 9)
    hook = tube(
        [
            (0, 0, 0.16),
            (0, 0, 0.06),
            *((0.035 + 0.035 * np.cos(a), 0, 0.045 + 0.035 * np.sin(a)) for a in bend),
            (0.07, 0, 0.065),
        ],
        0.011,
        (0.36, 0.22, 0.12),
        10,
    )
    return whole(canopy, *spokes, shaft, hook)


def wall_clock() -> Surface:
    """A round clock of 30 cm, face to the front."""
    profile = [(0.138, 0.0), (0.150, 0.008), (0.152, 0.030), (0.142, 0.040), (0.134, 0.034)]
    rim = rotated(lathe(profile, DARK, 40, caps=False), "x", 90)
    face = mapped(rotated(slab(circle(0.137, 40), 0.030, WHITE), "x", 90), pictures.clock_face(), "x", "z")
    return whole(*(moved(part, (0, 0.02, 0.152)) for part in (rim, face)))


def painting() -> Surface:
    """A framed landscape, 80 x 60 cm."""
    return _framed(0.80, 0.60, 0.05, (0.62, 0.46, 0.20), sheet(0.70, 0.50, pictures.landscape(), (0, -0.008, 0.30)))


def mirror() -> Surface:
    """A tall mirror in a wooden frame."""
    return _framed(
        0.50, 1.20, 0.04, (0.42, 0.27, 0.15), box((0.42, 0.004, 1.12), (0, -0.006, 0.60), (0.78, 0.86, 0.90))
    )


def _framed(width: float, height: float, border: float, colour: Colour, inside: Surface) -> Surface:
    sides = [box((border, 0.03, height), (s * (width - border) / 2, 0, height / 2), colour, 0.006) for s in (-1, 1)]
    ends = [box((width, 0.03, border), (0, 0, z), colour, 0.006) for z in (border / 2, height - border / 2)]
    back = box((width - 0.02, 0.006, height - 0.02), (0, 0.010, height / 2), (0.30, 0.22, 0.15))
    return whole(*sides, *ends, back, inside)


def _cushion(width: float, depth: float, height: float, colour: Colour) -> Surface:
    def puff(v: Floats) -> Floats:
        x, y = v[:, 0] / (width / 2), v[:, 1] / (depth / 2)
        swell = np.maximum((1 - x**4) * (1 - y**4), 0.0) ** 0.55
        pinch = 1 - 0.06 * (1 - x * x) * y * y
        return np.column_stack([v[:, 0] * (1 - 0.05 * (1 - y * y) * x * x), v[:, 1] * pinch, v[:, 2] * (0.06 + swell)])

    steps = np.linspace(-1, 1, 17)
    rings = []
    for x in steps:
        ring = [(x * width / 2, y * depth / 2, height / 2) for y in steps] + [
            (x * width / 2, y * depth / 2, -height / 2) for y in steps[::-1]
        ]
        rings.append(ring)
    return warped(skin(rings, colour), puff)


def pillow() -> Surface:
    """A white pillow, lying."""
    return whole(moved(_cushion(0.66, 0.46, 0.15, (0.95, 0.94, 0.92)), (0, 0, 0.08)))


def cushion() -> Surface:
    """A mustard throw pillow, leaning upright, face to the front."""
    upright = rotated(_cushion(0.45, 0.45, 0.14, (0.80, 0.58, 0.16)), "x", 78)
    return whole(moved(upright, (0, 0, 0.24)))


def globe() -> Surface:
    """A globe on a wooden foot."""
    sphere = ball(0.13, (0, 0, 0), (1, 1, 1), 32)
    middle = np.arctan2(sphere.vertices[:, 1], sphere.vertices[:, 0]) / (2 * np.pi) + 0.5
    uv = np.column_stack([middle, np.arcsin(np.clip(sphere.vertices[:, 2] / 0.13, -1, 1)) / np.pi + 0.5])[sphere.faces]
    seam = np.ptp(uv[:, :, 0], axis=1) > 0.5
    uv[seam, :, 0] += uv[seam, :, 0] < 0.5
    sphere = mapped(sphere, pictures.globe_map(), "x", "z").replace(corner_uv=uv)
    turn = np.linspace(-np.pi / 2, np.pi / 2, 13)
    arc = tube(np.column_stack([0.145 * np.cos(turn), 0 * turn, 0.145 * np.sin(turn)]), 0.005, (0.80, 0.64, 0.28), 8)
    axis = rod((0, 0, -0.147), (0, 0, 0.147), 0.003, (0.80, 0.64, 0.28), 6)
    tilted = [moved(rotated(part, "y", 23), (0, 0, 0.215)) for part in (sphere, arc, axis)]
    foot = lathe([(0.085, 0.0), (0.085, 0.012), (0.03, 0.03), (0.012, 0.045), (0.012, 0.075)], (0.38, 0.24, 0.13), 26)
    return whole(*tilted, moved(foot, (0.05, 0, 0)))


def bowl_of_soup() -> Surface:
    """A white bowl of 16 cm with soup."""
    side = [
        (0.035, 0.0),
        (0.036, 0.006),
        (0.055, 0.015),
        (0.074, 0.040),
        (0.080, 0.062),
        (0.077, 0.062),
        (0.070, 0.045),
    ]
    soup = moved(slab(circle(0.072, 30), 0.001, (0.86, 0.46, 0.16)), (0, 0, 0.046))
    return whole(lathe(side, WHITE, 32), soup)


def toilet_roll() -> Surface:
    """A roll of toilet paper, standing."""
    outer = lathe(
        [(0.021, 0.0), (0.054, 0.0), (0.055, 0.003), (0.055, 0.097), (0.054, 0.10), (0.021, 0.10), (0.021, 0.0)],
        (0.96, 0.96, 0.95),
        caps=False,
    )
    core = lathe([(0.0205, 0.0), (0.0205, 0.10)], (0.70, 0.58, 0.42), 20, caps=False)
    return whole(outer, core)


SHAPES = {
    "book": book,
    "book-stack": book_stack,
    "books-standing": books_standing,
    "keyboard": keyboard,
    "mouse": mouse,
    "monitor": monitor,
    "hair-drier": hair_drier,
    "toothbrush": toothbrush,
    "tie": tie,
    "umbrella": umbrella,
    "wall-clock": wall_clock,
    "painting": painting,
    "mirror": mirror,
    "pillow": pillow,
    "cushion": cushion,
    "globe": globe,
    "soup-bowl": bowl_of_soup,
    "toilet-roll": toilet_roll,
}
