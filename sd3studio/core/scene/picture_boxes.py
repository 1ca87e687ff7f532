"""Where the objects of a scene are in its picture: 2D boxes, outlines, truncation and occlusion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Scene, SceneObject

Floats = NDArray[np.float64]

NEAR_M = 0.05
"""What is nearer to the camera plane than this is cut off before it is projected."""

EDGES = np.array([(a, b) for a in range(8) for b in range(a + 1, 8) if bin(a ^ b).count("1") == 1])
"""(12, 2) corner pairs that are edges of a box, for the corner order of `boxes.CORNER_SIGNS`."""


@dataclass(frozen=True, slots=True)
class PictureBox:
    """An object in the picture.

    Parameters
    ----------
    full : the box of its projection, px; may reach out of the picture
    box : the part of `full` inside the picture, px
    outline : (P, 2) convex outline of its projected 3D box, cut at the picture's edge, px
    truncation : share of `full` that lies outside the picture, 0 to 1
    distance_m : depth of the object's centre along the view axis
    """

    full: BoxPx
    box: BoxPx
    outline: Floats
    truncation: float
    distance_m: float


def picture_size(scene: Scene) -> tuple[int, int]:
    """Width and height (px) of the picture: those of the photo, else of the camera."""
    if scene.photo is not None:
        return scene.photo.width, scene.photo.height
    return scene.camera.width, scene.camera.height


def picture_camera(scene: Scene) -> Camera:
    """The scene's camera with the picture's size."""
    width, height = picture_size(scene)
    return scene.camera.replace(width=width, height=height)


def picture_box(camera: Camera, thing: SceneObject) -> PictureBox | None:
    """Where an object's 3D box is in the picture; None if no part of it is in view."""
    pixels = _pixels(camera, thing)
    if len(pixels) < 3:
        return None
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    outline = _cut_to_picture(_convex_outline(pixels), camera.width, camera.height)
    if len(outline) < 3 or _area(outline) < 1e-3:
        return None
    inner_low = np.clip(low, 0.0, (camera.width, camera.height))
    inner_high = np.clip(high, 0.0, (camera.width, camera.height))
    whole, inside = np.prod(high - low), np.prod(inner_high - inner_low)
    return PictureBox(
        full=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        box=(float(inner_low[0]), float(inner_low[1]), float(inner_high[0]), float(inner_high[1])),
        outline=outline,
        truncation=float(np.clip(1.0 - inside / whole, 0.0, 1.0)) if whole > 0 else 0.0,
        distance_m=float(camera.to_camera(thing.center)[2]),
    )


def projected_box(camera: Camera, thing: SceneObject) -> BoxPx | None:
    """The box (px) around an object's projection; may reach out of the picture; None behind the camera."""
    pixels = _pixels(camera, thing)
    if len(pixels) < 3:
        return None
    (x0, y0), (x1, y1) = pixels.min(axis=0).tolist(), pixels.max(axis=0).tolist()
    return x0, y0, x1, y1


def visible_box(camera: Camera, thing: SceneObject) -> BoxPx | None:
    """The part of `projected_box` inside the picture; None if there is none."""
    full = projected_box(camera, thing)
    if full is None:
        return None
    x0, x1 = (min(max(v, 0.0), float(camera.width)) for v in (full[0], full[2]))
    y0, y1 = (min(max(v, 0.0), float(camera.height)) for v in (full[1], full[3]))
    return (x0, y0, x1, y1) if x1 - x0 > 1e-6 and y1 - y0 > 1e-6 else None


def _pixels(camera: Camera, thing: SceneObject) -> Floats:
    """(P, 2) pixels of the corners of the part of a box that is before the camera."""
    points = _before_the_camera(camera.to_camera(Boxes.of([thing]).corners()[0]))
    return camera.focal_px * points[:, :2] / points[:, 2:] + (camera.width / 2.0, camera.height / 2.0)


def best_box(thing: SceneObject, seen: PictureBox | None, width: int, height: int) -> tuple[BoxPx | None, str]:
    """The 2D box to say for an object and where it is from: ``"photo"`` if it was seen there, else ``"projection"``."""
    if thing.photo_box is not None:
        x0, y0, x1, y1 = thing.photo_box
        x0, x1 = sorted((min(max(x0, 0.0), width), min(max(x1, 0.0), width)))
        y0, y1 = sorted((min(max(y0, 0.0), height), min(max(y1, 0.0), height)))
        if x1 - x0 > 0 and y1 - y0 > 0:
            return (x0, y0, x1, y1), "photo"
    return (seen.box, "projection") if seen is not None else (None, "projection")


def covered_shares(boxes: list[BoxPx], distances_m: list[float], samples: int = 32) -> list[float]:
    """Share of each 2D box that nearer 2D boxes cover, from `samples` x `samples` points in it."""
    steps = (np.arange(samples) + 0.5) / samples
    shares = []
    for index, (x0, y0, x1, y1) in enumerate(boxes):
        xs, ys = x0 + steps * (x1 - x0), y0 + steps * (y1 - y0)
        covered = np.zeros((samples, samples), bool)
        for other, (a0, b0, a1, b1) in enumerate(boxes):
            if other != index and distances_m[other] < distances_m[index]:
                covered |= ((ys >= b0) & (ys <= b1))[:, None] & ((xs >= a0) & (xs <= a1))[None, :]
        shares.append(float(covered.mean()))
    return shares


def polygon_area(outline: Floats) -> float:
    """Area (px²) of a simple polygon (P, 2)."""
    return _area(outline)


def _before_the_camera(corners: Floats) -> Floats:
    """Corners of the box part with depth above `NEAR_M`: kept corners, and where edges cross that plane."""
    depth = corners[:, 2]
    kept = [corners[depth > NEAR_M]]
    for start, end in EDGES:
        if (depth[start] > NEAR_M) != (depth[end] > NEAR_M):
            share = (NEAR_M - depth[start]) / (depth[end] - depth[start])
            kept.append((corners[start] + share * (corners[end] - corners[start]))[None])
    return np.concatenate(kept)


def _convex_outline(pixels: Floats) -> Floats:
    from scipy.spatial import ConvexHull, QhullError  # type: ignore[import-untyped]

    try:
        return pixels[ConvexHull(pixels).vertices]
    except QhullError:  # all points on one line: seen exactly edge-on
        return np.zeros((0, 2))


def _cut_to_picture(outline: Floats, width: int, height: int) -> Floats:
    """The part of a convex polygon inside the picture (Sutherland and Hodgman 1974)."""
    for axis, sign, limit in ((0, 1, 0.0), (0, -1, float(width)), (1, 1, 0.0), (1, -1, float(height))):
        if len(outline) == 0:
            break
        inside = sign * (outline[:, axis] - limit) >= 0
        kept = []
        for index, point in enumerate(outline):
            before = outline[index - 1]
            if inside[index] != inside[index - 1]:
                share = (limit - before[axis]) / (point[axis] - before[axis])
                kept.append(before + share * (point - before))
            if inside[index]:
                kept.append(point)
        outline = np.array(kept).reshape(-1, 2)
    return outline


def _area(outline: Floats) -> float:
    x, y = outline[:, 0], outline[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2.0)
