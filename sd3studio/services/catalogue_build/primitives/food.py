"""Fruit, vegetables and things to eat."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from sd3studio.services.catalogue_build.primitives.blends import Bone, body
from sd3studio.services.catalogue_build.primitives.pizzas import pizza
from sd3studio.services.catalogue_build.primitives.shapes import (
    Colour,
    ball,
    circle,
    lathe,
    moved,
    rod,
    rotated,
    skin,
    slab,
    stretched,
    tube,
    warped,
    whole,
)
from sd3studio.services.catalogue_build.primitives.skins import as_image, noise, wrapped
from sd3studio.services.catalogue_build.surface import Floats, Surface

BREAD = (0.86, 0.66, 0.38)
CRUST = (0.66, 0.42, 0.18)


def banana() -> Surface:
    """A yellow banana of 19 cm, lying on its side."""
    turn = np.linspace(np.deg2rad(205), np.deg2rad(335), 17)
    path = np.column_stack([0.105 * np.cos(turn), 0.105 * np.sin(turn), np.full(17, 0.018)])
    radii = 0.018 * (1 - np.abs(np.linspace(-1, 1, 17)) ** 3.2) ** 0.6 + 0.004
    fruit = tube(path, radii, (0.95, 0.80, 0.18), 6)
    stem = tube(
        [path[-1], path[-1] + (0.007, 0.012, 0.002), path[-1] + (0.010, 0.026, 0.004)],
        [0.0055, 0.0045, 0.0055],
        (0.50, 0.42, 0.12),
        6,
    )
    tip = tube([path[0], path[0] + (-0.003, 0.006, 0)], [0.0045, 0.003], (0.25, 0.18, 0.08), 6)
    return whole(*(moved(part, (0, 0.085, 0)) for part in (fruit, stem, tip)))


def banana_bunch() -> Surface:
    """Four bananas fanned out from one stalk."""
    turn = np.linspace(np.deg2rad(190), np.deg2rad(300), 13)
    path = np.column_stack([np.zeros(13), 0.11 * np.cos(turn), 0.12 * np.sin(turn)])
    path -= path[0] - np.array([0.0, 0.003, -0.016])  # all hang from the origin
    radii = 0.018 * (1 - np.abs(np.linspace(-1, 1, 13)) ** 3.2) ** 0.6 + 0.004
    parts = []
    for k in range(4):
        fruit = tube(path, radii, (0.94, 0.79 - 0.02 * k, 0.18), 8)
        neck = tube([path[1], path[0], (0, 0, 0)], [0.012, 0.007, 0.008], (0.88, 0.76, 0.18), 8)
        tip = tube([path[-1], path[-1] + np.array([0, 0.007, 0.004])], [0.0045, 0.003], (0.25, 0.18, 0.08), 6)
        parts += [moved(rotated(part, "y", -39 + 26 * k), (0.012 - 0.008 * k, 0, 0)) for part in (fruit, neck, tip)]
    stalk = tube(
        [(0, 0.001, -0.008), (0, 0, 0.004), (0, -0.005, 0.022), (0, -0.008, 0.034)],
        [0.010, 0.014, 0.010, 0.011],
        (0.45, 0.42, 0.14),
        8,
    )
    return whole(*parts, stalk)


def _round_fruit(radius: float, dimple: float, flat: float, colour: Colour) -> Surface:
    """A ball with dimples at top and bottom; `flat` is height over width."""
    angles = np.linspace(-np.pi / 2 + 0.04, np.pi / 2 - 0.04, 19)
    reach = 1 - dimple * np.exp(-(((np.pi / 2 - np.abs(angles)) / 0.42) ** 2))
    profile = [
        (float(radius * r * np.cos(a)), float(radius * flat * r * np.sin(a)))
        for a, r in zip(angles, reach, strict=True)
    ]
    return moved(lathe(profile, colour, 28), (0, 0, -profile[4][1] if dimple > 0.3 else radius * flat))


def apple() -> Surface:
    """A red apple with stem and leaf."""
    fruit = _round_fruit(0.038, 0.30, 0.95, (0.78, 0.10, 0.12))
    stem = tube([(0, 0, 0.058), (0.002, 0, 0.070), (0.006, 0, 0.080)], 0.0016, (0.35, 0.24, 0.12), 6)
    leaf = moved(
        rotated(stretched(ball(1.0, (0, 0, 0), (0.28, 0.52, 0.16), 12), (0.013, 0.006, 0.0012)), "y", -25),
        (0.016, 0, 0.079),
    )
    return whole(fruit, stem, leaf)


def green_apple() -> Surface:
    """The apple in green."""
    fruit = _round_fruit(0.038, 0.30, 0.95, (0.56, 0.72, 0.20))
    stem = tube([(0, 0, 0.058), (0.002, 0, 0.070), (0.006, 0, 0.080)], 0.0016, (0.35, 0.24, 0.12), 6)
    return whole(fruit, stem)


def striped_apple() -> Surface:
    """A red apple with streaks, yellow where it was in the shade, with stem and leaf."""
    steps, segments, radius = 25, 28, 0.040
    profile = []
    for angle in np.linspace(-np.pi / 2, np.pi / 2, steps):
        across, up = float(np.cos(angle)), float(np.sin(angle))
        dimple = -0.42 * np.exp(-((across / 0.30) ** 2)) if up > 0 else 0.26 * np.exp(-((across / 0.26) ** 2))
        profile.append((max(radius * across**0.82 * (1 + 0.06 * up), 0.0004), radius * 0.93 * (up + float(dimple))))

    def lobed(vertices: Floats) -> Floats:
        angle = np.arctan2(vertices[:, 1], vertices[:, 0])
        low = np.clip(0.2 - vertices[:, 2] / radius, 0, 1)
        swell = 1 + 0.018 * np.cos(5 * angle) * low + 0.012 * np.cos(3 * angle + 1)
        return vertices * np.column_stack([swell, swell, np.ones(len(swell))])

    fruit = wrapped(warped(lathe(profile, (1, 1, 1), segments), lobed), _apple_skin())
    level = np.arange(len(fruit.vertices)) // segments / (steps - 1)  # the picture's ends belong into the dimples
    level[-2:] = 0.0, 1.0
    uv = np.stack([fruit.corner_uv[..., 0], np.clip(level[fruit.faces], 0.01, 0.99)], -1)
    lift = -min(z for _, z in profile)
    top = profile[-1][1] + lift
    stem = tube(
        [(0, 0, top - 0.002), (0.001, 0, top + 0.010), (0.004, 0.001, top + 0.020), (0.0065, 0.002, top + 0.026)],
        [0.0014, 0.0013, 0.0017, 0.0024],
        (0.34, 0.22, 0.11),
        7,
    )
    leaf = stretched(ball(1.0, (0, 0, 0), (0.28, 0.50, 0.14), 12), (0.016, 0.0075, 0.001))
    leaf = moved(rotated(rotated(leaf, "y", -22), "z", 25), (0.018, 0.008, top + 0.018))
    return whole(moved(fruit.replace(corner_uv=uv), (0, 0, lift)), stem, leaf)


def _apple_skin() -> Image.Image:
    """Red with lighter streaks from the stem to the blossom, yellow at both ends, small light dots."""
    random = np.random.default_rng(2)
    width, height = 256, 128
    up = np.linspace(1, 0, height)[:, None]
    streaks = np.repeat(noise(random, width, 4, 2)[:1], height, 0)
    streaks = np.clip(0.5 + 0.5 * streaks + 0.25 * noise(random, width, height, 3), 0, 1)
    streaks = streaks * (0.35 + 1.3 * np.abs(up - 0.5)) * 0.75
    ends = np.clip((up - 0.80) / 0.16 + 0.25 * noise(random, width, height, 8), 0, 1)
    ends = ends + 0.8 * np.clip((0.12 - up) / 0.12 + 0.2 * noise(random, width, height, 8), 0, 1)
    shade = np.clip(0.9 * noise(random, width, height, 30) - 0.5, 0, 1) * 0.5
    pixels = np.empty((height, width, 3))
    pixels[:] = (170, 20, 29)
    for colour, share in (((214, 60, 42), streaks), ((214, 170, 70), ends), ((222, 140, 60), shade)):
        cover = np.clip(share, 0, 1)[..., None]
        pixels = pixels * (1 - cover) + np.array(colour) * cover
    image = as_image(pixels)
    draw = ImageDraw.Draw(image)
    for _ in range(150):
        draw.point((random.uniform(0, width), random.uniform(10, height - 8)), fill=(240, 190, 140))
    return image.filter(ImageFilter.GaussianBlur(0.5))


def orange() -> Surface:
    """An orange with its navel."""
    fruit = _round_fruit(0.038, 0.05, 0.97, (0.95, 0.52, 0.06))
    navel = moved(ball((0.004, 0.004, 0.0015), (0, 0, 0), (0.36, 0.44, 0.14), 10), (0, 0, 0.0705))
    return whole(fruit, navel)


def tomato() -> Surface:
    """A red tomato with five green sepals."""
    fruit = _round_fruit(0.036, 0.16, 0.80, (0.82, 0.14, 0.09))
    sepals = []
    for k in range(5):
        leaf = stretched(ball(1.0, (0.55, 0, 0), (0.25, 0.48, 0.14), 10), (0.013, 0.0042, 0.0014))
        sepals.append(moved(rotated(rotated(leaf, "y", 12), "z", 72 * k), (0, 0, 0.0535)))
    return whole(fruit, *sepals, rod((0, 0, 0.052), (0.002, 0, 0.062), 0.0022, (0.3, 0.45, 0.15), 6))


def lemon() -> Surface:
    """A lemon, lying."""
    profile = [
        (0.001, -0.043),
        (0.006, -0.042),
        (0.009, -0.037),
        (0.021, -0.025),
        (0.027, -0.008),
        (0.027, 0.008),
        (0.021, 0.025),
        (0.009, 0.036),
        (0.005, 0.040),
        (0.001, 0.041),
    ]
    return whole(moved(rotated(lathe(profile, (0.96, 0.85, 0.20), 24), "x", 90), (0, 0, 0.027)))


def egg() -> Surface:
    """A brown egg, standing."""
    angles = np.linspace(-np.pi / 2 + 0.03, np.pi / 2 - 0.03, 17)
    profile = [(0.0215 * np.cos(a) * (1 - 0.14 * np.sin(a)), 0.0285 * (1 + np.sin(a))) for a in angles]
    return whole(lathe(profile, (0.86, 0.68, 0.52), 24))


def carrot() -> Surface:
    """A carrot of 17 cm with its green, lying."""
    root = lathe(
        [(0.001, 0.0), (0.005, 0.02), (0.0095, 0.06), (0.0145, 0.11), (0.0175, 0.15), (0.0165, 0.163), (0.006, 0.168)],
        (0.93, 0.46, 0.10),
        18,
    )
    rings = [
        moved(lathe([(r, 0), (r + 0.0006, 0.001), (r, 0.002)], (0.80, 0.36, 0.07), 18), (0, 0, z))
        for z, r in ((0.045, 0.0078), (0.075, 0.0108), (0.1, 0.0135), (0.13, 0.016), (0.145, 0.0172))
    ]
    greens = []
    random = np.random.default_rng(2)
    for k in range(9):
        lean = random.uniform(0.1, 0.5)
        side = 2 * np.pi * k / 9
        bend = np.asarray([[0, 0, 0.165], [0.3, 0.3, 0.20], [0.9, 0.9, 0.235 - 0.02 * lean]])
        reach = 0.05 * lean
        points = np.column_stack([bend[:, 0] * reach * np.cos(side), bend[:, 1] * reach * np.sin(side), bend[:, 2]])
        greens.append(tube(points, [0.002, 0.002, 0.0045], (0.26, 0.52, 0.16), 5))
    lying = [rotated(part, "x", -90) for part in (root, *rings, *greens)]
    return whole(*(moved(part, (0, -0.12, 0.0185)) for part in lying))


def broccoli() -> Surface:
    """A floret: pale stem, green crown."""
    random = np.random.default_rng(4)
    stem, crown = (0.62, 0.74, 0.40), (0.20, 0.42, 0.14)
    bones = [Bone((0, 0, 0.012), (0, 0, 0.07), (0.014, 0.016), stem)]
    for k in range(26):
        height = 1 - (k + 0.5) / 26 * 0.95
        angle = k * 2.399963
        spread = np.sqrt(max(1 - height * height, 0.0))
        tip = (0.045 * spread * np.cos(angle), 0.045 * spread * np.sin(angle), 0.082 + 0.034 * height)
        bones.append(Bone(tip, tip, (random.uniform(0.013, 0.017),) * 2, crown))
    for k in range(5):
        angle = 2 * np.pi * k / 5
        bones.append(Bone((0, 0, 0.055), (0.03 * np.cos(angle), 0.03 * np.sin(angle), 0.085), (0.008, 0.007), stem))
    return whole(body(bones, melt=0.006, cells=64))


def donut() -> Surface:
    """A ring with pink icing and sprinkles."""
    turn = np.linspace(0, 2 * np.pi, 21)
    ring = lathe([(0.031 + 0.0175 * np.cos(a), 0.017 + 0.016 * np.sin(a)) for a in turn], (0.80, 0.55, 0.28), 36, False)
    icing = lathe(
        [(0.031 + 0.0186 * np.cos(a), 0.0178 + 0.0165 * np.sin(a)) for a in np.linspace(-0.12, np.pi + 0.12, 13)],
        (0.95, 0.52, 0.66),
        36,
        caps=False,
    )
    icing = warped(icing, _dripping)
    random = np.random.default_rng(6)
    sprinkles = []
    for k in range(34):
        angle, across = random.uniform(0, 2 * np.pi), random.uniform(0.75, np.pi - 0.75)
        radius, height = 0.031 + 0.0192 * np.cos(across), 0.0178 + 0.0172 * np.sin(across)
        colour = ((0.98, 0.9, 0.3), (0.3, 0.7, 0.95), (0.98, 0.98, 0.98), (0.45, 0.8, 0.35))[k % 4]
        grain = rotated(rod((-0.003, 0, 0), (0.003, 0, 0), 0.0009, colour, 5), "z", random.uniform(0, 180))
        sprinkles.append(moved(grain, (radius * np.cos(angle), radius * np.sin(angle), height)))
    return whole(ring, icing, *sprinkles)


def _dripping(vertices: Floats) -> Floats:
    angle = np.arctan2(vertices[:, 1], vertices[:, 0])
    low = vertices[:, 2] < 0.018
    drop = 0.0028 * np.sin(7 * angle) * low
    return vertices + np.column_stack([0 * drop, 0 * drop, drop])


def sandwich() -> Surface:
    """Two slices of bread with salad, tomato, cheese and ham."""
    outline = np.concatenate([circle(0.030, 9, 0, 180) * (1.9, 0.9) + (0, 0.042), [(-0.055, -0.05), (0.055, -0.05)]])
    lower, upper = (_slice(outline, z) for z in (0.0, 0.040))
    layers = []
    rim = circle(1.0, 40)
    for z, size, colour, waves in (
        (0.0175, 0.064, (0.42, 0.66, 0.22), 0.10),
        (0.022, 0.058, (0.93, 0.60, 0.58), 0.05),
        (0.034, 0.062, (0.45, 0.68, 0.24), 0.11),
    ):
        wavy = rim * size * (1 + waves * np.sin(np.arange(40) * 2.1)[:, None])
        layers.append(moved(slab(wavy, 0.004, colour), (0, 0.003, z)))
    cheese = moved(
        slab([(-0.060, -0.056), (0.060, -0.056), (0.060, 0.060), (-0.060, 0.060)], 0.003, (0.97, 0.78, 0.22)),
        (0, 0, 0.0265),
    )
    tomatoes = [
        moved(slab(circle(0.026, 18), 0.005, (0.82, 0.18, 0.12)), (x, y, 0.0295))
        for x, y in ((-0.03, -0.027), (0.03, -0.027), (0.0, 0.035))
    ]
    return whole(*lower, *upper, *layers, cheese, *tomatoes)


def _slice(outline: Floats, z: float) -> list[Surface]:
    crust = moved(slab(outline, 0.017, CRUST, 0.003), (0, 0, z))
    crumb = [moved(slab(outline * 0.94, 0.0008, BREAD), (0, 0, z + height)) for height in (-0.0004, 0.0166)]
    return [crust, *crumb]


def ice_cream() -> Surface:
    """Two scoops in a cone, upright."""
    cone = lathe([(0.003, 0.0), (0.029, 0.110), (0.031, 0.116), (0.027, 0.116)], (0.83, 0.62, 0.34), 24)
    scoops = [
        ball((0.031, 0.031, 0.027), (0, 0, 0.128), (0.97, 0.91, 0.76), 20),
        ball((0.028, 0.028, 0.026), (0.003, 0, 0.163), (0.93, 0.55, 0.62), 20),
    ]
    collar = moved(
        stretched(lathe([(0.030, 0), (0.034, 0.004), (0.030, 0.009)], (0.97, 0.91, 0.76), 24), (1, 1, 1)), (0, 0, 0.113)
    )
    return whole(cone, *scoops, collar)


def cake_slice() -> Surface:
    """A wedge of layered cake on a plate."""
    wedge = np.concatenate([[(0.0, 0.0)], circle(0.12, 9, 65, 115)]) - (0, 0.06)
    layers = [
        moved(skin([np.column_stack([wedge, np.full(len(wedge), z)]) for z in (low, high)], colour), (0, 0, 0.012))
        for low, high, colour in (
            (0.0, 0.022, (0.84, 0.62, 0.36)),
            (0.022, 0.028, (0.98, 0.94, 0.88)),
            (0.028, 0.050, (0.84, 0.62, 0.36)),
            (0.050, 0.060, (0.90, 0.36, 0.44)),
        )
    ]
    cherry = ball(0.010, (0, 0.03, 0.080), (0.70, 0.06, 0.10), 14)
    plate = lathe(
        [(0.05, 0.0), (0.085, 0.008), (0.09, 0.013), (0.084, 0.012), (0.05, 0.007), (0.001, 0.007)],
        (0.96, 0.96, 0.95),
        32,
    )
    return whole(*layers, cherry, plate)


SHAPES = {
    "banana": banana,
    "banana-bunch": banana_bunch,
    "apple": apple,
    "green-apple": green_apple,
    "striped-apple": striped_apple,
    "orange": orange,
    "tomato": tomato,
    "lemon": lemon,
    "egg": egg,
    "carrot": carrot,
    "broccoli": broccoli,
    "pizza": pizza,
    "donut": donut,
    "sandwich": sandwich,
    "ice-cream": ice_cream,
    "cake-slice": cake_slice,
}
