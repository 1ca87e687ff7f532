"""Sports and toys: what the libraries lack of it."""

import numpy as np

from sd3studio.services.catalogue_build.primitives.blends import Bone, body
from sd3studio.services.catalogue_build.primitives.shapes import (
    ball,
    circle,
    lathe,
    material,
    moved,
    rod,
    rotated,
    skin,
    slab,
    tube,
    whole,
)
from sd3studio.services.catalogue_build.surface import Surface, joined, plain_surface

WOOD = (0.80, 0.60, 0.36)
BLACK = (0.08, 0.08, 0.09)


def frisbee() -> Surface:
    """A flat disc with a rolled rim, 27 cm across, upside right."""
    disc = lathe(
        [(0.118, 0.0), (0.132, 0.002), (0.135, 0.012), (0.128, 0.022), (0.105, 0.028), (0.07, 0.030), (0.003, 0.030)],
        (0.92, 0.30, 0.12),
        48,
    )
    ring = lathe([(0.062, 0.030), (0.060, 0.0315), (0.046, 0.0315), (0.044, 0.030)], (0.98, 0.93, 0.85), 48)
    return whole(disc, ring)


def _board(length: float, width: float, thickness: float, nose_rise: float, tail_rise: float, waist: float) -> Surface:
    """A long board along y, front end towards -Y, with both ends bent up; colour is set by the caller."""
    stations = np.linspace(-1, 1, 41)
    rings = []
    for s in stations:
        half = width / 2 * (1 - abs(s) ** 6) ** 0.5 * (1 - waist * (1 - s * s))
        half = max(half, width * 0.03)
        rise = nose_rise * max(-s - 0.72, 0) ** 2 / 0.28**2 + tail_rise * max(s - 0.78, 0) ** 2 / 0.22**2
        thick = thickness * (1 - 0.4 * abs(s) ** 4)
        outline = [(-1, 0.5), (-0.97, 0.15), (0, 0), (0.97, 0.15), (1, 0.5), (0.97, 0.85), (0, 1), (-0.97, 0.85)]
        rings.append([(x * half, s * length / 2, rise + z * thick) for x, z in outline])
    return skin(rings, (1, 1, 1))


def _painted(surface: Surface, *colours: tuple[float, float, float], edges_y: tuple[float, ...]) -> Surface:
    """The surface in bands of colour across y; `edges_y` are the limits between them."""
    band = np.searchsorted(edges_y, surface.vertices[surface.faces].mean(axis=1)[:, 1])
    return surface.replace(material_of_face=band.astype(np.int64), materials=tuple(material(c) for c in colours))


def surfboard() -> Surface:
    """A longboard of 2.1 m with three fins, lying."""
    stations = np.linspace(-1, 1, 49)
    rings = []
    for s in stations:
        half = 0.27 * max(1 - abs(s + 0.08) ** 2.3 / 1.2, 0.0) ** 0.62 + 0.012
        thick = 0.070 * (1 - 0.75 * abs(s) ** 3)
        rise = 0.14 * max(-s, 0) ** 3 + 0.03 * max(s, 0) ** 3 + 0.10
        outline = [(-1, 0.45), (-0.8, 0.08), (0, 0), (0.8, 0.08), (1, 0.45), (0.8, 0.92), (0, 1), (-0.8, 0.92)]
        rings.append([(x * half, s * 1.05, rise + z * thick) for x, z in outline])
    deck = _painted(
        skin(rings, (1, 1, 1)), (0.10, 0.45, 0.70), (0.97, 0.96, 0.92), (0.93, 0.45, 0.15), edges_y=(-0.45, 0.55)
    )
    fins = []
    for x, y in ((0.0, 0.88), (-0.12, 0.70), (0.12, 0.70)):
        fin = np.asarray([(-0.05, 0.0), (0.05, 0.0), (0.085, -0.10), (0.04, -0.09)])
        ring = [np.column_stack([np.full(4, side), fin[:, 0], fin[:, 1]]) for side in (-0.004, 0.004)]
        fins.append(moved(skin(ring, (0.12, 0.12, 0.14)), (x, y, 0.115)))
    return whole(deck, *fins)


