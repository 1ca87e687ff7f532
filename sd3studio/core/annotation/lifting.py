"""One box of the photo becomes a thing in space at once, with what the camera and the size of its class tell.

The photo parser (`sd3studio.ml.parsing.lifting`) weighs all things of a photo against each other and finds the camera;
here the camera and the other things are given, and the new box has the last word.
"""

import math
from collections.abc import Iterable

import numpy as np

from sd3studio.core.annotation.fitting import FARTHEST_M, base_height, fit_to_box, ground_point
from sd3studio.core.relations.supports import support_of, surface_height
from sd3studio.core.scene.boxes import rotation_matrices, yaw_towards
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Provenance, Scene, SceneObject
from sd3studio.core.size_priors import Pose, SizePrior, catalogue_or_none, prior_of

SIDEWAYS = 0.35
"""Log ratio of proportions by which a side view must fit better than a front view to be taken."""

UNLIKELY = math.log(3.0)
"""A thing that would be so many times larger or smaller than usual does not stand where its box ends."""

TOUCHES_M = 0.06
"""A base this near to the ground or to a surface stands on it."""


def lift_box(scene: Scene, box: BoxPx, label: str, key: str) -> SceneObject:
    """The thing of this label whose photo box was drawn, placed in the scene's space; its projection is the box.

    Parameters
    ----------
    box : x0, y0, x1, y1 px of the photo
    label : "chair": typical size, and whether such things stand on the ground
    key : id that it gets
    """
    camera, prior = scene.camera, prior_of(label)
    pose, turned = _pose(prior, box)
    plane = _plane(scene, camera, box, prior, pose)
    point = ground_point(camera, _feet(box), plane) if plane is not None else None
    if point is None:
        point = _by_size(camera, box, pose)
    center = np.add(point, (0.0, 0.0, pose.size_m[2] / 2.0 if plane is not None else 0.0))
    yaw = math.remainder(yaw_towards(center, camera.position) + (math.pi / 2.0 if turned else 0.0), math.tau)
    mesh = _mesh(label)
    thing = SceneObject(
        id=key,
        label=label,
        category=label if prior.from_data else (mesh[1] if mesh else None),
        center=tuple(center.tolist()),
        size=pose.size_m,
        yaw=yaw,
        mesh=mesh[0] if mesh else None,
        provenance=Provenance(
            source="user", detail="drawn on the photo", priors={"size": f"depth from the typical size of a {label}"}
        ),
    )
    lifted = fit_to_box(camera, thing, box, standing=plane is not None)
    return lifted.replace(photo_box=tuple(float(v) for v in box), truncated=_touches_frame(camera, box))


def stands(scene: Scene, thing: SceneObject) -> bool:
    """Whether a thing's base is on the ground or on a surface of another thing, so that its height is known."""
    base = base_height(thing)
    if base < TOUCHES_M:
        return True
    return any(
        abs(surface_height(other) - base) < TOUCHES_M and _over(other, thing.center)
        for other in scene.solid_objects()
        if other.id != thing.id
    )


def _pose(prior: SizePrior, box: BoxPx) -> tuple[Pose, bool]:
    """The shape whose proportions fit the box best, and whether it is then seen from its side."""
    seen = math.log(max(box[2] - box[0], 1.0) / max(box[3] - box[1], 1.0))

    def misfit(pose: Pose, turned: bool) -> float:
        width = pose.size_m[1] if turned else pose.size_m[0]
        return abs(math.log(width / pose.size_m[2]) - seen) + (SIDEWAYS if turned else 0.0) - 0.2 * pose.weight

    sides = (False, True) if prior.turns in ("any", "mostly camera") else (False,)
    return min(((pose, turned) for pose in prior.poses for turned in sides), key=lambda one: misfit(*one))


def _plane(scene: Scene, camera: Camera, box: BoxPx, prior: SizePrior, pose: Pose) -> float | None:
    """Height (m) of what the thing stands on: a surface under its feet, the ground, or None if it stands on nothing."""
    if prior.ground < 0.5:
        on = _surface_below(scene.solid_objects(), camera, box)
        if on is not None:
            return on
    point = ground_point(camera, _feet(box))
    if point is None or box[3] >= camera.height - 1.0:
        return 0.0 if point is not None and prior.ground >= 0.5 else None
    height = (box[3] - box[1]) / camera.focal_px * float(camera.to_camera(point)[2])
    likely = abs(math.log(max(height, 1e-3) / pose.size_m[2])) < UNLIKELY
    return 0.0 if likely and (prior.ground >= 0.5 or height < 1.5 * pose.size_m[2]) else None


def _surface_below(things: Iterable[SceneObject], camera: Camera, box: BoxPx) -> float | None:
    """Height of the highest surface that the feet of the box are on, or None."""
    found = []
    for thing in things:
        if support_of(thing).surface <= 0.0 or min(thing.size[:2]) < 0.2:
            continue
        height = surface_height(thing)
        point = ground_point(camera, _feet(box), height) if height < camera.position[2] else None
        if point is not None and _over(thing, point):
            found.append(height)
    return max(found, default=None)


def _over(thing: SceneObject, point: Iterable[float], margin: float = 1.1) -> bool:
    """Whether a point is above or below the footprint of a thing, a little larger than it is."""
    local = (np.array(list(point)) - thing.center) @ rotation_matrices(thing.yaw)[0]
    return bool((np.abs(local[:2]) <= margin * np.array(thing.size[:2]) / 2.0).all())


def _feet(box: BoxPx) -> tuple[float, float]:
    return (box[0] + box[2]) / 2.0, box[3]


def _by_size(camera: Camera, box: BoxPx, pose: Pose) -> np.ndarray:
    """The middle of the thing at the distance at which its usual height fills the box."""
    depth = camera.focal_px * pose.size_m[2] / max(box[3] - box[1], 1.0)
    return camera.unproject([(box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0], min(max(depth, 0.3), FARTHEST_M / 10))


def _touches_frame(camera: Camera, box: BoxPx) -> bool:
    return box[0] <= 1.0 or box[1] <= 1.0 or box[2] >= camera.width - 1.0 or box[3] >= camera.height - 1.0


def _mesh(label: str) -> tuple[str, str] | None:
    """Default mesh of a class and its category in the catalogue."""
    catalogue = catalogue_or_none()
    category = catalogue.category_of(label) if catalogue else None
    entries = catalogue.of_category(category) if catalogue and category else ()
    return (entries[0].id, entries[0].category) if entries else None
