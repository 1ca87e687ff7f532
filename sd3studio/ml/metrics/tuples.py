"""What a sentence says as tuples (things, attributes, relations), read off spaCy's parse, for SPICE.

Rules after those that SPICE's parser has (Schuster et al. 2015): nouns with their compounds are things; adjectives,
numbers and participles before a noun, or said of it with a copula, are attributes; a preposition joins two things, with
the verb before it if there is one ("sit on"); a verb joins its subject and object. "In front of", "on top of", "to the
left of" and the like are one relation. Passives count as written: "a bus driven by a man" is (bus, drive by, man).
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sd3studio.core.language.nouns import words

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

Tuple = tuple[str, ...]

_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_OBJECTS = frozenset({"dobj", "attr", "dative", "oprd"})
_SIDES = words("front top left right side back bottom middle center centre edge end rear corner")
"""Nouns that make a relation of a preposition: "in front of"."""
_read: dict[str, tuple[Tuple, ...]] = {}
_MOST_READ = 100_000


def tuples_of(sentences: Iterable[str]) -> dict[str, tuple[Tuple, ...]]:
    """Sentence -> its tuples. Sentences read before are not read again.

    Raises
    ------
    MissingModelError
        spaCy's English model is not installed.
    """
    from sd3studio.ml.parsing.english import load_english
    from sd3studio.ml.parsing.english_cleaning import clean

    wanted = dict.fromkeys(sentences)
    new = [sentence for sentence in wanted if sentence not in _read]
    if len(_read) + len(new) > _MOST_READ:
        _read.clear()
        new = list(wanted)
    documents = load_english().pipe((clean(sentence.lower()) for sentence in new), batch_size=256)
    for sentence, document in zip(new, documents, strict=True):
        _read[sentence] = tuple(dict.fromkeys(_tuples(document)))
    return {sentence: _read[sentence] for sentence in wanted}


def _tuples(doc: "Doc") -> Iterator[Tuple]:
    for token in doc:
        if _is_thing(token):
            yield (_name(token),)
            yield from ((_name(token), word) for word in _attributes(token))
    for token in doc:
        for subject in _subjects(token):
            yield from ((_name(subject), relation, _name(thing)) for relation, thing in _joined(token))


def _is_thing(token: "Token") -> bool:
    """A noun that is no part of a compound and no side of something else."""
    if token.pos_ not in ("NOUN", "PROPN") or token.dep_ == "compound":
        return False
    return not _is_side(token)


def _is_side(token: "Token") -> bool:
    return token.lemma_ in _SIDES and token.dep_ == "pobj" and any(child.lower_ == "of" for child in token.children)


def _name(token: "Token") -> str:
    compounds = [child.lemma_ for child in token.lefts if child.dep_ == "compound"]
    return " ".join([*compounds, token.lemma_])


def _attributes(token: "Token") -> Iterator[str]:
    for child in token.children:
        if child.dep_ in ("amod", "nummod") or (child.dep_ == "acl" and child.i < token.i):
            yield from (word.lemma_ for word in (child, *child.conjuncts))
    if token.dep_ in _SUBJECTS and token.head.lemma_ == "be":
        for child in token.head.children:
            if child.dep_ == "acomp" and not any(_objects(part) for part in child.children if part.dep_ == "prep"):
                yield child.lemma_


def _subjects(token: "Token") -> list["Token"]:
    """The things that a verb or a preposition is said of."""
    if _is_thing(token):
        return [token]
    if token.pos_ not in ("VERB", "AUX"):
        return []
    found = [child for child in token.children if child.dep_ in _SUBJECTS and _is_thing(child)]
    if not found and token.dep_ in ("acl", "relcl", "advcl", "conj", "xcomp"):
        found = [token.head] if _is_thing(token.head) else _subjects(token.head)
    return [thing for subject in found for thing in (subject, *filter(_is_thing, subject.conjuncts))]


def _joined(token: "Token") -> Iterator[tuple[str, "Token"]]:
    """Relations that a noun or a verb has to the things that follow it."""
    verb = "" if _is_thing(token) or token.lemma_ == "be" else token.lemma_
    for child in token.children:
        if verb and child.dep_ in _OBJECTS:
            yield from ((verb, thing) for thing in _things(child))
        yield from ((f"{verb} {said}".strip(), thing) for said, thing in _prepositions(child))


def _prepositions(token: "Token") -> Iterator[tuple[str, "Token"]]:
    """(words, thing) behind a preposition, an adverb or an adjective that leads to one ("next to", "close to")."""
    if token.dep_ in ("prep", "agent"):
        for child in token.children:
            if child.dep_ == "pobj" and _is_side(child):
                inner = next(part for part in child.children if part.lower_ == "of")
                yield from ((f"{token.lower_} {child.lower_} of", thing) for thing in _objects(inner))
            elif child.dep_ == "pobj":
                yield from ((token.lower_, thing) for thing in _things(child))
            elif child.dep_ == "prep":
                yield from ((f"{token.lower_} {said}", thing) for said, thing in _prepositions(child))
    elif token.dep_ in ("advmod", "acomp", "attr", "amod") and not _is_thing(token):
        for child in token.children:
            yield from ((f"{token.lower_} {said}", thing) for said, thing in _prepositions(child))


def _objects(preposition: "Token") -> list["Token"]:
    return [thing for child in preposition.children if child.dep_ == "pobj" for thing in _things(child)]


def _things(token: "Token") -> list["Token"]:
    return [thing for thing in (token, *token.conjuncts) if _is_thing(thing)]
