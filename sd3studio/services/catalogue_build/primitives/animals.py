"""Animals: bones with flesh (see `blends`), front towards -Y."""

from dataclasses import dataclass
from math import cos, sin, sqrt

from PIL import Image

from sd3studio.services.catalogue_build.primitives import pictures
from sd3studio.services.catalogue_build.primitives.blends import Bone, body, mirrored
from sd3studio.services.catalogue_build.primitives.shapes import Colour, Point, ball, hull, mapped, rod, tube, whole
from sd3studio.services.catalogue_build.surface import Surface

BLACK = (0.07, 0.06, 0.06)


@dataclass(frozen=True, slots=True)
class Beast:
    """Proportions of a four-legged animal, metres.

    `trunk` runs from the rump to the chest, `neck` from the chest to the back of the head, `head` on to the nose; each
    with a radius at its two ends. `legs`: y of the fore legs, of the hind legs, x of the feet, radius above and below.
    """

    trunk: tuple[Point, Point, float, float]
    neck: tuple[Point, Point, float, float]
    head: tuple[Point, Point, float, float]
    legs: tuple[float, float, float, float, float]
    coat: Colour
    hoof: Colour
    belly: float = 0.0
    tail: tuple[Point, Point, float, float] | None = None


def _bones(beast: Beast) -> list[Bone]:
    coat = beast.coat
    rump, chest, wide, narrow = beast.trunk
    middle = tuple((a + b) / 2 for a, b in zip(rump, chest, strict=True))
    low = (middle[0], middle[1], middle[2] - beast.belly)
    bones = [
        Bone(rump, middle, (wide, max(wide, narrow) * 1.02), coat),  # type: ignore[arg-type]
        Bone(low, chest, (max(wide, narrow) * 1.02, narrow), coat),
        Bone(beast.neck[0], beast.neck[1], (beast.neck[2], beast.neck[3]), coat),
        Bone(beast.head[0], beast.head[1], (beast.head[2], beast.head[3]), coat),
    ]
    fore, hind, x, above, below = beast.legs
    knee = chest[2] * 0.48
    legs = []
    for y, top, bend in ((fore, chest, -0.02), (hind, rump, 0.09)):
        lean = bend * knee * 1.2
        legs += [
            Bone((x * 0.75, y, top[2] * 0.92), (x, y + lean, knee), (above, (above + below) / 2), coat),
            Bone((x, y + lean, knee), (x, y, below * 1.6), ((above + below) / 2 * 0.85, below), coat),
            Bone(
                (x, y - 0.01, below * 1.15), (x, y - below * 0.4, below * 1.1), (below * 1.12, below * 1.1), beast.hoof
            ),
        ]
    bones += mirrored(legs)
    if beast.tail:
        bones.append(Bone(beast.tail[0], beast.tail[1], (beast.tail[2], beast.tail[3]), coat))
    return bones


def _eyes(x: float, y: float, z: float, radius: float) -> list[Surface]:
    return [ball(radius, (side * x, y, z), BLACK, 10) for side in (-1, 1)]


def _hide(surface: Surface, picture: Image.Image, coat: Colour) -> Surface:
    """The picture on the faces of the coat's colour, seen from the side; the others stay."""
    painted = mapped(surface, picture, "y", "z")
    plain = [k for k, m in enumerate(surface.materials) if m.colour[:3] != coat[:3]]
    keep = (surface.material_of_face[:, None] == plain).any(axis=1) if plain else None
    if keep is None:
        return painted
    owner = surface.material_of_face + 1
    owner[~keep] = 0
    return painted.replace(material_of_face=owner, materials=(*painted.materials, *surface.materials))


