"""Edits of where things are. Locked objects stay where they are."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sd3studio.core.edits.base import change_unlocked
from sd3studio.core.scene.boxes import Boxes, rotation_matrices
from sd3studio.core.scene.values import Scene, SceneObject

LEAST_SIZE_M = 0.005


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
            size = tuple(max(LEAST_SIZE_M, s * f) for s, f in zip(thing.size, self.factors, strict=True))
            base = thing.center[2] - thing.size[2] / 2.0
            return thing.replace(size=size, center=(thing.center[0], thing.center[1], base + size[2] / 2.0))

        return change_unlocked(scene, self.ids, scaled)


@dataclass(frozen=True, slots=True)
class TiltObjects:
    """Add to pitch and roll (rad) of objects; their lowest points stay at their heights."""

    label: ClassVar[str] = "Tilt"
    ids: tuple[str, ...]
    pitch_rad: float = 0.0
    roll_rad: float = 0.0

    def apply(self, scene: Scene) -> Scene:
        def tilted(thing: SceneObject) -> SceneObject:
            turned = thing.replace(
                pitch=wrapped(thing.pitch + self.pitch_rad), roll=wrapped(thing.roll + self.roll_rad)
            )
            low, _ = Boxes.of([thing, turned]).bounds()
            x, y, z = turned.center
            return turned.replace(center=(x, y, z + float(low[0, 2] - low[1, 2])))

        return change_unlocked(scene, self.ids, tilted)


@dataclass(frozen=True, slots=True)
class PullFaces:
    """Move faces of one box outwards by `by` (m, along its width, depth, height); the opposite faces stay.

    `sides` says which face of each axis is pulled: 1 the far one (right, back, top), -1 the near one. No side becomes
    shorter than 5 mm.
    """

    label: ClassVar[str] = "Pull a side"
    id: str
    by: tuple[float, float, float]
    sides: tuple[int, int, int] = (1, 1, 1)

    def apply(self, scene: Scene) -> Scene:
        def pulled(thing: SceneObject) -> SceneObject:
            size = np.maximum(LEAST_SIZE_M, np.add(thing.size, self.by))
            shift = np.multiply(self.sides, size - thing.size) / 2.0
            turn = rotation_matrices(thing.yaw, thing.pitch, thing.roll)[0]
            return thing.replace(size=tuple(size.tolist()), center=tuple((thing.center + turn @ shift).tolist()))

        return change_unlocked(scene, [self.id], pulled)


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
