"""Bags: a school backpack, a leather handbag, a trolley suitcase."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from sd3studio.services.catalogue_build.primitives.shapes import (
    Colour,
    Point,
    box,
    cylinder,
    moved,
    rod,
    rotated,
    rounded_rectangle,
    skin,
    tube,
    warped,
    whole,
)
from sd3studio.services.catalogue_build.surface import Floats, Material, Surface, face_normals

BLACK = (0.07, 0.07, 0.08)
GREY = (0.22, 0.22, 0.24)
SILVER = (0.76, 0.77, 0.79)
BRASS = (0.80, 0.64, 0.30)
Rgb = tuple[int, int, int]


def _arch(width: float, height: float, foot: float, crown: float, segments: int = 9) -> Floats:
    """(N, 2) outline of a bag seen from the front, base on z = 0: corners of radius `foot` below, `crown` above."""
    quarter = np.linspace(0, np.pi / 2, segments)
    parts = []
    for radius, x, z, start in (
        (foot, -1, 0, np.pi),
        (foot, 1, 0, 1.5 * np.pi),
        (crown, 1, 1, 0.0),
        (crown, -1, 1, 0.5 * np.pi),
    ):
        centre = np.array([x * (width / 2 - radius), height - radius if z else radius])
        parts.append(centre + radius * np.column_stack([np.cos(start + quarter), np.sin(start + quarter)]))
    return np.concatenate(parts)


def _pouch(outline: Floats, back: float, front: float, edge: float, colour: Colour, swell: float = 0.0) -> Surface:
    """A stuffed pouch between two y, its edges rounded by `edge` metres; its front swells by `swell` more."""
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    half = np.ptp(outline, axis=0) / 2
    rings = []
    angles = np.linspace(0, np.pi / 2, 5)
    profile = [(edge * (1 - np.sin(a)), back - edge * (1 - np.cos(a))) for a in angles]
    profile += [(edge * (1 - np.cos(a)), front + edge * (1 - np.sin(a))) for a in angles]
    for inset, y in profile:
        rings.append(np.insert(middle + (outline - middle) * (1 - inset / half), 1, y, axis=1))
    for share in (0.7, 0.35):
        ring = middle + (outline - middle) * (1 - edge / half) * share
        rings.append(np.insert(ring, 1, front - swell * (1 - share**2), axis=1))
    return skin(rings, colour)


def _fabric(ground: Rgb, size: tuple[int, int], seed: int = 1, grain: float = 7.0, folds: float = 12.0) -> Image.Image:
    """Woven cloth with soft folds, lighter above."""
    random = np.random.default_rng(seed)
    width, height = size
    noise = random.normal(0, grain, (height, width))
    coarse = Image.fromarray(random.uniform(0, 255, (7, 6)).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    shade = (np.asarray(coarse, float) / 255 - 0.5) * 2 * folds
    shade += np.linspace(10, -14, height)[:, None]
    pixels = np.asarray(ground, float) + (noise + shade)[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _clothed(surface: Surface, picture: Image.Image) -> Surface:
    """The surface with cloth on it: thrown on from the front, on its sides and ends from there, in the same scale."""
    low, high = surface.vertices.min(axis=0), surface.vertices.max(axis=0)
    scale = np.maximum(high - low, 1e-9)[[0, 2]]
    facing = np.abs(face_normals(surface.vertices, surface.faces)) * (1.0, 1.6, 1.0)
    axes = np.array([(1, 2), (0, 2), (0, 1)])[facing.argmax(axis=1)]
    corners = (surface.vertices - low)[surface.faces]
    uv = np.take_along_axis(corners, axes[:, None, :].repeat(3, axis=1), axis=2) / scale
    return surface.replace(
        corner_uv=uv * 0.998 + 0.001,
        material_of_face=np.zeros(len(surface.faces), np.int64),
        materials=(Material((1.0, 1.0, 1.0, 1.0), picture),),
    )


def _zip(outline: Floats, y: float, share: tuple[float, float], radius: float, colour: Colour) -> Surface:
    """A zip along a part of an outline (shares of its length from its lower left corner, anticlockwise)."""
    count = len(outline)
    picked = [outline[int(k) % count] for k in np.arange(round(share[0] * count), round(share[1] * count) + 1)]
    return tube([(x, y, z) for x, z in picked], radius, colour, 6)


def _scaled(outline: Floats, by: float) -> Floats:
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    return middle + (outline - middle) * by


def _band(points: Sequence[Point], width: float, thick: float, colour: Colour) -> Surface:
    """A flat strap along points, its width across x."""
    path = np.asarray(points, float)
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    out = np.cross(along, [1.0, 0.0, 0.0])
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    side = np.array([width / 2, 0, 0])
    rings = [
        [p - side - o * thick / 2, p + side - o * thick / 2, p + side + o * thick / 2, p - side + o * thick / 2]
        for p, o in zip(path, out, strict=True)
    ]
    return skin(rings, colour)


def _pack(ground: Rgb, trim: Rgb, zips: Colour = BLACK) -> Surface:
    colour = tuple(v / 255 for v in ground)
    dark = tuple(v / 255 for v in trim)
    body = _arch(0.30, 0.45, 0.05, 0.115)
    back = _clothed(_pouch(body, 0.075, -0.045, 0.032, colour, 0.012), _fabric(ground, (128, 192)))
    upper = _arch(0.235, 0.17, 0.03, 0.085)
    upper[:, 1] += 0.225
    top = _clothed(_pouch(upper, -0.04, -0.075, 0.018, colour, 0.010), _fabric(ground, (96, 80), 2))
    lower = _arch(0.255, 0.205, 0.045, 0.06)
    lower[:, 1] += 0.012
    front = _clothed(_pouch(lower, -0.04, -0.105, 0.026, colour, 0.014), _fabric(ground, (112, 96), 3))
    parts = [back, top, front]
    parts.append(_zip(_scaled(body, 0.995), -0.030, (0.44, 1.06), 0.0050, zips))
    parts.append(_zip(_scaled(body, 0.995), 0.050, (0.0, 1.02), 0.0055, dark))
    parts.append(_zip(_scaled(upper, 0.955), -0.072, (0.46, 1.04), 0.0042, zips))
    parts.append(_zip(_scaled(lower, 0.945), -0.101, (0.44, 1.06), 0.0045, zips))
    for x, y, z in ((0.108, -0.080, 0.285), (-0.118, -0.108, 0.150), (0.148, -0.036, 0.26)):
        parts.append(box((0.007, 0.004, 0.032), (x, y - 0.004, z - 0.016), SILVER, 0.001))
    parts.append(box((0.070, 0.006, 0.030), (0, -0.121, 0.130), dark, 0.002))
    parts.append(box((0.052, 0.003, 0.012), (0, -0.125, 0.130), (0.93, 0.93, 0.93)))
    for side in (-1, 1):
        pocket = _arch(0.115, 0.17, 0.02, 0.02, 5)
        net = rotated(_pouch(pocket, 0.0, -0.022, 0.012, dark, 0.008), "z", 90 * side)
        parts.append(moved(net, (side * 0.148, 0.012, 0.012)))
        parts.append(rod((side * 0.160, -0.045, 0.185), (side * 0.160, 0.068, 0.185), 0.006, zips, 6))
        strap = [(side * 0.152, y, 0.30) for y in (-0.045, 0.0, 0.065)]
        parts.append(tube(strap, 0.006, BLACK, 6))
        parts.append(box((0.010, 0.030, 0.020), (side * 0.157, 0.0, 0.30), BLACK, 0.003))
        padded = [
            (side * 0.065, 0.095, 0.415),
            (side * 0.068, 0.130, 0.425),
            (side * 0.075, 0.165, 0.38),
            (side * 0.085, 0.180, 0.30),
            (side * 0.095, 0.172, 0.21),
            (side * 0.105, 0.145, 0.13),
            (side * 0.112, 0.110, 0.065),
        ]
        parts.append(_band(padded, 0.062, 0.014, dark))
        parts.append(_band([(side * 0.112, 0.112, 0.07), (side * 0.118, 0.095, 0.035)], 0.026, 0.004, BLACK))
    pad = _pouch(_arch(0.25, 0.36, 0.03, 0.08), 0.118, 0.09, 0.014, dark)
    parts.append(moved(pad, (0, 0, 0.03)))
    arc = np.linspace(0, np.pi, 9)
    parts.append(tube([(0.036 * np.cos(a), 0.085, 0.435 + 0.038 * np.sin(a)) for a in arc], 0.0075, BLACK, 8))
    return whole(*parts)


def school_backpack() -> Surface:
    """A school backpack of 48 cm: two front pockets with zips, side pockets, padded straps behind."""
    return _pack((34, 62, 120), (24, 26, 34))


def _slumped(vertices: Floats) -> Floats:
    """Vertices in glTF's axes of a pack that is half full: narrower above, bent to one side, leaning back."""
    high = np.clip(vertices[:, 1] / 0.45, 0.0, 1.1)
    across = vertices[:, 0] * (1 - 0.34 * high**2) + 0.031 * np.sin(2.2 * high)
    up = vertices[:, 1] - 0.012 * np.cos(18 * across) * high
    return np.column_stack([1.16 * across, 0.82 * up, 0.97 * (vertices[:, 2] - 0.072 * high**2)])