def cow() -> Surface:
    """A black and white cow, 1.45 m at the shoulder."""
    coat, pink = (0.93, 0.92, 0.90), (0.86, 0.66, 0.60)
    beast = Beast(
        ((0, 0.75, 1.08), (0, -0.62, 1.06), 0.33, 0.32),
        ((0, -0.70, 1.15), (0, -1.02, 1.42), 0.22, 0.16),
        ((0, -1.04, 1.42), (0, -1.40, 1.22), 0.155, 0.095),
        (-0.55, 0.72, 0.22, 0.13, 0.062),
        coat, (0.18, 0.16, 0.14), 0.08, ((0, 1.05, 1.28), (0, 1.14, 0.62), 0.035, 0.03),
    )  # fmt: skip
    extra = [
        *mirrored([Bone((0.13, -1.02, 1.50), (0.30, -0.98, 1.50), (0.045, 0.05), coat)]),
        Bone((0, -1.42, 1.20), (0, -1.46, 1.17), (0.085, 0.08), pink),
        Bone((0, 0.42, 0.74), (0, 0.52, 0.72), (0.12, 0.10), pink),
        Bone((0, 1.14, 0.60), (0, 1.15, 0.48), (0.045, 0.03), BLACK),
    ]
    skin = _hide(
        body([*_bones(beast), *extra], 0.10), pictures.spots((238, 235, 230), (34, 30, 30), 26, 3, 0.45, 4), coat
    )
    horns = [
        tube(
            [(s * 0.09, -1.02, 1.55), (s * 0.17, -1.02, 1.62), (s * 0.17, -1.06, 1.72)],
            [0.028, 0.02, 0.008],
            (0.84, 0.78, 0.66),
            8,
        )
        for s in (-1, 1)
    ]
    return whole(skin, *horns, *_eyes(0.125, -1.16, 1.43, 0.024))


def sheep() -> Surface:
    """A sheep with a thick coat and a dark face."""
    wool, face = (0.92, 0.89, 0.82), (0.20, 0.18, 0.17)
    legs = mirrored([Bone((0.11, y, 0.45), (0.12, y, 0.06), (0.045, 0.028), face) for y in (-0.30, 0.32)])
    puffs = []
    for k in range(70):
        turn, across = k * 2.399963, 1 - 2 * (k + 0.5) / 70
        ring = sqrt(1 - across * across)
        centre = (0.20 * ring * cos(turn), 0.02 + 0.47 * across, 0.60 + 0.20 * ring * sin(turn))
        puffs.append(Bone(centre, centre, (0.068, 0.068), wool))
    core = [
        Bone((0, -0.30, 0.60), (0, 0.34, 0.60), (0.22, 0.22), wool),
        Bone((0, -0.46, 0.72), (0, -0.52, 0.82), (0.13, 0.12), wool),
    ]
    head = [
        Bone((0, -0.52, 0.84), (0, -0.72, 0.72), (0.088, 0.052), face),
        *mirrored([Bone((0.07, -0.52, 0.87), (0.17, -0.52, 0.82), (0.03, 0.028), face)]),
    ]
    return whole(body([*core, *puffs, *head, *legs], 0.03, 80), *_eyes(0.066, -0.63, 0.83, 0.014))


def pig() -> Surface:
    """A pink pig."""
    coat = (0.91, 0.67, 0.62)
    beast = Beast(
        ((0, 0.42, 0.50), (0, -0.36, 0.50), 0.23, 0.22),
        ((0, -0.42, 0.54), (0, -0.58, 0.56), 0.20, 0.17),
        ((0, -0.60, 0.55), (0, -0.80, 0.48), 0.15, 0.085),
        (-0.34, 0.42, 0.14, 0.085, 0.042),
        coat, (0.42, 0.30, 0.28), 0.05,
    )  # fmt: skip
    snout = (0.84, 0.54, 0.52)
    extra = [
        Bone((0, -0.82, 0.47), (0, -0.86, 0.465), (0.068, 0.064), snout),
        *mirrored([Bone((0.09, -0.60, 0.70), (0.16, -0.70, 0.72), (0.05, 0.025), coat)]),
    ]
    curl = tube([(0, 0.64, 0.58), (0.03, 0.69, 0.62), (-0.03, 0.72, 0.66), (0.02, 0.75, 0.64)], 0.013, coat, 6)
    return whole(body([*_bones(beast), *extra], 0.06), curl, *_eyes(0.10, -0.70, 0.60, 0.017))


