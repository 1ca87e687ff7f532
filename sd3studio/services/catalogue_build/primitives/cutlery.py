"""Forks in a cup, a spoon in a bowl of soup, a knife on a board: lying by themselves such things are but lines."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from sd3studio.services.catalogue_build.primitives.shapes import (
    Colour,
    lathe,
    mapped,
    moved,
    rotated,
    rounded_rectangle,
    skin,
    slab,
    whole,
)
from sd3studio.services.catalogue_build.primitives.skins import as_image, textured
from sd3studio.services.catalogue_build.surface import Surface

CHINA = (0.95, 0.95, 0.94)
SOUP = (0.60, 0.26, 0.12)
LIGHT_STEEL = (0.93, 0.94, 0.96)
HANDLE = (0.134, 0.13, 0.137)
WOOD = (214, 170, 116)

Section = tuple[float, float, float, float]
"""Along, height of the middle, half the width, half the thickness."""
FORK_HANDLE: tuple[Section, ...] = (
    (-0.105, 0.0035, 0.004, 0.0016),
    (-0.103, 0.0035, 0.0085, 0.002),
    (-0.09, 0.004, 0.0105, 0.0022),
    (-0.06, 0.006, 0.0085, 0.0022),
    (-0.02, 0.010, 0.005, 0.0022),
    (0.02, 0.0125, 0.0034, 0.0022),
)


def forks_in_cup() -> Surface:
    """Three forks that stand in a white cup, their tines up."""
    cup = [
        (0.0378, 0.0),
        (0.042, 0.006),
        (0.042, 0.081),
        (0.0433, 0.085),
        (0.0407, 0.085),
        (0.0395, 0.079),
        (0.0395, 0.02),
        (0.0005, 0.02),
    ]
    parts = [lathe(cup, CHINA, 36)]
    random = np.random.default_rng(3)
    for k in range(3):
        angle = np.deg2rad(120 * k + 20)
        side, behind = float(np.cos(angle)), float(np.sin(angle))
        facing = random.uniform(-50, 50)
        for part in _fork():
            part = rotated(rotated(moved(part, (0, 0.105, 0)), "x", 90), "z", facing)
            part = rotated(rotated(part, "x", -8 * behind), "y", 8 * side)
            parts.append(moved(part, (0.018 * side, 0.018 * behind, 0.022)))
    return whole(*parts)


def spoon_in_soup() -> Surface:
    """A bowl of soup with a spoon in it."""
    radius, height, level = 0.085, 0.055, 0.0396
    bowl = [
        (0.42, 0.0),
        (0.46, 0.055),
        (0.7, 0.3),
        (0.9, 0.65),
        (1.0, 1.0),
        (0.975, 1.01),
        (0.95, 0.96),
        (0.8, 0.5),
        (0.6, 0.25),
        (0.005, 0.12),
    ]
    parts = [
        lathe([(r * radius, z * height) for r, z in bowl], CHINA, 44),
        moved(lathe([(0.0769, 0), (0.0005, 0.0005)], SOUP, 44, caps=False), (0, 0, level)),
    ]
    for part in _spoon():
        part = rotated(rotated(moved(part, (0, -0.07, -0.005)), "x", -38), "z", -40)
        parts.append(moved(part, (-0.03, 0.03, level + 0.002)))
    return whole(*(rotated(part, "z", 30) for part in parts))


def knife_on_board() -> Surface:
    """A kitchen knife with a black handle on a chopping board."""
    board = mapped(slab(rounded_rectangle(0.18, 0.285, 0.015), 0.014, (1, 1, 1), 0.002), _wood(), "x", "y")
    knife = [moved(rotated(part, "z", -20), (0.01, 0, 0.0136)) for part in _knife()]
    return whole(board, *knife)


def _fork() -> list[Surface]:
    """A fork of 21 cm that lies along y, its tines at the far end."""
    steel, wide = _steel(), 1.1
    head = [
        (0.035, 0.012, 0.0036, 0.0022),
        (0.042, 0.0105, 0.008 * wide, 0.0016),
        (0.050, 0.0075, 0.0125 * wide, 0.0014),
        (0.060, 0.0045, 0.0145 * wide, 0.0013),
        (0.066, 0.0035, 0.0145 * wide, 0.0012),
    ]
    parts = [_bar([*FORK_HANDLE, *head], steel)]
    tine = [
        (0.058, 0.0045, 0.0028 * wide, 0.0012),
        (0.072, 0.0026, 0.0026 * wide, 0.0012),
        (0.09, 0.0035, 0.0023 * wide, 0.0011),
        (0.105, 0.0085, 0.0014 * wide, 0.0009),
    ]
    return parts + [moved(_bar(tine, steel, 8), ((k - 1.5) * 0.0078 * wide, 0, 0)) for k in range(4)]


def _spoon() -> list[Surface]:
    """A spoon of 21 cm that lies along y, its bowl at the far end."""
    steel = _steel()
    neck = [(0.03, 0.0128, 0.0036, 0.002), (0.040, 0.0122, 0.0048, 0.0016)]
    turn = np.arange(28) * 2 * np.pi / 28
    depths = ((1.0, 0.0), (0.94, -0.0022), (0.8, -0.0060), (0.55, -0.0088), (0.25, -0.0102), (0.02, -0.0105))

    def ring(share: float, height: float) -> np.ndarray:
        x = 0.022 * share * np.cos(turn) * (1 - 0.10 * np.sin(turn))
        return np.column_stack([x, 0.072 + 0.035 * share * np.sin(turn), np.full(28, height)])

    inside = [ring(share, 0.0125 + depth) for share, depth in depths]
    outside = [ring(share + 0.02, 0.0115 + depth) for share, depth in depths]
    return [
        _bar([*FORK_HANDLE, *neck], steel),
        mapped(skin(inside, (1, 1, 1), caps=False), steel, "x", "y"),
        mapped(skin(outside, (1, 1, 1), caps=False), steel, "x", "y"),
        skin([outside[0], inside[0]], LIGHT_STEEL, caps=False),
    ]


def _knife() -> list[Surface]:
    """A knife of 23 cm that lies along y, its point at the far end."""
    handle = [
        (-0.115, 0.004, 0.005, 0.003),
        (-0.112, 0.004, 0.009, 0.0042),
        (-0.09, 0.0045, 0.0105, 0.0046),
        (-0.05, 0.0045, 0.0095, 0.0046),
        (-0.012, 0.0045, 0.0085, 0.0046),
        (-0.008, 0.0045, 0.0075, 0.0038),
    ]
    blade = [  # along, back, edge
        (-0.008, 0.0065, -0.0065),
        (0.02, 0.0075, -0.0085),
        (0.06, 0.0078, -0.0095),
        (0.09, 0.0076, -0.0095),
        (0.105, 0.0070, -0.0075),
        (0.115, 0.0060, -0.0025),
        (0.12, 0.0045, 0.0025),
    ]
    rings = [[(b, y, 0.0058), (e, y, 0.0047), (e, y, 0.0043), (b, y, 0.0032)] for y, b, e in blade]
    return [_bar(handle, HANDLE), mapped(skin(rings, (1, 1, 1)), _steel(), "x", "y")]


def _bar(sections: Sequence[Section], look: Image.Image | Colour, segments: int = 14) -> Surface:
    """A flat round bar along y; a picture's sides follow its edges."""
    turn = -np.arange(segments) * 2 * np.pi / segments
    rings = [
        np.column_stack([width * np.cos(turn), np.full(segments, y), z + thick * np.sin(turn)])
        for y, z, width, thick in sections
    ]
    if not isinstance(look, Image.Image):
        return skin(rings, look)
    surface = skin(rings, (1, 1, 1))
    along, _, widths, _ = np.asarray(sections).T
    x, y, _ = surface.vertices.T
    across = np.clip(x / np.interp(y, along, widths) * 0.5 + 0.5, 0.01, 0.99)
    uv = np.stack([across, (y - along[0]) / np.ptp(along) * 0.98 + 0.01], -1)
    return textured(surface, uv[surface.faces], look)