def skis() -> Surface:
    """A pair of skis of 1.7 m with bindings, lying."""
    parts = []
    for side in (-0.075, 0.075):
        ski = _painted(
            _board(1.70, 0.10, 0.018, 0.10, 0.02, 0.28),
            (0.85, 0.12, 0.15),
            (0.95, 0.95, 0.95),
            (0.15, 0.2, 0.5),
            edges_y=(-0.5, 0.55),
        )
        heel = moved(slab(circle(0.034, 12), 0.05, BLACK, 0.01), (0, 0.16, 0.018))
        toe = moved(slab(circle(0.036, 12), 0.04, BLACK, 0.01), (0, -0.10, 0.018))
        plate = moved(
            slab([(-0.03, -0.14), (0.03, -0.14), (0.03, 0.2), (-0.03, 0.2)], 0.01, (0.3, 0.3, 0.32)), (0, 0, 0.016)
        )
        parts += [moved(part, (side, 0, 0)) for part in (ski, heel, toe, plate)]
    return whole(*parts)


def snowboard() -> Surface:
    """A snowboard of 1.5 m with two bindings, lying."""
    deck = _painted(
        _board(1.52, 0.29, 0.014, 0.09, 0.09, 0.16),
        (0.10, 0.14, 0.24),
        (0.16, 0.55, 0.72),
        (0.95, 0.75, 0.18),
        edges_y=(-0.28, 0.34),
    )
    parts = [deck]
    for y, turn in ((-0.26, 15), (0.26, -15)):
        base = moved(
            slab([(-0.12, -0.06), (0.12, -0.06), (0.13, 0.06), (-0.13, 0.06)], 0.018, BLACK, 0.004), (0, 0, 0.014)
        )
        high_back = tube(
            [(-0.11, 0.05, 0.03), (-0.13, 0.05, 0.10), (-0.16, 0.0, 0.16), (-0.13, -0.05, 0.10), (-0.11, -0.05, 0.03)],
            0.012,
            BLACK,
            8,
        )
        strap = tube(
            [(0.03, -0.07, 0.02), (0.02, -0.04, 0.09), (0.02, 0.04, 0.09), (0.03, 0.07, 0.02)],
            0.014,
            (0.25, 0.25, 0.28),
            8,
        )
        parts += [moved(rotated(part, "z", turn), (0, y, 0)) for part in (base, high_back, strap)]
    return whole(*parts)


def kite() -> Surface:
    """A diamond kite with a tail of bows, upright, flat side to the front."""
    top, bottom, left, right, middle = (0, 0, 1.75), (0, 0, 0.75), (-0.42, 0, 1.40), (0.42, 0, 1.40), (0, -0.07, 1.40)
    sails = []
    for colour, corners in (
        ((0.90, 0.16, 0.15), (top, left, middle)),
        ((0.98, 0.80, 0.15), (top, middle, right)),
        ((0.12, 0.42, 0.80), (left, bottom, middle)),
        ((0.18, 0.65, 0.32), (middle, bottom, right)),
    ):
        sails.append(plain_surface(np.asarray(corners, float), np.asarray([(0, 1, 2)]), material(colour)))
    spars = [rod(top, bottom, 0.006, WOOD, 6), rod(left, right, 0.006, WOOD, 6)]
    heights = np.linspace(0.75, 0.0, 25)
    line = np.column_stack([0.07 * np.sin((0.75 - heights) * 11), 0.03 * np.sin((0.75 - heights) * 7), heights])
    tail = tube(line, 0.004, (0.3, 0.3, 0.32), 5)
    bows = []
    for k, colour in zip(
        (5, 11, 17, 23), ((0.9, 0.16, 0.15), (0.98, 0.8, 0.15), (0.12, 0.42, 0.8), (0.18, 0.65, 0.32)), strict=True
    ):
        x, y, z = line[k]
        bows += [lathe([(0.002, 0.0), (0.025, 0.06)], colour, 8)]
        bows[-1] = moved(rotated(bows[-1], "y", 90), (x, y, z))
        bows.append(moved(rotated(lathe([(0.002, 0.0), (0.025, 0.06)], colour, 8), "y", -90), (x, y, z)))
    return whole(*sails, *spars, tail, *bows)


def baseball_bat() -> Surface:
    """A wooden bat of 84 cm, lying along y, handle to the front."""
    profile = [
        (0.010, 0.0), (0.025, 0.002), (0.026, 0.012), (0.016, 0.024), (0.0125, 0.06), (0.0125, 0.28), (0.017, 0.40),
        (0.027, 0.54), (0.0325, 0.66), (0.033, 0.80), (0.028, 0.832), (0.012, 0.84),
    ]  # fmt: skip
    bat = lathe(profile, WOOD, 28)
    grip = lathe([(0.0135, 0.05), (0.0135, 0.27)], BLACK, 28)
    lying = [rotated(part, "x", -90) for part in (bat, grip)]
    return whole(*(moved(part, (0, -0.42, 0.033)) for part in lying))


