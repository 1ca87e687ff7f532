"""Walls as things that others stand against: their faces, and how furniture turns its back to them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.relations.fronts import yaw_facing
from sd3studio.core.scene.boxes import Boxes, rotation_matrices
from sd3studio.core.scene.values import SceneObject

Floats = NDArray[np.float64]
LEAST_TURN_RAD = math.radians(0.5)


def is_wall(thing: SceneObject) -> bool:
    """True for walls: thin upright stuff, or whatever is called so; a wall lamp is none."""
    words = thing.label.lower().split()
    upright = thing.size[2] > 1.0 and min(thing.size[:2]) < 0.4 and max(thing.size[:2]) > 3.0 * min(thing.size[:2])
    if thing.kind == "stuff":
        return "wall" in words or upright
    return bool(words) and words[-1] == "wall"


@dataclass(frozen=True, slots=True)
class Face:
    """One side of a wall: a point of it (2,), the normal away from it (2,), along it (2,), and half its length (m)."""

    wall: SceneObject
    point: Floats
    normal: Floats
    along: Floats
    half_m: float

    @classmethod
    def towards(cls, wall: SceneObject, place: Floats) -> "Face":
        """The side of a wall on which a place (2,) lies."""
        cos, sin = math.cos(wall.yaw), math.sin(wall.yaw)
        along, normal = np.array([cos, sin]), np.array([-sin, cos])
        long_m, thick_m = wall.size[:2]
        if long_m < thick_m:
            along, normal, long_m, thick_m = normal, along, thick_m, long_m
        middle = np.array(wall.center[:2])
        normal = normal if float((place - middle) @ normal) >= 0.0 else -normal
        return cls(wall, middle + normal * thick_m / 2.0, normal, along, long_m / 2.0)

    def gap_m(self, boxes: Boxes) -> float:
        """How far the nearest of these boxes is from it; negative where one reaches into the wall."""
        return float(((boxes.center[:, :2] - self.point) @ self.normal - half_along(boxes, self.normal)).min())

    def is_beside(self, boxes: Boxes) -> bool:
        """Whether any of the boxes is along its length."""
        off = np.abs((boxes.center[:, :2] - self.point) @ self.along)
        return bool((off <= self.half_m + half_along(boxes, self.along)).any())

    def turn_to(self, thing: SceneObject) -> float:
        """How far (rad, counter-clockwise from above) a thing turns until its back is to the wall; 0 if it is."""
        turn = math.remainder(yaw_facing((float(self.normal[0]), float(self.normal[1]))) - thing.yaw, math.tau)
        return turn if abs(turn) > LEAST_TURN_RAD else 0.0


def inner_face(wall: SceneObject, things: Iterable[SceneObject]) -> Face:
    """The side of a wall that looks into its room: to what is part of the same, else to where all else stands."""
    others = [thing for thing in things if thing.id != wall.id and thing.kind != "concept"]
    room = [thing for thing in others if wall.parent is not None and thing.parent == wall.parent]
    chosen = room or [thing for thing in others if not is_wall(thing)] or [wall]
    return Face.towards(wall, np.mean([thing.center[:2] for thing in chosen], axis=0))


def half_along(boxes: Boxes, direction: Floats) -> Floats:
    """(N,) half extents along a horizontal unit vector."""
    return np.abs(np.einsum("nij,i->nj", boxes.rotation[:, :2, :], direction) * boxes.half).sum(axis=1)


def turned(boxes: Boxes, pivot: Floats, turn_rad: float) -> Boxes:
    """Boxes turned about a vertical axis through a point (3,), counter-clockwise from above."""
    turn = rotation_matrices(turn_rad)[0]
    center = (boxes.center - pivot) @ turn.T + pivot
    return replace(boxes, center=center, rotation=turn @ boxes.rotation, yaw=boxes.yaw + turn_rad)


def nearest_face(things: Sequence[SceneObject], walls: Iterable[SceneObject]) -> Face | None:
    """The side of a wall, long enough and upright beside them, that is nearest to these things; None without any."""
    boxes = Boxes.of(things)
    low, high = boxes.bounds()
    middle = ((low.min(axis=0) + high.max(axis=0)) / 2.0)[:2]
    faces = [Face.towards(wall, middle) for wall in walls]
    beside = [face for face in faces if face.is_beside(boxes)]
    return min(beside or faces, key=lambda face: abs(face.gap_m(boxes)), default=None)
