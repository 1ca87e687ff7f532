"""From where a finished layout is seen best: more things than are composed for the picture, or things between walls.

Nothing is moved. Cameras that go around, higher and wider are compared by what shows of each thing, its share of the
picture and how much of it others hide; only those count from which every relation that was true stays true, and that
no wall shuts out. Angles and weights are ours.
"""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.layout.framing import ELEVATION_RAD, FOV_Y, framing_camera
from sd3studio.core.recognised import DOUBT, score_at
from sd3studio.core.relations import grade_of
from sd3studio.core.relations.apparent import projected_boxes
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.walls import Face, is_wall

Floats = NDArray[np.float64]

AZIMUTHS = tuple(math.radians(angle) for angle in (0.0, 10.0, -10.0, 20.0, -20.0, 30.0, -30.0))
ELEVATIONS = (ELEVATION_RAD, *(math.radians(angle) for angle in (10.0, 24.0, 32.0, 40.0)))
FIELDS = (FOV_Y, math.radians(50.0), math.radians(62.0))
MARGIN = 0.07
ENOUGH = 0.08
"""Share of the picture from which larger is not better."""
MOST_HIDDEN = 0.15
HOLDS = 0.6
HIDDEN, AROUND, WIDER, STEEP, TOLD, AWAY = 3.0, 1.6, 1.0, 1.4, 0.25, 1.0
"""Weights: of a thing that is hidden, of radians around, of field and of height (rad), of the detectors' scores, of
radians by which things look further away from the camera than `ASIDE`."""
ASIDE = math.radians(60.0)
JOINED = (Predicate.ON, Predicate.IN, Predicate.UNDER, Predicate.ABOVE)
"""What is so related covers each other from everywhere."""
INNER = 0.95
"""The corners of a box this much smaller are what must be in sight."""
OPPOSITE = -0.9
"""Cosine between the normals of walls that face each other."""
BETTER = 0.3
"""What another view must have more to be preferred to the plain one from the front."""


def looked_at(scene: Scene, place: str = "") -> Scene:
    """The scene with the camera from which its things are seen best, for a picture of the size that its camera has.

    The camera stays unless another one shows clearly more. `place` is where the things stand (`core.recognised`).
    """
    things, plain = scene.solid_objects(), scene.camera
    if not things:
        return scene
    free = _not_joined(scene, things)
    walls = [thing for thing in scene.objects.values() if thing.kind == "stuff" and is_wall(thing)]
    views = []
    for around, down, field in product(
        AZIMUTHS[:1] if _face_each_other(walls, things) else AZIMUTHS, ELEVATIONS, FIELDS
    ):
        camera = framing_camera(
            scene, plain.width, plain.height, elevation_rad=down, margin=MARGIN, azimuth_rad=around, fov_y=field
        )
        if not _shut_out(camera, things, walls):
            views.append((_worth(camera, things, free, place), camera))
    least = _worth(plain, things, free, place) + BETTER
    for worth, camera in sorted(views, key=lambda view: -view[0]):
        if worth <= least:
            break
        seen = scene.replace(camera=camera)
        if still_holds(seen, scene):
            return seen
    return scene


def _not_joined(scene: Scene, things: Sequence[SceneObject]) -> NDArray[np.bool_]:
    """(N, N) which pairs of things can be seen apart."""
    rows = {thing.id: row for row, thing in enumerate(things)}
    free = np.ones((len(things), len(things)), bool)
    for r in scene.relations:
        if r.predicate in JOINED and r.subject in rows and r.object in rows:
            free[rows[r.subject], rows[r.object]] = free[rows[r.object], rows[r.subject]] = False
    return free


