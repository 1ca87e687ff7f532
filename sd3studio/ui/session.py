"""The open scene and what is computed from it: relation grades, conflicts, captions. No Qt.

The relation field follows the document on every change, previews included; facts and captions are made when asked for
and kept until the next change.
"""

from collections.abc import Iterable
from pathlib import Path

from sd3studio.core.document import Document
from sd3studio.core.language.captions import captions_of
from sd3studio.core.language.prompt import prompt_of
from sd3studio.core.relations import (
    LAYER_INDEX,
    Conflict,
    Listed,
    RelationField,
    conflicts,
    derived_relations,
    list_relations,
)
from sd3studio.core.relations.listing import DERIVED_LIMIT
from sd3studio.core.scene.caption import Caption, Fact
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene


class Session:
    """The document, its file, and everything that follows from the scene."""

    def __init__(self, document: Document | None = None) -> None:
        self.document = document or Document()
        self.path: Path | None = None
        self._saved: Scene = self.document.committed
        self._field: RelationField | None = None
        self._facts: tuple[Fact, ...] | None = None
        self._captions: tuple[Caption, ...] | None = None
        self._conflicts: tuple[Conflict, ...] | None = None
        self._relations: tuple[Listed, ...] | None = None
        self._prompt: str | None = None
        self.document.changed.connect(self._on_changed)

    @property
    def scene(self) -> Scene:
        """What is to be seen now."""
        return self.document.scene

    @property
    def is_saved(self) -> bool:
        """Whether the file holds what is committed."""
        return self.document.committed is self._saved

    def mark_saved(self, path: Path | None) -> None:
        """The committed scene is now what the file at `path` holds."""
        self.path, self._saved = path, self.document.committed

    @property
    def field(self) -> RelationField:
        """Grades of all relations of the scene, up to date."""
        if self._field is None:
            self._field = RelationField(self.scene)
        elif self._field.scene is not self.scene:
            self._field.update(self.scene)
        return self._field

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The relations that the geometry implies and that are worth saying, most salient first."""
        if self._facts is None:
            self._facts = derived_relations(self.field, limit=DERIVED_LIMIT)
        return self._facts

    @property
    def captions(self) -> tuple[Caption, ...]:
        """Sentences about the scene: those that a model wrote about it as it is now, else made by rule."""
        if self._captions is None:
            self._captions = captions_of(self.scene, field=self.field)
        return self._captions

    def take_captions(self, scene: Scene, captions: tuple[Caption, ...]) -> bool:
        """Use sentences that a model wrote about `scene`, if that is still the scene. Returns whether it is."""
        if scene is not self.scene:
            return False
        self._captions = captions
        return True

    @property
    def prompt(self) -> str:
        """The scene as a prompt for image generation; empty for an empty scene."""
        if self._prompt is None:
            self._prompt = prompt_of(self.scene, field=self.field) if self.scene.objects else ""
        return self._prompt

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Stored relations that the geometry contradicts."""
        if self._conflicts is None:
            self._conflicts = conflicts(self.scene, self.field)
        return self._conflicts

    @property
    def relations(self) -> tuple[Listed, ...]:
        """All relations, stored and derived, in one list."""
        if self._relations is None:
            self._relations = list_relations(self.scene, self.field, self.facts, self.conflicts)
        return self._relations

    def carried_by(self, ids: Iterable[str]) -> tuple[str, ...]:
        """These objects and those that rest on or in them, at any height, without locked ones."""
        field, carried = self.field, dict.fromkeys(ids)
        rests = (field.grades[[LAYER_INDEX[p, "camera"] for p in (Predicate.ON, Predicate.IN)]] > 0.5).any(axis=0)
        frontier = list(carried)
        while frontier:
            below = field.index.get(frontier.pop())
            if below is None:
                continue
            for row in rests[:, below].nonzero()[0]:
                above = field.ids[row]
                if above not in carried and not self.scene.objects[above].locked:
                    carried[above] = None
                    frontier.append(above)
        return tuple(carried)

    def _on_changed(self, old: Scene, new: Scene) -> None:
        self._facts = self._captions = self._conflicts = self._relations = self._prompt = None
