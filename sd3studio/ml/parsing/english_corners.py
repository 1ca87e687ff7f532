"""Corners of a room: "a lamp in the corner" is at two walls, the back one and one at the side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sd3studio.core.language.nouns import CONCEPTS, words
from sd3studio.core.language.vocabulary import SpatialRule
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.parsing.english_mentions import Draft
from sd3studio.ml.parsing.english_phrases import Joiner, Match
from sd3studio.ml.parsing.english_reference import Things

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

SIDES = words("left right")
OTHERWISE = words("front near nearest upper lower top bottom")
"""Words of corners that have no wall behind them, as a scene is looked at, and of corners of pictures and walls."""
IN = SpatialRule(Predicate.IN)
OUTDOORS = words(
    "grass sky road street field snow sand lawn sea ocean lake river beach pavement sidewalk hill mountain mountains "
    "forest meadow pasture dirt mud highway path track-bed cloud clouds yard city town village zoo farm harbor harbour "
    "park garden playground square intersection crossing court"
)
"""Where any of these is told of, a corner is none of a room."""


@dataclass(frozen=True, slots=True)
class Corner:
    """A corner that something is said to be in.

    Parameters
    ----------
    preposition, noun : indices of "in" and "corner"
    side : "left", "right", or "" where it is not said
    other : whether it is "the other", "the opposite" corner
    sure : whether it is a room's though no wall is told of: not "at the corner", which is mostly one of a street
    """

    preposition: int
    noun: int
    side: str = ""
    other: bool = False
    sure: bool = True


def corners(doc: Doc) -> Iterator[Corner]:
    """The corners of a room that a text puts something in; not those of a picture, a street or a table."""
    for token in doc:
        placed = token.dep_ == "pobj" and token.head.lower_ in ("in", "at")
        if token.lower_ != "corner" or not placed or not _is_of_a_room(token):
            continue
        said = {part.lower_.removesuffix("-hand") for child in token.lefts for part in child.subtree}
        if not said & OTHERWISE:
            side = next(iter(sorted(said & SIDES)), "")
            sure = token.head.lower_ == "in" or bool(_wholes(token))
            yield Corner(token.head.i, token.i, side, bool(said & {"other", "opposite"}), sure)


def _is_of_a_room(corner: Token) -> bool:
    return all(whole.lemma_.lower() in CONCEPTS for whole in _wholes(corner))


def _wholes(corner: Token) -> list[Token]:
    return [c for child in corner.rights if child.lower_ == "of" for c in child.children if c.dep_ == "pobj"]


def at_corners(doc: Doc, joiner: Joiner, things: Things) -> Iterator[tuple[int, int]]:
    """Each thing that is in a corner, with the back wall and with the wall at its side.

    A wall that the text does not name is implied: a thing of its own from then on. Without any wall, a corner where it
    is told of the outdoors is passed over.
    """
    nouns = [draft.noun for draft in things.named_by]
    walled = any(noun.split()[-1] == "wall" for noun in nouns)
    outside = {draft.head for draft in things.named_by} & OUTDOORS
    free = ("left", "right") if "left wall" in nouns and "right wall" not in nouns else ("right", "left")
    for corner in corners(doc):
        if not walled and (outside or not corner.sure):
            continue
        side = corner.side or free[1 if corner.other else 0]
        for subject in joiner.subjects_of(Match(corner.preposition, corner.noun + 1, IN), []):
            thing = things.meant(subject)
            if thing is not None:
                yield thing, _wall(things, "back wall", corner.noun)
                yield thing, _wall(things, f"{side} wall", corner.noun)


def _wall(things: Things, name: str, token: int) -> int:
    """The wall of this name; one that was only called "wall" is the back one; else a new one, named at `token`."""
    names = (name, "wall") if name == "back wall" else (name,)
    found = next((k for k, draft in enumerate(things.named_by) if draft.noun in names), None)
    return things.new(Draft(token, token, token, "wall", name, implied=True)) if found is None else found
