"""Classes of nouns that decide how they behave in a spatial sentence: ``resources/language/noun_classes.txt``."""

from functools import cache
from pathlib import Path

from sd3studio.core.errors import DataError
from sd3studio.core.locations import RESOURCES

LANGUAGE_FOLDER = RESOURCES / "language"


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as text."""
    return frozenset(text.split())


def read_noun_classes(path: Path) -> dict[str, frozenset[str]]:
    """Name of a class -> its nouns. Raises `DataError` naming the file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"The word list {path} can't be read: {error.strerror}") from error
    classes: dict[str, set[str]] = {}
    current: set[str] = set()
    for line in lines:
        if line.startswith("["):
            current = classes.setdefault(line.strip("[] "), set())
        elif not line.startswith("#"):
            current.update(line.split())
    return {name: frozenset(found) for name, found in classes.items()}


@cache
def _shipped() -> dict[str, frozenset[str]]:
    return read_noun_classes(LANGUAGE_FOLDER / "noun_classes.txt")


QUANTITY_NOUNS = _shipped()["quantities"]
"""In "a pile of books" the thing is the books."""
REGION_NOUNS = _shipped()["regions"]
"""In "the side of the road" the thing is the road."""
ALWAYS_PLURAL = _shipped()["plural though one"]
"""A plural of these ("railway tracks", "stairs", "scissors") is one thing."""
PLACES_IN_PICTURE = _shipped()["places in the picture"]
"""Alone after a preposition these are places in the picture, not things."""
PICTURE_NOUNS = _shipped()["the picture"]
"""After "in the", "of the" and "from the" these are the picture itself, not something in it."""
CONTAINERS = _shipped()["containers"]
"""Things are *in* these."""
PLACES = _shipped()["places"]
"""Things are *in* these, too."""
BODY_PARTS = _shipped()["body parts"]
"""Told of their owner, not placed."""
WORN = _shipped()["worn"]
"""Clothes and what else one wears."""
ANIMATE = _shipped()["animate"]
"""People and animals."""
FEMALE = _shipped()["female"]
MALE = _shipped()["male"]
MATERIALS = {word: {"wood": "wooden", "wool": "woollen"}.get(word, word) for word in _shipped()["materials"]}
"""What a thing may be of -> how that is said of it: "wood", "wooden"."""
STUFF = _shipped()["stuff"]
"""Stretches of material or ground, drawn as large flat pieces and not as things to pick up."""
CONCEPTS = _shipped()["concepts"]
"""Places made of other things; they have no body of their own."""
FIXTURES = _shipped()["fixtures"]
"""Fastened to walls and buildings: "on" one of these is on its face, not on its top."""
UPRIGHT = _shipped()["upright"]
"""What fixtures are fastened to."""

_NUMERALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBERS: dict[str, int] = {word: value for value, word in enumerate(_NUMERALS, start=1)} | {
    "a": 1, "an": 1, "both": 2, "couple": 2, "pair": 2, "dozen": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
}  # fmt: skip
"""Number words."""
