"""How well a scene fits a query: the best choice of its things for the wanted ones, and the grade of that choice.

The grade is the product of the relations' grades, of how well the labels answer the nouns, and, weakly, of the
detections' scores: all factors are at most 1, so that branches which can't win are cut.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.searching.index import IndexedRelation, IndexedThing, SceneIndex, canonical
from sd3studio.core.searching.query import SceneQuery, WantedRelation, WantedThing

Likeness = Mapping[str, float]

MOST_CANDIDATES = 24
"""So many things of a scene are tried for one wanted thing, the surest first."""
MOST_COPIES = 4
"""Of "five chairs left of a table" so many must each be so; the others are only counted."""
HOLDS = 0.5
"""From here on a relation counts as true, where it must not be."""
SCORE_WEIGHT = 0.1
"""Part of the grade that hangs on the score of a detection."""
PLACE_SPREAD = 0.25
"""Distance from a drawn box, in shares of the picture, at which the grade falls to e^-1/2."""


@dataclass(frozen=True, slots=True)
class Match:
    """The things of a scene that fit a query, in the order of the wanted ones, and how well they fit, in (0, 1]."""

    grade: float
    things: tuple[tuple[int, IndexedThing], ...]
    """Number of the wanted thing, and what was found for it."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Ids of the objects."""
        return tuple(thing.key for _, thing in self.things)


def match(query: SceneQuery, index: SceneIndex, likenesses: Sequence[Likeness]) -> Match | None:
    """The best choice of things, or None if the scene lacks something that is wanted.

    Parameters
    ----------
    likenesses : per wanted thing: label -> how well it answers (see `labels.likeness`)
    """
    if not _numbers_fit(query, index, likenesses):
        return None
    slots = _slots(query)
    denied = _denied(query, index, likenesses)
    candidates = [
        [c for c in _candidates(query.things[number], likenesses[number], index) if (number, c[1]) not in denied]
        for number in slots
    ]
    if not all(candidates):
        return None
    search = _Search(query, index, slots, candidates)
    search.go(0, 1.0, [])
    if search.best is None:
        return None
    return Match(search.grade, tuple(zip(slots, (index.things[i] for i in search.best), strict=True)))


def _denied(query: SceneQuery, index: SceneIndex, likenesses: Sequence[Likeness]) -> set[tuple[int, int]]:
    """Which things can't stand for which wanted ones, as a relation holds that must not: (number wanted, row)."""
    grades = {(r.subject, r.predicate, r.object): r for r in index.relations}
    found = set()
    for relation in (r for r in query.relations if r.denied):
        rows = [
            {row for _, row in _candidates(query.things[end], likenesses[end], index, len(index.things))}
            for end in (relation.subject, relation.object)
        ]
        first = query.things[relation.subject].at_least > 0
        own = relation.subject if first else relation.object
        for subject in rows[0]:
            for thing in rows[1]:
                if subject != thing and grade_between(grades, subject, relation, thing) >= HOLDS:
                    found.add((own, subject if first else thing))
    return found


def _numbers_fit(query: SceneQuery, index: SceneIndex, likenesses: Sequence[Likeness]) -> bool:
    counts = index.counts()
    for wanted, like in zip(query.things, likenesses, strict=True):
        if wanted.attributes:
            found = sum(_has(thing, wanted.attributes) for thing in index.things if thing.label in like)
        else:
            found = sum(counts.get(label, 0) for label in like)
        if found < wanted.at_least or (wanted.at_most is not None and found > wanted.at_most):
            return False
    return True


def _slots(query: SceneQuery) -> list[int]:
    """Numbers of the wanted things, each as often as it must be found."""
    related = {end for relation in query.asserted for end in (relation.subject, relation.object)}
    slots = []
    for number, wanted in enumerate(query.things):
        copies = min(wanted.at_least, MOST_COPIES if number in related else 12)
        slots += [number] * copies
    return slots


