"""Which relations of a scene are checked, and the verdict on each from where its two ends were seen.

Decided in space, not in the picture plane: the ends' boxes are lifted (`lifting`) or, for a render, known. A relation
holds where it grades 0.5 or more for every placement that the picture allows, and is broken where it grades less for
every one or where an end is missing. Boxes don't tell which way a thing looks, so facing and what is meant from a
thing's own side can't be decided by detectors.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import product

from sd3studio.core.checking.report import ObjectCheck, Reader, RelationCheck
from sd3studio.core.relations import RelationField, derived_relations, grade_of
from sd3studio.core.relations.conflicts import TRUE_FROM, name_in
from sd3studio.core.relations.grading import DIRECTED
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.predicates import COMPARATIVES, ORIENTATION_PREDICATES, Predicate
from sd3studio.core.scene.values import Relation, Scene, SceneObject

DERIVED = 12
"""So many relations that only the geometry implies are checked besides the asserted ones."""

Placements = Mapping[str, Sequence[SceneObject]]
"""Object id -> where it can stand in the picture; objects that were not seen are not in it."""


def relations_to_check(
    scene: Scene, derived: int = DERIVED, among: Collection[str] | None = None
) -> tuple[tuple[Relation, bool], ...]:
    """The relations between solid objects, each with whether it is asserted: all stored ones, then the most telling.

    Of a pair that has a stored relation no other is taken; `among` names the objects that the others may be about
    (None: all), so that they are not spent on things that the reader can't see.
    """
    solid = {thing.id for thing in scene.solid_objects()}
    stored = [r for r in scene.relations if {r.subject, r.object} <= solid and r.predicate is not Predicate.PART_OF]
    pairs = {frozenset((r.subject, r.object)) for r in stored}
    listed = [(relation, True) for relation in stored]
    if derived <= 0:
        return tuple(listed)
    told = [t for t in scene.solid_objects() if among is None or t.id in among]
    field = RelationField(scene.replace(objects={t.id: t.replace(parent=None) for t in told}, relations=()))
    for fact in derived_relations(field, limit=derived + 2 * len(stored)):
        if frozenset((fact.subject, fact.object)) not in pairs and len(listed) - len(stored) < derived:
            relation = Relation(subject=fact.subject, predicate=fact.predicate, object=fact.object, frame=fact.frame)
            listed.append((relation, False))
    return tuple(listed)


def relation_checks(
    scene: Scene,
    wanted: Sequence[tuple[Relation, bool]],
    objects: Sequence[ObjectCheck],
    placements: Placements,
    camera: Camera,
    reader: Reader,
) -> tuple[RelationCheck, ...]:
    """The verdict on every wanted relation, as seen by `camera`."""
    verdicts = {check.id: check for check in objects}
    return tuple(_checked(scene, relation, told, verdicts, placements, camera, reader) for relation, told in wanted)


def _checked(
    scene: Scene,
    relation: Relation,
    asserted: bool,
    verdicts: Mapping[str, ObjectCheck],
    placements: Placements,
    camera: Camera,
    reader: Reader,
) -> RelationCheck:
    check = RelationCheck(
        subject=relation.subject,
        predicate=relation.predicate,
        object=relation.object,
        frame=relation.frame,
        asserted=asserted,
        verdict="cannot decide",
    )
    ends = (relation.subject, relation.object)
    gone = [end for end in ends if verdicts[end].verdict == "missing"]
    if gone:
        return check.replace(verdict="broken", grade=0.0, why=f"{_capital(name_in(scene, gone[0]))} is missing.")
    unsure = [end for end in ends if end not in placements]
    if unsure:
        return check.replace(why=f"It is not known where {name_in(scene, unsure[0])} is.")
    turned = relation.frame == "object" and relation.predicate in DIRECTED
    if reader == "detectors" and (turned or relation.predicate in ORIENTATION_PREDICATES):
        return check.replace(why="Boxes do not tell which way a thing looks.")
    if reader == "detectors" and relation.predicate in COMPARATIVES[:2]:
        return check.replace(why="Boxes do not tell how big a thing is, only how big it looks.")
    grades = [_grade(a, relation, b, camera) for a, b in product(*(placements[end] for end in ends))]
    mean = sum(grades) / len(grades)
    true = [grade >= TRUE_FROM for grade in grades]
    if any(true) and not all(true):
        why = f"How far away {name_in(scene, ends[0])} and {name_in(scene, ends[1])} are can't be told well enough."
        return check.replace(grade=mean, why=why)
    if all(true):
        return check.replace(verdict="holds", grade=mean)
    return check.replace(verdict="broken", grade=mean, why=_what_else(scene, relation, placements, camera))


def _grade(a: SceneObject, relation: Relation, b: SceneObject, camera: Camera) -> float:
    pair = Scene.of([a.replace(parent=None), b.replace(parent=None)], camera=camera)
    return min(max(grade_of(pair, a.id, relation.predicate, b.id, relation.frame), 0.0), 1.0)


def _what_else(scene: Scene, relation: Relation, placements: Placements, camera: Camera) -> str:
    """What holds instead, in words."""
    a, b = (placements[end][0].replace(parent=None, hidden=False) for end in (relation.subject, relation.object))
    field = RelationField(Scene.of([a, b], camera=camera))
    facts = derived_relations(field, of=a.id, limit=1)
    names = {end: name_in(scene, end) for end in (a.id, b.id)}
    wished = f"{_capital(names[a.id])} is not {relation.predicate.value} {names[b.id]}"
    if not facts or facts[0].predicate is relation.predicate:
        return f"{wished}."
    fact = facts[0]
    return f"{wished}; {names[fact.subject]} is {fact.predicate.value} {names[fact.object]}."


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
