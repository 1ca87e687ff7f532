"""How stuff (floor, wall, road, grass, water, sky ...) and objects without a mesh are coloured."""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

from sd3studio.core.scene.value import Colour
from sd3studio.core.scene.values import SceneObject


class Pattern(IntEnum):
    """Procedural surface patterns; the numbers are those of ``resources/shaders/patterns.glsl``."""

    PLAIN = 0
    PLANKS = 1
    TILES = 2
    PLASTER = 3
    ASPHALT = 4
    GRASS = 5
    WATER = 6
    GRAIN = 7
    BRICK = 8
    PAVING = 9
    FABRIC = 10
    GROUND = 31


@dataclass(frozen=True, slots=True)
class Look:
    """Pattern and sRGB base colour of a kind of stuff."""

    pattern: Pattern
    colour: Colour


_LOOKS: dict[str, Look] = {
    "floor": Look(Pattern.PLANKS, (0.66, 0.50, 0.35)),
    "wall": Look(Pattern.PLASTER, (0.89, 0.87, 0.83)),
    "ceiling": Look(Pattern.PLASTER, (0.94, 0.94, 0.93)),
    "tile": Look(Pattern.TILES, (0.82, 0.83, 0.82)),
    "carpet": Look(Pattern.FABRIC, (0.62, 0.56, 0.52)),
    "rug": Look(Pattern.FABRIC, (0.60, 0.33, 0.28)),
    "curtain": Look(Pattern.FABRIC, (0.75, 0.72, 0.66)),
    "road": Look(Pattern.ASPHALT, (0.34, 0.35, 0.37)),
    "runway": Look(Pattern.ASPHALT, (0.40, 0.41, 0.42)),
    "pavement": Look(Pattern.PAVING, (0.67, 0.66, 0.64)),
    "platform": Look(Pattern.PAVING, (0.62, 0.62, 0.61)),
    "grass": Look(Pattern.GRASS, (0.36, 0.55, 0.22)),
    "tree": Look(Pattern.GRASS, (0.24, 0.40, 0.17)),
    "water": Look(Pattern.WATER, (0.22, 0.45, 0.55)),
    "sand": Look(Pattern.GRAIN, (0.84, 0.75, 0.58)),
    "snow": Look(Pattern.GRAIN, (0.94, 0.95, 0.97)),
    "earth": Look(Pattern.GRAIN, (0.47, 0.37, 0.28)),
    "gravel": Look(Pattern.GRAIN, (0.55, 0.53, 0.50)),
    "mountain": Look(Pattern.GRAIN, (0.45, 0.47, 0.48)),
    "building": Look(Pattern.BRICK, (0.62, 0.42, 0.34)),
}
_SAME_AS: dict[str, str] = {
    "ground": "earth", "dirt": "earth", "soil": "earth", "mud": "earth", "land": "earth", "hill": "grass",
    "street": "road", "highway": "road", "asphalt": "road", "lane": "road", "path": "pavement",
    "sidewalk": "pavement", "pavers": "pavement", "square": "pavement", "plaza": "pavement",
    "lawn": "grass", "field": "grass", "meadow": "grass", "weeds": "grass", "plants": "grass", "garden": "grass",
    "trees": "tree", "forest": "tree", "bushes": "tree", "bush": "tree", "hedge": "tree", "foliage": "tree",
    "sea": "water", "ocean": "water", "river": "water", "lake": "water", "pond": "water", "pool": "water",
    "beach": "sand", "desert": "sand", "rock": "mountain", "rocks": "mountain", "stones": "gravel",
    "tracks": "gravel", "railway": "gravel", "track": "gravel", "brick": "building", "bricks": "building",
    "house": "building", "buildings": "building", "tiles": "tile", "tiled": "tile", "mat": "carpet",
    "curtains": "curtain", "walls": "wall",
}  # fmt: skip
_DEFAULT = Look(Pattern.PLAIN, (0.74, 0.74, 0.72))

_PALETTE: tuple[Colour, ...] = (
    (0.55, 0.67, 0.78), (0.80, 0.62, 0.49), (0.60, 0.72, 0.58), (0.78, 0.71, 0.54), (0.69, 0.60, 0.74),
    (0.52, 0.71, 0.70), (0.82, 0.66, 0.67), (0.62, 0.64, 0.69), (0.70, 0.74, 0.50), (0.57, 0.60, 0.77),
)  # fmt: skip
"""Quiet colours for objects without a mesh."""


def _words(thing: SceneObject) -> list[str]:
    return f"{thing.category or ''} {thing.label}".lower().replace("-", " ").split()


def is_sky(thing: SceneObject) -> bool:
    """Whether it is stuff that is drawn as the background."""
    return thing.kind == "stuff" and any(word in ("sky", "clouds", "cloud", "天空") for word in _words(thing))


def stuff_look(thing: SceneObject) -> Look:
    """Pattern and colour of a stretch of stuff, by the last of its words that we know ("brick wall" is a wall)."""
    for word in reversed(_words(thing)):
        word = _SAME_AS.get(word, word)
        if word in _LOOKS:
            return _LOOKS[word]
    return _DEFAULT


def box_colour(thing: SceneObject) -> Colour:
    """Quiet colour of an object without a mesh: the same for the same category, on every machine."""
    digest = hashlib.sha256((thing.category or thing.label).lower().encode()).digest()
    return _PALETTE[digest[0] % len(_PALETTE)]
