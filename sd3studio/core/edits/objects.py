"""Edits of what is in the scene and how it is called, drawn and described."""

from dataclasses import dataclass
from typing import ClassVar

from sd3studio.core.edits.base import change_each, find
from sd3studio.core.errors import SceneError
from sd3studio.core.scene.value import Colour
from sd3studio.core.scene.values import Provenance, Scene, SceneObject


@dataclass(frozen=True, slots=True)
class AddObjects:
    """Put new objects into the scene. Raises `SceneError` if an id is taken."""

    label: ClassVar[str] = "Add"
    objects: tuple[SceneObject, ...]

    def apply(self, scene: Scene) -> Scene:
        taken = [thing.id for thing in self.objects if thing.id in scene.objects]
        if taken:
            raise SceneError(f"The id {taken[0]!r} is taken already.")
        return scene.with_objects(*self.objects)


@dataclass(frozen=True, slots=True)
class RemoveObjects:
    """Take objects out, with the relations that name them; what was part of them is part of nothing then."""

    label: ClassVar[str] = "Delete"
    ids: tuple[str, ...]

    def apply(self, scene: Scene) -> Scene:
        gone = set(self.ids)
        objects = {
            key: thing.replace(parent=None) if thing.parent in gone else thing
            for key, thing in scene.objects.items()
            if key not in gone
        }
        relations = tuple(r for r in scene.relations if r.subject not in gone and r.object not in gone)
        rejected = tuple(r for r in scene.rejected if r.subject not in gone and r.object not in gone)
        comments = tuple(c for c in scene.comments if c.about not in gone)
        return scene.replace(objects=objects, relations=relations, rejected=rejected, comments=comments)


@dataclass(frozen=True, slots=True)
class AdoptObjects:
    """Keep what a model added: from now on these objects are the user's, and no longer marked."""

    label: ClassVar[str] = "Keep what was added"
    ids: tuple[str, ...]

    def apply(self, scene: Scene) -> Scene:
        def adopt(thing: SceneObject) -> SceneObject:
            return thing.replace(provenance=Provenance(source="user", detail=thing.provenance.detail))

        return change_each(scene, self.ids, adopt)


@dataclass(frozen=True, slots=True)
class DuplicateObjects:
    """Copy objects, shifted by `shift` (m), with the relations among them. `copies` tells which ids the copies get."""

    label: ClassVar[str] = "Duplicate"
    ids: tuple[str, ...]
    shift: tuple[float, float, float] = (0.4, -0.4, 0.0)

    def copies(self, scene: Scene) -> dict[str, str]:
        """Id of each original -> id of its copy."""
        names: dict[str, str] = {}
        grown = scene
        for key in self.ids:
            original = find(scene, key)
            names[key] = grown.free_id(original.label)
            grown = grown.with_objects(original.replace(id=names[key], locked=False))
        return names

    def apply(self, scene: Scene) -> Scene:
        names = self.copies(scene)
        things = []
        for key, new in names.items():
            original = scene.objects[key]
            center = tuple(c + s for c, s in zip(original.center, self.shift, strict=True))
            parent = names.get(original.parent, original.parent) if original.parent else None
            things.append(
                original.replace(id=new, center=center, parent=parent, locked=False, photo_box=None, mask=None)
            )
        inner = tuple(
            r.replace(subject=names[r.subject], object=names[r.object])
            for r in scene.relations
            if r.subject in names and r.object in names
        )
        return scene.with_objects(*things).replace(relations=scene.relations + inner)


@dataclass(frozen=True, slots=True)
class RenameObject:
    """Give an object another label."""

    label: ClassVar[str] = "Rename"
    id: str
    name: str

    def apply(self, scene: Scene) -> Scene:
        name = " ".join(self.name.split())
        if not name:
            raise SceneError("An object needs a name.")
        return change_each(scene, [self.id], lambda thing: thing.replace(label=name))


@dataclass(frozen=True, slots=True)
class SetAttributes:
    """Set the attribute words of an object ("blue", "wooden")."""

    label: ClassVar[str] = "Change attributes"
    id: str
    attributes: tuple[str, ...]

    def apply(self, scene: Scene) -> Scene:
        return change_each(scene, [self.id], lambda thing: thing.replace(attributes=self.attributes))


@dataclass(frozen=True, slots=True)
class SetPrompt:
    """Set the words for one object that image generation adds."""

    label: ClassVar[str] = "Change object prompt"
    id: str
    prompt: str

    def apply(self, scene: Scene) -> Scene:
        return change_each(scene, [self.id], lambda thing: thing.replace(prompt=self.prompt))


@dataclass(frozen=True, slots=True)
class DrawAs:
    """Draw an object with another mesh; its category follows, its box stays."""

    label: ClassVar[str] = "Change model"
    id: str
    mesh: str | None
    category: str | None

    def apply(self, scene: Scene) -> Scene:
        return change_each(scene, [self.id], lambda thing: thing.replace(mesh=self.mesh, category=self.category))


@dataclass(frozen=True, slots=True)
class Recolour:
    """Tint objects with an sRGB colour; None gives them the colours of their mesh back."""

    label: ClassVar[str] = "Recolour"
    ids: tuple[str, ...]
    colour: Colour | None

    def apply(self, scene: Scene) -> Scene:
        return change_each(scene, self.ids, lambda thing: thing.replace(colour=self.colour))


@dataclass(frozen=True, slots=True)
class SetHidden:
    """Hide or show objects."""

    label: ClassVar[str] = "Hide or show"
    ids: tuple[str, ...]
    hidden: bool

    def apply(self, scene: Scene) -> Scene:
        return change_each(scene, self.ids, lambda thing: thing.replace(hidden=self.hidden))


@dataclass(frozen=True, slots=True)
class SetLocked:
    """Lock or unlock objects: locked ones are not moved, neither by hand nor by the solver."""

    label: ClassVar[str] = "Lock or unlock"
    ids: tuple[str, ...]
    locked: bool

    def apply(self, scene: Scene) -> Scene:
        return change_each(scene, self.ids, lambda thing: thing.replace(locked=self.locked))
