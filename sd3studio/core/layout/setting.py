"""A scene as arrays for the solver: what can't change while objects are moved, and what can."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.layout.standing import FLOOR, FREE, Standing, standing_of
from sd3studio.core.relations import Bodies, View, support_of
from sd3studio.core.relations.supports import Support
from sd3studio.core.scene.boxes import Boxes, rotation_matrices
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Scene

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

__all__ = ["FLOOR", "FREE", "Setting", "State", "turned"]


@dataclass(frozen=True, slots=True)
class Setting:
    """N objects, by row. Lengths in metres.

    Parameters
    ----------
    half, tilt : (N, 3), (N, 2) half sizes; pitch and roll
    half_z : (N,) half heights of the boxes as they are tilted
    supports : (N, S) the fields of each object's `sd3studio.core.relations.supports.Support`
    solid : (N,) True for what must not interpenetrate: objects that are not hidden
    fixed : (N,) True for what must not move
    """

    scene: Scene
    ids: tuple[str, ...]
    index: dict[str, int]
    half: Floats
    tilt: Floats
    half_z: Floats
    supports: Floats
    solid: Bools
    fixed: Bools
    view: View
    camera: Camera

    @classmethod
    def of(cls, scene: Scene, movable: Collection[str] | None = None) -> Self:
        """The setting of a scene; `movable` None: all that is not locked, stuff or a concept."""
        things = list(scene.objects.values())
        boxes = Boxes.of(things)
        supports = np.array([support_of(thing) for thing in things], float).reshape(len(things), len(Support._fields))
        free = [
            thing.kind == "object" and not thing.locked and (movable is None or thing.id in movable) for thing in things
        ]
        return cls(
            scene=scene,
            ids=boxes.ids,
            index={name: row for row, name in enumerate(boxes.ids)},
            half=boxes.half,
            tilt=np.array([(thing.pitch, thing.roll) for thing in things], float).reshape(-1, 2),
            half_z=boxes.world_half()[:, 2],
            supports=supports,
            solid=np.array([thing.kind == "object" and not thing.hidden for thing in things], bool),
            fixed=~np.array(free, bool),
            view=View.of(scene.camera),
            camera=scene.camera,
        )

    def __len__(self) -> int:
        return len(self.ids)

    def bodies_of(self, row: int, center: Floats, yaw: Floats) -> Bodies:
        """K bodies of one object, at centres (K, 3) with yaws (K,)."""
        count = len(center)
        pitch, roll = self.tilt[row]
        boxes = Boxes(
            ids=("",) * count,
            center=center,
            half=np.broadcast_to(self.half[row], (count, 3)),
            rotation=rotation_matrices(yaw, pitch, roll),
            yaw=yaw,
        )
        return Bodies.from_boxes(boxes, *self.supports[row])

    def bodies(self, center: Floats, yaw: Floats) -> Bodies:
        """All N bodies, at centres (N, 3) with yaws (N,)."""
        rotation = rotation_matrices(yaw, self.tilt[:, 0], self.tilt[:, 1]) if len(self) else np.zeros((0, 3, 3))
        boxes = Boxes(ids=self.ids, center=center, half=self.half, rotation=rotation, yaw=yaw)
        return Bodies.from_boxes(boxes, *self.supports.T)


@dataclass(slots=True)
class State:
    """Where the N objects are: `center` (N, 3), `yaw` (N,) and on what they stand."""

    center: Floats
    yaw: Floats
    standing: Standing

    @classmethod
    def of(cls, setting: Setting) -> Self:
        """The state of the setting's scene."""
        things = list(setting.scene.objects.values())
        center = np.array([thing.center for thing in things], float).reshape(-1, 3)
        yaw = np.array([thing.yaw for thing in things], float)
        return cls(center, yaw, standing_of(things))

    def copy(self) -> Self:
        """A state of its own."""
        return type(self)(self.center.copy(), self.yaw.copy(), self.standing.copy())


def turned(offset: Floats, angle_rad: Floats) -> Floats:
    """(K, 3) an offset (3,) turned about Z by angles (K,)."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    x, y, z = offset
    return np.stack([cos * x - sin * y, sin * x + cos * y, np.full_like(cos, z)], axis=-1)
