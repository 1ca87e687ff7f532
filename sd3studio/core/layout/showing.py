"""Arranging for the picture: things are turned and brought nearer so that each can be made out; what was true stays so.

A photographer shows an animal or a car at an angle, not head-on, and lets a small thing stand nearer to the camera than
a large one. Both are done only as far as every stored relation stays true and nothing hides anything. Angles, shares
and the lists are ours.
"""

import math
from collections.abc import Iterator
from itertools import product

import numpy as np

from sd3studio.core.layout.framing import ELEVATION_RAD, FOV_Y, framing_camera
from sd3studio.core.layout.looking import looked_at, still_holds
from sd3studio.core.layout.overlapping import overlaps
from sd3studio.core.layout.staging import MOST_THINGS as MOST_COMPOSED
from sd3studio.core.layout.staging import staged
from sd3studio.core.recognised import ELEVATIONS_DEG, telling_turn, told_from
from sd3studio.core.relations.apparent import projected_boxes
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import ORIENTATION_PREDICATES, Predicate
from sd3studio.core.scene.values import Relation, Scene, SceneObject

TURNED_RAD = math.radians(35.0)
TURNED: frozenset[str] = frozenset(
    (
        *("dog", "cat", "horse", "cow", "sheep", "elephant", "bear", "zebra", "giraffe", "bird", "duck", "chicken"),
        *("car", "bus", "truck", "van", "train", "motorcycle", "bicycle", "scooter", "airplane", "boat"),
    )
)
"""Categories that are told by their side rather than by their front."""

APART = (0.0, 0.15, 0.3, 0.5)
"""How far a thing is moved aside to have room for its turn, of its depth."""

SMALL_SHARE = 0.02
"""A thing that fills less of the picture than this is brought nearer if it can be."""
MOST_HIDDEN = 0.2
NEARER = (0.2, 0.35, 0.5, 0.6, 0.7, 0.8)
ASIDE = (0.0, -0.15, 0.15, -0.3, 0.3, -0.45, 0.45)
WIDE_FOV = math.radians(58.0)
MOST_THINGS = 12
ENOUGH_BETTER = 0.3
"""By how much more another elevation must tell (`told_from`) than the usual one to be looked from."""
JOINED = (Predicate.ON, Predicate.IN, Predicate.ABOVE, Predicate.UNDER)


def shown_well(scene: Scene, width: int, height: int, place: str = "") -> Scene:
    """The scene with its things turned and brought nearer, framed for a picture of this size (px).

    A few things are composed (`staging`), of more the smallest come nearer, and all are looked at from where they hide
    each other least (`looking`). Locked things stay, and all of scenes of more than `MOST_THINGS`. `place` is where
    they will stand (`core.recognised`).
    """
    things = [thing for thing in scene.solid_objects() if not thing.locked]
    if not 0 < len(things) <= MOST_THINGS:
        return looked_at(scene.replace(camera=framing_camera(scene, width, height)), place)
    elevation = _telling_elevation(things, place)
    framed = scene.replace(camera=framing_camera(scene, width, height, elevation_rad=elevation))
    turned = _turned(framed, things, elevation, place)
    made = staged(turned, width, height, place)
    if made is None:
        near = _brought_near(turned)
        return looked_at(near, place) if len(things) > MOST_COMPOSED else near
    made = _towards_the_camera(made, turned)
    camera = framing_camera(made, width, height, elevation_rad=elevation)
    return staged(made, width, height, place) or made.replace(camera=camera)


def _telling_elevation(things: list[SceneObject], place: str) -> float:
    """How far down (rad) a camera looks to whom the things tell best what they are; the usual one unless it matters."""
    angles = (ELEVATION_RAD, *(math.radians(angle) for angle in ELEVATIONS_DEG))
    told = told_from([thing.mesh for thing in things], angles, place)
    better = told - ENOUGH_BETTER * (np.array(angles) != ELEVATION_RAD)
    return angles[int(better.argmax())]


def framed_for(scene: Scene, width: int, height: int) -> Scene:
    """The scene with its camera at a picture of this size (px): if the shape is another one, all is framed anew.

    From the same height; in a narrower picture with as wide a field, so that the camera need not step back.
    """
    camera = scene.camera
    if abs(width / height - camera.width / camera.height) < 0.01:
        return scene.replace(camera=camera.replace(width=width, height=height))
    fov_y, elevation = camera.fov_y, math.asin(-float(camera.axes[2, 2]))
    if width / height < camera.width / camera.height:
        fov_y = 2.0 * math.atan(math.tan(fov_y / 2.0) * camera.width / camera.height * height / width)
        fov_y = max(min(fov_y, WIDE_FOV), camera.fov_y)
    return scene.replace(camera=framing_camera(scene, width, height, fov_y=fov_y, elevation_rad=elevation))


