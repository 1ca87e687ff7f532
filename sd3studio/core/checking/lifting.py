"""From a box in the picture back into space: where an object that was laid out stands in the picture that was made.

The object's size, heading and place in the layout are known, and so is the camera. A detector's box then tells how far
it moved: along the picture directly, in depth by its size (a box 20 % smaller is 25 % farther) or, if it still rests
at its height or on the ground, by the row of its foot. Boxes are noisy, so a shift within the noise is none, and
otherwise every reading that the size doesn't contradict is kept: a relation is decided only where all agree. Ours.
"""

import math

import numpy as np

from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import SceneObject

SIDE_NOISE, SIDE_NOISE_PX = 0.15, 4.0
"""A side of a right box is off by up to this share of its extent (two deviations of the built-in detectors), or px."""
DEPTH_DOUBT = 0.25
"""Depths whose logarithms differ by less than this (two deviations of a size reading) are taken for the same."""
LOWEST_RAY = 0.02
"""A ray that falls less than this per metre meets the ground too far off to tell where."""


def is_at_place(place: BoxPx, seen: BoxPx) -> bool:
    """Whether two boxes are the same within a detector's noise."""
    for axis in (0, 1):
        slack = max(SIDE_NOISE * (place[axis + 2] - place[axis]), SIDE_NOISE_PX)
        if abs(seen[axis] - place[axis]) > slack or abs(seen[axis + 2] - place[axis + 2]) > slack:
            return False
    return True


def placements(camera: Camera, thing: SceneObject, place: BoxPx, seen: BoxPx) -> tuple[SceneObject, ...]:
    """Where an object can stand that should fill the box `place` (px) and fills the box `seen`; at least one.

    The camera has the picture's size. Resting at its height or on the ground is preferred to floating.
    """
    if is_at_place(place, seen):
        return (thing,)
    scale = _scale(camera, place, seen)
    center_px, depth = camera.project(np.asarray(thing.center))
    if depth <= 0.05:
        return (thing,)
    by_size = camera.unproject(_carried(center_px, place, seen, scale), np.asarray(depth / scale))
    foot_px, _ = camera.project(np.asarray(thing.center) - (0.0, 0.0, thing.size[2] / 2.0))
    foot_px = _carried(foot_px, place, seen, scale)
    far = float(camera.to_camera(by_size)[2])
    resting = [
        at
        for base_m in dict.fromkeys((thing.center[2] - thing.size[2] / 2.0, 0.0))
        if (at := _resting(camera, thing, foot_px, base_m)) is not None
        and abs(math.log(max(float(camera.to_camera(np.asarray(at))[2]), 1e-3) / far)) < DEPTH_DOUBT
    ]
    spots = resting or [tuple(float(v) for v in by_size)]
    return tuple(thing.replace(center=spot) for spot in spots)


def _scale(camera: Camera, place: BoxPx, seen: BoxPx) -> float:
    """How much bigger the object is seen than laid out, by the sides that the frame doesn't cut."""
    edge = 1.5
    ratios = []
    for axis, limit in ((0, camera.width), (1, camera.height)):
        cut = any(box[axis] <= edge or box[axis + 2] >= limit - edge for box in (place, seen))
        if not cut:
            ratios.append(max(seen[axis + 2] - seen[axis], 1.0) / max(place[axis + 2] - place[axis], 1.0))
    return math.exp(sum(math.log(r) for r in ratios) / len(ratios)) if ratios else 1.0


def _carried(point: np.ndarray, place: BoxPx, seen: BoxPx, scale: float) -> np.ndarray:
    """A point (2,) of the object, px, moved and scaled as its box was."""
    old = np.array([place[0] + place[2], place[1] + place[3]]) / 2.0
    new = np.array([seen[0] + seen[2], seen[1] + seen[3]]) / 2.0
    return new + (point - old) * scale


def _resting(
    camera: Camera, thing: SceneObject, foot_px: np.ndarray, base_m: float
) -> tuple[float, float, float] | None:
    """Centre of the object if its base is at the height `base_m` and its foot at a pixel; None if that can't be."""
    origin, ray = camera.ray(foot_px)
    if abs(ray[2]) < LOWEST_RAY:
        return None
    reach = (base_m - origin[2]) / ray[2]
    if reach <= 0.0:
        return None
    at = origin + reach * ray
    return float(at[0]), float(at[1]), base_m + thing.size[2] / 2.0
