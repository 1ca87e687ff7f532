"""Copy and paste between scenes, as text: the system's clipboard carries it from one window to another."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

import numpy as np
from pydantic import Field, ValidationError

from sd3studio.core.errors import SceneError
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.value import Value, Vec3
from sd3studio.core.scene.values import MAX_OBJECTS, Relation, Scene, SceneObject

FORMAT: Final = "sd3studio-clipboard"
VERSION: Final = 1
MAX_CHARACTERS = 64_000_000


class Clip(Value):
    """Objects and the relations among them. Raises `pydantic.ValidationError` if they don't fit together."""

    format: Literal["sd3studio-clipboard"] = FORMAT
    version: Literal[1] = VERSION
    objects: Annotated[tuple[SceneObject, ...], Field(min_length=1, max_length=MAX_OBJECTS)]
    relations: tuple[Relation, ...] = ()

    @property
    def base(self) -> Vec3:
        """Middle of the base of the box around all, metres: what is put under the cursor."""
        low, high = Boxes.of(self.objects).bounds()
        x, y, _ = ((low.min(axis=0) + high.max(axis=0)) / 2.0).tolist()
        return x, y, float(low[:, 2].min())


def copied(scene: Scene, ids: Collection[str]) -> Clip:
    """Objects of a scene, in its order, with the relations among them. Raises `SceneError` if there are none."""
    chosen = set(ids)
    things = [thing for key, thing in scene.objects.items() if key in chosen]
    if not things:
        raise SceneError("Nothing is selected that could be copied.")
    kept = tuple(
        thing.replace(parent=thing.parent if thing.parent in chosen else None, photo_box=None, mask=None)
        for thing in things
    )
    inner = tuple(r for r in scene.relations if r.subject in chosen and r.object in chosen)
    return Clip(objects=kept, relations=inner)


def clip_text(clip: Clip) -> str:
    """The clip as JSON text."""
    return json.dumps(clip.model_dump(mode="json", exclude_none=True), ensure_ascii=False, allow_nan=False)


def read_clip(text: str) -> Clip:
    """The clip in a text. Raises `SceneError` for anything else, as other programs use the same clipboard."""
    if len(text) > MAX_CHARACTERS:
        raise SceneError(f"The clipboard holds {len(text) / 1e6:.0f} MB of text; at most {MAX_CHARACTERS // 10**6} MB.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SceneError("The clipboard holds no objects of a scene.") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise SceneError("The clipboard holds no objects of a scene.")
    version = data.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise SceneError("The clipboard was filled by a newer SD3 Studio. Update the program to paste it.")
    try:
        clip = Clip.model_validate(data)
        Scene.of(clip.objects, relations=clip.relations)  # ids, parents and ends fit together
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "objects"
        raise SceneError(f"The clipboard holds objects that are not valid: {where}: {first['msg']}.") from error
    except ValueError as error:
        raise SceneError(f"The clipboard holds objects that are not valid: {error}.") from error
    return clip


@dataclass(frozen=True, slots=True)
class PasteObjects:
    """Put copied objects into a scene under new ids, with the relations and parents among them.

    Parameters
    ----------
    clip : what was copied
    at : point (m, world) under the middle of their base; None: where they were in their scene
    """

    label: ClassVar[str] = "Paste"
    clip: Clip
    at: Vec3 | None = None

    def names(self, scene: Scene) -> dict[str, str]:
        """Id in the clip -> id in the scene."""
        names: dict[str, str] = {}
        taken = set(scene.objects)
        for thing in self.clip.objects:
            names[thing.id] = _free_id(scene, thing, taken)
            taken.add(names[thing.id])
        return names

    def apply(self, scene: Scene) -> Scene:
        names = self.names(scene)
        shift = np.zeros(3) if self.at is None else np.subtract(self.at, self.clip.base)
        pasted = []
        for thing in self.clip.objects:
            x, y, z = (float(c + d) for c, d in zip(thing.center, shift, strict=True))
            parent = names[thing.parent] if thing.parent else None
            pasted.append(thing.replace(id=names[thing.id], center=(x, y, z), parent=parent, locked=False))
        relations = tuple(r.replace(subject=names[r.subject], object=names[r.object]) for r in self.clip.relations)
        return scene.with_objects(*pasted).replace(relations=scene.relations + relations)


def _free_id(scene: Scene, thing: SceneObject, taken: Collection[str]) -> str:
    """The own id if it is free, else one like `Scene.free_id` that is not taken by another pasted object either."""
    if thing.id not in taken:
        return thing.id
    stem = scene.free_id(thing.label)
    if stem not in taken:
        return stem
    base, number = thing.label.lower(), 2
    base = "".join(c if c.isalnum() else "-" for c in base).strip("-")[:48] or "object"
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"