def _steel() -> Image.Image:
    """What polished steel mirrors: dark edges, a dark line along the middle, light between."""
    dark, middle, light = (np.array(c, float) for c in ((40, 42, 48), (140, 144, 150), (250, 250, 252)))
    across = np.interp(
        np.linspace(0, 1, 64),
        [0, 0.06, 0.2, 0.38, 0.5, 0.62, 0.8, 0.94, 1],
        [0.15, 0.55, 1, 0.75, 0.35, 0.8, 0.95, 0.5, 0.1],
    )
    along = np.linspace(0, 1, 128)[:, None]
    share = np.clip(across + 0.18 * np.sin(along * 9 + 0.6) + 0.1 * np.sin(along * 23), 0, 1)[..., None]
    below, above = dark + (middle - dark) * share * 2, middle + (light - middle) * (share - 0.5) * 2
    return as_image(np.where(share < 0.5, below, above))


def _wood() -> Image.Image:
    """Light wood with its grain along the picture."""
    grain = Image.fromarray(np.random.default_rng(3).normal(size=(64, 4)).astype(np.float32))
    grain = np.asarray(grain.resize((192, 128), Image.Resampling.BICUBIC), float)
    return as_image(np.array(WOOD) + (grain * 14)[..., None] * (1, 0.9, 0.7))


SHAPES = {
    "forks-in-cup": forks_in_cup,
    "spoon-in-soup": spoon_in_soup,
    "knife-on-board": knife_on_board,
}
