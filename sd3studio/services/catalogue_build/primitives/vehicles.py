"""Aeroplane, trains and a sailing boat, front towards -Y."""

import numpy as np
from PIL import Image, ImageDraw

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
    material,
    moved,
    rod,
    rotated,
    skin,
    slab,
    tube,
    whole,
)
from sd3studio.services.catalogue_build.surface import Surface, plain_surface

WHITE = (0.94, 0.95, 0.96)
GREY = (0.62, 0.64, 0.67)
DARK = (0.10, 0.11, 0.13)
GLASS = (0.16, 0.22, 0.30)
BLUE = (0.10, 0.28, 0.58)


def _wing(
    root: tuple[float, float, float],
    tip: tuple[float, float, float],
    chords: tuple[float, float],
    thickness: float,
    colour: Colour,
) -> Surface:
    """A tapered wing between two leading edge points; the chord runs towards +Y."""
    rings = []
    section = np.asarray([(0.0, 0.0), (0.18, 0.5), (0.5, 0.42), (1.0, 0.02), (0.5, -0.28), (0.15, -0.35)])
    for point, chord, thick in ((root, chords[0], thickness), (tip, chords[1], thickness * chords[1] / chords[0])):
        rings.append([(point[0], point[1] + c * chord, point[2] + t * thick) for c, t in section])
    return skin(rings, colour)


def _airliner_side() -> Image.Image:
    """Windows, doors and a stripe along the fuselage, nose at the left."""
    image = Image.new("RGB", (512, 96), (240, 242, 244))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 511, 22), fill=(242, 244, 246))
    draw.rectangle((0, 58, 511, 66), fill=(26, 72, 148))
    draw.rectangle((0, 74, 511, 95), fill=(196, 201, 207))
    for x in range(64, 420, 9):
        draw.rounded_rectangle((x, 36, x + 4, 44), 2, fill=(40, 54, 72))
    for x in (50, 234, 430):
        draw.rectangle((x, 30, x + 8, 54), outline=(120, 128, 138), fill=(228, 231, 234))
    draw.polygon([(14, 24), (27, 24), (30, 34), (16, 34)], fill=(30, 40, 54))
    return image.resize((256, 48), Image.Resampling.LANCZOS)


def airliner() -> Surface:
    """A twin-jet of 37 m with 34 m of span, wheels down."""
    stations = [
        (-18.6, 0.06, 0.35),
        (-18.2, 0.55, 0.28),
        (-17.2, 1.15, 0.12),
        (-15.6, 1.68, 0.02),
        (-13.6, 1.95, 0.0),
        (8.0, 1.95, 0.0),
        (12.5, 1.60, 0.30),
        (16.0, 0.85, 0.85),
        (18.3, 0.22, 1.25),
    ]
    ring = circle(1.0, 28)
    fuselage = skin([[(r * x, y, 3.75 + lift + r * z) for x, z in ring] for y, r, lift in stations], WHITE)
    fuselage = mapped(fuselage, _airliner_side(), "y", "z")
    wings, pods = [], []
    for side in (-1, 1):
        wings.append(_wing((side * 1.6, -4.2, 2.75), (side * 17.2, 4.3, 4.1), (7.2, 1.6), 0.85, GREY))
        wings.append(
            hull(
                [(side * 17.15, y, z) for y, z in ((4.5, 4.05), (5.8, 4.05), (6.0, 5.9), (5.5, 5.9))]
                + [(side * 17.3, y, z) for y, z in ((4.5, 4.05), (5.8, 4.05), (6.0, 5.9), (5.5, 5.9))],
                BLUE,
            )
        )
        wings.append(_wing((side * 0.4, 14.2, 4.75), (side * 6.3, 17.4, 5.2), (3.8, 1.4), 0.42, GREY))
        pod = lathe([(0.95, -2.2), (1.15, -1.6), (1.12, 0.4), (0.62, 1.9), (0.30, 2.3)], WHITE, 22)
        mouth = moved(lathe([(0.90, 0.0), (0.30, 0.25), (0.02, -0.2)], DARK, 22), (0, 0, -2.1))
        pods += [moved(rotated(part, "x", -90), (side * 5.7, -3.2, 2.05)) for part in (pod, mouth)]
        pods.append(
            hull(
                [(side * 5.7 + dx, y, z) for dx in (-0.12, 0.12) for y, z in ((-4.4, 2.9), (-1.2, 3.5), (-1.0, 2.6))],
                GREY,
            )
        )
    fin_corners = [(12.2, 5.4), (16.2, 11.6), (18.3, 11.6), (17.6, 5.0)]
    fin = hull([(x * (1.0 if z < 6 else 0.4), y, z) for y, z in fin_corners for x in (-0.22, 0.22)], BLUE)
    gear = []
    for x, y, count in ((0.0, -14.2, 1), (-2.7, 0.9, 2), (2.7, 0.9, 2)):
        gear.append(rod((x, y, 0.5), (x, y, 2.6), 0.14, GREY, 8))
        for offset in (-0.35, 0.35):
            wheel = rotated(moved(slab(circle(0.52, 18), 0.34, DARK, 0.06), (0, 0, -0.17)), "y", 90)
            gear.append(moved(wheel, (x + offset * (0.6 if count == 1 else 1), y, 0.52)))
    return whole(fuselage, fin, *wings, *pods, *gear)