def slumped_backpack() -> Surface:
    """A half full lavender backpack of 40 cm with dark straps."""
    return warped(_pack((103, 88, 134), (22, 33, 26), (0.28, 0.28, 0.28)), _slumped)


def _bag_skin(ground: Rgb, seed: int) -> Image.Image:
    """Grained leather with stitched edges."""
    image = _fabric(ground, (192, 128), seed, 5.0, 10.0)
    draw = ImageDraw.Draw(image)
    stitch = tuple(min(255, int(v * 1.35) + 18) for v in ground)
    for x in range(8, 184, 7):
        draw.line((x, 6, x + 4, 6), fill=stitch)
        draw.line((x, 121, x + 4, 121), fill=stitch)
    return image


def leather_handbag() -> Surface:
    """A tan leather handbag of 34 cm: two standing handles, a flap with a clasp, brass rings."""
    ground = (150, 84, 42)
    leather, dark = tuple(v / 255 for v in ground), (0.40, 0.20, 0.09)
    rings = []
    for z, w, d, corner in (
        (0.0, 0.335, 0.130, 0.03), (0.012, 0.345, 0.140, 0.04), (0.09, 0.335, 0.130, 0.045),
        (0.17, 0.312, 0.095, 0.04), (0.235, 0.290, 0.050, 0.02), (0.240, 0.280, 0.030, 0.012),
    ):  # fmt: skip
        outline = rounded_rectangle(w, d, min(corner, d / 2 - 0.001), 6)
        rings.append(np.insert(outline, 2, z, axis=1))
    body = _clothed(skin(rings, leather), _bag_skin(ground, 4))
    flap_rows = []
    for y, z, w in (
        (0.020, 0.243, 0.27), (-0.018, 0.246, 0.275), (-0.034, 0.232, 0.285),
        (-0.054, 0.18, 0.295), (-0.067, 0.135, 0.27), (-0.0695, 0.120, 0.20),
    ):  # fmt: skip
        xs = np.linspace(-w / 2, w / 2, 11)
        flap_rows.append([(x, y, z) for x in xs])
    flap = _clothed(skin(flap_rows[::-1], leather, closed=False), _bag_skin((138, 74, 36), 5))
    edge = tube([flap_rows[k][0] for k in range(6)] + flap_rows[5] + [flap_rows[k][-1] for k in (5, 4, 3, 2, 1, 0)],
                0.0028, dark, 6)  # fmt: skip
    parts = [body, flap, edge, box((0.038, 0.010, 0.030), (0, -0.074, 0.126), BRASS, 0.003)]
    parts.append(box((0.020, 0.006, 0.014), (0, -0.081, 0.126), (0.62, 0.46, 0.2), 0.002))
    arc = np.linspace(0, np.pi, 15)
    for y, lean in ((-0.05, -0.025), (0.032, 0.02)):
        path = [(0.082 * np.cos(a), y + lean * np.sin(a), 0.232 + 0.135 * np.sin(a) ** 0.9) for a in arc]
        parts.append(tube([(0.082, y - 0.012, 0.195), *path, (-0.082, y - 0.012, 0.195)], 0.0075, dark, 8))
        for side in (-1, 1):
            ring = [(side * 0.082 + 0.015 * np.cos(a), y - 0.006, 0.214 + 0.015 * np.sin(a))
                    for a in np.linspace(0, 2 * np.pi, 11)]  # fmt: skip
            parts.append(tube(ring, 0.003, BRASS, 5))
            parts.append(box((0.026, 0.008, 0.05), (side * 0.082, y - 0.008, 0.185), dark, 0.003))
    for x in (-0.14, 0.14):
        for y in (-0.045, 0.045):
            parts.append(cylinder(0.008, 0.006, (x, y, -0.005), BRASS, 10))
    return whole(*parts)


