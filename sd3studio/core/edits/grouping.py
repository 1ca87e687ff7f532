"""Edits that put objects together under a concept ("living room", "dinner table set") and take them apart again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sd3studio.core.edits.base import find
from sd3studio.core.errors import SceneError
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Scene, SceneObject


@dataclass(frozen=True, slots=True)
class GroupUnderConcept:
    """Make a concept of this name the parent of objects; its box is the one around them.

    Objects that are part of something already leave it; if all are part of the same concept, the new one is part of
    that. `key` tells the id of the concept. Raises `SceneError` without objects or without a name.
    """

    label: ClassVar[str] = "Group"
    ids: tuple[str, ...]
    name: str

    def key(self, scene: Scene) -> str:
        """Id that the concept gets."""
        return scene.free_id(self.name)

    def apply(self, scene: Scene) -> Scene:
        name = " ".join(self.name.split())[:200]
        members = [find(scene, key) for key in dict.fromkeys(self.ids)]
        if not members:
            raise SceneError("Select at least one object to group.")
        if not name:
            raise SceneError("A group needs a name.")
        parents = {thing.parent for thing in members}
        outer = next(iter(parents)) if len(parents) == 1 else None
        center, size = _around(members)
        concept = SceneObject(id=self.key(scene), label=name, kind="concept", center=center, size=size, parent=outer)
        return scene.with_objects(concept, *(thing.replace(parent=concept.id) for thing in members))


@dataclass(frozen=True, slots=True)
class Ungroup:
    """Dissolve a concept: its members become part of what it was part of. Raises `SceneError` if it is no concept."""

    label: ClassVar[str] = "Ungroup"
    id: str

    def apply(self, scene: Scene) -> Scene:
        concept = find(scene, self.id)
        if concept.kind != "concept":
            raise SceneError(f"“{concept.label}” is no group.")
        objects = {
            key: thing.replace(parent=concept.parent) if thing.parent == self.id else thing
            for key, thing in scene.objects.items()
            if key != self.id
        }
        relations = tuple(r for r in scene.relations if self.id not in (r.subject, r.object))
        return scene.replace(objects=objects, relations=relations)


def members_of(scene: Scene, key: str) -> tuple[str, ...]:
    """Ids of all that is part of a concept, at any level, in the order of the scene."""
    found: set[str] = set()
    pending = [key]
    while pending:
        parent = pending.pop()
        inside = [name for name, thing in scene.objects.items() if thing.parent == parent]
        found.update(inside)
        pending += inside
    return tuple(name for name in scene.objects if name in found)


def with_members(scene: Scene, ids: Sequence[str]) -> tuple[str, ...]:
    """These ids, and those of all that is part of the concepts among them: what is meant where a group is chosen."""
    found = dict.fromkeys(ids)
    for key in ids:
        if key in scene.objects and scene.objects[key].kind == "concept":
            found.update(dict.fromkeys(members_of(scene, key)))
    return tuple(found)


def middle_of(scene: Scene, ids: Sequence[str]) -> tuple[float, float]:
    """Middle (x, y, m) of the ground that objects take together: what they are turned about."""
    low, high = Boxes.of([find(scene, key) for key in ids]).bounds()
    x, y, _ = ((low.min(axis=0) + high.max(axis=0)) / 2.0).tolist()
    return x, y


def _around(things: Sequence[SceneObject]) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    low, high = Boxes.of(things).bounds()
    lowest, highest = low.min(axis=0), high.max(axis=0)
    center, size = (lowest + highest) / 2.0, np.maximum(highest - lowest, 1e-3)
    return tuple(center.tolist()), tuple(size.tolist())  # type: ignore[return-value]
