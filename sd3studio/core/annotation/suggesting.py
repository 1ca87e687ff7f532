"""What an annotator should look at next: things and relations that nobody has confirmed, doubtful ones first."""

from collections.abc import Iterable
from dataclasses import dataclass

from sd3studio.core.annotation.comparing import statement
from sd3studio.core.edits.base import find
from sd3studio.core.errors import SceneError
from sd3studio.core.language.vocabulary import find_phrase
from sd3studio.core.scene.caption import Fact
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Provenance, Relation, Scene, SceneObject

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


def relation_in_words(scene: Scene, subject: str, text: str, object: str) -> Relation:
    """The relation that free words mean ("leaning against"); the words are kept. Raises `SceneError` if none does."""
    find(scene, subject)
    find(scene, object)
    text = " ".join(text.split())[:200]
    rule = find_phrase(text) or find_phrase(text.removeprefix("is ").strip())
    if rule is not None:
        predicate, ends, frame = rule.predicate, (subject, object), rule.frame
        if rule.inverse:
            ends = (object, subject)
    else:
        known = {one.value: one for one in Predicate}
        if text.lower() not in known:
            names = ", ".join(known)
            raise SceneError(f"“{text}” is no relation that is known. Say it otherwise, or take one of: {names}.")
        predicate, ends, frame = known[text.lower()], (subject, object), "camera"
    kept = "" if text.lower() == predicate.value else text
    if subject == object:
        raise SceneError("A relation joins two different things.")
    return Relation(subject=ends[0], predicate=predicate, object=ends[1], frame=frame, text=kept)
