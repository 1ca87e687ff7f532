"""Edits of where things are. Locked objects stay where they are."""

import math
from dataclasses import dataclass
from typing import ClassVar

from sd3studio.core.edits.base import change_unlocked
from sd3studio.core.scene.values import Scene, SceneObject


@dataclass(frozen=True, slots=True)
class MoveObjects:
    """Shift objects by `by` (m, world frame)."""

    label: ClassVar[str] = "Move"
    ids: tuple[str, ...]
    by: tuple[float, float, float]

    def apply(self, scene: Scene) -> Scene:
        def moved(thing: SceneObject) -> SceneObject:
            return thing.replace(center=tuple(c + d for c, d in zip(thing.center, self.by, strict=True)))

        return change_unlocked(scene, self.ids, moved)


@dataclass(frozen=True, slots=True)
class TurnObjects:
    """Turn objects by `angle_rad` counter-clockwise (from above) about a vertical axis through `pivot` (m, world)."""

    label: ClassVar[str] = "Turn"
    ids: tuple[str, ...]
    angle_rad: float
    pivot: tuple[float, float]

    def apply(self, scene: Scene) -> Scene:
        c, s = math.cos(self.angle_rad), math.sin(self.angle_rad)

        def turned(thing: SceneObject) -> SceneObject:
            dx, dy = thing.center[0] - self.pivot[0], thing.center[1] - self.pivot[1]
            center = (self.pivot[0] + c * dx - s * dy, self.pivot[1] + s * dx + c * dy, thing.center[2])
            return thing.replace(center=center, yaw=wrapped(thing.yaw + self.angle_rad))

        return change_unlocked(scene, self.ids, turned)


@dataclass(frozen=True, slots=True)
class ScaleObjects:
    """Scale objects by factors along their own width, depth and height, about the middle of their base."""

    label: ClassVar[str] = "Scale"
    ids: tuple[str, ...]
    factors: tuple[float, float, float]

    def apply(self, scene: Scene) -> Scene:
        def scaled(thing: SceneObject) -> SceneObject:
            size = tuple(max(0.005, s * f) for s, f in zip(thing.size, self.factors, strict=True))
            base = thing.center[2] - thing.size[2] / 2.0
            return thing.replace(size=size, center=(thing.center[0], thing.center[1], base + size[2] / 2.0))

        return change_unlocked(scene, self.ids, scaled)


@dataclass(frozen=True, slots=True)
class SetBox:
    """Give an object exactly this box: centre and size (m), yaw, pitch, roll (rad)."""

    label: ClassVar[str] = "Set position and size"
    id: str
    center: tuple[float, float, float]
    size: tuple[float, float, float]
    yaw: float
    pitch: float = 0.0
    roll: float = 0.0

    def apply(self, scene: Scene) -> Scene:
        box = {"center": self.center, "size": self.size, "pitch": self.pitch, "roll": self.roll}
        return change_unlocked(scene, [self.id], lambda thing: thing.replace(yaw=wrapped(self.yaw), **box))


def wrapped(angle_rad: float) -> float:
    """The same angle in (-pi, pi]."""
    turned = math.remainder(angle_rad, math.tau)
    return math.pi if turned == -math.pi else turned
