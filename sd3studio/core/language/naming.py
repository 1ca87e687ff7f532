"""How captions call each object: noun with attributes, and what tells it from others of its kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sd3studio.core.language.wording import indefinite, is_plural, number, plural
from sd3studio.core.relations import RelationField
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject

POSTURES: dict[str, str] = {
    "lying": "lying",
    "lying down": "lying",
    "laying": "lying",
    "laying down": "lying",
    "sitting": "sitting",
    "seated": "sitting",
    "standing": "standing",
    "sleeping": "sleeping",
    "running": "running",
    "walking": "walking",
    "kneeling": "kneeling",
}
"""Attributes that are verbs: said as "a dog is lying", not "a lying dog"."""


@dataclass(frozen=True, slots=True)
class Name:
    """Phrases for one object.

    Parameters
    ----------
    noun : its label
    new : first mention, "a wooden chair"; "one of the chairs" where nothing tells it from the others
    known : later mention, "the wooden chair", "the left chair"
    siblings : how many objects have the same label, itself included
    posture : "lying", or empty
    many : the noun is a plural
    """

    noun: str
    new: str
    known: str
    siblings: int = 1
    posture: str = ""
    many: bool = False

    def called(self, new: str, known: str) -> "Name":
        """The same object under other phrases."""
        return replace(self, new=new, known=known)


def adjectives(thing: SceneObject) -> tuple[str, ...]:
    """Attributes that stand before the noun, in their order."""
    said = set(thing.label.lower().split())
    return tuple(a for a in thing.attributes if a.lower() not in POSTURES and a.lower() not in said)


def noun_phrase(thing: SceneObject) -> str:
    """ "big wooden table"."""
    return " ".join((*adjectives(thing), thing.label))


def names_of(scene: Scene, field: RelationField) -> dict[str, Name]:
    """Names of all objects of the scene, by id. `field` is that of the scene."""
    groups: dict[str, list[SceneObject]] = {}
    for thing in scene.objects.values():
        if not thing.hidden:
            groups.setdefault(thing.label.lower(), []).append(thing)
    names: dict[str, Name] = {}
    for group in groups.values():
        marks = _marks(group, field) if len(group) > 1 else {}
        for thing in group:
            names[thing.id] = _name(thing, marks.get(thing.id, ""), len(group))
    return names


def _name(thing: SceneObject, mark: str, count: int) -> Name:
    phrase, many = noun_phrase(thing), is_plural(thing.label)
    posture = next((POSTURES[a.lower()] for a in thing.attributes if a.lower() in POSTURES), "")
    new, known = indefinite(phrase, thing.label), f"the {phrase}"
    if count > 1 and mark == "=":  # its attributes alone tell it from the others
        pass
    elif count > 1 and mark.startswith("from"):
        new = known = f"the {mark.removeprefix('from ')} {thing.label} from the left"
    elif count > 1 and mark:
        new = known = f"the {mark} {phrase}"
    elif count > 1:
        new = known = f"one of the {number(count)} {plural(thing.label)}" if not many else f"some of the {thing.label}"
    return Name(thing.label, new, known, count, posture, many)


def _marks(group: Sequence[SceneObject], field: RelationField) -> dict[str, str]:
    """What tells each of several like objects from the others: "=" (its attributes), "left", "nearer", "second" ..."""
    described = [adjectives(thing) for thing in group]
    if all(described) and len(set(described)) == len(described):
        return {thing.id: "=" for thing in group}
    ids = [thing.id for thing in group if thing.id in field.index]
    if len(ids) != len(group):
        return {}
    if len(ids) == 2:
        return _marks_of_two(ids, field)
    return _marks_in_a_row(ids, field)


def _marks_of_two(ids: Sequence[str], field: RelationField) -> dict[str, str]:
    a, b = ids
    for predicate, mark, other in (
        (Predicate.LEFT_OF, "left", "right"),
        (Predicate.NEARER, "nearer", "farther"),
        (Predicate.ABOVE, "upper", "lower"),
        (Predicate.BIGGER, "bigger", "smaller"),
    ):
        if field.grade(a, predicate, b) > 0.5:
            return {a: mark, b: other}
        if field.grade(b, predicate, a) > 0.5:
            return {a: other, b: mark}
    return {}


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


def _marks_in_a_row(ids: Sequence[str], field: RelationField) -> dict[str, str]:
    """Marks for three or more that stand from left to right; only where each is clearly left of the next."""
    right = field.view.right
    place = {name: float(field.bodies.center[field.index[name], :2] @ right) for name in ids}
    row = sorted(ids, key=lambda name: place[name])
    clear = all(place[b] - place[a] > 0.05 for a, b in pairwise(row))
    if not clear or len(row) > len(_ORDINALS):
        return {}
    if len(row) == 3:
        return dict(zip(row, ("left", "middle", "right"), strict=True))
    inner = {name: f"from {_ORDINALS[k]}" for k, name in enumerate(row)}
    return {**inner, row[0]: "leftmost", row[-1]: "rightmost"}
