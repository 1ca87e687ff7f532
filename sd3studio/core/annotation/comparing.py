"""Two annotators' graphs of one photo: what is the same, and by how much the rest differs.

Objects are paired by the best total of overlap in space, nearness, label and id (Kuhn 1955). Relations are compared as
statements: *a left of b* and *b right of a* are one. Agreement beyond chance is Cohen's kappa (1960): of the classes
of the paired objects, and of whether each statement about each pair of them was made.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from sd3studio.core.annotation.volumes import iou_3d
from sd3studio.core.scene.predicates import INVERSE, Predicate
from sd3studio.core.scene.values import Relation, Scene, SceneObject

LEAST = 0.15
"""Objects whose likeness is less are not the same thing."""

NEAR_M = 0.5

Statement = tuple[str, Predicate, str, str]


@dataclass(frozen=True, slots=True)
class ObjectPair:
    """The same thing in both graphs. `differs` names the fields that are not the same."""

    a: str
    b: str
    label_a: str
    label_b: str
    iou: float
    distance_m: float
    yaw_error_rad: float
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GraphDifference:
    """What graph B has otherwise than graph A.

    `relation_precision` and `relation_recall` take A for the truth; relations in `relations_only_b` are told with the
    ids of B, in `relations_only_a` with those of A.
    """

    pairs: tuple[ObjectPair, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    relations_both: tuple[Relation, ...]
    relations_only_a: tuple[Relation, ...]
    relations_only_b: tuple[Relation, ...]
    class_kappa: float | None
    relation_kappa: float | None

    @property
    def iou(self) -> float:
        """Mean overlap in space over all things of either graph; a thing that only one has counts 0."""
        count = len(self.pairs) + len(self.only_a) + len(self.only_b)
        return sum(pair.iou for pair in self.pairs) / count if count else 1.0

    @property
    def distance_m(self) -> float:
        """Mean distance of the centres of paired things."""
        return _mean([pair.distance_m for pair in self.pairs])

    @property
    def yaw_error_rad(self) -> float:
        """Mean difference of heading of paired things."""
        return _mean([pair.yaw_error_rad for pair in self.pairs])

    @property
    def object_precision(self) -> float:
        """Share of B's things that A has too."""
        return _share(len(self.pairs), len(self.only_b))

    @property
    def object_recall(self) -> float:
        """Share of A's things that B has too."""
        return _share(len(self.pairs), len(self.only_a))

    @property
    def relation_precision(self) -> float:
        """Share of B's relations that A states too."""
        return _share(len(self.relations_both), len(self.relations_only_b))

    @property
    def relation_recall(self) -> float:
        """Share of A's relations that B states too."""
        return _share(len(self.relations_both), len(self.relations_only_a))

    @property
    def is_empty(self) -> bool:
        """Whether both graphs say the same."""
        return not (
            self.only_a
            or self.only_b
            or self.relations_only_a
            or self.relations_only_b
            or any(pair.differs for pair in self.pairs)
        )

    def as_data(self) -> dict[str, Any]:
        """Plain JSON data: the numbers first, then every difference."""
        return {
            **{name: getattr(self, name) for name in NUMBERS},
            "objects": [asdict(pair) for pair in self.pairs],
            "only_a": list(self.only_a),
            "only_b": list(self.only_b),
            **{
                name: [[r.subject, r.predicate.value, r.object, r.frame] for r in getattr(self, name)]
                for name in ("relations_both", "relations_only_a", "relations_only_b")
            },
        }


NUMBERS = (
    "iou", "distance_m", "yaw_error_rad", "object_precision", "object_recall", "relation_precision", "relation_recall",
    "class_kappa", "relation_kappa",
)  # fmt: skip
"""Names of the numbers of a `GraphDifference`, in the order in which they are told."""


def compare(a: Scene, b: Scene) -> GraphDifference:
    """What B has otherwise than A; hidden things, stuff and concepts don't count."""
    paired = match_objects(a, b)
    pairs = tuple(_pair(a.objects[i], b.objects[j]) for i, j in paired)
    name_b = {j: i for i, j in paired}
    said_a = {statement(r): r for r in a.relations}
    said_b = {statement(r, name_b): r for r in b.relations}
    both = said_a.keys() & said_b.keys()
    solid_a, solid_b = ([t.id for t in scene.solid_objects()] for scene in (a, b))
    return GraphDifference(
        pairs=pairs,
        only_a=tuple(key for key in solid_a if key not in {i for i, _ in paired}),
        only_b=tuple(key for key in solid_b if key not in name_b),
        relations_both=tuple(r for key, r in said_a.items() if key in both),
        relations_only_a=tuple(r for key, r in said_a.items() if key not in both),
        relations_only_b=tuple(r for key, r in said_b.items() if key not in both),
        class_kappa=cohen_kappa([p.label_a for p in pairs], [p.label_b for p in pairs]),
        relation_kappa=_relation_kappa([i for i, _ in paired], set(said_a), set(said_b)),
    )


