"""Where a composed scene is looked at from, and in what light: most things in view, no wall in the way."""

import math
from collections.abc import Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.layout import framing_camera
from sd3studio.core.relations import support_of
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Light, Scene, SceneObject
from sd3studio.core.synthesis.steps import Recipe, Side

Floats = NDArray[np.float64]

CANDIDATES = 5
"""Cameras that are tried; the one that sees most is taken."""
SEEN_SHARE = 0.25
"""Something of which less is in view, by the estimate of `seen_shares`, counts as not seen."""
LEAST_SEEN = 0.75
"""Share of the things that must be seen."""
WALL_CLEARANCE_M = 0.25
FOVS_DEG = (28.0, 55.0)
NIGHT_CHANCE = 0.12

_STEPS = (-0.7, 0.0, 0.7)
_SAMPLES: Floats = np.array([(x, y, z) for x in _STEPS for y in _STEPS for z in _STEPS])


def seen_shares(things: Sequence[SceneObject], camera: Camera) -> Floats:
    """(N,) estimate of the share of each thing that the picture shows: points in its box, rays to them, boxes before.

    A table or a chair blocks with its solid part only (from its underside to where things rest on it).
    """
    boxes, blocking = Boxes.of(things), Boxes.of([_solid_part(thing) for thing in things])
    points = (_SAMPLES[None] * boxes.half[:, None]) @ np.swapaxes(boxes.rotation, 1, 2) + boxes.center[:, None]
    pixels, depth = camera.project(points)  # (N, P, 2), (N, P)
    with np.errstate(invalid="ignore"):
        inside = (depth > 0.05) & (pixels > 0.0).all(axis=-1) & (pixels < (camera.width, camera.height)).all(axis=-1)
    blocked = _blocked(points, np.asarray(camera.position), blocking)
    return (inside & ~blocked).mean(axis=1)


def _blocked(points: Floats, eye: Floats, boxes: Boxes) -> NDArray[np.bool_]:
    """(N, P) whether a box other than the point's own is crossed on the way from the eye to a point (N, P, 3)."""
    start = np.einsum("bji,bj->bi", boxes.rotation, eye - boxes.center)  # (B, 3) in each box's frame
    way = np.einsum("bji,npj->npbi", boxes.rotation, points - eye)
    way = np.where(np.abs(way) < 1e-9, 1e-9, way)
    first, second = (-boxes.half - start) / way, (boxes.half - start) / way
    enter, leave = np.minimum(first, second).max(axis=-1), np.maximum(first, second).min(axis=-1)
    crossed = (leave > np.maximum(enter, 0.0)) & (enter < 0.98) & (leave > 0.02)  # 1 is the point itself
    crossed[np.arange(len(boxes)), :, np.arange(len(boxes))] = False
    return crossed.any(axis=2)


def _solid_part(thing: SceneObject) -> SceneObject:
    support = support_of(thing)
    if support.underside <= 0.0 and support.surface >= 1.0:
        return thing
    low, high = support.underside, max(support.surface, support.underside + 0.05)
    height = thing.size[2]
    x, y, z = thing.center
    return thing.replace(
        center=(x, y, z + ((low + high) / 2.0 - 0.5) * height),
        size=(thing.size[0], thing.size[1], max((high - low) * height, 1e-3)),
    )


def choose_camera(
    scene: Scene, recipe: Recipe, rng: Random, walls: Sequence[Side], half_width_m: float, size_px: int
) -> Camera | None:
    """The best of a few cameras; None if in none of them enough is seen.

    Parameters
    ----------
    walls : sides with a wall; the camera stays on their inner side
    half_width_m : where the walls at the sides are
    size_px : width and height of the picture
    """
    things = scene.solid_objects()
    best, best_score, best_seen = None, 0.0, 0.0
    for _ in range(CANDIDATES):
        azimuth = rng.triangular(-recipe.azimuth, recipe.azimuth, 0.0)
        camera = framing_camera(
            scene,
            size_px,
            size_px,
            elevation_rad=rng.uniform(*recipe.elevation),
            margin=rng.uniform(*recipe.margin),
            azimuth_rad=azimuth,
            fov_y=math.radians(rng.uniform(*FOVS_DEG)),
        )
        if not _is_inside(camera, walls, half_width_m):
            continue
        shares = seen_shares(things, camera)
        seen = float((shares >= SEEN_SHARE).mean())
        score = seen + 0.3 * float(shares.mean()) + rng.uniform(0.0, 0.08)
        if score > best_score:
            best, best_score, best_seen = camera, score, seen
    return best if best_seen >= LEAST_SEEN else None


def _is_inside(camera: Camera, walls: Sequence[Side], half_width_m: float) -> bool:
    x, _, z = camera.position
    if z < 0.25:
        return False
    clear = half_width_m - WALL_CLEARANCE_M
    return not (("left" in walls and x < -clear) or ("right" in walls and x > clear))


def choose_light(rng: Random, outdoors: bool) -> tuple[Light, str]:
    """A light and the time of day that it stands for: "day", "evening" or "night"."""
    azimuth = round(rng.uniform(-2.9, -0.25), 3)  # the sun is on the camera's side, so that fronts are lit
    if rng.random() < NIGHT_CHANCE:
        return Light(azimuth=azimuth, elevation=0.9, sun=0.2, ambient=0.17), "night"
    if rng.random() < 0.2:
        return Light(azimuth=azimuth, elevation=round(rng.uniform(0.22, 0.4), 3), sun=0.6, ambient=0.3), "evening"
    sun = rng.uniform(0.65, 0.95) if outdoors else rng.uniform(0.5, 0.85)
    elevation = round(rng.uniform(0.6, 1.25), 3)
    return Light(
        azimuth=azimuth, elevation=elevation, sun=round(sun, 3), ambient=round(rng.uniform(0.36, 0.55), 3)
    ), "day"
