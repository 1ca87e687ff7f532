"""Attributes that a sentence states with a verb or a preposition: "the dog is brown", "lying", "in red"."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sd3studio.core.language.nouns import ANIMATE, MATERIALS, words
from sd3studio.ml.parsing.english_mentions import Draft, colour_after_in, material_after

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

POSTURES = {
    "lie": "lying",
    "lay": "lying",
    "sit": "sitting",
    "stand": "standing",
    "sleep": "sleeping",
    "kneel": "kneeling",
    "squat": "squatting",
    "crouch": "crouching",
    "park": "parked",
    "walk": "walking",
    "run": "running",
    "fly": "flying",
    "jump": "jumping",
    "hang": "hanging",
    "swim": "swimming",
    "graze": "grazing",
    "lean": "leaning",
    "open": "open",
    "close": "closed",
}
"""Lemma of a verb -> the attribute that it gives its subject."""


def add_attributes(doc: Doc, drafts: Mapping[int, Draft], used: Collection[int] = ()) -> None:
    """Write what the sentence states of its nouns into the drafts, which are by head token.

    `used` are the tokens of spatial phrases ("next" in "next to"), which are no attributes.
    """
    for token in doc:
        if (
            token.dep_ == "acomp"
            and token.i not in used
            and token.pos_ == "ADJ"
            and token.head.lemma_ in ("be", "look", "seem", "stay")
        ):
            for adjective in (token, *(c for c in token.conjuncts if c.pos_ == "ADJ")):
                _give(_subject(token.head), adjective.lower_, drafts)
        elif token.pos_ in ("VERB", "ADJ") and token.lemma_.lower() in POSTURES:
            _give(_subject(token), POSTURES[token.lemma_.lower()], drafts)
        elif token.lower_ == "laying" and token.dep_ == "amod":
            _give(token.head, "lying", drafts)
        elif token.lower_ == "in" and token.dep_ == "prep":
            colour = colour_after_in(token)
            if colour:
                _give(token.head, colour, drafts)
        elif token.lower_ == "of" and (material := material_after(token)) is not None:
            _give(_made_of(token), MATERIALS[material.lower_], drafts)


def _made_of(of: Token) -> Token | None:
    """What is of a material: the chair in "a chair (made out) of wood"."""
    made = of.head.head if of.head.lower_ == "out" else of.head
    return made if made.pos_ in ("NOUN", "PROPN") else _subject(made)


def _subject(verb: Token) -> Token | None:
    for child in verb.children:
        if child.dep_ in ("nsubj", "nsubjpass"):
            return verb.head if child.lower_ in ("who", "which", "that") and verb.dep_ == "relcl" else child
    if any(c.dep_ == "expl" for c in verb.children):
        return next((c for c in verb.children if c.dep_ in ("attr", "dobj")), None)
    if verb.dep_ in ("acl", "amod", "relcl"):
        return verb.head
    return _subject(verb.head) if verb.dep_ in ("conj", "advcl", "xcomp") and verb.head is not verb else None


BODILY = words(
    "lying sitting standing sleeping kneeling squatting crouching walking running jumping swimming grazing leaning"
)
"""Attributes of somebody; that a lamp stands and a book lies is said of any."""


def _give(token: Token | None, attribute: str, drafts: Mapping[int, Draft]) -> None:
    for index in (
        [] if token is None else [token.i, *(c.i for c in token.conjuncts if c.dep_ == "conj" and c.pos_ == "NOUN")]
    ):
        draft = drafts.get(index)
        if draft is None or (attribute in BODILY and draft.head not in ANIMATE and not draft.pronoun):
            continue
        if attribute not in draft.attributes:
            draft.attributes.append(attribute)
