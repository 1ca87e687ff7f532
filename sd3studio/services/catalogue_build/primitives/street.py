"""Things of the street and the railway, and houses."""

import numpy as np

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
    material,
    moved,
    rod,
    rotated,
    sheet,
    skin,
    slab,
    stretched,
    tube,
    whole,
)
from sd3studio.services.catalogue_build.surface import Surface, plain_surface

GREY = (0.55, 0.56, 0.58)
DARK = (0.13, 0.14, 0.15)
YELLOW = (0.93, 0.72, 0.10)
WOOD = (0.45, 0.33, 0.22)
WHITE = (0.95, 0.95, 0.94)


def _upright(outline: np.ndarray, thickness: float, colour: Colour, centre: Point) -> Surface:
    """A plate with an (x, z) outline, flat side to the front."""
    return moved(rotated(moved(slab(outline, thickness, colour), (0, 0, -thickness / 2)), "x", 90), centre)


def _stop_plate() -> list[Surface]:
    octagon = circle(0.375 / np.cos(np.pi / 8), 8, 22.5, 382.5)
    rim = _upright(octagon, 0.004, WHITE, (0, -0.030, 2.22))
    back = _upright(octagon * 0.99, 0.004, GREY, (0, -0.025, 2.22))
    face = _upright(octagon * 0.945, 0.004, (1, 1, 1), (0, -0.033, 2.22))
    return [back, rim, mapped(face, pictures.stop_sign(), "x", "z")]


def stop_sign() -> Surface:
    """A red octagon of 75 cm on a steel post, 2.6 m high."""
    return whole(box((0.06, 0.03, 2.5), (0, 0, 1.25), GREY, 0.006), *_stop_plate())


def stop_plate() -> Surface:
    """The octagon alone."""
    return whole(*_stop_plate())


def street_sign() -> Surface:
    """Two crossed street name plates on a post."""
    post = cylinder(0.03, 2.75, (0, 0, 0), GREY, 16)
    plates = []
    for turn, height in ((0, 2.68), (90, 2.44)):
        body = box((0.92, 0.012, 0.21), (0, 0, 0), (0.09, 0.42, 0.25))
        front = sheet(0.92, 0.21, pictures.street_name(), (0, -0.0065, 0))
        back = sheet(0.92, 0.21, pictures.street_name(), (0, 0.0065, 0), "back")
        plates += [
            moved(rotated(moved(part, (0, -0.036, 0)), "z", turn), (0, 0, height)) for part in (body, front, back)
        ]
    return whole(post, moved(ball(0.035, (0, 0, 0), GREY, 12), (0, 0, 2.78)), *plates)


def _signal_head() -> list[Surface]:
    case = box((0.36, 0.22, 1.02), (0, -0.17, 2.80), YELLOW, 0.03)
    board = box((0.50, 0.02, 1.16), (0, -0.17, 2.80), DARK)
    lamps = []
    for height, colour in ((3.12, (0.98, 0.10, 0.08)), (2.80, (0.45, 0.33, 0.06)), (2.48, (0.06, 0.34, 0.16))):
        lens = stretched(ball(0.115, (0, 0, 0), colour, 20), (1, 0.3, 1))
        visor = rotated(
            skin(
                [np.column_stack([circle(0.135, 15, -15, 195), np.full(15, z)]) for z in (0.0, 0.17)],
                DARK,
                False,
                False,
            ),
            "x",
            90,
        )
        lamps += [moved(lens, (0, -0.285, height)), moved(visor, (0, -0.28, height))]
    return [board, case, *lamps]


def traffic_light() -> Surface:
    """Three lamps in a yellow box on a pole; the red one is lit."""
    profile = [(0.13, 0.0), (0.13, 0.05), (0.07, 0.10), (0.055, 0.4), (0.05, 2.35), (0.05, 3.3)]
    arms = [box((0.06, 0.2, 0.05), (0, -0.05, z), DARK) for z in (3.15, 2.5)]
    return whole(lathe(profile, (0.28, 0.30, 0.30), 20), *_signal_head(), *arms)


