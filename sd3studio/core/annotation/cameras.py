"""The camera of a photo from what is drawn on it: a horizon, lines of two directions, a known length.

The principal point is the middle of the photo and its pixels are square, so the vanishing points v and w of two level
directions at right angles give the focal length, ``f^2 = -v.w`` from the middle (Caprile and Torre 1990), and the line
through both is the horizon. Where the camera stands and to which side it looks can't be told from this and stays.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sd3studio.core.errors import SceneError
from sd3studio.core.scene.camera import Camera

Floats = NDArray[np.float64]

FAR = 200.0
"""A vanishing point farther away than so many widths of the photo counts as infinitely far."""

TARGET_M = 10.0


def vanishing_point(camera: Camera, lines: ArrayLike) -> Floats:
    """(3,) homogeneous point, in widths of the photo from its middle, where lines (N, 2, 2) px meet best.

    The last number is 0 for parallel lines. Raises `SceneError` for fewer than two lines or lines without length.
    """
    points = (np.asarray(lines, float) - _middle(camera)) / camera.width
    if len(points) < 2 or (np.linalg.norm(points[:, 1] - points[:, 0], axis=-1) < 1e-4).any():
        raise SceneError("Two lines of some length are needed to tell where a direction vanishes.")
    ends = np.concatenate([points, np.ones((len(points), 2, 1))], axis=-1)
    rows = np.cross(ends[:, 0], ends[:, 1])
    rows /= np.linalg.norm(rows[:, :2], axis=1, keepdims=True)
    point = np.linalg.svd(rows)[2][-1]
    point = point * np.sign(point[2]) if point[2] else point
    if abs(point[2]) * FAR < np.linalg.norm(point[:2]):
        return np.array([*(point[:2] / np.linalg.norm(point[:2])), 0.0])
    return point / point[2]


def camera_from_lines(camera: Camera, first: ArrayLike, second: ArrayLike) -> Camera:
    """The camera in which lines (N, 2, 2) px of two level directions at right angles vanish where they do.

    Focal length, tilt and roll are new; with one direction parallel to the picture the focal length stays. Raises
    `SceneError` where no camera sees the two directions so.
    """
    v, w = vanishing_point(camera, first), vanishing_point(camera, second)
    if v[2] == 0.0 and w[2] == 0.0:
        raise SceneError("Both directions are parallel in the photo, so they don't tell how the camera looks.")
    fov = camera.fov_y
    if v[2] != 0.0 and w[2] != 0.0:
        if math.dist(v[:2], w[:2]) < 1e-3:
            raise SceneError("Both directions vanish at the same point. Draw lines that are at right angles there.")
        square = -float(v[:2] @ w[:2])
        if square <= 0.0:
            raise SceneError("No camera sees these two directions at right angles. Check which lines belong together.")
        fov = 2.0 * math.atan(camera.height / camera.width / 2.0 / math.sqrt(square))
        if not math.radians(1.0) <= fov <= math.radians(170.0):
            raise SceneError("These lines ask for a focal length that no lens has. Draw longer lines.")
    start = v if v[2] != 0.0 else w
    other = w if v[2] != 0.0 else v
    across = other[:2] - start[:2] if other[2] != 0.0 else other[:2]
    focal = camera.height / camera.width / 2.0 / math.tan(fov / 2.0)
    return _levelled(camera.replace(fov_y=fov), start[:2], across, focal)


def camera_from_horizon(camera: Camera, left: ArrayLike, right: ArrayLike) -> Camera:
    """The camera whose horizon goes through two points (px); its focal length stays.

    Raises `SceneError` for a horizon that stands upright.
    """
    start, end = ((np.asarray(point, float) - _middle(camera)) / camera.width for point in (left, right))
    return _levelled(camera, start, end - start, camera.focal_px / camera.width)


def horizon_of(camera: Camera) -> Floats | None:
    """(2, 2) px where the horizon crosses the left and right side of the photo; None when looking straight down."""
    up = camera.axes[:, 2]
    if abs(up[1]) < 1e-6:
        return None
    x = np.array([0.0, float(camera.width)])
    y = -(up[0] * (x - camera.width / 2.0) + up[2] * camera.focal_px) / up[1] + camera.height / 2.0
    return np.stack([x, y], axis=-1)


def lines_of(camera: Camera) -> tuple[Floats, Floats]:
    """Two lines (2, 2, 2) px each of two level directions at right angles, as this camera sees them, to be dragged."""
    level = camera.axes[2] * (1.0, 1.0, 0.0)
    level = level / np.linalg.norm(level) if np.linalg.norm(level) > 1e-6 else np.array([0.0, 1.0, 0.0])
    across = np.array([level[1], -level[0], 0.0])
    anchors = {1: ((0.62, 0.9), (0.72, 0.35)), -1: ((0.38, 0.9), (0.28, 0.35))}
    found = []
    for side, places in anchors.items():
        seen = camera.axes @ (level - side * across)  # the direction that vanishes on the other side
        point = camera.focal_px * seen[:2] / max(float(seen[2]), 1e-6) + _middle(camera)
        starts = np.array(places) * (camera.width, camera.height)
        way = point - starts
        reach = np.minimum(0.28 * camera.width / np.linalg.norm(way, axis=1), 0.8)
        found.append(np.stack([starts, starts + way * reach[:, None]], axis=1))
    return found[0], found[1]


def _levelled(camera: Camera, start: Floats, across: Floats, focal: float) -> Camera:
    """The camera with a horizon through `start` along `across`; both and `focal` in widths of the photo."""
    if abs(across[0]) < 1e-3 * abs(across[1]) or not np.any(across):
        raise SceneError("A horizon can't stand upright. Draw it from the left to the right of the photo.")
    slope = float(across[1] / across[0])
    roll = math.atan(slope)
    offset = float(start[1] - slope * start[0])
    pitch = math.atan(-offset * math.cos(roll) / focal)
    level = camera.axes[2] * (1.0, 1.0, 0.0)
    if np.linalg.norm(level) < 1e-6:
        level = -camera.axes[1] * (1.0, 1.0, 0.0)
    level = level / np.linalg.norm(level)
    ahead = math.cos(pitch) * level - np.array([0.0, 0.0, math.sin(pitch)])
    target = np.asarray(camera.position) + TARGET_M * ahead
    return camera.replace(target=tuple(target.tolist()), roll=roll)


def _middle(camera: Camera) -> Floats:
    return np.array([camera.width, camera.height]) / 2.0
