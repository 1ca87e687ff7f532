"""Words of English commands: verbs, amounts, directions, sizes; and a cursor over the words of a clause."""

import re
from dataclasses import dataclass

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.language.colours import colour_of
from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.nouns import words
from sd3studio.core.language.vocabulary import SpatialRule, longest_phrase
from sd3studio.core.scene.predicates import Predicate

TOKEN = re.compile(r"\d+(?:[.,]\d+)?|%|°|[a-z][a-z0-9]*(?:-[a-z0-9]+)*|'s\b|'(?=\s|$)|[^\s\w]|\w+")

VERBS: dict[str, str] = {
    **dict.fromkeys(
        ("move", "put", "place", "set", "bring", "shift", "push", "pull", "slide", "drag", "stand", "lay", "hang",
         "lift", "raise", "lower", "relocate", "position", "send", "carry", "take", "drop", "stick", "lean", "arrange"),
        "move",
    ),
    **dict.fromkeys(("add", "insert", "create", "include", "introduce", "spawn", "draw", "give me", "i want",
                     "i would like", "i need", "there should be", "let there be"), "add"),
    **dict.fromkeys(("remove", "delete", "erase", "discard", "eliminate", "get rid of", "take away", "take out",
                     "throw away", "throw out", "clear", "clear away", "kill"), "remove"),
    **dict.fromkeys(("paint", "colour", "color", "dye", "tint", "recolour", "recolor"), "colour"),
    **dict.fromkeys(("make", "have", "let"), "make"),
    **dict.fromkeys(("change",), "change"),
    **dict.fromkeys(("scale", "resize", "enlarge", "shrink", "widen", "narrow", "double", "halve", "increase",
                     "decrease", "reduce", "grow", "heighten", "stretch"), "scale"),
    **dict.fromkeys(("turn", "rotate", "spin", "face", "point", "orient", "aim", "flip"), "turn"),
    **dict.fromkeys(("swap", "exchange", "switch", "interchange"), "swap"),
    **dict.fromkeys(("replace", "substitute"), "replace"),
    **dict.fromkeys(("rename", "call", "name", "relabel"), "rename"),
    **dict.fromkeys(("copy", "duplicate", "clone"), "copy"),
    "hide": "hide", "show": "show", "unhide": "show", "reveal": "show", "lock": "lock", "unlock": "unlock",
    "fix": "lock", "pin": "lock", "line up": "line", "align": "line", "space out": "space", "space": "space",
    "spread": "space", "spread out": "space", "distribute": "space", "center": "centre", "centre": "centre",
}  # fmt: skip
"""Verb, as it opens a command -> how the rest is read."""

OPENERS = words("please now then next also just afterwards finally first kindly and")
POLITE = re.compile(
    r"^(?:(?:can|could|would|will) you (?:please )?|i(?:'d| would) like you to |you (?:should|can) |let's )"
)

DETERMINERS = words("the a an this that these those my your our some another any")
EVERY = words("all both each every")
PRONOUNS: dict[str, str] = {
    "it": "it", "that": "it", "them": "them", "they": "them", "those": "them", "him": "he", "her": "he", "he": "he",
    "she": "he", "this": "this", "these": "this", "selection": "this", "everything": "everything", "all": "everything",
    "itself": "it", "one": "it",
}  # fmt: skip
PICKS: dict[str, str] = {
    "left": "left", "leftmost": "left", "right": "right", "rightmost": "right", "nearest": "near", "closest": "near",
    "front": "near", "farthest": "far", "furthest": "far", "back": "far", "rear": "far", "biggest": "big",
    "largest": "big", "smallest": "small", "tallest": "tall", "shortest": "short", "highest": "high", "upper": "high",
    "lowest": "low", "top": "high", "bottom": "low", "first": "first", "last": "last", "newest": "last",
}  # fmt: skip
ORDINALS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
ADJECTIVES = words(
    "big large small little tiny huge tall short long wide narrow round square old new wooden metal plastic leather "
    "young open closed empty full broken clean dirty soft hard shiny dark light bright modern antique fancy cosy cozy "
    "striped furry fluffy heavy beautiful pretty ugly sitting lying standing sleeping other same thin thick low high"
)
STOPS = words(
    "and or to by with into onto from of as for then but except away facing towards toward at so that which who is "
    "are be until back around instead called named again please times off out"
)
"""Words at which a noun phrase ends."""
STEP_M = 0.5
"""How far a thing goes when the sentence does not say."""
UNITS_M = {
    "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "cm": 0.01, "centimetre": 0.01,
    "centimetres": 0.01, "centimeter": 0.01, "centimeters": 0.01, "mm": 0.001, "millimetres": 0.001,
    "millimeters": 0.001, "ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "inch": 0.0254, "inches": 0.0254,
    "step": 0.5, "steps": 0.5,
}  # fmt: skip
NUMERALS = {
    "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0,
    "nine": 9.0, "ten": 10.0, "twelve": 12.0, "twenty": 20.0, "a": 1.0, "an": 1.0, "half": 0.5, "ninety": 90.0,
    "forty-five": 45.0, "thirty": 30.0,
}  # fmt: skip
GROWN = {
    "bigger": (1.25, 1.25, 1.25), "larger": (1.25, 1.25, 1.25), "smaller": (0.8, 0.8, 0.8),
    "taller": (1.0, 1.0, 1.25), "higher": (1.0, 1.0, 1.25), "shorter": (1.0, 1.0, 0.8), "lower": (1.0, 1.0, 0.8),
    "wider": (1.25, 1.0, 1.0), "broader": (1.25, 1.0, 1.0), "narrower": (0.8, 1.0, 1.0), "longer": (1.25, 1.0, 1.0),
    "deeper": (1.0, 1.25, 1.0), "thicker": (1.0, 1.25, 1.0), "thinner": (1.0, 0.8, 1.0), "flatter": (1.0, 1.0, 0.8),
    "huge": (1.8, 1.8, 1.8), "tiny": (0.5, 0.5, 0.5),
}  # fmt: skip
"""Word -> factors of width, depth and height where no amount is said; ours."""
SIZE_AXES = {
    "big": (0, 1, 2), "large": (0, 1, 2), "size": (0, 1, 2), "small": (0, 1, 2), "wide": (0,), "width": (0,),
    "broad": (0,), "long": (0,), "length": (0,), "deep": (1,), "depth": (1,), "thick": (1,), "tall": (2,),
    "high": (2,), "height": (2,),
}  # fmt: skip
_IRREGULAR = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "mice": "mouse", "feet": "foot",
    "knives": "knife", "shelves": "shelf", "leaves": "leaf", "geese": "goose", "teeth": "tooth", "wolves": "wolf",
}  # fmt: skip