def signal_head() -> Surface:
    """The lamps of a traffic light without the pole."""
    return whole(*_signal_head())


def parking_meter() -> Surface:
    """A grey head with a window and a slot on a post, 1.4 m high."""
    post = lathe([(0.10, 0.0), (0.10, 0.015), (0.035, 0.03), (0.03, 1.02), (0.045, 1.06)], GREY, 20)
    outline = np.concatenate([circle(0.09, 13, 0, 180) + np.asarray((0, 0.10)), [(-0.075, -0.16), (0.075, -0.16)]])
    head = _upright(outline, 0.12, (0.36, 0.38, 0.42), (0, 0, 1.22))
    window = _upright(
        np.concatenate([circle(0.066, 11, 0, 180) + np.asarray((0, 0.03)), [(-0.066, 0.0), (0.066, 0.0)]]),
        0.006,
        (0.72, 0.82, 0.82),
        (0, -0.062, 1.28),
    )
    label = _upright(
        np.asarray([(-0.05, -0.05), (0.05, -0.05), (0.05, 0.03), (-0.05, 0.03)]),
        0.006,
        (0.85, 0.2, 0.15),
        (0, -0.062, 1.17),
    )
    slot = box((0.012, 0.014, 0.05), (0.035, -0.064, 1.235), (0.85, 0.85, 0.85))
    knob = rotated(cylinder(0.018, 0.03, (0, 0, 0), (0.85, 0.85, 0.86), 14), "x", 90)
    return whole(post, head, window, label, slot, moved(knob, (-0.03, -0.06, 1.235)))


def utility_pole() -> Surface:
    """A wooden pole with a cross-arm, insulators and short wires to both sides."""
    pole = lathe([(0.15, 0.0), (0.11, 8.6), (0.10, 8.65)], WOOD, 14)
    arms, insulators, wires = [], [], []
    for height in (8.2, 7.5):
        arms.append(box((2.2, 0.10, 0.12), (0, -0.12, height), (0.40, 0.29, 0.19)))
        arms += [rod((side * 0.75, -0.12, height), (0, -0.12, height - 0.55), 0.02, GREY, 6) for side in (-1, 1)]
        for x in (-1.0, -0.45, 0.45, 1.0):
            insulators.append(
                moved(
                    lathe([(0.02, 0), (0.045, 0.06), (0.03, 0.09), (0.045, 0.12), (0.02, 0.2)], (0.62, 0.70, 0.70), 8),
                    (x, -0.12, height + 0.06),
                )
            )
            wires.append(rod((x, -0.55, height + 0.2), (x, 0.31, height + 0.2), 0.012, DARK, 6))
    can = lathe([(0.20, 0.0), (0.22, 0.02), (0.22, 0.75), (0.16, 0.82)], GREY, 16)
    return whole(pole, *arms, *insulators, *wires, moved(can, (0.30, 0, 6.2)))


def railway_track() -> Surface:
    """Six metres of track along y: ballast, wooden sleepers, two rails 1.435 m apart."""
    bed = skin(
        [[(-1.75, y, 0.0), (1.75, y, 0.0), (1.35, y, 0.16), (-1.35, y, 0.16)] for y in (-3.0, 3.0)], (0.46, 0.43, 0.40)
    )
    random = np.random.default_rng(1)
    stones = [
        moved(
            stretched(ball(0.05, (0, 0, 0), tuple(random.uniform(0.36, 0.6) * np.ones(3)), 6), (1, 1, 0.7)), (x, y, z)
        )
        for x, y, z in zip(random.uniform(-1.5, 1.5, 70), random.uniform(-2.9, 2.9, 70), np.full(70, 0.13), strict=True)
    ]
    sleepers = [box((2.5, 0.24, 0.14), (0, y, 0.17), (0.33, 0.25, 0.18), 0.015) for y in np.arange(-2.7, 2.8, 0.6)]
    rails = []
    for side in (-1, 1):
        foot = box((0.14, 6.0, 0.02), (side * 0.7525, 0, 0.25), (0.40, 0.28, 0.22))
        web = box((0.02, 6.0, 0.11), (side * 0.7525, 0, 0.31), (0.42, 0.30, 0.24))
        head = box((0.07, 6.0, 0.04), (side * 0.7525, 0, 0.385), (0.70, 0.70, 0.72), 0.008)
        rails += [foot, web, head]
    return whole(bed, *stones, *sleepers, *rails)


