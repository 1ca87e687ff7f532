"""Colours of classes in segmentation maps: those of ADE20K, which segmentation ControlNets were trained with.

Class names and colours are those in common use for the 150 classes of Zhou et al., Scene Parsing through ADE20K
Dataset, CVPR 2017.
"""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from sd3studio.core.locations import RESOURCES

Rgb = tuple[int, int, int]

_OTHER_NAMES = {
    "couch": "sofa", "dining table": "table", "tv": "television receiver", "television": "television receiver",
    "potted plant": "plant", "motorcycle": "minibike", "window": "windowpane", "cupboard": "cabinet", "man": "person",
    "woman": "person", "child": "person", "boy": "person", "girl": "person", "people": "person", "street": "road",
    "wine glass": "glass", "cup": "glass", "laptop": "computer", "bird": "animal", "cat": "animal", "dog": "animal",
    "horse": "animal", "sheep": "animal", "cow": "animal", "elephant": "animal", "bear": "animal", "zebra": "animal",
    "giraffe": "animal", "sports ball": "ball", "teddy bear": "plaything", "toy": "plaything", "handbag": "bag",
    "backpack": "bag", "suitcase": "bag", "ground": "earth", "dirt": "earth", "lawn": "grass", "carpet": "rug",
    "picture": "painting", "nightstand": "chest of drawers", "dresser": "chest of drawers",
    "drawers": "chest of drawers",
    "banana": "food", "apple": "food", "sandwich": "food", "orange": "food", "broccoli": "food", "carrot": "food",
    "hot dog": "food", "pizza": "food", "donut": "food", "cake": "food", "bowl": "pot", "aeroplane": "airplane",
    "ocean": "sea", "trees": "tree", "plants": "plant", "stool chair": "stool", "street light": "streetlight",
    "parking meter": "pole", "stop sign": "signboard", "fridge": "refrigerator", "bin": "ashcan", "trash can": "ashcan",
    "office chair": "swivel chair", "wall lamp": "sconce", "pavement": "sidewalk", "fire": "fireplace",
}  # fmt: skip


def _read_table() -> dict[str, Rgb]:
    """Rows of a class name, a tab and six hexadecimal digits."""
    table = {}
    for row in (RESOURCES / "palettes" / "ade20k.tsv").read_text(encoding="utf-8").splitlines():
        name, code = row.split("\t")
        table[name] = (int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16))
    return table


ADE20K: Mapping[str, Rgb] = MappingProxyType(_read_table())
"""The 150 classes -> sRGB bytes."""


def class_colour(*names: str) -> Rgb:
    """Colour of the first of these names that ADE20K has a class for, else one made from the first name.

    Made colours are the same on every machine and never a colour of ADE20K or black.
    """
    for name in names:
        plain = " ".join(name.lower().replace("-", " ").split())
        for guess in (plain, _OTHER_NAMES.get(plain, ""), plain.rsplit(" ", 1)[-1]):
            guess = _OTHER_NAMES.get(guess, guess) if guess not in ADE20K else guess
            if guess in ADE20K:
                return ADE20K[guess]
    return _made_colour(names[0].lower() if names else "")


def _made_colour(name: str) -> Rgb:
    taken = set(ADE20K.values()) | {(0, 0, 0)}
    for attempt in range(1_000):
        digest = hashlib.sha256(f"{name}/{attempt}".encode()).digest()
        colour = (digest[0] | 32, digest[1] | 32, digest[2] | 32)
        if colour not in taken:
            return colour
    raise AssertionError("a thousand hashes can't all be taken")
