"""Small animals: bones with flesh (see `blends`), front towards -Y."""

from sd3studio.services.catalogue_build.primitives.blends import Bone, body, mirrored
from sd3studio.services.catalogue_build.primitives.shapes import ball, hull, rod, tube, whole
from sd3studio.services.catalogue_build.surface import Surface

BLACK = (0.07, 0.06, 0.06)


def _eyes(x: float, y: float, z: float, radius: float) -> list[Surface]:
    return [ball(radius, (side * x, y, z), BLACK, 10) for side in (-1, 1)]


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
    "bird": bird,
    "duck": duck,
    "fish": fish,
}