def picket_fence() -> Surface:
    """Two metres of white pickets on two rails."""
    pickets = []
    for x in np.arange(-0.94, 0.95, 0.145):
        outline = np.asarray([(-0.04, 0.0), (0.04, 0.0), (0.04, 0.92), (0.0, 0.99), (-0.04, 0.92)])
        pickets.append(_upright(outline, 0.02, WHITE, (x, 0, 0.03)))
    rails = [box((2.0, 0.035, 0.08), (0, 0.028, z), (0.90, 0.90, 0.89)) for z in (0.25, 0.75)]
    return whole(*pickets, *rails)


def flag() -> Surface:
    """A flag of three bands, waving on a pole of 4 m."""
    pole = lathe([(0.03, 0.0), (0.025, 3.97)], (0.85, 0.85, 0.86), 14)
    knob = ball(0.05, (0, 0, 4.0), YELLOW, 14)
    bands = []
    x = np.linspace(0.02, 1.5, 19)
    wave = 0.09 * np.sin(x * 5.2) * np.minimum(x, 1.0)
    for k, colour in enumerate(((0.80, 0.12, 0.16), WHITE, (0.10, 0.25, 0.58))):
        top, bottom = 3.9 - 0.32 * k, 3.9 - 0.32 * (k + 1)
        line = [np.column_stack([x, wave, np.full(19, z) - 0.05 * x]) for z in (bottom, top)]
        bands.append(skin(line, colour, caps=False, closed=False))
    return whole(pole, knob, *bands)


def house() -> Surface:
    """A family house of 9 x 8 m with a gabled roof, door, windows and chimney."""
    wall = (236, 224, 200)
    front = pictures.facade(5, 2, wall, (120, 150, 175), door=True)
    side = pictures.facade(4, 2, wall, (120, 150, 175))
    walls = [
        sheet(9.0, 5.2, front, (0, -4.0, 2.6)),
        sheet(9.0, 5.2, side, (0, 4.0, 2.6), "back"),
        rotated(sheet(8.0, 5.2, side, (0, -4.5, 2.6)), "z", 90),
        rotated(sheet(8.0, 5.2, side, (0, -4.5, 2.6)), "z", -90),
    ]
    plinth = box((9.1, 8.1, 0.4), (0, 0, 0.2), (0.55, 0.53, 0.50))
    cream = tuple(value / 255 for value in wall)
    gable = [np.asarray([(x, -4.0, 5.2), (x, 4.0, 5.2), (x, 0.0, 8.0)]) for x in (-4.48, 4.48)]
    gables = [plain_surface(points, np.asarray([(0, 1, 2)]), material(cream)) for points in gable]
    slopes = []
    for sign in (-1, 1):
        ring = [[(x, sign * 4.6, 4.85), (x, 0.0, 8.1), (x, 0.0, 8.3), (x, sign * 4.6, 5.05)] for x in (-4.9, 4.9)]
        slopes.append(mapped(skin(ring, (1, 1, 1)), pictures.roof_tiles(), "x", "z"))
        slopes[-1] = slopes[-1].replace(corner_uv=slopes[-1].corner_uv * (8, 4))
    chimney = box((0.7, 0.7, 1.9), (2.4, 1.2, 8.0), (0.58, 0.30, 0.24))
    cap = box((0.85, 0.85, 0.12), (2.4, 1.2, 8.98), (0.45, 0.44, 0.43))
    steps = [box((1.8, 0.5, 0.2), (0.0, -4.2, 0.1), GREY), box((1.8, 0.25, 0.2), (0.0, -4.1, 0.3), GREY)]
    porch = hull(
        [(x, y, z) for x in (-1.1, 1.1) for y, z in ((-4.0, 3.0), (-5.0, 2.7), (-4.0, 2.85))], (0.55, 0.28, 0.22)
    )
    posts = [cylinder(0.06, 2.72, (x, -4.9, 0), WHITE, 10) for x in (-0.95, 0.95)]
    return whole(*walls, plinth, *gables, *slopes, chimney, cap, *steps, porch, *posts)