def _candidates(
    wanted: WantedThing, like: Likeness, index: SceneIndex, most: int = MOST_CANDIDATES
) -> list[tuple[float, int]]:
    """Things that can be the wanted one, best first, with the factor that each brings."""
    found = []
    for row, thing in enumerate(index.things):
        if thing.label in like and _has(thing, wanted.attributes):
            factor = like[thing.label] * (1.0 - SCORE_WEIGHT + SCORE_WEIGHT * thing.score)
            if wanted.box is not None:
                factor *= _placed(wanted.box, thing)
            found.append((factor, row))
    return sorted(found, key=lambda item: -item[0])[:most]


def _has(thing: IndexedThing, attributes: Sequence[str]) -> bool:
    return all(attribute in thing.attributes for attribute in attributes)


def _placed(box: Sequence[float], thing: IndexedThing) -> float:
    """How near a thing is to a drawn box, and how like in size, in (0, 1]."""
    if thing.box is None:
        return 0.05
    dx = (box[0] + box[2] - thing.box[0] - thing.box[2]) / 2.0
    dy = (box[1] + box[3] - thing.box[1] - thing.box[3]) / 2.0
    area = max((box[2] - box[0]) * (box[3] - box[1]), 1e-4)
    size = abs(math.log(area / max(thing.area, 1e-4))) / 4.0  # four times the sides: a quarter of e^-1/2
    return math.exp(-0.5 * ((dx * dx + dy * dy) / PLACE_SPREAD**2 + size * size))


class _Search:
    """Depth first over the slots, keeping the best whole choice."""

    def __init__(
        self,
        query: SceneQuery,
        index: SceneIndex,
        slots: Sequence[int],
        candidates: Sequence[Sequence[tuple[float, int]]],
    ) -> None:
        self.slots, self.candidates, self.index = slots, candidates, index
        self.grade = 0.0
        self.best: list[int] | None = None
        self._relations: dict[int, list[WantedRelation]] = {}
        for relation in query.asserted:
            for end in (relation.subject, relation.object):
                self._relations.setdefault(end, []).append(relation)
        self._grades = {(r.subject, r.predicate, r.object): r for r in index.relations}

    def go(self, depth: int, grade: float, chosen: list[int]) -> None:
        if grade <= self.grade + 1e-9:
            return
        if depth == len(self.slots):
            self.grade, self.best = grade, list(chosen)
            return
        for factor, row in self.candidates[depth]:
            if row in chosen or self._repeats(depth, row, chosen):
                continue
            after = grade * factor
            for relation in self._relations.get(self.slots[depth], ()):
                after *= self._with_earlier(relation, depth, row, chosen)
                if after <= self.grade:
                    break
            chosen.append(row)
            self.go(depth + 1, after, chosen)
            chosen.pop()

    def _repeats(self, depth: int, row: int, chosen: Sequence[int]) -> bool:
        """Copies of one wanted thing are taken in one order only."""
        return depth > 0 and self.slots[depth] == self.slots[depth - 1] and row < chosen[-1] and len(chosen) > 6

    def _with_earlier(self, relation: WantedRelation, depth: int, row: int, chosen: Sequence[int]) -> float:
        """Product of a relation's grades between a thing and those chosen before for its other end."""
        mine = self.slots[depth]
        other = relation.object if mine == relation.subject else relation.subject
        product = 1.0
        for slot, taken in zip(self.slots, chosen, strict=False):
            if slot == other:
                pair = (row, taken) if mine == relation.subject else (taken, row)
                product *= self._grade(pair[0], relation, pair[1])
        return product

    def _grade(self, subject: int, relation: WantedRelation, thing: int) -> float:
        return grade_between(self._grades, subject, relation, thing)


def grade_between(
    grades: Mapping[tuple[int, Predicate, int], IndexedRelation], subject: int, relation: WantedRelation, thing: int
) -> float:
    """How true a wanted relation is of two things of an index, by their rows."""
    first, predicate, second = canonical(subject, relation.predicate, thing)
    found = grades.get((first, predicate, second))
    if found is None and predicate is Predicate.NEXT_TO:
        found = grades.get((second, predicate, first))
    if found is None:
        return 0.0
    return {"either": found.grade, "space": found.space, "picture": found.seen}[relation.view]
