"""A camera from which a whole scene is seen."""

import math
from collections.abc import Iterable

import numpy as np

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import SceneObject

MARGIN = 0.86
"""Part of the picture, in each direction, that the objects may fill."""
LEAST_HEIGHT_M = 0.25


def frame_objects(
    objects: Iterable[SceneObject], width: int = 768, height: int = 512, fov_y: float = math.radians(40.0), pitch_rad: float = 0.22
) -> Camera:
    """A camera in front of the objects (towards -Y of them), looking slightly down, that sees every corner of them.

    Parameters
    ----------
    objects : what must be seen; without any the default camera of this picture size is given
    pitch_rad : how far below the horizontal it looks
    """
    boxes = Boxes.of(objects)
    if not len(boxes):
        return Camera(width=width, height=height, fov_y=fov_y)
    low, high = boxes.bounds()
    low, high = low.min(axis=0), high.max(axis=0)
    target = (low + high) / 2.0
    corners = boxes.corners().reshape(-1, 3)
    backwards = np.array([0.0, -math.cos(pitch_rad), math.sin(pitch_rad)])
    near, far = 0.05, 4.0 * float(np.linalg.norm(high - low)) + 2.0

    def camera_at(distance_m: float) -> Camera:
        position = target + distance_m * backwards
        position[2] = max(position[2], LEAST_HEIGHT_M)
        return Camera(position=tuple(position.tolist()), target=tuple(target.tolist()), fov_y=fov_y, width=width, height=height)

    while not _sees(camera_at(far), corners):
        far *= 2.0
    for _ in range(30):
        middle = (near + far) / 2.0
        if _sees(camera_at(middle), corners):
            far = middle
        else:
            near = middle
    return camera_at(far)


def _sees(camera: Camera, corners: np.ndarray) -> bool:
    """Whether all corners (N, 3) project well inside the picture."""
    pixels, depth = camera.project(corners)
    if depth.min() <= 0.1:
        return False
    half = np.array([camera.width, camera.height]) / 2.0
    return bool(np.abs((pixels - half) / half).max() <= MARGIN)
