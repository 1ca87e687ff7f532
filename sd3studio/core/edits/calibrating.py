"""Edits of the camera of a photo and of the scale of the world."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from sd3studio.core.annotation.fitting import base_height, fit_to_box
from sd3studio.core.annotation.lifting import TOUCHES_M, stands
from sd3studio.core.edits.base import find
from sd3studio.core.errors import SceneError
from sd3studio.core.relations.supports import surface_height
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.picture_boxes import visible_box
from sd3studio.core.scene.values import Scene, SceneObject

Keep = Literal["3d", "photo"]

SCALES = (1e-3, 1e3)


@dataclass(frozen=True, slots=True)
class CorrectCamera:
    """Take another camera for the photo.

    Parameters
    ----------
    keep : ``"3d"``: things stay where they are in space; ``"photo"``: they keep their photo boxes and are placed anew
        in space (locked things and stuff stay)
    """

    label: ClassVar[str] = "Correct the camera"
    camera: Camera
    keep: Keep = "photo"

    def apply(self, scene: Scene) -> Scene:
        turned = scene.replace(camera=self.camera)
        if self.keep == "3d":
            return turned
        for thing in _lowest_first(scene.solid_objects()):
            box = thing.photo_box or visible_box(scene.camera, thing)
            if box is None or thing.locked:
                continue
            standing = stands(scene, thing)
            moved = _on_its_support(scene, turned, thing) if standing else thing
            fitted = fit_to_box(self.camera, moved, box, standing)
            turned = turned.with_objects(fitted.replace(photo_box=box))
        return turned


def _lowest_first(things: Iterable[SceneObject]) -> list[SceneObject]:
    return sorted(things, key=base_height)


def _on_its_support(old: Scene, new: Scene, thing: SceneObject) -> SceneObject:
    """The thing at the height at which what carries it has its surface now."""
    base = base_height(thing)
    for other in old.solid_objects():
        if other.id != thing.id and base > TOUCHES_M and abs(surface_height(other) - base) < TOUCHES_M:
            rise = surface_height(new.objects[other.id]) - surface_height(other)
            return thing.replace(center=(*thing.center[:2], thing.center[2] + rise))
    return thing


@dataclass(frozen=True, slots=True)
class ScaleWorld:
    """Make everything larger or smaller, the camera's place too: the photo shows the same, in other metres."""

    label: ClassVar[str] = "Set the scale"
    factor: float

    def apply(self, scene: Scene) -> Scene:
        if not SCALES[0] <= self.factor <= SCALES[1]:
            raise SceneError("That is more than a thousand times larger or smaller. Check the length.")
        objects = {
            key: thing.replace(center=self._scaled(thing.center), size=self._scaled(thing.size))
            for key, thing in scene.objects.items()
        }
        bookmarks = tuple(mark.replace(camera=self._moved(mark.camera)) for mark in scene.bookmarks)
        return scene.replace(objects=objects, camera=self._moved(scene.camera), bookmarks=bookmarks)

    def _scaled(self, values: tuple[float, float, float]) -> tuple[float, float, float]:
        x, y, z = (float(v * self.factor) for v in values)
        return x, y, z

    def _moved(self, camera: Camera) -> Camera:
        return camera.replace(position=self._scaled(camera.position), target=self._scaled(camera.target))


def known_size(scene: Scene, key: str, axis: Literal[0, 1, 2], length_m: float) -> ScaleWorld:
    """The edit after which an object's width (0), depth (1) or height (2) is `length_m`. Raises `SceneError`."""
    if not length_m > 0.0:
        raise SceneError("A length is larger than zero.")
    return ScaleWorld(length_m / find(scene, key).size[axis])