def elephant() -> Surface:
    """An African elephant, 2.9 m at the shoulder."""
    coat, nail = (0.47, 0.45, 0.44), (0.66, 0.62, 0.56)
    beast = Beast(
        ((0, 1.05, 1.95), (0, -0.85, 1.95), 0.80, 0.76),
        ((0, -1.05, 2.20), (0, -1.50, 2.45), 0.60, 0.52),
        ((0, -1.55, 2.45), (0, -1.95, 2.05), 0.50, 0.34),
        (-0.85, 1.05, 0.44, 0.34, 0.24),
        coat, coat, 0.15, ((0, 1.80, 2.15), (0, 2.05, 1.10), 0.09, 0.04),
    )  # fmt: skip
    trunk = [
        Bone((0, -1.98, 2.05), (0, -2.25, 1.35), (0.30, 0.20), coat),
        Bone((0, -2.25, 1.35), (0, -2.24, 0.65), (0.20, 0.13), coat),
        Bone((0, -2.24, 0.65), (0, -2.40, 0.30), (0.13, 0.09), coat),
    ]
    toes = mirrored(
        [
            Bone((0.44 + 0.13 * dx, y - 0.20, 0.09), (0.44 + 0.13 * dx, y - 0.22, 0.09), (0.07, 0.06), nail)
            for y in (-0.85, 1.05)
            for dx in (-1, 0, 1)
        ]
    )
    skin = body([*_bones(beast), *trunk, *toes], 0.28, 84)
    ears = []
    for side in (-1, 1):
        outline = [
            (0.45, -1.40, 2.90),
            (0.95, -1.25, 2.98),
            (1.22, -1.12, 2.60),
            (1.10, -1.12, 2.05),
            (0.72, -1.28, 1.62),
            (0.46, -1.42, 2.0),
        ]
        ears.append(hull([(side * x, y + d, z) for x, y, z in outline for d in (-0.03, 0.03)], (0.42, 0.40, 0.39)))
    tusks = [
        tube(
            [(s * 0.28, -2.05, 1.78), (s * 0.36, -2.40, 1.45), (s * 0.34, -2.75, 1.42)],
            [0.085, 0.07, 0.025],
            (0.93, 0.90, 0.82),
            10,
        )
        for s in (-1, 1)
    ]
    return whole(skin, *ears, *tusks, *_eyes(0.43, -1.85, 2.42, 0.05))


def bear() -> Surface:
    """A brown bear on four legs."""
    coat, snout = (0.36, 0.23, 0.13), (0.52, 0.38, 0.25)
    beast = Beast(
        ((0, 0.55, 0.78), (0, -0.48, 0.82), 0.33, 0.32),
        ((0, -0.58, 0.92), (0, -0.85, 1.00), 0.27, 0.21),
        ((0, -0.88, 1.00), (0, -0.98, 0.96), 0.19, 0.17),
        (-0.46, 0.55, 0.23, 0.17, 0.105),
        coat, (0.22, 0.14, 0.09), 0.06, ((0, 0.88, 0.88), (0, 0.94, 0.80), 0.06, 0.05),
    )  # fmt: skip
    extra = [
        Bone((0, -0.35, 1.02), (0, -0.30, 1.02), (0.22, 0.2), coat),
        Bone((0, -1.05, 0.92), (0, -1.22, 0.87), (0.115, 0.08), snout),
        Bone((0, -1.29, 0.895), (0, -1.30, 0.895), (0.035, 0.03), BLACK),
        *mirrored([Bone((0.13, -0.86, 1.17), (0.16, -0.86, 1.20), (0.065, 0.055), coat)]),
        *mirrored([Bone((0.23, y - 0.08, 0.08), (0.23, y - 0.16, 0.06), (0.095, 0.065), coat) for y in (-0.46, 0.55)]),
    ]
    return whole(body([*_bones(beast), *extra], 0.12), *_eyes(0.085, -1.06, 1.045, 0.022))


def _horse_like(coat: Colour, hoof: Colour, nose: Colour) -> list[Bone]:
    beast = Beast(
        ((0, 0.58, 1.00), (0, -0.48, 0.98), 0.27, 0.25),
        ((0, -0.56, 1.06), (0, -0.90, 1.48), 0.20, 0.115),
        ((0, -0.93, 1.50), (0, -1.22, 1.26), 0.115, 0.075),
        (-0.46, 0.62, 0.16, 0.115, 0.045),
        coat, hoof, 0.05, ((0, 0.84, 1.12), (0, 0.96, 0.60), 0.045, 0.03),
    )  # fmt: skip
    return [
        *_bones(beast),
        Bone((0, -1.26, 1.22), (0, -1.29, 1.20), (0.073, 0.065), nose),
        *mirrored([Bone((0.06, -0.88, 1.60), (0.075, -0.86, 1.70), (0.035, 0.018), coat)]),
    ]


