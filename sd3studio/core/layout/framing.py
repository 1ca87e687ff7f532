"""A camera that has all objects of a scene in view."""

import math

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Scene

Floats = NDArray[np.float64]

ELEVATION_RAD = math.radians(17.0)
MARGIN = 0.1
"""Part of the picture that stays free at each edge."""

FOV_Y = math.radians(40.0)
LEAST_DISTANCE_M = 0.3


def framing_camera(
    scene: Scene,
    width: int = 768,
    height: int = 512,
    *,
    elevation_rad: float = ELEVATION_RAD,
    margin: float = MARGIN,
    azimuth_rad: float = 0.0,
    fov_y: float = FOV_Y,
) -> Camera:
    """A camera from the front (-Y), slightly above, that frames all solid objects with margins.

    Parameters
    ----------
    width, height : size of the picture, px
    elevation_rad : how far the camera looks down
    margin : part of width and height that stays free at each edge, below 0.5
    azimuth_rad : how far the camera has gone around to the right, counter-clockwise seen from above
    fov_y : vertical field of view, radians
    """
    things = scene.solid_objects()
    camera = Camera(fov_y=fov_y, width=width, height=height)
    if not things:
        return camera
    corners = Boxes.of(things).corners().reshape(-1, 3)
    sin, cos = math.sin(azimuth_rad), math.cos(azimuth_rad)
    level, fall = math.cos(elevation_rad), math.sin(elevation_rad)
    forward, down = np.array([-sin * level, cos * level, -fall]), np.array([sin * fall, -cos * fall, -level])
    right = np.array([cos, sin, 0.0])
    slope_y = math.tan(fov_y / 2.0) * (1.0 - 2.0 * margin)
    slope_x = math.tan(fov_y / 2.0) * width / height * (1.0 - 2.0 * margin)
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2.0
    local = corners - middle
    depth = local @ forward
    shift_x, back_x = fitted(local @ right, depth, slope_x)
    shift_y, back_y = fitted(local @ down, depth, slope_y)
    back = max(float(back_x), float(back_y), LEAST_DISTANCE_M)
    target = middle + shift_x * right + shift_y * down
    position = target - back * forward
    return camera.replace(
        position=tuple(float(round(v, 4)) for v in position), target=tuple(float(round(v, 4)) for v in target)
    )


def fitted(across: Floats, depth: Floats, slope: Floats | float) -> tuple[Floats, Floats]:
    """Shift across and distance back (m) of a camera that just sees points at these offsets and depths (..., P).

    A point is in view if ``|across - shift| <= slope * (depth + back)``; both edges are touched. `slope` is (...).
    """
    steep = np.asarray(slope)[..., None]
    one, other = (across / steep - depth).max(axis=-1), (-across / steep - depth).max(axis=-1)
    return slope * (one - other) / 2.0, (one + other) / 2.0
