"""Which catalogue entry stands for a noun: named exactly, by a synonym, by its kind, or by likeness of meaning.

Kinds and synonyms come from our noun list, likeness from MiniLM sentence embeddings. What is like nothing in the
catalogue becomes a plain box of the size that its kind usually has.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

import numpy as np

from sd3studio.core.catalogue import Catalogue, CatalogueEntry
from sd3studio.core.errors import MissingModelError
from sd3studio.core.language.colours import COLOURS
from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.nouns import words as words_of
from sd3studio.core.recognised import BETTER, steady_score
from sd3studio.core.scene.value import Size3
from sd3studio.core.synthesis.dressing import LEFT_OUT, MANY_COLOURS

LIKE_ENOUGH = 0.62
"""Least cosine of two nouns for one to be drawn as the other. Chosen by looking: "kettle" ~ "teapot" .71, "wizard" ~
"person" .3; below about .6 the nearest category is often only from the same place ("spoon" for "soup")."""

KIND_SIZES: dict[str, Size3] = {
    "person": (0.5, 0.35, 1.7),
    "bird": (0.2, 0.3, 0.25),
    "fish": (0.1, 0.3, 0.12),
    "insect": (0.03, 0.04, 0.02),
    "animal": (0.4, 1.0, 0.7),
    "body part": (0.1, 0.1, 0.2),
    "dwelling": (8.0, 6.0, 6.0),
    "building": (8.0, 6.0, 6.0),
    "tower": (5.0, 5.0, 15.0),
    "bridge": (3.0, 12.0, 3.0),
    "track": (1.6, 8.0, 0.2),
    "kitchen utensil": (0.25, 0.25, 0.2),
    "monster": (1.5, 2.5, 2.0),
    "tree": (3.0, 3.0, 5.0),
    "plant": (0.5, 0.5, 0.5),
    "flower": (0.15, 0.15, 0.35),
    "fruit": (0.08, 0.08, 0.08),
    "food": (0.15, 0.15, 0.08),
    "vehicle": (1.9, 4.5, 1.6),
    "furniture": (0.9, 0.6, 0.9),
    "clothing": (0.45, 0.2, 0.5),
    "container": (0.25, 0.25, 0.3),
    "tool": (0.06, 0.3, 0.06),
    "musical instrument": (0.5, 0.3, 0.9),
    "weapon": (0.06, 0.8, 0.06),
    "toy": (0.25, 0.25, 0.25),
    "sign": (0.6, 0.05, 0.6),
    "structure": (2.0, 1.0, 2.0),
    "rock": (0.7, 0.6, 0.5),
    "device": (0.3, 0.25, 0.25),
}
"""Kind of thing -> width, depth, height of a usual one, metres. Priors, set by hand; the nearest kind counts."""
UNKNOWN_SIZE: Size3 = (0.5, 0.5, 0.5)
LAID, WITH_CHAIRS = "laid", "with chairs"
"""Attributes of tables that show dishes and food, and of those that have chairs around them."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a noun is drawn.

    Parameters
    ----------
    entry : catalogue entry, or None for a plain box
    category : that of the entry, or None
    size : metres
    detail : "drawn as armchair", empty where the catalogue has the very noun
    size_prior : where the size comes from
    score : likeness in [0, 1] where it was judged by meaning alone, else None
    """

    entry: CatalogueEntry | None
    category: str | None
    size: Size3
    detail: str
    size_prior: str
    score: float | None = None


def drawing_of(
    nouns: Sequence[str],
    attributes: Sequence[str],
    catalogue: Catalogue,
    words: Sequence[str] = (),
    without: Collection[str] = (),
) -> Drawing:
    """The best drawing of a thing.

    Parameters
    ----------
    nouns : names of the thing, lemmas, the most exact first ("coffee table", "table")
    attributes : they choose between entries of the category ("sitting", "open")
    words : further words about it that may choose ("suit")
    without : attributes of entries that it is not, if there is another: `LAID` where the text itself says what is on it
    """
    score: float | None = None
    category = _named(nouns, catalogue)
    if category is None:
        category = _by_kind(nouns, catalogue)
    if category is None and nouns:
        category = _by_spelling(nouns[0], catalogue)
    if category is None and nouns:
        category, score = _by_likeness(nouns[0], catalogue)
    if category is None:
        size, prior = usual_size(nouns)
        return Drawing(None, None, size, "drawn as a plain box: the catalogue has nothing like it", prior)
    entries = catalogue.of_category(category)
    entries = tuple(entry for entry in entries if not {*without} & {*entry.attributes}) or entries
    entry = best_entry(entries, nouns, attributes, words)
    same = category in nouns or catalogue.category_of(nouns[0]) == category
    detail = "" if same else f"drawn as {entry.name}"
    return Drawing(entry, category, entry.size, detail, f"size of the catalogue's {entry.name}", score)


def _named(nouns: Sequence[str], catalogue: Catalogue) -> str | None:
    return next((found for noun in nouns if (found := catalogue.category_of(noun))), None)


def _by_kind(nouns: Sequence[str], catalogue: Catalogue) -> str | None:
    net = noun_net()
    for noun in nouns:
        same = [word for sense in net.senses.get(noun, ())[:1] for word in net.words.get(sense, ())]
        found = _named((*net.equals(noun), *same, *net.distance_up(noun)), catalogue)
        if found:
            return found
    return None


def _by_spelling(noun: str, catalogue: Catalogue) -> str | None:
    """The category that a misspelt noun means ("tabel"); nothing for words that we know."""
    if noun in noun_net() or len(noun) < 4 or not noun.isascii():
        return None
    near = get_close_matches(noun, _nouns(catalogue), n=1, cutoff=0.8)
    return catalogue.category_of(near[0]) if near else None


def _nouns(catalogue: Catalogue) -> list[str]:
    return list(dict.fromkeys(noun for entry in catalogue for noun in (entry.category, *entry.synonyms)))


def _by_likeness(noun: str, catalogue: Catalogue) -> tuple[str | None, float | None]:
    from sd3studio.ml.embedding import embed

    try:
        vectors = _category_vectors(catalogue.categories)
        likeness = vectors @ embed([noun])[0]
    except MissingModelError:
        return None, None
    best = int(np.argmax(likeness))
    if likeness[best] < LIKE_ENOUGH:
        return None, None
    return catalogue.categories[best], float(np.clip(likeness[best], 0.0, 1.0))


@lru_cache(maxsize=4)
def _category_vectors(categories: tuple[str, ...]) -> np.ndarray:
    """(C, 384) embeddings of the category names."""
    from sd3studio.ml.embedding import embed

    return embed(categories)


def best_entry(
    entries: Sequence[CatalogueEntry], nouns: Sequence[str], attributes: Sequence[str], words: Sequence[str] = ()
) -> CatalogueEntry:
    """The entry that agrees with most of what is said.

    Of several the first (the default of its category), unless detectors recognise another one clearly better.
    """
    nouns_said = {part for noun in nouns for part in (noun, *noun.split())}
    said = {*attributes, *words, *nouns_said}
    posture = _CONTRARY if said & _POSTURES else _CONTRARY - _POSTURES
    said |= {kind for noun in nouns for kind in noun_net().distance_up(noun)[:6]}

    def agreement(entry: CatalogueEntry) -> float:
        own = {*entry.attributes}
        name = set(re.findall(r"[\w-]+", entry.name.lower()))
        named = name | set(entry.synonyms)
        contrary = (posture if entry.group == "animals" else _CONTRARY) & own - said
        return 2.0 * len(own & said) + len(named & said) + NAMED * len(name & nouns_said) - 1.5 * len(contrary)

    if said & COLOURS.keys():
        entries = [entry for entry in entries if entry.id not in MANY_COLOURS] or entries
    most = max(agreement(entry) for entry in entries)
    return recognised_best([entry for entry in entries if agreement(entry) == most])


NAMED = 1.5
"""What a word of an entry's very name counts more than a synonym or a kind."""
SURE, LEAST, AS_GOOD = 0.8, 0.3, 0.05
"""Scores from which the usual mesh of a kind needs no better one, and from which another one is any better; a
difference that is none."""


