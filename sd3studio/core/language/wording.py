"""English nouns for captions: articles, plurals, numbers, lists. Rules and short exception lists, no library."""

import re
from collections.abc import Sequence
from functools import cache

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

IRREGULAR: dict[str, str] = {
    "person": "people",
    "man": "men",
    "woman": "women",
    "child": "children",
    "foot": "feet",
    "tooth": "teeth",
    "mouse": "mice",
    "goose": "geese",
    "ox": "oxen",
    "knife": "knives",
    "leaf": "leaves",
    "shelf": "shelves",
    "loaf": "loaves",
    "wolf": "wolves",
    "calf": "calves",
    "scarf": "scarves",
    "half": "halves",
    "wife": "wives",
    "thief": "thieves",
    "hero": "heroes",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "mango": "mangoes",
    "cactus": "cacti",
}
"""Singular -> plural of the head noun; compounds in -man, -woman, -shelf and so on follow them."""

UNCOUNTED: frozenset[str] = frozenset(
    ("sheep", "deer", "fish", "aircraft", "spacecraft", "moose", "bison", "salmon", "trout", "series", "offspring")
)
"""Same form for one and many."""

PLURAL_ONLY: frozenset[str] = frozenset(
    ("scissors", "skis", "pants", "trousers", "jeans", "shorts", "goggles", "pliers", "tongs", "stairs", "clothes")
)
"""Named in the plural even when there is one of them."""

MASS: frozenset[str] = frozenset(
    (
        *(
            "grass",
            "water",
            "snow",
            "sand",
            "sky",
            "ice",
            "dirt",
            "mud",
            "gravel",
            "fog",
            "smoke",
            "rain",
            "air",
            "fire",
        ),
        *(
            "furniture",
            "food",
            "bread",
            "rice",
            "cheese",
            "meat",
            "broccoli",
            "hair",
            "fur",
            "wood",
            "traffic",
            "luggage",
        ),
        *("clothing", "equipment", "foliage", "vegetation", "paper", "fabric", "metal", "glassware", "pavement"),
    )
)
"""Nouns without an article when they are new: "grass", "some bread"."""

_SINGULAR_IN_S = re.compile(r"(ss|us|is|as|ous|ess)$|^(lens|bus|gas|canvas|christmas|tennis|chess|news|atlas)$")
_YOO = re.compile(r"^(uni([^nm]|n?corn|form|on)|use|usu|ut[ei]|eu|ewe|one\b|once\b|ukul)", re.IGNORECASE)
_SILENT_H = re.compile(r"^(hour|honest|honou?r|heir)", re.IGNORECASE)
_SPELLED_VOWEL = re.compile(r"^([AEFHILMNORSX]\b|[AEFHILMNORSX][A-Z0-9]+\b)")


@cache
def article(phrase: str) -> str:
    """ "a" or "an", as the phrase sounds: an hour, a unicorn, an SUV, an orange cup."""
    if _SPELLED_VOWEL.match(phrase) or _SILENT_H.match(phrase):
        return "an"
    if _YOO.match(phrase):
        return "a"
    return "an" if phrase[:1].lower() in "aeiou" or re.match(r"(8|11\b|18\b)", phrase) else "a"


def head_of(noun: str) -> str:
    """The word that is counted: "table" of "dining table", "glass" of "glass of wine"."""
    return noun.split(" of ", 1)[0].rsplit(" ", 1)[-1]


@cache
def plural(noun: str) -> str:
    """Plural of a noun phrase: chairs, people, knives, dining tables, glasses of wine; plurals stay as they are."""
    if is_plural(noun):
        return noun
    before, of, after = noun.partition(" of ")
    stem, space, head = before.rpartition(" ")
    return f"{stem}{space}{_plural_word(head)}{of}{after}"


def _plural_word(word: str) -> str:
    lower = word.lower()
    if lower in UNCOUNTED:
        return word
    for singular, many in IRREGULAR.items():
        if lower == singular or (
            lower.endswith(singular) and len(singular) > 2 and singular not in ("ox", "leaf", "half")
        ):
            if singular == "man" and lower in ("human", "german", "roman", "shaman", "ottoman"):
                break
            return word[: len(word) - len(singular)] + many
    if re.search(r"[^aeiou]y$", lower):
        return word[:-1] + "ies"
    if re.search(r"(s|x|z|ch|sh)$", lower):
        return word + "es"
    return word + "s"


_KNOWN_PLURALS = frozenset(IRREGULAR.values())


@cache
def is_plural(noun: str) -> bool:
    """True for labels that name several things: "people", "power lines", "skis"."""
    head = head_of(noun).lower()
    if head in PLURAL_ONLY or head in _KNOWN_PLURALS:
        return True
    if any(head.endswith(many) for many in ("men", "women", "people", "children", "shelves")):
        return head not in ("specimen", "abdomen", "omen")
    return head.endswith("s") and head not in UNCOUNTED and not _SINGULAR_IN_S.search(head)


def is_mass(noun: str) -> bool:
    """True for nouns that take no "a": water, grass, furniture."""
    return head_of(noun).lower() in MASS


def number(count: int) -> str:
    """Number word up to twelve, digits above."""
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else str(count)


def indefinite(phrase: str, noun: str) -> str:
    """A phrase as new: "a red car", "some weeds", "grass". `noun` is the phrase without its attributes."""
    if is_plural(noun):
        return f"some {phrase}" if head_of(noun).lower() not in PLURAL_ONLY else f"a pair of {phrase}"
    return f"some {phrase}" if is_mass(noun) else f"{article(phrase)} {phrase}"


def counted(count: int, phrase: str) -> str:
    """ "two chairs", "three people", "a table"."""
    if count == 1:
        return indefinite(phrase, phrase)
    return f"{number(count)} {plural(phrase)}" if not is_mass(phrase) else f"some {phrase}"


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def sentence(text: str) -> str:
    """The text with a capital letter and a full stop."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}" if text.endswith((".", "!", "?")) else f"{text[:1].upper()}{text[1:]}."