def _block(
    size: Point, columns: tuple[int, int], rows: int, wall: tuple[int, int, int], glass: tuple[int, int, int]
) -> list[Surface]:
    width, depth, height = size
    front = pictures.facade(columns[0], rows, wall, glass, door=True)
    side = pictures.facade(columns[1], rows, wall, glass)
    return [
        sheet(width, height, front, (0, -depth / 2, height / 2)),
        sheet(width, height, front, (0, depth / 2, height / 2), "back"),
        rotated(sheet(depth, height, side, (0, -width / 2, height / 2)), "z", 90),
        rotated(sheet(depth, height, side, (0, -width / 2, height / 2)), "z", -90),
    ]


def apartment_building() -> Surface:
    """Six storeys of brick, 18 m high, flat roof."""
    walls = _block((20.0, 14.0, 18.0), (8, 6), 6, (160, 92, 72), (96, 118, 138))
    cornice = box((20.6, 14.6, 0.5), (0, 0, 18.1), (0.78, 0.74, 0.66))
    parapet = box((20.2, 14.2, 0.7), (0, 0, 18.5), (0.60, 0.38, 0.31))
    plinth = box((20.2, 14.2, 0.7), (0, 0, 0.35), (0.50, 0.49, 0.47))
    hut = box((4.0, 4.0, 2.2), (3.0, 1.0, 19.9), (0.62, 0.60, 0.57))
    awning = box((3.0, 1.4, 0.18), (1.25, -7.6, 3.0), (0.25, 0.28, 0.30))
    return whole(*walls, plinth, cornice, parapet, hut, awning)


def office_tower() -> Surface:
    """Fifteen storeys of glass, 55 m high."""
    walls = _block((22.0, 22.0, 54.0), (9, 9), 15, (176, 184, 190), (86, 128, 158))
    roof = box((22.4, 22.4, 0.8), (0, 0, 54.2), (0.55, 0.57, 0.60))
    top = box((12.0, 12.0, 3.5), (0, 0, 56.0), (0.50, 0.52, 0.55))
    lobby = box((22.5, 22.5, 0.6), (0, 0, 4.0), (0.30, 0.32, 0.34))
    return whole(*walls, roof, top, lobby)


def bucket() -> Surface:
    """A steel bucket with a handle, 28 cm high."""
    outer = lathe(
        [(0.10, 0.0), (0.105, 0.004), (0.14, 0.27), (0.146, 0.28), (0.136, 0.28), (0.10, 0.012), (0.001, 0.010)],
        (0.62, 0.65, 0.68),
        28,
    )
    turn = np.linspace(0, np.pi, 17)
    handle = tube(
        np.column_stack([0.142 * np.cos(turn), -0.10 * np.sin(turn), 0.255 + 0.07 * np.sin(turn)]), 0.004, DARK, 6
    )
    return whole(outer, handle)


SHAPES = {
    "stop-sign": stop_sign,
    "stop-plate": stop_plate,
    "street-sign": street_sign,
    "traffic-light": traffic_light,
    "signal-head": signal_head,
    "parking-meter": parking_meter,
    "utility-pole": utility_pole,
    "railway-track": railway_track,
    "picket-fence": picket_fence,
    "flag": flag,
    "house": house,
    "apartment-building": apartment_building,
    "office-tower": office_tower,
    "bucket": bucket,
}
