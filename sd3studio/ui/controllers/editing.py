"""Wishes about the scene become edits of the document."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from sd3studio.core.catalogue import Catalogue
from sd3studio.core.edits import (
    AddObjects,
    AssertRelation,
    DuplicateObjects,
    KeepRelation,
    MoveObjects,
    Recolour,
    RemoveObjects,
    RenameObject,
    ReplaceScene,
    RetractRelation,
    SetCamera,
    SetHidden,
    SetLocked,
    TurnObjects,
)
from sd3studio.core.edits import Sequence as EditSequence
from sd3studio.core.edits.base import Edit
from sd3studio.core.edits.grouping import middle_of, with_members
from sd3studio.core.errors import StudioError
from sd3studio.core.relations import grade_of
from sd3studio.core.relations.conflicts import TRUE_FROM
from sd3studio.core.requests import SatisfyRelations
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Relation, Scene, SceneObject
from sd3studio.ui.canvas.tools.drags import Corrected
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.session import Session

if TYPE_CHECKING:
    from sd3studio.core.layout import Layout


class EditingController(QObject):
    """Changes the scene. What goes wrong is said, and the scene stays as it was."""

    said = Signal(str, str)
    """Level ("info", "good", "warning", "danger") and sentence."""

    def __init__(self, session: Session, catalogue: Catalogue, bridge: JobBridge) -> None:
        super().__init__()
        self.bridge = bridge
        self.session, self.document, self.catalogue = session, session.document, catalogue

    @property
    def selected(self) -> tuple[str, ...]:
        return self.document.selection

    @property
    def chosen(self) -> tuple[str, ...]:
        """What is selected, with what is part of selected concepts."""
        return with_members(self.document.committed, self.selected)

    def has_selection(self) -> bool:
        """Whether anything is selected."""
        return bool(self.document.selection)

    def apply(self, edit: Edit) -> None:
        """Make an edit; a refusal is said."""
        try:
            self.document.apply(edit)
        except (StudioError, ValueError) as error:
            self.document.end_preview()
            self.said.emit("danger", first_sentence(error))

    def _apply_keeping(self, edit: Edit, ids: Sequence[str]) -> None:
        """Move or turn objects; kept relations go on holding, as in a drag."""
        from sd3studio.core.layout.keeping import live_constraints

        last_word = live_constraints(self.document.committed, ids)
        self.apply(Corrected(edit, last_word) if last_word else edit)

    def add_mesh(self, mesh: str, place_xy: tuple[float, float] | None = None) -> None:
        """Add a thing of the catalogue, where the user dropped it or on a free spot."""
        from sd3studio.core.layout import place

        entry = self.catalogue.get(mesh)
        if entry is None:
            self.said.emit("danger", f"The catalogue has no {mesh!r} any more.")
            return
        scene = self.document.committed
        thing = entry.as_object(scene.free_id(entry.category), *(place_xy or (0.0, 0.0)))
        if place_xy is None:
            thing = place(scene, thing)
        self.apply(AddObjects((thing,)))
        self.document.select((thing.id,))

    def add_imported(self, make: Callable[[Scene], SceneObject]) -> None:
        """Add what `make` gives, on a free spot."""
        from sd3studio.core.layout import place

        scene = self.document.committed
        try:
            thing = place(scene, make(scene))
        except StudioError as error:
            self.said.emit("danger", str(error))
            return
        self.apply(AddObjects((thing,)))
        self.document.select((thing.id,))

    def delete(self) -> None:
        """Delete the selected objects; of groups all that is in them."""
        if self.selected:
            self.apply(RemoveObjects(self.chosen))

    def duplicate(self) -> None:
        """Duplicate the selected objects and select the copies."""
        if self.selected:
            edit = DuplicateObjects(self.chosen)
            copies = edit.copies(self.document.committed)
            chosen = self.selected
            self.apply(edit)
            self.document.select(copies[key] for key in chosen)

    def rename(self, key: str, name: str) -> None:
        """Give an object another label."""
        self.apply(RenameObject(key, name))

    def hide(self, key: str, hidden: bool) -> None:
        """Hide or show one object, or a whole group."""
        self.apply(SetHidden(with_members(self.document.committed, (key,)), hidden))

    def lock(self, key: str, locked: bool) -> None:
        """Lock or unlock one object, or a whole group."""
        self.apply(SetLocked(with_members(self.document.committed, (key,)), locked))

    def hide_selected(self) -> None:
        """Hide what is selected."""
        if self.selected:
            self.apply(SetHidden(self.chosen, True))

    def show_all(self) -> None:
        """Show everything that is hidden."""
        hidden = tuple(thing.id for thing in self.document.committed.objects.values() if thing.hidden)
        if hidden:
            self.apply(SetHidden(hidden, False))

    def toggle_lock(self) -> None:
        """Lock what is selected, or unlock it if all of it is locked."""
        things = [self.document.committed.objects[key] for key in self.chosen]
        if things:
            self.apply(SetLocked(self.chosen, not all(thing.locked for thing in things)))

    def recolour(self, colour: tuple[float, float, float] | None) -> None:
        """Tint what is selected."""
        if self.selected:
            self.apply(Recolour(self.chosen, colour))

    def nudge(self, dx_m: float, dy_m: float, dz_m: float = 0.0) -> None:
        """Move what is selected a little."""
        if self.selected:
            ids = self.session.carried_by(self.chosen)
            self._apply_keeping(MoveObjects(ids, (dx_m, dy_m, dz_m)), ids)

    def turn(self, angle_rad: float) -> None:
        """Turn what is selected about its middle."""
        if self.selected:
            pivot, ids = middle_of(self.document.committed, self.chosen), self.session.carried_by(self.chosen)
            self._apply_keeping(TurnObjects(ids, angle_rad, pivot), ids)

    def drop(self) -> None:
        """Let what is selected down onto what is below it, with what stands on it."""
        from sd3studio.core.layout import drop_to_support

        scene, steps = self.document.committed, []
        things = [scene.objects[key] for key in self.chosen if scene.objects[key].kind == "object"]
        for thing in sorted(things, key=lambda thing: thing.center[2] - thing.size[2] / 2.0):
            now = scene.objects[thing.id]
            down_m = drop_to_support(scene, thing.id).center[2] - now.center[2]
            if abs(down_m) > 1e-6 and not now.locked:
                steps.append(MoveObjects(self.session.carried_by((thing.id,)), (0.0, 0.0, down_m)))
                scene = steps[-1].apply(scene)
        if steps:
            self.apply(EditSequence(tuple(steps), "Drop"))

    def select_all(self) -> None:
        """Select every object."""
        self.document.select(thing.id for thing in self.document.scene.solid_objects())

    def select_next(self, step: int = 1) -> None:
        """Select the next object in the order of the scene."""
        ids = [thing.id for thing in self.document.scene.solid_objects()]
        if ids:
            here = ids.index(self.selected[-1]) if self.selected and self.selected[-1] in ids else -step
            self.document.select((ids[(here + step) % len(ids)],))

    def set_camera(self, camera: Camera) -> None:
        """Make this the scene's camera; its picture size stays."""
        now = self.document.committed.camera
        self.apply(SetCamera(camera.replace(width=now.width, height=now.height)))

    def assert_relation(self, relation: Relation, store: bool = True) -> None:
        """Move the scene so that a relation holds, and store it; say so where that can't be."""
        self._satisfy(relation, f"{self._said(relation)}", store)

    def satisfy(self, relation: Relation) -> None:
        """Move the scene so that a stored relation holds."""
        self._satisfy(relation, f"Make so: {self._said(relation)}")

    def keep(self, relation: Relation, kept: bool) -> None:
        """Keep a relation from now on, or let it go. What is kept and does not hold yet is made to hold."""
        scene = self.document.committed
        if kept and grade_of(scene, *relation.key) < TRUE_FROM:
            self.assert_relation(relation.replace(kept=True))
        else:
            self.apply(KeepRelation(relation, kept))

    def retract(self, relation: Relation) -> None:
        """Forget a stored relation."""
        self.apply(RetractRelation(relation))

    def _said(self, relation: Relation) -> str:
        objects = self.document.committed.objects
        return f"{objects[relation.subject].label} {relation.predicate.value} {objects[relation.object].label}"

    def _satisfy(self, relation: Relation, what: str, store: bool = True) -> None:
        before = self.document.committed
        keep = tuple(r for r in before.relations if r.key != relation.key)
        request = SatisfyRelations(scene=before, wishes=(relation,), keep=keep)

        def take(layout: "Layout") -> None:
            if self.document.committed is before:
                self._take_layout(relation, layout, what, store)
            else:
                self.said.emit("info", "The scene changed meanwhile; nothing was moved.")

        self.bridge.submit(request, take, group="satisfy")

    def _take_layout(self, relation: Relation, layout: "Layout", what: str, store: bool) -> None:
        if relation.key in {held.key for held in layout.held}:
            scene = AssertRelation(relation).apply(layout.scene) if store else layout.scene
            self.apply(ReplaceScene(scene, what))
        elif store:
            # Nothing is moved for a wish that can't be met; it is stored, and shown as a conflict.
            self.apply(AssertRelation(relation))
        self.said.emit("warning" if layout.broken or layout.clash else "good", layout.sentence)


def first_sentence(error: Exception) -> str:
    """What to tell the user of an error: a `StudioError` as it is, a validation error as field and reason."""
    details = getattr(error, "errors", None)
    if callable(details):
        first: Sequence[dict[str, object]] = details()
        return f"{'.'.join(str(p) for p in first[0]['loc'])}: {first[0]['msg']}" if first else str(error)
    return str(error)
