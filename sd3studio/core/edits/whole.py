"""Edits of the scene as a whole."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Light, Scene


@dataclass(frozen=True, slots=True)
class SetCamera:
    """Look at the scene from another camera: what pictures and camera-frame relations refer to."""

    label: ClassVar[str] = "Set camera"
    camera: Camera

    def apply(self, scene: Scene) -> Scene:
        return scene.replace(camera=self.camera)


@dataclass(frozen=True, slots=True)
class SetLight:
    """Change sun and ambient light."""

    label: ClassVar[str] = "Set light"
    light: Light

    def apply(self, scene: Scene) -> Scene:
        return scene.replace(light=self.light)


@dataclass(frozen=True, slots=True)
class ReplaceScene:
    """Put a whole scene in the place of the current one, as one undoable step named `what`."""

    label: ClassVar[str] = "Replace scene"
    scene: Scene
    what: str = ""

    def apply(self, scene: Scene) -> Scene:
        return self.scene


@dataclass(frozen=True, slots=True)
class Sequence:
    """Several edits as one undoable step named `what`."""

    label: ClassVar[str] = "Change"
    edits: tuple[Any, ...] = field(default_factory=tuple)
    what: str = ""

    def apply(self, scene: Scene) -> Scene:
        for edit in self.edits:
            scene = edit.apply(scene)
        return scene
