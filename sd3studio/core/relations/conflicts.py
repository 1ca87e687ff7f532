"""Stored relations that the geometry contradicts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sd3studio.core.relations.derive import facts_of_pairs
from sd3studio.core.relations.field import RelationField
from sd3studio.core.scene.caption import Fact
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Relation, Scene

TRUE_FROM = 0.5
"""Grade from which a relation counts as true."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A stored relation that is not so; `sentence` says it to the user, `instead` is what the geometry says."""

    relation: Relation
    grade: float
    sentence: str
    instead: Fact | None = None


def conflicts(scene: Scene, field: RelationField | None = None) -> tuple[Conflict, ...]:
    """The stored relations that grade below 0.5, in their order. `field` must be that of this scene.

    Stuff (wall, sky) has no exact place, so relations with it are not judged; hidden objects are.
    """
    if not scene.relations:
        return ()
    field = field if field is not None and field.scene is scene else RelationField(scene)
    judged = [relation for relation in scene.relations if _judged(scene, relation)]
    grades = [field.grade(*relation.key) for relation in judged]
    wrong = [(relation, grade) for relation, grade in zip(judged, grades, strict=True) if grade < TRUE_FROM]
    facts = facts_of_pairs(field, [(relation.subject, relation.object) for relation, _ in wrong])
    names = _names(scene, (relation for relation, _ in wrong))
    return tuple(_conflict(names, *one, fact) for one, fact in zip(wrong, facts, strict=True))


def _judged(scene: Scene, relation: Relation) -> bool:
    if relation.predicate is Predicate.PART_OF:
        return True
    return all(scene.objects[end].kind == "object" for end in (relation.subject, relation.object))


def _conflict(names: Mapping[str, str], relation: Relation, grade: float, fact: Fact | None) -> Conflict:
    subject, object = names[relation.subject], names[relation.object]
    wished = f"{subject} should be {relation.predicate.value} {object}"
    if relation.frame == "object" and relation.predicate is not Predicate.PART_OF:
        wished += " (seen from its own side)"
    wished = f"{wished[0].upper()}{wished[1:]}"
    if relation.predicate is Predicate.PART_OF:
        return Conflict(relation, grade, f"{wished}, but it is not listed there.")
    if fact is None:
        return Conflict(relation, grade, f"{wished}, but it is somewhere else.")
    is_first = fact.subject == relation.subject
    real = f"it is {fact.predicate.value} {object}" if is_first else f"{object} is {fact.predicate.value} {subject}"
    return Conflict(relation, grade, f"{wished}, but {real}.", fact)


def _names(scene: Scene, relations: Iterable[Relation]) -> dict[str, str]:
    """`name_in` of all ends of these relations, counted once."""
    twins = Counter(thing.label for thing in scene.objects.values())
    ends = {end for relation in relations for end in (relation.subject, relation.object)}
    return {end: _name(scene.objects[end].label, end, twins[scene.objects[end].label] == 1) for end in ends}


def _name(label: str, key: str, alone: bool) -> str:
    return f"the {label}" if alone else f"the {label} ({key})"


def name_in(scene: Scene, name: str) -> str:
    """ "the lamp", or "the lamp (lamp-2)" where several objects have this label."""
    label = scene.objects[name].label
    alone = sum(thing.label == label for thing in scene.objects.values()) == 1
    return _name(label, name, alone)
