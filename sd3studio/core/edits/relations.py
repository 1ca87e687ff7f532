"""Edits of the stored relations."""

from dataclasses import dataclass
from typing import ClassVar

from sd3studio.core.edits.base import find
from sd3studio.core.scene.values import Relation, Scene


@dataclass(frozen=True, slots=True)
class AssertRelation:
    """Store a relation (or keep it, if the same one is stored already)."""

    label: ClassVar[str] = "Assert relation"
    relation: Relation

    def apply(self, scene: Scene) -> Scene:
        find(scene, self.relation.subject)
        find(scene, self.relation.object)
        others = tuple(r for r in scene.relations if r.key != self.relation.key)
        return scene.replace(relations=(*others, self.relation))


@dataclass(frozen=True, slots=True)
class RetractRelation:
    """Forget a stored relation."""

    label: ClassVar[str] = "Retract relation"
    relation: Relation

    def apply(self, scene: Scene) -> Scene:
        return scene.replace(relations=tuple(r for r in scene.relations if r.key != self.relation.key))


@dataclass(frozen=True, slots=True)
class KeepRelation:
    """Make a stored relation a live constraint, or no longer; one that is not stored yet is stored."""

    label: ClassVar[str] = "Keep relation"
    relation: Relation
    kept: bool = True

    @property
    def what(self) -> str:
        """The name of the step."""
        return self.label if self.kept else "Let relation go"

    def apply(self, scene: Scene) -> Scene:
        known = next((r for r in scene.relations if r.key == self.relation.key), None)
        if known is None:
            return AssertRelation(self.relation.replace(kept=self.kept)).apply(scene)
        changed = known.replace(kept=self.kept)
        return scene.replace(relations=tuple(changed if r is known else r for r in scene.relations))