def _worth(camera: Camera, things: Sequence[SceneObject], free: NDArray[np.bool_], place: str) -> float:
    """How well the things are seen; `free` (N, N) tells which pairs count where one covers the other."""
    ahead = camera.axes[2]
    around, down = math.atan2(-float(ahead[0]), float(ahead[1])), math.asin(-float(ahead[2]))
    boxes = projected_boxes(Boxes.of(things), camera)
    size = np.clip(boxes[:, 2:] - boxes[:, :2], 0.0, None)
    shares = size.prod(axis=1) / (camera.width * camera.height)
    enough = np.log(np.minimum(shares, ENOUGH) + 1e-9)
    depth = camera.to_camera(np.array([thing.center for thing in things]))[:, 2]
    hidden = np.maximum(_hidden(boxes, depth, free) - MOST_HIDDEN, 0.0)
    scores = (score_at(thing.mesh, down, thing.yaw - around, place) for thing in things)
    told = float(np.mean([math.log(score + DOUBT) for score in scores if score is not None] or [0.0]))
    worth = float(enough.mean() + enough.min() - HIDDEN * (hidden.mean() + hidden.max())) + TOLD * told
    turns = np.abs([math.remainder(thing.yaw - around, math.tau) for thing in things])
    worth -= AWAY * float(np.maximum(turns - ASIDE, 0.0).mean())
    return worth - AROUND * abs(around) - WIDER * (camera.fov_y - FOV_Y) - STEEP * max(down - ELEVATION_RAD, 0.0)


def _hidden(boxes: Floats, depth: Floats, free: NDArray[np.bool_]) -> Floats:
    """(N,) the part of each box (px) that the box of one nearer thing covers, at most."""
    low, high = (
        np.maximum(boxes[:, None, :2], boxes[None, :, :2]),
        np.minimum(boxes[:, None, 2:], boxes[None, :, 2:]),
    )
    common = np.clip(high - low, 0.0, None).prod(axis=2)  # (N, N)
    area = np.clip(boxes[:, 2:] - boxes[:, :2], 1e-6, None).prod(axis=1)
    nearer = (depth[None, :] < depth[:, None]) & free
    return np.where(nearer, common / area[:, None], 0.0).max(axis=1, initial=0.0)


def _face_each_other(walls: Sequence[SceneObject], things: Sequence[SceneObject]) -> bool:
    """Whether two walls do: a camera between them looks straight in."""
    middle = np.mean([thing.center[:2] for thing in things], axis=0)
    normals = np.array([Face.towards(wall, middle).normal for wall in walls]).reshape(-1, 2)
    return bool((normals @ normals.T < OPPOSITE).any())


def _shut_out(camera: Camera, things: Sequence[SceneObject], walls: Sequence[SceneObject]) -> bool:
    """Whether the camera is behind a wall, as the things see it, or a wall hides a part of one of them."""
    eye = np.array(camera.position)
    middle = np.mean([thing.center[:2] for thing in things], axis=0)
    for face in (Face.towards(wall, middle) for wall in walls):
        if float((eye[:2] - face.point) @ face.normal) < 0.0:
            return True
    boxes = Boxes.of(things)
    inner = INNER * boxes.corners() + (1.0 - INNER) * boxes.center[:, None, :]  # (N, 8, 3)
    points = inner.reshape(-1, 3)
    for wall in walls:
        cos, sin = math.cos(wall.yaw), math.sin(wall.yaw)
        turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
        half = np.array(wall.size) / 2.0
        start, ends = turn @ (eye - wall.center), (points - np.array(wall.center)) @ turn.T
        way = ends - start
        with np.errstate(divide="ignore", invalid="ignore"):
            one, other = (-half - start) / way, (half - start) / way
        enter = np.nanmax(np.minimum(one, other), axis=1)
        leave = np.nanmin(np.maximum(one, other), axis=1)
        if ((enter < leave) & (enter < 1.0) & (leave > 0.0)).any():
            return True
    return False


def still_holds(scene: Scene, before: Scene) -> bool:
    """Whether every relation that was true as it was seen before still is, clearly."""
    for r in scene.relations:
        if r.predicate is Predicate.PART_OF:
            continue
        grade, was = (grade_of(s, r.subject, r.predicate, r.object, r.frame) for s in (scene, before))
        if was >= 0.5 and grade < min(HOLDS, was):
            return False
    return True
