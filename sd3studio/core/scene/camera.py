"""The camera of a scene and its projective geometry.

Camera frame: x right, y down, z forward (the convention of pictures and of multiple-view geometry), so that the
pixel of a camera point is ``f * (x, y) / z + principal point``. OpenGL's frame (y up, z back) is made where the
renderer needs it.
"""

import math
from functools import lru_cache
from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from sd3studio.core.scene.value import Angle, Value, Vec3

Floats = NDArray[np.float64]

SENSOR_HEIGHT_MM = 24.0
"""Height of the 35 mm frame that focal lengths in millimetres refer to."""


class Camera(Value):
    """A pinhole camera without distortion; the principal point is the centre of the picture.

    `roll` turns the picture clockwise about the view axis (the horizon then drops to the left), radians.
    """

    position: Vec3 = (0.0, -6.0, 1.6)
    target: Vec3 = (0.0, 0.0, 0.8)
    fov_y: Annotated[float, Field(ge=math.radians(1.0), le=math.radians(170.0))] = math.radians(40.0)
    width: Annotated[int, Field(ge=1, le=32_768)] = 768
    height: Annotated[int, Field(ge=1, le=32_768)] = 512
    roll: Angle = 0.0

    @model_validator(mode="after")
    def _has_a_direction(self) -> Self:
        if math.dist(self.position, self.target) < 1e-6:
            raise ValueError("camera position and target are the same point")
        return self

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.height / 2.0 / math.tan(self.fov_y / 2.0)

    @property
    def focal_mm(self) -> float:
        """Focal length in millimetres on a 24 mm high frame (landscape 35 mm film)."""
        return SENSOR_HEIGHT_MM / 2.0 / math.tan(self.fov_y / 2.0)

    @property
    def flat(self) -> bool:
        """Whether nothing looks smaller for being farther away (`FlatCamera`)."""
        return False

    def px_per_m(self, depth_m: ArrayLike) -> Floats:
        """How many pixels a metre across the view has at these depths (...,) along the view axis."""
        return self.focal_px / np.asarray(depth_m, float)

    def toward(self, point: ArrayLike) -> Floats:
        """(3,) unit direction (world) in which a world point (3,) is seen."""
        way = np.asarray(point, float) - np.asarray(self.position)
        return way / np.linalg.norm(way)

    @property
    def axes(self) -> Floats:
        """(3, 3) rows: right, down, forward unit vectors in the world frame; read-only."""
        return _axes(self.position, self.target, self.roll)

    def to_camera(self, points: ArrayLike) -> Floats:
        """World points (..., 3) in the camera frame (x right, y down, z forward), metres."""
        return (np.asarray(points, float) - np.asarray(self.position)) @ self.axes.T

    def to_world(self, points: ArrayLike) -> Floats:
        """Camera-frame points (..., 3) in the world frame, metres."""
        return np.asarray(points, float) @ self.axes + np.asarray(self.position)

    def project(self, points: ArrayLike) -> tuple[Floats, Floats]:
        """Pixels (..., 2) and depths along the view axis (...,) of world points (..., 3).

        Points at or behind the camera plane get NaN pixels; their depth is zero or negative.
        """
        local = self.to_camera(points)
        depth = local[..., 2]
        safe = np.where(depth > 1e-9, depth, np.nan)
        pixel = self.px_per_m(safe)[..., None] * local[..., :2]
        return pixel + np.array([self.width / 2.0, self.height / 2.0]), depth

    def unproject(self, pixels: ArrayLike, depth: ArrayLike) -> Floats:
        """World points (..., 3) of pixels (..., 2) at depths (...,) along the view axis, metres."""
        offset = np.asarray(pixels, float) - np.array([self.width / 2.0, self.height / 2.0])
        depth = np.asarray(depth, float)[..., None]
        return self.to_world(np.concatenate([offset / self.px_per_m(depth), depth], axis=-1))

    def ray(self, pixels: ArrayLike) -> tuple[Floats, Floats]:
        """Origin (3,), or without perspective (..., 3), and unit directions (..., 3) of the rays through pixels."""
        direction = self.unproject(pixels, np.ones(np.shape(pixels)[:-1])) - np.asarray(self.position)
        return np.asarray(self.position, float), direction / np.linalg.norm(direction, axis=-1, keepdims=True)

    def horizon_row(self) -> float:
        """Row (px) at which the horizon crosses the middle column; infinite when looking straight up or down."""
        _, down, forward = self.axes
        return self.height / 2.0 - self.focal_px * forward[2] / down[2] if abs(down[2]) > 1e-9 else math.inf

    def view_matrix(self) -> Floats:
        """(4, 4) world to OpenGL eye coordinates (x right, y up, z back), for column vectors."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.axes * np.array([[1.0], [-1.0], [-1.0]])
        matrix[:3, 3] = -matrix[:3, :3] @ np.asarray(self.position)
        return matrix

    def projection_matrix(self, near_m: float, far_m: float) -> Floats:
        """(4, 4) OpenGL perspective projection with the given clip distances, for column vectors."""
        f = 1.0 / math.tan(self.fov_y / 2.0)
        matrix = np.zeros((4, 4))
        matrix[0, 0] = f * self.height / self.width
        matrix[1, 1] = f
        matrix[2, 2] = (far_m + near_m) / (near_m - far_m)
        matrix[2, 3] = 2.0 * far_m * near_m / (near_m - far_m)
        matrix[3, 2] = -1.0
        return matrix

    def with_focal_mm(self, focal_mm: float) -> Self:
        """The camera with another focal length (on a 24 mm high frame). Raises `pydantic.ValidationError` beyond the
        field of view that a camera may have (1 to 170 degrees: 1.05 to 1375 mm)."""
        return self.replace(fov_y=self.fov_of_focal_mm(focal_mm))

    @staticmethod
    def fov_of_focal_mm(focal_mm: float) -> float:
        """Vertical field of view (rad) of a focal length on a 24 mm high frame."""
        return 2.0 * math.atan(SENSOR_HEIGHT_MM / 2.0 / focal_mm)


class FlatCamera(Camera):
    """A camera without perspective (orthographic): `span_m` metres fill the height of its picture, however far away.

    For looking at a scene, never part of one. Its field of view only tells which camera with perspective shows things
    as large (`reach_m`); `position` is where depth begins.
    """

    span_m: Annotated[float, Field(gt=0.0, le=1e6)]

    @property
    def flat(self) -> bool:
        return True

    @property
    def focal_px(self) -> float:
        """Raises TypeError: nothing comes together in a focal point."""
        raise TypeError("a camera without perspective has no focal length; ask for px_per_m")

    @property
    def focal_mm(self) -> float:
        """Raises TypeError."""
        raise TypeError("a camera without perspective has no focal length")

    @property
    def reach_m(self) -> float:
        """From how far away a camera with perspective and this field of view would show a metre as large."""
        return self.span_m / 2.0 / math.tan(self.fov_y / 2.0)

    def px_per_m(self, depth_m: ArrayLike) -> Floats:
        return np.where(np.isnan(np.asarray(depth_m, float)), np.nan, self.height / self.span_m)

    def toward(self, point: ArrayLike) -> Floats:
        return self.axes[2]

    def ray(self, pixels: ArrayLike) -> tuple[Floats, Floats]:
        origin = self.unproject(pixels, np.zeros(np.shape(pixels)[:-1]))
        return origin, np.broadcast_to(self.axes[2], origin.shape)

    def horizon_row(self) -> float:
        """Infinite: parallel rays never reach a horizon."""
        return math.inf

    def projection_matrix(self, near_m: float, far_m: float) -> Floats:
        """(4, 4) OpenGL parallel projection with the given clip distances, for column vectors."""
        scale = 2.0 / self.span_m
        matrix = np.diag([scale * self.height / self.width, scale, 2.0 / (near_m - far_m), 1.0])
        matrix[2, 3] = (far_m + near_m) / (near_m - far_m)
        return matrix


@lru_cache(maxsize=256)  # outside the value: a cached array inside it would break its comparison
def _axes(position: Vec3, target: Vec3, roll: float) -> Floats:
    length = math.dist(target, position)
    fx, fy, fz = ((float(b) - float(a)) / length for a, b in zip(position, target, strict=True))
    level = math.hypot(fx, fy)
    rx, ry = (fy / level, -fx / level) if level >= 1e-6 else (1.0, 0.0)  # straight up or down: keep +X to the right
    right, down = np.array([rx, ry, 0.0]), np.array([-fz * ry, fz * rx, fx * ry - fy * rx])
    c, s = math.cos(roll), math.sin(roll)
    axes = np.stack([c * right - s * down, s * right + c * down, (fx, fy, fz)])
    axes.setflags(write=False)
    return axes