def zebra() -> Surface:
    """A zebra, 1.3 m at the shoulder, with a stiff mane."""
    coat = (0.95, 0.94, 0.92)
    skin = _hide(
        body(_horse_like(coat, (0.15, 0.13, 0.12), (0.16, 0.13, 0.12)), 0.09),
        pictures.stripes((240, 238, 232), (28, 26, 28), 17),
        coat,
    )
    mane = hull(
        [
            (x, y, z)
            for x in (-0.02, 0.02)
            for y, z in ((-0.36, 1.26), (-0.30, 1.34), (-0.74, 1.68), (-0.84, 1.70), (-0.80, 1.52))
        ],
        (0.16, 0.14, 0.14),
    )
    tuft = rod((0, 0.95, 0.62), (0, 0.97, 0.40), 0.035, (0.14, 0.12, 0.12), 8)
    return whole(skin, mane, tuft, *_eyes(0.095, -1.04, 1.47, 0.02))


def giraffe() -> Surface:
    """A giraffe, 4.6 m high."""
    coat = (0.93, 0.83, 0.62)
    beast = Beast(
        ((0, 0.62, 2.15), (0, -0.50, 2.35), 0.40, 0.42),
        ((0, -0.70, 2.55), (0, -1.40, 4.15), 0.32, 0.145),
        ((0, -1.44, 4.22), (0, -1.82, 3.98), 0.15, 0.085),
        (-0.55, 0.68, 0.24, 0.17, 0.075),
        coat, (0.30, 0.24, 0.18), 0.05, ((0, 1.00, 2.30), (0, 1.14, 1.30), 0.05, 0.03),
    )  # fmt: skip
    extra = [
        Bone((0, -1.88, 3.94), (0, -1.93, 3.91), (0.085, 0.075), (0.62, 0.48, 0.34)),
        *mirrored([Bone((0.12, -1.38, 4.30), (0.30, -1.32, 4.36), (0.045, 0.03), coat)]),
        Bone((0, 1.14, 1.26), (0, 1.15, 1.05), (0.06, 0.03), BLACK),
    ]
    skin = _hide(
        body([*_bones(beast), *extra], 0.16, 96), pictures.spots((236, 214, 164), (168, 98, 40), 130, 4.0), coat
    )
    horns = [
        part
        for s in (-1, 1)
        for part in (
            rod((s * 0.06, -1.42, 4.32), (s * 0.075, -1.40, 4.52), 0.028, coat, 8),
            ball(0.04, (s * 0.075, -1.40, 4.54), BLACK, 10),
        )
    ]
    mane = hull(
        [(x, y, z) for x in (-0.025, 0.025) for y, z in ((-0.42, 2.80), (-0.34, 2.86), (-1.18, 4.26), (-1.28, 4.24))],
        (0.55, 0.34, 0.16),
    )
    return whole(skin, *horns, mane, *_eyes(0.13, -1.58, 4.20, 0.03))


def bird() -> Surface:
    """A blue songbird on two legs, 17 cm long."""
    blue, breast = (0.22, 0.42, 0.70), (0.90, 0.55, 0.28)
    bones = [
        Bone((0, 0.030, 0.062), (0, -0.018, 0.076), (0.026, 0.029), blue),
        Bone((0, -0.022, 0.068), (0, -0.010, 0.056), (0.024, 0.022), breast),
        Bone((0, -0.036, 0.104), (0, -0.038, 0.106), (0.022, 0.021), blue),
        *mirrored([Bone((0.022, -0.012, 0.078), (0.016, 0.060, 0.062), (0.014, 0.006), (0.16, 0.32, 0.58))]),
    ]
    skin = body(bones, 0.016, 64)
    tail = hull(
        [
            (x * w, y, z + d)
            for x in (-1, 1)
            for w, y, z in ((0.010, 0.040, 0.060), (0.017, 0.115, 0.048))
            for d in (0, 0.004)
        ],
        (0.14, 0.28, 0.52),
    )
    beak = tube([(0, -0.056, 0.104), (0, -0.076, 0.101)], [0.0055, 0.0008], (0.90, 0.68, 0.18), 8)
    legs = [part for s in (-1, 1) for part in (
        rod((s * 0.012, 0.004, 0.045), (s * 0.014, -0.002, 0.003), 0.0018, (0.75, 0.50, 0.25), 6),
        *(
            rod((s * 0.014, -0.002, 0.002), (s * 0.014 + dx, -0.002 + dy, 0.0015), 0.0015, (0.75, 0.50, 0.25), 5)
            for dx, dy in ((0, -0.018), (0.010, -0.014), (-0.010, -0.014), (0, 0.012))
        ),
    )]  # fmt: skip
    return whole(skin, tail, beak, *legs, *_eyes(0.0185, -0.046, 0.109, 0.0034))


