"""Oriented boxes of many objects at once, as arrays: the common ground of relations, solver, picking and renderer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sd3studio.core.scene.values import SceneObject

Floats = NDArray[np.float64]

CORNER_SIGNS: Floats = np.array([[x, y, z] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], float)
"""(8, 3) signs of the corners of a box; the first four are the base."""


def rotation_matrices(yaw: ArrayLike, pitch: ArrayLike = 0.0, roll: ArrayLike = 0.0) -> Floats:
    """(N, 3, 3) local-to-world rotations ``Rz(yaw) Rx(pitch) Ry(roll)``, angles (N,) in radians."""
    yaw, pitch, roll = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, float)) for a in (yaw, pitch, roll)))
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    rows = [
        [cy * cr - sy * sp * sr, -sy * cp, cy * sr + sy * sp * cr],
        [sy * cr + cy * sp * sr, cy * cp, sy * sr - cy * sp * cr],
        [-cp * sr, sp, cp * cr],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def facing_of(yaw: ArrayLike) -> Floats:
    """(..., 3) unit vectors in which objects of these yaws look: -Y at zero yaw."""
    yaw = np.asarray(yaw, float)
    return np.stack([np.sin(yaw), -np.cos(yaw), np.zeros_like(yaw)], axis=-1)


def yaw_towards(start: ArrayLike, goal: ArrayLike) -> float:
    """Yaw (rad, in (-pi, pi]) at which an object at `start` faces `goal`; 0 if one is right above the other."""
    dx, dy = (np.asarray(goal, float) - np.asarray(start, float))[:2]
    return float(np.arctan2(dx, -dy)) if np.hypot(dx, dy) > 1e-9 else 0.0


@dataclass(frozen=True, slots=True)
class Boxes:
    """N oriented boxes: `center` (N, 3), `half` sizes (N, 3), `rotation` (N, 3, 3) local to world, `yaw` (N,)."""

    ids: tuple[str, ...]
    center: Floats
    half: Floats
    rotation: Floats
    yaw: Floats

    @classmethod
    def of(cls, objects: Iterable[SceneObject]) -> Self:
        """The boxes of these objects, in this order."""
        listed = list(objects)
        angles = np.array([(o.yaw, o.pitch, o.roll) for o in listed], float).reshape(-1, 3)
        return cls(
            ids=tuple(o.id for o in listed),
            center=np.array([o.center for o in listed], float).reshape(-1, 3),
            half=np.array([o.size for o in listed], float).reshape(-1, 3) / 2.0,
            rotation=rotation_matrices(angles[:, 0], angles[:, 1], angles[:, 2]) if listed else np.zeros((0, 3, 3)),
            yaw=angles[:, 0],
        )

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, indices: ArrayLike) -> Self:
        """The boxes at these indices."""
        chosen = np.atleast_1d(np.asarray(indices, int))
        return type(self)(
            ids=tuple(self.ids[i] for i in chosen),
            center=self.center[chosen],
            half=self.half[chosen],
            rotation=self.rotation[chosen],
            yaw=self.yaw[chosen],
        )

    def corners(self) -> Floats:
        """(N, 8, 3) corners in the world frame; the first four are those of the local base."""
        local = CORNER_SIGNS * self.half[:, None, :]
        return local @ np.swapaxes(self.rotation, 1, 2) + self.center[:, None, :]

    def world_half(self) -> Floats:
        """(N, 3) half sizes of the axis-aligned boxes around the oriented ones."""
        return (np.abs(self.rotation) * self.half[:, None, :]).sum(axis=2)

    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper corners (N, 3) of the axis-aligned boxes around the oriented ones."""
        half = self.world_half()
        return self.center - half, self.center + half


def ray_hits(boxes: Boxes, origin: ArrayLike, direction: ArrayLike) -> Floats:
    """(N,) distances at which a ray enters each box, infinite where it misses (slab test in each box's own frame).

    `origin` (3,) and unit `direction` (3,) are in the world frame. A ray that starts inside a box hits it at 0.
    """
    if not len(boxes):
        return np.zeros(0)
    start = np.einsum("nji,nj->ni", boxes.rotation, np.asarray(origin, float) - boxes.center)
    heading = np.einsum("nji,j->ni", boxes.rotation, np.asarray(direction, float))
    heading = np.where(np.abs(heading) < 1e-12, 1e-12, heading)
    first, second = (-boxes.half - start) / heading, (boxes.half - start) / heading
    enter = np.minimum(first, second).max(axis=1)
    leave = np.maximum(first, second).min(axis=1)
    return np.where((leave >= enter) & (leave >= 0.0), np.maximum(enter, 0.0), np.inf)
