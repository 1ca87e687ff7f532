"""What is kept of a scene so that it can be searched: things with their boxes, and graded relations in space and seen.

A relation has two grades: *space*, that of the relation engine on the 3D boxes, and *seen*, that of the boxes in the
picture (left of and above only). They differ where the picture misleads. Each relation is kept in one direction:
"right of" is "left of" told from the other side.
"""

import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import DataError
from sd3studio.core.relations import LAYER_INDEX, RelationField
from sd3studio.core.relations.apparent import projected_boxes
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
T = TypeVar("T")

MOST_THINGS = 60
"""Relations are kept among the largest of a scene only; all things are counted."""
LEAST_GRADE = 0.4
"""Relations that grade less, in space and seen, are not kept."""
KEPT: tuple[Predicate, ...] = (
    Predicate.LEFT_OF,
    Predicate.ABOVE,
    Predicate.BEHIND,
    Predicate.NEXT_TO,
    Predicate.ON,
    Predicate.IN,
    Predicate.FACING,
    Predicate.FACING_AWAY,
)
TURNED: Mapping[Predicate, Predicate] = {
    Predicate.RIGHT_OF: Predicate.LEFT_OF,
    Predicate.UNDER: Predicate.ABOVE,
    Predicate.IN_FRONT_OF: Predicate.BEHIND,
    Predicate.NEARER: Predicate.BEHIND,
}
"""Predicates that are kept as another one with subject and object changed over."""
STATED = {"user": 1.0}
"""Grade of a relation that a person stored; what a parser stored counts as much as its score."""


@dataclass(frozen=True, slots=True)
class IndexedThing:
    """One object: id, label in lower case, score of its detection, box as shares of the picture, distance (m)."""

    key: str
    label: str
    kind: str
    score: float
    box: Box | None
    distance_m: float
    attributes: tuple[str, ...] = ()

    @property
    def area(self) -> float:
        """Share of the picture that the box fills."""
        return 0.0 if self.box is None else (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])


@dataclass(frozen=True, slots=True)
class IndexedRelation:
    """Things number `subject` and `object` stand in a relation, by so much in space and in the picture."""

    subject: int
    predicate: Predicate
    object: int
    space: float
    seen: float

    @property
    def grade(self) -> float:
        """The better of the two."""
        return max(self.space, self.seen)


@dataclass(frozen=True, slots=True)
class SceneIndex:
    """Things of a scene and the relations among them, in the directions of `KEPT`."""

    things: tuple[IndexedThing, ...]
    relations: tuple[IndexedRelation, ...]

    def to_text(self) -> str:
        """As JSON text; `from_text` gives the equal index back."""
        things = [
            [t.key, t.label, t.kind, t.score, list(t.box) if t.box else None, t.distance_m, list(t.attributes)]
            for t in self.things
        ]
        relations = [[r.subject, r.predicate.value, r.object, r.space, r.seen] for r in self.relations]
        return json.dumps({"things": things, "relations": relations}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str, only: Container[str] | None = None) -> Self:
        """From JSON text, with relations of these predicates only (None: all). Raises `DataError`."""
        try:
            data: dict[str, Any] = json.loads(text)
            things = tuple(
                IndexedThing(key, label, kind, score, tuple(box) if box else None, distance, tuple(attributes))
                for key, label, kind, score, box, distance, attributes in data["things"]
            )
            relations = tuple(
                IndexedRelation(s, Predicate(p), o, space, seen)
                for s, p, o, space, seen in data["relations"]
                if only is None or p in only
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"The search index of a scene is damaged ({error}). Index the library again.") from error
        return cls(things, relations)

    def best_by_label(self) -> Iterator[tuple[str, Predicate, str, float, float, float]]:
        """Per two labels and predicate: the best grade at all, in space, and in the picture."""
        best: dict[tuple[str, Predicate, str], list[float]] = {}
        for relation in self.relations:
            key = (self.things[relation.subject].label, relation.predicate, self.things[relation.object].label)
            found = best.setdefault(key, [0.0, 0.0, 0.0])
            for place, value in enumerate((relation.grade, relation.space, relation.seen)):
                found[place] = max(found[place], value)
        for (subject, predicate, thing), (grade, space, seen) in best.items():
            yield subject, predicate, thing, grade, space, seen

    def counts(self) -> dict[str, int]:
        """Label -> how many things have it; stuff and places count once."""
        counts: dict[str, int] = {}
        for thing in self.things:
            counts[thing.label] = counts.get(thing.label, 0) + 1 if thing.kind == "object" else 1
        return counts


def index_of(scene: Scene, field: RelationField | None = None) -> SceneIndex:
    """What is kept of a scene. Hidden objects are left out. `field` are its graded relations, if they are at hand."""
    field = field if field is not None and field.scene is scene else RelationField(scene)
    shown = [thing for thing in scene.objects.values() if not thing.hidden]
    boxes = dict(zip((t.id for t in shown), _picture_boxes(scene, shown), strict=True))
    eye = np.array(scene.camera.position)
    things = tuple(_indexed(thing, boxes[thing.id], eye) for thing in shown)
    order = {thing.key: row for row, thing in enumerate(things)}
    largest = sorted((t for t in things if t.key in field.index), key=lambda t: -t.area)[:MOST_THINGS]
    relations = {(r.subject, r.predicate, r.object): r for r in _graded(field, largest, order)}
    for relation in _stored(scene, order):
        key = (relation.subject, relation.predicate, relation.object)
        if key not in relations or relations[key].space < relation.space:
            seen = relations[key].seen if key in relations else 0.0
            relations[key] = IndexedRelation(*key, relation.space, seen)
    return SceneIndex(things, tuple(relations[key] for key in sorted(relations)))