def lemma(word: str) -> str:
    """Singular of a noun, where dropping the ending gives a noun that we know; else the word itself."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    known = noun_net()
    if not word.endswith("s") or word.endswith("ss") or word in shipped_catalogue().categories:
        return word
    for ending, instead in (("ies", "y"), ("es", "e"), ("es", ""), ("s", "")):
        stem = word[: -len(ending)] + instead
        if word.endswith(ending) and (stem in known or shipped_catalogue().category_of(stem)):
            return stem
    return word if word in known else word[:-1]


def is_adjective(word: str) -> bool:
    """True for words that say how a thing is."""
    return word in ADJECTIVES or colour_of(word) is not None


@dataclass(slots=True)
class Cursor:
    """A place in the words of a clause."""

    tokens: list[str]
    at: int = 0

    def peek(self, ahead: int = 0) -> str:
        """The word that comes next, or "" at the end."""
        return self.tokens[self.at + ahead] if 0 <= self.at + ahead < len(self.tokens) else ""

    @property
    def done(self) -> bool:
        """True at the end."""
        return self.at >= len(self.tokens)

    def take(self, *choices: str) -> bool:
        """Go past the first of these phrases that comes next."""
        for phrase in choices:
            parts = phrase.split()
            if self.tokens[self.at : self.at + len(parts)] == parts:
                self.at += len(parts)
                return True
        return False

    def text(self, start: int, end: int | None = None) -> str:
        """The words from `start` on."""
        return " ".join(self.tokens[start:end]).replace(" 's", "'s")

    def number(self) -> float | None:
        """A number that comes next ("2", "1.5", "two", "half a"), or None."""
        word = self.peek()
        if re.fullmatch(r"\d+(?:[.,]\d+)?", word):
            self.at += 1
            return float(word.replace(",", "."))
        if word in NUMERALS:
            self.at += 1
            if word == "half":
                self.take("a", "an")
            return NUMERALS[word]
        return None

    def length_m(self) -> float | None:
        """A length with its unit, metres, or None."""
        start = self.at
        value = self.number()
        if value is not None and self.peek() in UNITS_M:
            self.at += 1
            return value * UNITS_M[self.tokens[self.at - 1]]
        self.at = start
        return None

    def rule(self) -> tuple[SpatialRule, str] | None:
        """A place phrase that comes next, with its words; also "facing" and "looking at"."""
        forms = [tuple(dict.fromkeys((word, *_stems(word)))) for word in self.tokens]
        phrase = longest_phrase(forms, self.at)
        if phrase is None:
            return None
        looks = phrase.rule.predicate in (Predicate.FACING, Predicate.FACING_AWAY)
        if phrase.words == ("by",) and Cursor(self.tokens, self.at + 1).number() is not None:
            return None  # "by 20 cm"
        sure = phrase.rule.certain or phrase.words[0] in ("at", "opposite", "across")
        if (phrase.rule.manner not in ("place", "between") and not looks) or not sure:
            return None
        start, self.at = self.at, self.at + len(phrase.words)
        return phrase.rule, self.text(start, self.at)


def _stems(word: str) -> tuple[str, ...]:
    if word.endswith("ing") and len(word) > 5:
        return (word[:-3] + "e", word[:-3])
    return (word[:-1],) if word.endswith("s") and len(word) > 3 else ()


def verb_at(tokens: list[str], at: int) -> tuple[str, str, int] | None:
    """How the rest is read, the verb and the number of its words, if a command's verb stands at `at`."""
    for length in (3, 2, 1):
        phrase = " ".join(tokens[at : at + length])
        if len(tokens) >= at + length and phrase in VERBS:
            return VERBS[phrase], phrase, length
    return None