def baseball_glove() -> Surface:
    """A brown leather glove lying on its back, fingers away from the front."""
    leather, lace = (0.52, 0.30, 0.15), (0.68, 0.48, 0.28)
    fingers = []
    for x, reach, lean in ((-0.075, 0.155, -0.05), (-0.03, 0.185, -0.02), (0.015, 0.185, 0.0), (0.06, 0.16, 0.03)):
        knuckle, tip = (x, 0.02, 0.035), (x + lean, reach, 0.075)
        fingers.append(Bone(knuckle, tip, (0.030, 0.021), leather))
    thumb = [Bone((0.07, -0.05, 0.035), (0.135, 0.07, 0.07), (0.036, 0.024), leather)]
    palm = [
        Bone((-0.06, -0.07, 0.03), (-0.05, 0.02, 0.03), (0.045, 0.036), leather),
        Bone((0.03, -0.08, 0.03), (0.03, 0.02, 0.025), (0.046, 0.034), leather),
        Bone((-0.02, -0.12, 0.035), (0.02, -0.12, 0.035), (0.042, 0.042), leather),
    ]
    web = [
        Bone((0.085, 0.09, 0.060), (0.125, 0.10, 0.066), (0.016, 0.014), lace),
        Bone((0.075, 0.05, 0.045), (0.11, 0.06, 0.05), (0.014, 0.014), lace),
    ]
    return whole(body([*fingers, *thumb, *palm, *web], melt=0.035, cells=60))


def balloon() -> Surface:
    """A red balloon on a string."""
    red = (0.86, 0.12, 0.16)
    skin_profile = [
        (0.004, -0.165),
        (0.03, -0.155),
        (0.075, -0.115),
        (0.115, -0.05),
        (0.135, 0.03),
        (0.125, 0.10),
        (0.085, 0.15),
        (0.03, 0.172),
        (0.003, 0.175),
    ]
    envelope = moved(lathe(skin_profile, red, 32), (0, 0, 0.72))
    knot = moved(lathe([(0.016, -0.185), (0.005, -0.165)], red, 10), (0, 0, 0.72))
    heights = np.linspace(0.0, 0.54, 16)
    string = tube(np.column_stack([0.015 * np.sin(heights * 17), 0 * heights, heights]), 0.0015, (0.9, 0.9, 0.9), 5)
    return whole(envelope, knot, string)


def tennis_ball() -> Surface:
    """A yellow-green ball with its white seam."""
    return whole(yellow_ball())


def yellow_ball() -> Surface:
    """The tennis ball, in our own axes."""
    turn = np.linspace(0, 2 * np.pi, 65)
    bend = 0.44
    seam = np.column_stack(
        [
            np.cos(turn) + bend * np.cos(3 * turn),
            np.sin(turn) - bend * np.sin(3 * turn),
            2 * np.sqrt(bend) * np.sin(2 * turn),
        ]
    )
    seam *= 0.0335 / np.linalg.norm(seam, axis=1, keepdims=True)
    return joined(
        [
            ball(0.0335, (0, 0, 0.0335), (0.78, 0.86, 0.20)),
            moved(tube(seam, 0.0012, (0.95, 0.95, 0.9), 6), (0, 0, 0.0335)),
        ]
    )


def beach_ball() -> Surface:
    """Six coloured gores."""
    colours = (
        (0.90, 0.2, 0.2),
        (0.97, 0.97, 0.95),
        (0.15, 0.4, 0.85),
        (0.97, 0.97, 0.95),
        (0.98, 0.8, 0.15),
        (0.97, 0.97, 0.95),
    )
    sphere = ball(0.16, (0, 0, 0.16), (1, 1, 1), 36)
    middle = sphere.vertices[sphere.faces].mean(axis=1)
    gore = (np.arctan2(middle[:, 1], middle[:, 0]) / (2 * np.pi) % 1 * 6).astype(np.int64) % 6
    return whole(sphere.replace(material_of_face=gore, materials=tuple(material(c) for c in colours)))


SHAPES = {
    "frisbee": frisbee,
    "surfboard": surfboard,
    "skis": skis,
    "snowboard": snowboard,
    "kite": kite,
    "baseball-bat": baseball_bat,
    "baseball-glove": baseball_glove,
    "balloon": balloon,
    "tennis-ball": tennis_ball,
    "beach-ball": beach_ball,
}