def match_objects(a: Scene, b: Scene) -> tuple[tuple[str, str], ...]:
    """(id in A, id in B) of the things that both graphs have, in A's order."""
    first, second = a.solid_objects(), b.solid_objects()
    if not first or not second:
        return ()
    from scipy.optimize import linear_sum_assignment  # slow to import

    value = np.array([[likeness(x, y) for y in second] for x in first])
    rows, columns = linear_sum_assignment(value, maximize=True)
    good = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if value[i, j] >= LEAST]
    return tuple((first[i].id, second[j].id) for i, j in sorted(good))


def likeness(a: SceneObject, b: SceneObject) -> float:
    """How likely two objects of two graphs are the same thing: 0 for far apart ones, larger for better."""
    distance = math.dist(a.center, b.center)
    reach = NEAR_M + 0.5 * (max(a.size) + max(b.size))
    near = math.exp(-distance / reach)
    same_id = a.id == b.id
    if distance > 2.0 * reach and not same_id:
        return 0.0
    return iou_3d(a, b) + 0.4 * near * near + 0.5 * same_id * near + 0.3 * (a.label == b.label) * near


def statement(relation: Relation, names: dict[str, str] | None = None) -> Statement:
    """What a relation states, the same for *a left of b* and *b right of a*; ends renamed by `names`."""
    names = names or {}
    subject = names.get(relation.subject, f"b:{relation.subject}" if names else relation.subject)
    object = names.get(relation.object, f"b:{relation.object}" if names else relation.object)
    inverse = INVERSE.get(relation.predicate)
    predicate = relation.predicate
    turned = inverse is not None and (inverse, object, subject) < (predicate, subject, object)
    if turned and inverse is not None and relation.frame == "camera":
        subject, predicate, object = object, inverse, subject
    return subject, predicate, object, relation.frame


def cohen_kappa(a: Sequence[Hashable], b: Sequence[Hashable]) -> float | None:
    """Agreement beyond chance of two raters of the same items, at most 1; None if there is nothing to rate."""
    if not a:
        return None
    count_a, count_b = Counter(a), Counter(b)
    chance = sum(count_a[k] * count_b[k] for k in count_a) / len(a) ** 2
    agreed = sum(x == y for x, y in zip(a, b, strict=True)) / len(a)
    return 1.0 if chance >= 1.0 else (agreed - chance) / (1.0 - chance)


def _relation_kappa(ids: list[str], said_a: set[Statement], said_b: set[Statement]) -> float | None:
    """Kappa over every statement that could be made of two paired things in the camera's frame."""
    known = set(ids)
    items = {
        statement(Relation(subject=x, predicate=predicate, object=y))
        for one, other in combinations(ids, 2)
        for x, y in ((one, other), (other, one))
        for predicate in Predicate
    }
    items |= {key for key in said_a | said_b if key[0] in known and key[2] in known}
    ordered = sorted(items)
    return cohen_kappa([key in said_a for key in ordered], [key in said_b for key in ordered])


def _pair(a: SceneObject, b: SceneObject) -> ObjectPair:
    differs = tuple(
        name
        for name in ("label", "attributes", "center", "size", "yaw", "pitch", "roll", "truncated", "occluded", "mask")
        if not _same(getattr(a, name), getattr(b, name))
    )
    return ObjectPair(
        a=a.id,
        b=b.id,
        label_a=a.label,
        label_b=b.label,
        iou=iou_3d(a, b),
        distance_m=math.dist(a.center, b.center),
        yaw_error_rad=abs(math.remainder(a.yaw - b.yaw, math.tau)),
        differs=differs,
    )


def _same(a: Any, b: Any) -> bool:
    numbers = (int, float)
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b) and all(isinstance(v, numbers) for v in a):
        return all(abs(x - y) < 1e-6 for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, numbers):
        return abs(a - b) < 1e-6
    return bool(a == b)


def _share(good: int, bad: int) -> float:
    return good / (good + bad) if good + bad else 1.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
