"""What an annotator should look at next: things and relations that nobody has confirmed, doubtful ones first."""

from collections.abc import Iterable
from dataclasses import dataclass

from sd3studio.core.annotation.comparing import statement
from sd3studio.core.edits.base import find
from sd3studio.core.errors import SceneError
from sd3studio.core.language.vocabulary import find_phrase, longest_phrase
from sd3studio.core.scene.caption import Fact
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Frame, Provenance, Relation, Scene, SceneObject

UNSURE_SCORE = 0.5
"""What a thing without a score counts as."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A relation to accept or reject. `apparent` is what the picture suggests where it misleads."""

    relation: Relation
    score: float
    stored: bool
    apparent: Predicate | None = None


def suggestions(scene: Scene, facts: Iterable[Fact]) -> tuple[Suggestion, ...]:
    """Relations that a parser read or the geometry implies, that nobody has accepted or rejected yet; unsure first.

    `facts` are the derived relations of the scene.
    """
    decided = {statement(r) for r in scene.rejected}
    decided |= {statement(r) for r in scene.relations if r.provenance.source == "user"}
    found = [
        Suggestion(r, r.provenance.score if r.provenance.score is not None else UNSURE_SCORE, True)
        for r in scene.relations
        if r.provenance.source != "user"
    ]
    known = decided | {statement(one.relation) for one in found}
    for fact in facts:
        relation = Relation(
            subject=fact.subject,
            predicate=fact.predicate,
            object=fact.object,
            frame=fact.frame,
            provenance=Provenance(source="model", score=min(fact.grade, 1.0), detail="follows from the geometry"),
        )
        key = statement(relation)
        if key not in known:
            known.add(key)
            found.append(Suggestion(relation, fact.grade, False, fact.apparent))
    return tuple(sorted(found, key=lambda one: (not one.stored, one.score)))


def unchecked(scene: Scene) -> tuple[SceneObject, ...]:
    """Things that nobody has found right yet, those of the lowest score first."""
    things = [thing for thing in scene.solid_objects() if not thing.checked]
    return tuple(sorted(things, key=lambda t: 1.0 if t.provenance.score is None else t.provenance.score))


def meaning_of_words(text: str) -> tuple[Predicate, bool, Frame] | None:
    """What words between two things mean: predicate, whether the things change places, frame; None if nothing known.

    "Standing in front of" means what its end means; "wearing a hat" that the hat is on the wearer.
    """
    plain = " ".join(text.lower().split())
    known = {one.value: one for one in Predicate}
    if plain in known:
        return known[plain], False, "camera"
    rule = find_phrase(plain)
    words = [_forms(word) for word in plain.split()]
    for start in range(len(words)):
        phrase = longest_phrase(words, start) if rule is None else None
        if phrase is not None and start + len(phrase.words) == len(words):
            rule = phrase.rule
    if rule is None:
        return None
    return rule.predicate, rule.inverse or rule.manner == "has", rule.frame


def _forms(word: str) -> tuple[str, ...]:
    """A word and what it may be a form of: "wearing", "wear", "weare"."""
    stem = word.removesuffix("ing") if word.endswith("ing") and len(word) > 5 else word.removesuffix("s")
    irregular = {"has": "have", "had": "have", "worn": "wear", "held": "hold"}
    return tuple(dict.fromkeys((word, stem, f"{stem}e", irregular.get(word, word))))


def relation_in_words(scene: Scene, subject: str, text: str, object: str) -> Relation:
    """The relation that free words mean ("leaning against"); the words are kept. Raises `SceneError` if none does."""
    find(scene, subject)
    find(scene, object)
    text = " ".join(text.split())[:200]
    meant = meaning_of_words(text)
    if meant is None:
        names = ", ".join(one.value for one in Predicate)
        raise SceneError(f"“{text}” is no relation that is known. Say it otherwise, or take one of: {names}.")
    predicate, inverse, frame = meant
    ends = (object, subject) if inverse else (subject, object)
    kept = "" if text.lower() == predicate.value else text
    if subject == object:
        raise SceneError("A relation joins two different things.")
    return Relation(subject=ends[0], predicate=predicate, object=ends[1], frame=frame, text=kept)