def _turned(scene: Scene, things: list[SceneObject], elevation_rad: float, place: str) -> Scene:
    """Things at the angle from which they are told best, looking towards the middle of the picture.

    Animals and vehicles are shown at `TURNED_RAD`, other things from the front, unless the mesh is known to be
    recognised better from elsewhere. Things so turned make room for it.
    """
    told = {end for r in scene.relations if _turns(r) for end in (r.subject, r.object)}
    middle = float(np.mean([thing.center[0] for thing in things]))
    for thing in things:
        usual = TURNED_RAD if thing.category in TURNED else 0.0
        turn = telling_turn(thing.mesh, usual, elevation_rad, place)
        if turn and thing.id not in told and thing.yaw == 0.0:
            inwards = 1.0 if thing.center[0] <= middle else -1.0
            x, y, z = thing.center
            for away in APART:
                moved = thing.replace(yaw=inwards * turn, center=(x - inwards * away * thing.size[1], y, z))
                turned = scene.with_objects(moved)
                if still_holds(turned, scene) and not _collides(turned, thing.id):
                    scene = turned
                    break
    camera = framing_camera(scene, scene.camera.width, scene.camera.height, elevation_rad=elevation_rad)
    return scene.replace(camera=camera)


def _towards_the_camera(scene: Scene, before: Scene) -> Scene:
    """What stands aside of the middle is turned so that the camera sees it as it would in the middle."""
    told = {end for r in scene.relations if _turns(r) for end in (r.subject, r.object)}
    camera = np.array(scene.camera.position[:2])
    for thing in scene.solid_objects():
        if thing.locked or thing.id in told:
            continue
        x, y = np.array(thing.center[:2]) - camera
        yaw = before.objects[thing.id].yaw - math.atan2(x, y)
        turned = scene.with_objects(thing.replace(yaw=round(yaw, 4)))
        if still_holds(turned, scene) and not _collides(turned, thing.id):
            scene = turned
    return scene


def _turns(relation: Relation) -> bool:
    """Whether a relation hangs on how its things are turned, or one of them rests on the other."""
    return relation.predicate in (*ORIENTATION_PREDICATES, Predicate.ON, Predicate.IN) or relation.frame == "object"


def _brought_near(scene: Scene) -> Scene:
    """One thing after the other, the smallest in the picture first, as long as that helps."""
    joined = {end for r in scene.relations if r.predicate in JOINED for end in (r.subject, r.object)}
    for _ in range(len(scene.solid_objects())):
        shares = picture_shares(scene)
        small = [key for key in sorted(shares, key=shares.__getitem__) if key not in joined]
        small = [key for key in small if shares[key] < SMALL_SHARE and not scene.objects[key].locked]
        better = next(
            (found for key in small if (found := _nearer(scene, key, min(shares.values()))) is not None), None
        )
        if better is None:
            return scene
        scene = better
    return scene


def _nearer(scene: Scene, key: str, least: float) -> Scene | None:
    """The scene with one thing nearer to the camera, if the smallest thing of the picture is then larger."""
    best, found = least * 1.1, None
    for candidate in _candidates(scene, key):
        share = min(picture_shares(candidate).values())
        if share > best and still_holds(candidate, scene) and not _hides(candidate) and not _collides(candidate, key):
            best, found = share, candidate
    return found


def _candidates(scene: Scene, key: str) -> Iterator[Scene]:
    thing, camera = scene.objects[key], scene.camera
    elevation = math.asin(-float(camera.axes[2, 2]))
    towards = np.array(camera.position[:2]) - np.array(thing.center[:2])
    distance = float(np.linalg.norm(towards))
    ahead = towards / max(distance, 1e-9)
    side = np.array([-ahead[1], ahead[0]])
    for near, aside, fov in product(NEARER, ASIDE, (FOV_Y, WIDE_FOV)):
        x, y = np.array(thing.center[:2]) + distance * (near * ahead + aside * side)
        moved = scene.with_objects(thing.replace(center=(round(float(x), 4), round(float(y), 4), thing.center[2])))
        seen = framing_camera(moved, camera.width, camera.height, elevation_rad=elevation, fov_y=fov)
        yield moved.replace(camera=seen)


def picture_shares(scene: Scene) -> dict[str, float]:
    """Of the picture, how much the box of each solid thing fills."""
    things = scene.solid_objects()
    boxes = projected_boxes(Boxes.of(things), scene.camera)
    areas = np.clip(boxes[:, 2] - boxes[:, 0], 0, None) * np.clip(boxes[:, 3] - boxes[:, 1], 0, None)
    whole = scene.camera.width * scene.camera.height
    return {thing.id: float(area) / whole for thing, area in zip(things, areas, strict=True)}


def _hides(scene: Scene) -> bool:
    """Whether the boxes of two things in the picture cover one of them by more than a part."""
    boxes = projected_boxes(Boxes.of(scene.solid_objects()), scene.camera)
    for k, a in enumerate(boxes):
        for b in boxes[k + 1 :]:
            wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            least = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
            if wide > 0 and high > 0 and wide * high > MOST_HIDDEN * max(least, 1e-9):
                return True
    return False


def _collides(scene: Scene, key: str) -> bool:
    return any(key in (found.first, found.second) for found in overlaps(scene))