def _carriage_side(ground: tuple[int, int, int], band: tuple[int, int, int], doors: tuple[int, ...]) -> Image.Image:
    """Windows and doors of a railway carriage."""
    image = Image.new("RGB", (512, 88), ground)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 18, 511, 50), fill=band)
    for x in range(12, 490, 40):
        draw.rounded_rectangle((x, 22, x + 31, 46), 3, fill=(42, 54, 66))
    for x in doors:
        draw.rectangle((x, 14, x + 34, 82), fill=(226, 176, 46))
        draw.rectangle((x + 3, 20, x + 15, 48), fill=(42, 54, 66))
        draw.rectangle((x + 19, 20, x + 31, 48), fill=(42, 54, 66))
    return image.resize((256, 44), Image.Resampling.LANCZOS)


def _bogies(positions: tuple[float, ...], width: float) -> list[Surface]:
    parts = []
    for y in positions:
        parts.append(box((width * 0.8, 2.6, 0.45), (0, y, 0.62), DARK))
        for dy in (-0.95, 0.95):
            for side in (-1, 1):
                wheel = rotated(moved(slab(circle(0.46, 20), 0.13, (0.30, 0.30, 0.32), 0.02), (0, 0, -0.065)), "y", 90)
                parts.append(moved(wheel, (side * 0.75, y + dy, 0.46)))
    return parts


def railcar() -> Surface:
    """A passenger railcar with a driver's cab at its front, 20 m."""
    half = 1.42
    section = np.asarray(
        [(-half, 0.0), (-half, 2.1), (-1.25, 2.65), (-0.7, 2.9), (0.7, 2.9), (1.25, 2.65), (half, 2.1), (half, 0.0)]
    )
    stations = [(-10.0, 0.80, 0.30), (-9.75, 0.93, 0.12), (-9.2, 1.0, 0.0), (10.0, 1.0, 0.0)]
    rings = [[(x * k, y, 0.95 + z * (1 - drop * 0.35)) for x, z in section] for y, k, drop in stations]
    shell = skin(rings, WHITE)
    hull_side = mapped(shell, _carriage_side((206, 210, 214), (30, 70, 128), (90, 390)), "y", "z")
    red = (0.78, 0.12, 0.13)
    windscreen = hull(
        [
            (x, y, z)
            for x, y, z in (
                (-1.0, -10.03, 2.45),
                (1.0, -10.03, 2.45),
                (0.9, -9.92, 3.35),
                (-0.9, -9.92, 3.35),
                (-1.0, -9.9, 2.45),
                (1.0, -9.9, 2.45),
                (0.9, -9.8, 3.35),
                (-0.9, -9.8, 3.35),
            )
        ],
        GLASS,
    )
    nose = box((2.2, 0.12, 1.2), (0, -10.0, 1.65), red, 0.04)
    lamps = [ball((0.13, 0.05, 0.13), (s * 0.82, -10.08, 1.62), (1.0, 0.96, 0.78), 12) for s in (-1, 1)]
    buffers = [rotated(cylinder(0.16, 0.35, (0, 0, 0), DARK, 14), "x", 90) for _ in range(2)]
    buffers = [moved(part, (s * 0.8, -9.95, 1.05)) for part, s in zip(buffers, (-1, 1), strict=True)]
    roof = [box((1.5, 2.2, 0.28), (0, y, 3.92), (0.45, 0.47, 0.50), 0.06) for y in (-5.0, 0.0, 5.0)]
    skirt = box((2.6, 12.0, 0.5), (0, 0, 0.75), (0.28, 0.30, 0.32))
    return whole(hull_side, windscreen, nose, *lamps, *buffers, *roof, skirt, *_bogies((-7.0, 7.0), 2.6))