def recognised_best(entries: Sequence[CatalogueEntry]) -> CatalogueEntry:
    """The first entry, or one that looks clearly more like what it is."""
    usual = steady_score(entries[0].id)
    if usual is None or usual >= SURE:
        return entries[0]
    usable = [entry for entry in entries if entry.id not in LEFT_OUT or WITH_CHAIRS in entry.attributes]
    scores = {entry.id: steady_score(entry.id) or 0.0 for entry in usable}
    best = max(scores.values(), default=0.0)
    if best < max(usual + BETTER, LEAST):
        return entries[0]
    return next(entry for entry in usable if scores[entry.id] >= best - AS_GOOD)


_CONTRARY = words_of("sitting lying child mannequin folded open broken woman man soup board kit")
"""Attributes that an entry should not have unless they are said."""
_POSTURES = words_of("sitting standing walking running")
"""Of an animal each is as usual as the others, if none is said."""


def usual_size(nouns: Sequence[str]) -> tuple[Size3, str]:
    """Size in metres that the nearest known kind of the thing usually has, and why."""
    net = noun_net()
    for noun in nouns:
        for word in (noun, *net.distance_up(noun)):
            if word in KIND_SIZES:
                return KIND_SIZES[word], f"usual size of a {word}"
    return UNKNOWN_SIZE, "size of a middling thing: nothing is known of its kind"
