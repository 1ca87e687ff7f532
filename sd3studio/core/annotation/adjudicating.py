"""Deciding between two annotators, item by item: the difference as a list, and the scene with what was chosen."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from sd3studio.core.annotation.comparing import compare
from sd3studio.core.edits.base import find
from sd3studio.core.edits.objects import RemoveObjects
from sd3studio.core.scene.values import Relation, Scene, SceneObject

Kind = Literal["changed", "only a", "only b", "relation only a", "relation only b"]


@dataclass(frozen=True, slots=True)
class Item:
    """One difference: a thing that both have otherwise, that one of them has, or a relation that one of them states.

    `a` and `b` are ids in the two scenes (empty where a side has none); `relation` has the ids of its own scene.
    """

    kind: Kind
    text: str
    a: str = ""
    b: str = ""
    relation: Relation | None = None


def differences(a: Scene, b: Scene) -> tuple[Item, ...]:
    """Every item in which two graphs of a photo differ, things first."""
    found = compare(a, b)
    items = [
        Item("changed", f"{pair.label_a}: {', '.join(pair.differs)}", pair.a, pair.b)
        for pair in found.pairs
        if pair.differs
    ]
    items += [Item("only a", f"{a.objects[key].label}: only in A", key) for key in found.only_a]
    items += [Item("only b", f"{b.objects[key].label}: only in B", "", key) for key in found.only_b]
    items += [Item("relation only a", _told(a, r, "A"), relation=r) for r in found.relations_only_a]
    items += [Item("relation only b", _told(b, r, "B"), relation=r) for r in found.relations_only_b]
    return tuple(items)


def _told(scene: Scene, relation: Relation, who: str) -> str:
    ends = scene.objects[relation.subject].label, scene.objects[relation.object].label
    return f"{ends[0]} {relation.predicate.value} {ends[1]}: only in {who}"


@dataclass(frozen=True, slots=True)
class TakeFromB:
    """Make the scene (A) say what B says in these items; relations of B to things that A lacks are left out.

    `other` is B; `names` maps ids of B to ids of A for the things that both have.
    """

    label: ClassVar[str] = "Take from the other annotator"
    other: Scene
    items: tuple[Item, ...]
    names: tuple[tuple[str, str], ...] = ()

    def apply(self, scene: Scene) -> Scene:
        names = dict(self.names)
        for item in self.items:
            scene = self._taken(scene, item, names)
        return scene

    def _taken(self, scene: Scene, item: Item, names: dict[str, str]) -> Scene:
        if item.kind == "changed":
            mine = find(scene, item.a)
            theirs = find(self.other, item.b)
            return scene.with_objects(theirs.replace(id=mine.id, parent=mine.parent))
        if item.kind == "only a":
            return RemoveObjects((item.a,)).apply(scene)
        if item.kind == "only b":
            theirs = find(self.other, item.b)
            key = theirs.id if theirs.id not in scene.objects else scene.free_id(theirs.label)
            names[theirs.id] = key
            parent = theirs.parent if theirs.parent in scene.objects else None
            return scene.with_objects(theirs.replace(id=key, parent=parent))
        relation = item.relation
        assert relation is not None
        if item.kind == "relation only a":
            return scene.replace(relations=tuple(r for r in scene.relations if r.key != relation.key))
        ends = names.get(relation.subject), names.get(relation.object)
        if ends[0] is None or ends[1] is None or ends[0] not in scene.objects or ends[1] not in scene.objects:
            return scene
        added = relation.replace(subject=ends[0], object=ends[1])
        return scene.replace(relations=(*(r for r in scene.relations if r.key != added.key), added))


def adjudicated(a: Scene, b: Scene, from_b: Iterable[Item]) -> Scene:
    """Graph A with these items as B has them. Taking all items gives what B says."""
    return taking(a, b, from_b).apply(a)


def taking(a: Scene, b: Scene, from_b: Iterable[Item]) -> TakeFromB:
    """The edit of A that takes these items from B."""
    pairs = tuple((pair.b, pair.a) for pair in compare(a, b).pairs)
    order = {"changed": 0, "only b": 1, "relation only b": 2, "relation only a": 3, "only a": 4}
    return TakeFromB(b, tuple(sorted(from_b, key=lambda item: order[item.kind])), pairs)


def same_objects(a: SceneObject, b: SceneObject) -> bool:
    """Whether two things say the same but for their ids and parents."""
    return a.replace(id=b.id, parent=b.parent) == b
