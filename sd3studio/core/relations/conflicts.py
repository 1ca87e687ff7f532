"""Stored relations that the geometry contradicts."""

from dataclasses import dataclass

from sd3studio.core.relations.derive import derived_relations
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
    found = []
    for relation in scene.relations:
        if not _judged(scene, relation):
            continue
        grade = field.grade(relation.subject, relation.predicate, relation.object, relation.frame)
        if grade < TRUE_FROM:
            found.append(_conflict(scene, field, relation, grade))
    return tuple(found)


def _judged(scene: Scene, relation: Relation) -> bool:
    if relation.predicate is Predicate.PART_OF:
        return True
    return all(scene.objects[end].kind == "object" for end in (relation.subject, relation.object))


def _conflict(scene: Scene, field: RelationField, relation: Relation, grade: float) -> Conflict:
    subject, object = name_in(scene, relation.subject), name_in(scene, relation.object)
    wished = f"{subject} should be {relation.predicate.value} {object}"
    if relation.frame == "object" and relation.predicate is not Predicate.PART_OF:
        wished += " (seen from its own side)"
    if relation.predicate is Predicate.PART_OF:
        return Conflict(relation, grade, f"{wished[0].upper()}{wished[1:]}, but it is not listed there.")
    facts = [f for f in derived_relations(field, of=relation.subject) if relation.object in (f.subject, f.object)]
    if not facts:
        return Conflict(relation, grade, f"{wished[0].upper()}{wished[1:]}, but it is somewhere else.")
    fact = facts[0]
    if fact.subject == relation.subject:
        real = f"it is {fact.predicate.value} {object}"
    else:
        real = f"{object} is {fact.predicate.value} {subject}"
    return Conflict(relation, grade, f"{wished[0].upper()}{wished[1:]}, but {real}.", fact)


def name_in(scene: Scene, name: str) -> str:
    """ "the lamp", or "the lamp (lamp-2)" where several objects have this label."""
    label = scene.objects[name].label
    alone = sum(thing.label == label for thing in scene.objects.values()) == 1
    return f"the {label}" if alone else f"the {label} ({name})"
