"""Nouns of two words that the parser tears apart: "a fire hydrant" is no fire, and "a teddy bear" no bear.

Where two neighbours are together the name of a kind of thing in the catalogue, the second one is made the head of the
first; what hung on the first hangs on the second then.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import MeshError
from sd3studio.core.layout.modelling import MADE_AS_TOYS

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

WALL_SIDES = ("left", "right", "back", "front", "rear")
"""Where a wall of a room is: that is a part of its name, not a colour or a place of the thing beside it."""
BEFORE = frozenset(("NOUN", "PROPN", "ADJ", "VERB", "X"))


@cache
def compound_nouns() -> frozenset[tuple[str, str]]:
    """The kinds of things in the catalogue that have names of two words, their toys, and the walls of a room."""
    walls = {(side, "wall") for side in WALL_SIDES}
    try:
        catalogue = shipped_catalogue()
    except MeshError:
        return frozenset(walls)
    names = catalogue.categories
    toys = {(word, entry.category) for entry in catalogue if entry.group in MADE_AS_TOYS for word in ("toy", "model")}
    pairs = {(parts[0], parts[1]) for name in names if len(parts := name.lower().split(" ")) == 2}
    return frozenset(pairs | walls | toys)


def mend_compounds(doc: Doc) -> None:
    """Join the known nouns of two words in a parsed text, in place."""
    known = compound_nouns()
    for k in range(len(doc) - 1):
        first, second = doc[k], doc[k + 1]
        if first.dep_ == "compound" and first.head.i != second.i and second.i in (t.i for t in first.ancestors):
            continue
        if (first.lower_, second.lemma_.lower()) in known or (first.lower_, second.lower_) in known:
            _join(first, second)


def _join(first: Token, second: Token) -> None:
    if first.sent.start != second.sent.start or first.pos_ not in BEFORE:
        return
    head, role = first.head, first.dep_
    first_leads = second.head.i == first.i or first.i in (token.i for token in second.ancestors)
    children = [child for child in first.children if child.i != second.i]
    if first_leads:
        second.head, second.dep_ = (second, role) if head.i == first.i else (head, role)
    for child in children:
        child.head = second
    first.head, first.dep_ = second, "compound"
    if second.pos_ not in ("NOUN", "PROPN"):
        second.pos_ = "NOUN"