def steam_locomotive() -> Surface:
    """A steam engine with chimney, dome, cab and driving wheels, 9.5 m."""
    black, red, brass = (0.11, 0.12, 0.13), (0.70, 0.12, 0.11), (0.83, 0.66, 0.26)
    boiler = moved(rotated(lathe([(0.82, -4.2), (0.86, -4.1), (0.86, 1.6)], black, 28), "x", -90), (0, 0, 2.35))
    front = moved(
        rotated(lathe([(0.02, -4.42), (0.5, -4.38), (0.78, -4.2)], (0.18, 0.19, 0.20), 28), "x", -90), (0, 0, 2.35)
    )
    bands = [
        moved(rotated(lathe([(0.875, y), (0.88, y + 0.05), (0.875, y + 0.1)], brass, 28), "x", -90), (0, 0, 2.35))
        for y in (-2.6, -1.0, 0.6)
    ]
    chimney = moved(
        lathe([(0.30, 0.0), (0.22, 0.15), (0.22, 0.8), (0.33, 0.95), (0.33, 1.05), (0.24, 1.05)], black, 20),
        (0, -3.5, 3.1),
    )
    dome = moved(lathe([(0.40, 0.0), (0.38, 0.35), (0.25, 0.55), (0.01, 0.60)], brass, 20), (0, -1.7, 3.12))
    cab = [
        box((2.5, 0.08, 2.3), (0, 1.65, 2.6), (0.10, 0.28, 0.20)),
        *(box((0.08, 1.9, 1.35), (s * 1.21, 2.6, 2.15), (0.10, 0.28, 0.20)) for s in (-1, 1)),
        *(box((0.08, 0.5, 1.0), (s * 1.21, 1.9, 3.3), (0.10, 0.28, 0.20)) for s in (-1, 1)),
        *(box((0.08, 0.4, 1.0), (s * 1.21, 3.35, 3.3), (0.10, 0.28, 0.20)) for s in (-1, 1)),
        hull(
            [
                (x, y, z)
                for y in (1.4, 3.8)
                for x, z in ((-1.4, 3.72), (0, 4.05), (1.4, 3.72), (0, 3.95), (-1.4, 3.66), (1.4, 3.66))
            ],
            black,
        ),
        *(moved(rotated(slab(circle(0.24, 16), 0.06, GLASS), "x", 90), (s * 0.72, 1.62, 3.3)) for s in (-1, 1)),
    ]
    frame = box((2.3, 8.4, 0.28), (0, -0.35, 1.35), red, 0.03)
    beam = box((2.5, 0.18, 0.6), (0, -4.6, 1.25), red)
    tank = box((2.3, 1.5, 1.5), (0, 3.4, 1.9), black)
    buffers = [
        moved(
            rotated(lathe([(0.10, 0.0), (0.10, 0.35), (0.24, 0.37), (0.24, 0.42), (0.02, 0.43)], GREY, 16), "x", 90),
            (s * 0.85, -4.65, 1.2),
        )
        for s in (-1, 1)
    ]
    lamp = [
        box((0.34, 0.3, 0.38), (0, -4.3, 3.35), black),
        moved(rotated(slab(circle(0.14, 14), 0.04, (1.0, 0.95, 0.75)), "x", 90), (0, -4.44, 3.35)),
    ]
    wheels = []
    for y, radius in ((-3.4, 0.45), (-1.7, 0.78), (0.0, 0.78), (1.7, 0.78), (3.4, 0.45)):
        for s in (-1, 1):
            tyre = lathe(
                [
                    (radius - 0.09, -0.07),
                    (radius, -0.07),
                    (radius, 0.07),
                    (radius - 0.09, 0.07),
                    (radius - 0.09, -0.07),
                ],
                (0.5, 0.5, 0.52),
                26,
                caps=False,
            )
            hub = lathe([(0.12, -0.09), (0.12, 0.09)], red, 12)
            spokes = [
                rod((0, 0, 0), ((radius - 0.06) * np.cos(a), (radius - 0.06) * np.sin(a), 0), 0.028, red, 5)
                for a in np.arange(8) * np.pi / 4
            ]
            wheels += [moved(rotated(part, "y", 90), (s * 0.78, y, radius)) for part in (tyre, hub, *spokes)]
    rods = [box((0.06, 3.6, 0.12), (s * 0.92, 0.0, 0.62), (0.72, 0.73, 0.75)) for s in (-1, 1)]
    pistons = [
        moved(
            rotated(lathe([(0.26, -0.5), (0.28, -0.4), (0.28, 0.4), (0.26, 0.5)], black, 18), "x", 90),
            (s * 1.0, -3.3, 0.95),
        )
        for s in (-1, 1)
    ]
    catcher = hull(
        [(-1.1, -4.7, 0.9), (1.1, -4.7, 0.9), (-1.1, -4.75, 0.15), (1.1, -4.75, 0.15), (0, -5.4, 0.15), (0, -5.1, 0.8)],
        red,
    )
    return whole(
        boiler,
        front,
        *bands,
        chimney,
        dome,
        *cab,
        frame,
        beam,
        tank,
        *buffers,
        *lamp,
        *wheels,
        *rods,
        *pistons,
        catcher,
    )


