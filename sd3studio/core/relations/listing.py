"""Every relation of a scene in one list: what is stored and what the geometry implies, with filters and counts.

The window's list, the lines in its 3D view and `sd3studio relations` all show these rows.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sd3studio.core.relations.apparent import APPARENT, apparent_codes, illusion, projected_boxes
from sd3studio.core.relations.conflicts import Conflict, conflicts
from sd3studio.core.relations.derive import derived_relations
from sd3studio.core.relations.field import RelationField
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.caption import Fact
from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES, Predicate
from sd3studio.core.scene.values import Frame, Relation, RelationKey, Scene

State = Literal["in conflict", "kept", "asserted", "parsed", "derived"]

STATES: tuple[State, ...] = ("in conflict", "kept", "asserted", "parsed", "derived")
"""The one that tells most comes first: it gives a row its colour."""

DERIVED_LIMIT = 400
"""So many derived relations are listed unless more are asked for; the most salient ones come first."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One row: a relation, how true it is, and what is known of it.

    Parameters
    ----------
    grade : in [0, 1]; from 0.5 on it holds
    stored : the relation of the scene, None for one that only the geometry implies
    conflict : what is wrong with it, as a sentence; empty where it holds or can't be judged
    apparent : what the picture plane suggests of the same pair where that is something else
    """

    subject: str
    predicate: Predicate
    object: str
    frame: Frame
    grade: float
    stored: Relation | None = None
    conflict: str = ""
    apparent: Predicate | None = None

    @property
    def key(self) -> RelationKey:
        """What makes two rows the same statement; that of `Relation.key`."""
        return self.subject, self.predicate, self.object, self.frame

    @property
    def states(self) -> frozenset[State]:
        """All that it is."""
        if self.stored is None:
            return frozenset(("derived",))
        found: set[State] = {"asserted" if self.stored.provenance.source == "user" else "parsed"}
        if self.stored.kept:
            found.add("kept")
        if self.conflict:
            found.add("in conflict")
        return frozenset(found)

    @property
    def state(self) -> State:
        """The one of its states that tells most."""
        return next(state for state in STATES if state in self.states)

    @property
    def relation(self) -> Relation:
        """It as a relation: the stored one, or what storing it would store."""
        if self.stored is not None:
            return self.stored
        return Relation(subject=self.subject, predicate=self.predicate, object=self.object, frame=self.frame)


@dataclass(frozen=True, slots=True)
class RelationFilter:
    """Which rows are wanted; None of a field wants all.

    Parameters
    ----------
    states : rows that are any of these
    predicates : rows with one of these
    of : rows with one of these objects at either end
    illusions : only rows that look otherwise in the picture
    """

    states: frozenset[State] | None = None
    predicates: frozenset[Predicate] | None = None
    of: frozenset[str] | None = None
    illusions: bool = False

    def keeps(self, row: Listed) -> bool:
        """Whether a row is wanted."""
        return (
            (self.states is None or bool(row.states & self.states))
            and (self.predicates is None or row.predicate in self.predicates)
            and (self.of is None or row.subject in self.of or row.object in self.of)
            and (not self.illusions or row.apparent is not None)
        )

    @property
    def keeps_all(self) -> bool:
        """Whether nothing is left out."""
        return self == EVERYTHING

    def of_rows(self, rows: Iterable[Listed]) -> tuple[Listed, ...]:
        """The rows that are wanted, in their order."""
        return tuple(row for row in rows if self.keeps(row))


EVERYTHING = RelationFilter()


def list_relations(
    scene: Scene,
    field: RelationField | None = None,
    facts: Sequence[Fact] | None = None,
    wrong: Sequence[Conflict] | None = None,
    limit: int | None = DERIVED_LIMIT,
) -> tuple[Listed, ...]:
    """The stored relations of a scene in their order, then the derived ones, most salient first.

    Parameters
    ----------
    field, facts, wrong : the graded relations, `derived_relations` and `conflicts` of this scene, if they are at hand
    limit : at most so many derived relations; None for all
    """
    field = field if field is not None and field.scene is scene else RelationField(scene)
    facts = derived_relations(field, limit=limit) if facts is None else facts
    wrong = conflicts(scene, field) if wrong is None else wrong
    said = {conflict.relation.key: conflict.sentence for conflict in wrong}
    looks = _apparent(field, scene.relations)
    stored = [
        Listed(*r.key, field.grade(*r.key), r, said.get(r.key, ""), seen)
        for r, seen in zip(scene.relations, looks, strict=True)
    ]
    known = {relation.key for relation in scene.relations}
    rows = (Listed(f.subject, f.predicate, f.object, f.frame, f.grade, apparent=f.apparent) for f in facts)
    return (*stored, *(row for row in rows if row.key not in known))


def state_counts(rows: Iterable[Listed]) -> dict[State, int]:
    """How many rows are each of the states; one row may be several."""
    found = Counter(state for row in rows for state in row.states)
    return {state: found[state] for state in STATES}


def predicate_counts(rows: Iterable[Listed]) -> dict[Predicate, int]:
    """How many rows there are of each predicate that occurs, in the order of the predicates."""
    found = Counter(row.predicate for row in rows)
    return {predicate: found[predicate] for predicate in Predicate if found[predicate]}


def _apparent(field: RelationField, relations: Sequence[Relation]) -> list[Predicate | None]:
    """What the picture suggests of each relation where it misleads: see `illusion`."""
    scene = field.scene
    if not relations:
        return []
    ends = list(dict.fromkeys(end for r in relations for end in (r.subject, r.object)))
    row = {key: k for k, key in enumerate(ends)}
    images = projected_boxes(Boxes.of(scene.objects[key] for key in ends), scene.camera)
    first, second = (np.array([row[getattr(r, end)] for r in relations]) for end in ("subject", "object"))
    codes = apparent_codes(images[first], images[second])
    return [_misleading(field, r, APPARENT[int(code)]) for r, code in zip(relations, codes, strict=True)]


def _misleading(field: RelationField, relation: Relation, seen: Predicate | None) -> Predicate | None:
    if relation.frame != "camera" or relation.predicate not in GEOMETRIC_PREDICATES:
        return None
    apparent = illusion(relation.predicate, seen)
    if apparent is not None and field.grade(relation.subject, apparent, relation.object) > 0.5:
        return None  # it is so in space as well
    return apparent