def trolley_suitcase() -> Surface:
    """A soft trolley suitcase of 66 cm with two front pockets; its handle is drawn out, to 83 cm."""
    ground = (44, 46, 58)
    colour = tuple(v / 255 for v in ground)
    parts = []
    shell = _arch(0.40, 0.60, 0.04, 0.05)
    parts.append(_clothed(_pouch(shell, 0.11, -0.085, 0.022, colour, 0.006), _fabric(ground, (128, 192), 6)))
    low = _arch(0.33, 0.29, 0.03, 0.035)
    low[:, 1] += 0.03
    parts.append(_clothed(_pouch(low, -0.08, -0.125, 0.018, colour, 0.008), _fabric(ground, (112, 96), 7)))
    high = _arch(0.33, 0.20, 0.025, 0.05)
    high[:, 1] += 0.35
    parts.append(_clothed(_pouch(high, -0.08, -0.112, 0.015, colour, 0.006), _fabric(ground, (112, 80), 8)))
    parts.append(_zip(_scaled(low, 0.955), -0.122, (0.42, 1.08), 0.004, (0.45, 0.45, 0.48)))
    parts.append(_zip(_scaled(high, 0.955), -0.109, (0.42, 1.08), 0.004, (0.45, 0.45, 0.48)))
    for y, radius in ((-0.078, 0.006), (-0.02, 0.005), (0.10, 0.006)):
        parts.append(_zip(_scaled(shell, 1.0), y, (0.0, 1.02), radius, (0.30, 0.30, 0.33) if y == -0.02 else BLACK))
    parts.append(box((0.07, 0.004, 0.024), (0, -0.133, 0.285), SILVER, 0.002))
    arc = np.linspace(0, np.pi, 9)
    parts.append(tube([(0.07 * np.cos(a), 0.02, 0.598 + 0.030 * np.sin(a) ** 0.6) for a in arc], 0.009, BLACK, 8))
    for side in (-1, 1):
        parts.append(rod((side * 0.085, 0.085, 0.55), (side * 0.085, 0.085, 0.765), 0.007, SILVER, 8))
        wheel = rotated(cylinder(0.032, 0.026, (0, 0, -0.013), BLACK, 16), "y", 90)
        parts.append(moved(wheel, (side * 0.17, 0.10, -0.012)))
        parts.append(box((0.05, 0.07, 0.06), (side * 0.17, 0.095, 0.012), BLACK, 0.01))
        parts.append(box((0.035, 0.03, 0.045), (side * 0.15, -0.065, -0.022), BLACK, 0.006))
    parts.append(box((0.215, 0.026, 0.032), (0, 0.085, 0.77), BLACK, 0.009))
    return whole(*parts)


SHAPES = {
    "school-backpack": school_backpack,
    "slumped-backpack": slumped_backpack,
    "leather-handbag": leather_handbag,
    "trolley-suitcase": trolley_suitcase,
}