def duck() -> Surface:
    """A mallard drake, 50 cm long, standing."""
    body_colour, head, chest = (0.66, 0.62, 0.57), (0.06, 0.34, 0.20), (0.36, 0.20, 0.13)
    bones = [
        Bone((0, 0.10, 0.15), (0, -0.06, 0.155), (0.075, 0.080), body_colour),
        Bone((0, -0.10, 0.165), (0, -0.08, 0.15), (0.072, 0.07), chest),
        Bone((0, -0.13, 0.22), (0, -0.15, 0.28), (0.036, 0.030), head),
        Bone((0, -0.165, 0.31), (0, -0.18, 0.31), (0.042, 0.038), head),
        Bone((0, 0.17, 0.17), (0, 0.26, 0.205), (0.04, 0.010), (0.20, 0.18, 0.17)),
        *mirrored([Bone((0.062, -0.03, 0.185), (0.045, 0.17, 0.165), (0.035, 0.012), (0.45, 0.38, 0.32))]),
    ]
    skin = body(bones, 0.03, 70)
    ring = [ball((0.036, 0.034, 0.007), (0, -0.143, 0.258), (0.95, 0.95, 0.93), 16)]
    beak = hull(
        [
            (x * w, y, z)
            for x in (-1, 1)
            for w, y, z in (
                (0.016, -0.205, 0.315),
                (0.019, -0.205, 0.298),
                (0.018, -0.262, 0.294),
                (0.016, -0.262, 0.300),
            )
        ],
        (0.92, 0.74, 0.20),
    )
    orange = (0.92, 0.48, 0.12)
    legs = [part for s in (-1, 1) for part in (
        rod((s * 0.035, 0.01, 0.09), (s * 0.04, 0.0, 0.01), 0.007, orange, 6),
        hull(
            [(s * 0.04 + x, y, z) for x, y in ((0, 0.015), (-0.028, -0.06), (0.028, -0.06)) for z in (0, 0.007)], orange
        ),
    )]  # fmt: skip
    return whole(skin, *ring, beak, *legs, *_eyes(0.036, -0.19, 0.322, 0.006))


def fish() -> Surface:
    """A goldfish of 16 cm, swimming towards the front."""
    gold = (0.94, 0.46, 0.10)
    bones = [
        Bone((0, -0.045, 0.045), (0, 0.0, 0.047), (0.022, 0.030), gold),
        Bone((0, 0.0, 0.047), (0, 0.060, 0.045), (0.030, 0.010), gold),
    ]
    skin = body(bones, 0.02, 56)
    skin = skin.replace(vertices=skin.vertices * (0.62, 1.0, 1.0))
    fin = (0.98, 0.62, 0.22)
    plates = [
        [(0.055, 0.045), (0.085, 0.075), (0.105, 0.080), (0.088, 0.045), (0.105, 0.008), (0.085, 0.014)],
        [(-0.02, 0.070), (0.0, 0.094), (0.035, 0.084), (0.038, 0.058)],
        [(0.015, 0.028), (0.03, 0.006), (0.045, 0.010), (0.045, 0.034)],
    ]
    fins = [hull([(x, y, z) for y, z in plate for x in (-0.0012, 0.0012)], fin) for plate in plates]
    sides = [
        hull(
            [
                (s * x, y, z + d)
                for x, y, z in ((0.017, -0.02, 0.035), (0.036, 0.012, 0.024), (0.030, 0.020, 0.034))
                for d in (0, 0.002)
            ],
            fin,
        )
        for s in (-1, 1)
    ]
    return whole(skin, *fins, *sides, *_eyes(0.0125, -0.050, 0.052, 0.0042))


SHAPES = {
    "cow": cow,
    "sheep": sheep,
    "pig": pig,
    "elephant": elephant,
    "bear": bear,
    "zebra": zebra,
    "giraffe": giraffe,
    "bird": bird,
    "duck": duck,
    "fish": fish,
}
