"""Wishes: relations that the solver is to make true, by row and with a weight."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.layout.setting import Setting, State
from sd3studio.core.relations import Bodies, Pairs, grade_pairs
from sd3studio.core.relations.comparatives import COMPARE
from sd3studio.core.relations.field import grade_of
from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES, ORIENTATION_PREDICATES, Predicate
from sd3studio.core.scene.values import Relation

Floats = NDArray[np.float64]

TRUE_FROM = 0.5
"""Grade from which a relation counts as true."""

AIM = 0.75
"""Grade that the solver aims at, so that a small push does not make the relation untrue again."""

HARD, SOFT = 100.0, 25.0
"""Cost of a wish, and of a relation that was true and should stay so, that is quite untrue."""

PLACED: tuple[Predicate, ...] = (Predicate.ON, Predicate.IN, Predicate.ABOVE, Predicate.UNDER)
"""Predicates that say at which height the subject is."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A relation between two rows; `weight` is `HARD` or `SOFT`."""

    relation: Relation
    subject: int
    object: int
    weight: float = HARD

    @property
    def predicate(self) -> Predicate:
        """The predicate of the relation."""
        return self.relation.predicate

    @property
    def turns(self) -> bool:
        """True if the subject is turned for it, not moved."""
        return self.predicate in ORIENTATION_PREDICATES


def can_be_moved_for(relation: Relation) -> bool:
    """True for relations that moving or turning an object can make true."""
    return relation.predicate in GEOMETRIC_PREDICATES or relation.predicate is Predicate.NEARER


def wishes_of(setting: Setting, relations: Sequence[Relation], weight: float) -> list[Wish]:
    """These relations as wishes, each once, without those that no move can change (part of, bigger, taller)."""
    unique = {relation.key: relation for relation in relations if can_be_moved_for(relation)}
    index = setting.index
    return [Wish(relation, index[relation.subject], index[relation.object], weight) for relation in unique.values()]


def grades_between(
    setting: Setting, wish: Wish, subjects: Bodies, objects: Bodies, memo: dict[object, Pairs]
) -> Floats:
    """(R, C) grades of a wish for these places of its subject and its object; `memo` shares work between wishes."""
    if wish.predicate in COMPARE:
        return COMPARE[wish.predicate](subjects, objects, setting.camera)
    key = (wish.subject, wish.object)
    if key not in memo:
        memo[key] = Pairs(subjects, objects)
    return grade_pairs(memo[key], wish.predicate, setting.view, wish.relation.frame)


def grades_now(setting: Setting, state: State, wishes: Sequence[Wish]) -> Floats:
    """(W,) grades of the wishes as things are."""
    if not wishes:
        return np.zeros(0)
    bodies = setting.bodies(state.center, state.yaw)
    memo: dict[object, Pairs] = {}
    return np.array(
        [
            grades_between(setting, wish, bodies.take([wish.subject]), bodies.take([wish.object]), memo)[0, 0]
            for wish in wishes
        ]
    )


def is_true(setting: Setting, relation: Relation) -> bool:
    """True if a relation holds in the setting's own scene."""
    grade = grade_of(setting.scene, relation.subject, relation.predicate, relation.object, relation.frame)
    return grade >= TRUE_FROM


def unmet_cost(grades: Floats, weight: float) -> Floats:
    """Cost of grades below `AIM`, with a step at `TRUE_FROM`: being true at all matters most."""
    short = np.maximum(AIM - grades, 0.0) / AIM
    return weight * (0.6 * short + 0.4 * (grades < TRUE_FROM))