def _indexed(thing: SceneObject, box: Box | None, eye: Floats) -> IndexedThing:
    score = thing.provenance.score
    distance = float(np.linalg.norm(np.array(thing.center) - eye))
    return IndexedThing(
        thing.id,
        thing.label.lower(),
        thing.kind,
        round(1.0 if score is None else score, 4),
        box,
        round(distance, 3),
        tuple(attribute.lower() for attribute in thing.attributes),
    )


def _picture_boxes(scene: Scene, things: list[SceneObject]) -> list[Box | None]:
    """Boxes as shares of the picture, cut at its frame: as found in the photo, else as the camera sees them."""
    camera = scene.camera
    projected = projected_boxes(Boxes.of(things), camera) if things else np.zeros((0, 4))
    found: list[Box | None] = []
    for thing, image in zip(things, projected, strict=True):
        size = (camera.width, camera.height)
        box = image
        if thing.photo_box is not None and scene.photo is not None:
            box, size = np.array(thing.photo_box), (scene.photo.width, scene.photo.height)
        if thing.kind == "concept" or not np.isfinite(box).all():
            found.append(None)
            continue
        cut = np.clip(box / np.array([*size, *size], float), 0.0, 1.0)
        inside = cut[2] - cut[0] > 0.0 and cut[3] - cut[1] > 0.0
        found.append(tuple(round(float(v), 5) for v in cut) if inside else None)  # type: ignore[arg-type]
    return found


def _graded(field: RelationField, things: list[IndexedThing], order: Mapping[str, int]) -> Iterator[IndexedRelation]:
    if len(things) < 2:
        return
    rows = np.array([field.index[thing.key] for thing in things])
    seen = seen_grades(np.array([thing.box or (np.nan,) * 4 for thing in things]))
    for predicate in KEPT:
        space = field.grades[LAYER_INDEX[predicate, "camera"]][np.ix_(rows, rows)]
        looks = seen.get(predicate, np.zeros(space.shape))
        for i, j in np.argwhere(np.maximum(space, looks) >= LEAST_GRADE):
            if i == j or (predicate is Predicate.NEXT_TO and i > j):
                continue
            first, second = order[things[i].key], order[things[j].key]
            if predicate is Predicate.NEXT_TO:
                first, second = _next_to(first, second, things[i].label, things[j].label)
            yield IndexedRelation(first, predicate, second, _rounded(space[i, j]), _rounded(looks[i, j]))


def _next_to(first: int, second: int, a: str, b: str) -> tuple[int, int]:
    """A relation without direction is kept in the order of the labels."""
    return (first, second) if (a, first) <= (b, second) else (second, first)


def _rounded(grade: float) -> float:
    return round(min(max(float(grade), 0.0), 1.0), 3)


def _stored(scene: Scene, order: Mapping[str, int]) -> Iterator[IndexedRelation]:
    """The relations that were asserted, in the directions of `KEPT`."""
    for relation in scene.relations:
        subject, predicate, thing = canonical(relation.subject, relation.predicate, relation.object)
        if predicate not in KEPT or subject not in order or thing not in order:
            continue
        first, second = order[subject], order[thing]
        if predicate is Predicate.NEXT_TO:
            labels = scene.objects[subject].label.lower(), scene.objects[thing].label.lower()
            first, second = _next_to(first, second, *labels)
        score = relation.provenance.score
        grade = STATED.get(relation.provenance.source, 0.8 if score is None else score)
        yield IndexedRelation(first, predicate, second, _rounded(grade), 0.0)


def canonical(subject: T, predicate: Predicate, thing: T) -> tuple[T, Predicate, T]:
    """The same relation in the direction in which it is kept."""
    return (thing, TURNED[predicate], subject) if predicate in TURNED else (subject, predicate, thing)


def seen_grades(boxes: Floats) -> dict[Predicate, Floats]:
    """Grades (N, N) of "left of" and "above" among boxes (N, 4) in a picture; 0 for boxes that are NaN.

    A box is at another's side by how far it stands clear of it, half the smaller one's length being 0.5, and only as
    far as it is clearer along that axis than along the other (see `core.relations.apparent`).
    """
    half = (boxes[:, 2:] - boxes[:, :2]) / 2.0  # (N, 2)
    middle = boxes[:, :2] + half
    offset = middle[:, None] - middle[None]  # (N, N, 2)
    out = np.maximum(np.abs(offset) - np.abs(half[:, None] - half[None]), 0.0)
    clear = np.clip(out / np.maximum(2.0 * np.minimum(half[:, None], half[None]), 1e-9), 0.0, 1.0)
    total = np.maximum(out.sum(axis=-1), 1e-9)
    grades = {}
    for predicate, axis in ((Predicate.LEFT_OF, 0), (Predicate.ABOVE, 1)):
        dominance = np.clip(2.0 * out[..., axis] / total, 0.0, 1.0)
        with np.errstate(invalid="ignore"):
            grade = np.where(offset[..., axis] < 0.0, clear[..., axis] * dominance, 0.0)
        grades[predicate] = np.nan_to_num(grade)
    return grades