def sailing_boat() -> Surface:
    """A sloop of 7 m with main sail and jib, bow to the front."""
    stations = [
        (-3.6, 0.02, 0.95, 0.55),
        (-2.6, 0.62, 0.85, 0.20),
        (-1.0, 1.10, 0.75, 0.03),
        (0.8, 1.20, 0.72, 0.0),
        (2.4, 1.05, 0.75, 0.08),
        (3.4, 0.80, 0.80, 0.22),
    ]
    rings = [
        [
            (-w, y, top),
            (-w * 0.92, y, top * 0.55 + low * 0.45),
            (-w * 0.45, y, low + 0.05),
            (0, y, low),
            (w * 0.45, y, low + 0.05),
            (w * 0.92, y, top * 0.55 + low * 0.45),
            (w, y, top),
        ]
        for y, w, top, low in stations
    ]
    body = skin([ring[::-1] for ring in rings], WHITE, caps=False, closed=False)
    stern = hull([(*point,) for point in rings[-1]] + [(0, 3.38, 0.5)], WHITE)
    deck = skin(
        [[(-w * 0.97, y, top - 0.04), (w * 0.97, y, top - 0.04)] for y, w, top, _ in stations],
        (0.74, 0.55, 0.34),
        caps=False,
        closed=False,
    )
    stripe = [tube([(s * w, y, top - 0.02) for y, w, top, _ in stations], 0.045, BLUE, 6) for s in (-1, 1)]
    cabin = hull(
        [
            (x * k, y, z)
            for x in (-1, 1)
            for k, y, z in ((0.62, -1.5, 0.72), (0.55, -1.2, 1.12), (0.62, 0.9, 1.18), (0.68, 1.0, 0.72))
        ],
        WHITE,
    )
    windows = [box((0.02, 0.9, 0.16), (s * 0.615, -0.2, 0.98), GLASS) for s in (-1, 1)]
    mast = rod((0, -0.6, 0.7), (0, -0.6, 9.0), 0.06, (0.80, 0.80, 0.82), 10)
    boom = rod((0, -0.55, 1.55), (0.25, 2.9, 1.55), 0.05, (0.80, 0.80, 0.82), 8)
    sails = [
        _sail((0, -0.5, 1.7), (0.25, 2.85, 1.65), (0, -0.5, 8.8), 0.35),
        _sail((0, -3.5, 1.1), (0.30, -0.2, 1.3), (0, -0.65, 7.6), 0.28),
    ]
    keel = hull(
        [(x, y, z) for x in (-0.06, 0.06) for y, z in ((-0.3, 0.1), (1.1, 0.1), (0.95, -0.9), (0.1, -0.9))],
        (0.35, 0.16, 0.14),
    )
    rudder = hull(
        [(x, y, z) for x in (-0.03, 0.03) for y, z in ((3.25, 0.7), (3.55, 0.7), (3.5, -0.5), (3.2, -0.4))],
        (0.74, 0.55, 0.34),
    )
    return whole(body, stern, deck, *stripe, cabin, *windows, mast, boom, *sails, keel, rudder)


def _sail(tack: Point, clew: Point, head: Point, belly: float) -> Surface:
    """A triangle of cloth, bulging towards +X by `belly` metres."""
    count = 9
    vertices, faces = [], []
    for row in range(count):
        for column in range(count - row):
            u, v = column / (count - 1), row / (count - 1)
            flat = (1 - u - v) * np.asarray(tack) + u * np.asarray(clew) + v * np.asarray(head)
            vertices.append(flat + np.asarray((belly * 9 * u * (1 - u - v) * (0.35 + v), 0.0, 0.0)))
    start = np.cumsum([0, *range(count, 0, -1)])
    for row in range(count - 1):
        for column in range(count - row - 1):
            a, b = start[row] + column, start[row + 1] + column
            faces.append((a, a + 1, b))
            if column < count - row - 2:
                faces.append((a + 1, b + 1, b))
    return plain_surface(np.asarray(vertices), np.asarray(faces), material((0.97, 0.96, 0.93)))


SHAPES = {
    "airliner": airliner,
    "railcar": railcar,
    "steam-locomotive": steam_locomotive,
    "sailing-boat": sailing_boat,
}
