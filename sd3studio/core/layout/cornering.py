"""Corners between the walls that stand in a scene, and things that are put into them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.edits import MoveObjects, TurnObjects
from sd3studio.core.relations import View
from sd3studio.core.relations.fronts import yaw_facing
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.walls import Face, half_along, inner_face, is_wall

Floats = NDArray[np.float64]

SQUARE = 0.3
"""Walls are at a corner up to this cosine between their normals."""
MEET_M = 0.4
"""By so much the end of a wall may miss the other one."""
OFF_WALL_M = 0.005
STEP_M = 0.05
"""A thing goes on along a wall by such steps until it is clear of what stands there."""


@dataclass(frozen=True, slots=True)
class Corner:
    """Where two walls meet: the place (2,), the wall that is looked at more squarely, and the other one."""

    place: Floats
    back: Face
    side: Face

    @property
    def walls(self) -> tuple[str, str]:
        """Ids of the two walls."""
        return self.back.wall.id, self.side.wall.id


def corners_of(scene: Scene) -> list[Corner]:
    """The corners of the walls that are seen, those behind all else and at the left first."""
    view = View.of(scene.camera)
    walls = [thing for thing in scene.objects.values() if is_wall(thing) and not thing.hidden]
    found = []
    for pair in combinations([inner_face(wall, scene.objects.values()) for wall in walls], 2):
        back, side = sorted(pair, key=lambda face: float(face.normal @ view.forward))
        place = _meeting(back, side)
        if place is not None:
            found.append(Corner(place, back, side))
    return sorted(
        found,
        key=lambda corner: (float(corner.back.normal @ view.forward) > 0.0, float(corner.place @ view.right)),
    )


def is_left(scene: Scene, corner: Corner) -> bool:
    """Whether a corner is at the left, for who looks at the scene."""
    return float(corner.side.normal @ View.of(scene.camera).right) > 0.0


def put_into(scene: Scene, key: str, corner: Corner, carried: Sequence[str] = ()) -> Scene | None:
    """The scene with a thing in a corner, on the floor, its back to the back wall, and with what it carries.

    Beside what stands there already. None where it has no room along either wall.
    """
    thing, ids = scene.objects[key], (key, *carried)
    yaw = yaw_facing((float(corner.back.normal[0]), float(corner.back.normal[1])))
    scene = TurnObjects(ids, math.remainder(yaw - thing.yaw, math.tau), thing.center[:2]).apply(scene)
    box = Boxes.of([scene.objects[key]])
    out, aside = (float(half_along(box, face.normal)[0]) + OFF_WALL_M for face in (corner.back, corner.side))
    others = [one for one in scene.solid_objects() if one.id not in ids and not is_wall(one)]
    start = corner.place + corner.back.normal * out + corner.side.normal * aside
    for way, face, used in ((corner.side.normal, corner.back, aside), (corner.back.normal, corner.side, out)):
        for step in range(int(max(2.0 * (face.half_m - used), 0.0) / STEP_M) + 1):
            place = start + way * step * STEP_M
            if all(_is_clear(place, (out, aside), corner, one, thing.size[2]) for one in others):
                x, y = place - np.array(thing.center[:2])
                return MoveObjects(ids, (float(x), float(y), thing.size[2] / 2.0 - thing.center[2])).apply(scene)
    return None


def _meeting(back: Face, side: Face) -> Floats | None:
    """Where the insides of two walls meet; None for walls that don't."""
    if abs(float(back.normal @ side.normal)) > SQUARE:
        return None
    lines = np.stack([back.normal, side.normal])
    place = np.linalg.solve(lines, np.array([back.normal @ back.point, side.normal @ side.point]))
    apart = (abs(float((place - face.point) @ face.along)) - face.half_m for face in (back, side))
    ahead = (float((np.array(a.wall.center[:2]) - place) @ b.normal) > 0.0 for a, b in ((back, side), (side, back)))
    return place if all(gap <= MEET_M for gap in apart) and all(ahead) else None


def _is_clear(place: Floats, half: tuple[float, float], corner: Corner, other: SceneObject, top: float) -> bool:
    """Whether a thing on the floor at a place, so large out of and along the wall (half, m), misses another one."""
    box = Boxes.of([other])
    if float(box.center[0, 2] - box.half[0, 2]) >= top:
        return True
    gaps = [
        abs(float((box.center[0, :2] - place) @ face.normal)) - float(half_along(box, face.normal)[0]) - reach
        for face, reach in zip((corner.back, corner.side), half, strict=True)
    ]
    return max(gaps) >= -2.0 * OFF_WALL_M
