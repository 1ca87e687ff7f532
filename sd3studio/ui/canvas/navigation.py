"""Camera control without Qt: an orbit about a point, and the scene's own camera fitted into the view."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from sd3studio.core.scene.camera import Camera, FlatCamera

FRAME_SHARE = 0.94
"""Share of the view that the frame of the output picture may fill."""
FRAMED_SHARE = 0.82
"""Share of the view that what is brought into sight may fill."""
LEAST_FRAMED_M = 0.08
"""Smaller things (half their size) are not looked at from nearer than one of these."""
USUAL_FOV = math.radians(40.0)
TELE_FOV = math.radians(1.0)
"""Field of view of a scene's camera that shows what a flat view shows: pictures are taken with perspective."""
FLAT_BACK_M = 1_000.0
"""How far behind its target a flat view begins, at least: nothing of a scene is cut off at the front."""


@dataclass(frozen=True, slots=True)
class Orbit:
    """A free view: looks at `target` (m, world) from `distance_m`; azimuth 0 looks along +Y, elevation is downwards.

    A `flat` one has no perspective; what is as far away as the target looks as large as with it. With `until_turned`
    the perspective comes back as soon as the view is turned.
    """

    target: tuple[float, float, float] = (0.0, 0.0, 0.5)
    distance_m: float = 7.0
    azimuth_rad: float = 0.0
    elevation_rad: float = 0.3
    fov_y: float = USUAL_FOV
    flat: bool = False
    until_turned: bool = False

    @classmethod
    def of_camera(cls, camera: Camera) -> Self:
        """The orbit that looks as this camera does (without its roll)."""
        dx, dy, dz = np.subtract(camera.target, camera.position)
        distance = math.sqrt(dx * dx + dy * dy + dz * dz)
        azimuth = math.atan2(-dx, dy) if math.hypot(dx, dy) > 1e-6 * distance else 0.0  # as `Camera.axes` has it
        return cls(camera.target, distance, azimuth, math.asin(max(-1.0, min(1.0, -dz / distance))), camera.fov_y)

    @property
    def forward(self) -> np.ndarray:
        """(3,) unit view direction in the world frame."""
        c = math.cos(self.elevation_rad)
        return np.array(
            [-math.sin(self.azimuth_rad) * c, math.cos(self.azimuth_rad) * c, -math.sin(self.elevation_rad)]
        )

    def flattened(self, flat: bool = True) -> Self:
        """The same view without perspective, or with it."""
        return replace(self, flat=flat, until_turned=False)

    def looking_from(self, name: str) -> Self:
        """A standard view: squarely from a side, without perspective until it is turned; from a corner with it."""
        lent = name != "corner" and (self.until_turned or not self.flat)
        flat = name != "corner" or (self.flat and not self.until_turned)
        return replace(self.looking(*STANDARD_VIEWS[name]), flat=flat, until_turned=lent)

    @property
    def side(self) -> str | None:
        """Name of the standard view that this is, if it is one."""
        here = np.array([self.azimuth_rad, self.elevation_rad])
        off = {name: float(np.abs(np.subtract(angles, here)).max()) for name, angles in STANDARD_VIEWS.items()}
        name = min(off, key=lambda key: off[key])
        return name if off[name] < 1e-6 else None

    def with_perspective(self) -> Self:
        """What comes nearest to this view with perspective: itself, or one from far away through a long lens."""
        if not self.flat:
            return self
        distance = self.distance_m * math.tan(self.fov_y / 2.0) / math.tan(TELE_FOV / 2.0)
        return replace(self, fov_y=TELE_FOV, distance_m=distance, flat=False)

    @property
    def back_m(self) -> float:
        """How far from the target its camera stands."""
        return max(FLAT_BACK_M, 2.0 * self.distance_m) if self.flat else self.distance_m

    def camera(self, width_px: int, height_px: int) -> Camera:
        """This view as a camera with a picture of this size."""
        return _camera_of(self, max(width_px, 1), max(height_px, 1))

    def turned(self, dx_px: float, dy_px: float, speed_rad: float = 0.008) -> Self:
        """Turned by a mouse movement; the view never goes over the top."""
        limit = math.radians(89.0)
        elevation = max(-limit, min(limit, self.elevation_rad + dy_px * speed_rad))
        azimuth = math.remainder(self.azimuth_rad - dx_px * speed_rad, math.tau)
        flat = self.flat and not self.until_turned
        return replace(self, azimuth_rad=azimuth, elevation_rad=elevation, flat=flat, until_turned=False)

    def panned(self, dx_px: float, dy_px: float, height_px: int) -> Self:
        """Shifted so that the target follows the mouse."""
        per_px = 2.0 * self.distance_m * math.tan(self.fov_y / 2.0) / max(height_px, 1)
        right = np.array([math.cos(self.azimuth_rad), math.sin(self.azimuth_rad), 0.0])
        up = np.cross(right, self.forward)
        target = np.asarray(self.target) - right * dx_px * per_px + up * dy_px * per_px
        return replace(self, target=tuple(np.clip(target, -5e4, 5e4)))

    def zoomed(self, factor: float, towards: ArrayLike | None = None) -> Self:
        """Nearer (`factor` below 1) or farther; keeps the world point `towards` under the cursor."""
        distance = max(0.05, min(2e4, self.distance_m * factor))
        factor = distance / self.distance_m
        if towards is None:
            return replace(self, distance_m=distance)
        point = np.asarray(towards, float)
        target = point + (np.asarray(self.target) - point) * factor
        return replace(self, distance_m=distance, target=tuple(np.clip(target, -5e4, 5e4)))

    def framing(self, low: ArrayLike, high: ArrayLike, aspect: float = 1.5) -> Self:
        """The same direction, near enough that the box from `low` to `high` (m) just fits."""
        low, high = np.asarray(low, float), np.asarray(high, float)
        middle, half = (low + high) / 2.0, np.maximum((high - low) / 2.0, LEAST_FRAMED_M)
        right = np.array([math.cos(self.azimuth_rad), math.sin(self.azimuth_rad), 0.0])
        off = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * half
        tan_y = math.tan(self.fov_y / 2.0) * FRAMED_SHARE
        reach = np.maximum(np.abs(off @ np.cross(right, self.forward)), np.abs(off @ right) / aspect) / tan_y
        distance_m = float((reach - (0.0 if self.flat else off @ self.forward)).max())
        return replace(self, target=tuple(middle.tolist()), distance_m=distance_m)

    def looking(self, azimuth_rad: float, elevation_rad: float) -> Self:
        """The same target from another side."""
        return replace(self, azimuth_rad=azimuth_rad, elevation_rad=elevation_rad)


@lru_cache(maxsize=32)  # a frame asks for it several times
def _camera_of(orbit: Orbit, width_px: int, height_px: int) -> Camera:
    position = tuple((np.asarray(orbit.target) - orbit.back_m * orbit.forward).tolist())
    looks = {"position": position, "target": orbit.target, "fov_y": orbit.fov_y}
    if not orbit.flat:
        return Camera(width=width_px, height=height_px, **looks)
    span_m = 2.0 * orbit.distance_m * math.tan(orbit.fov_y / 2.0)
    return FlatCamera(width=width_px, height=height_px, span_m=span_m, **looks)


STANDARD_VIEWS: dict[str, tuple[float, float]] = {
    "front": (0.0, 0.0),
    "right": (math.pi / 2, 0.0),
    "back": (math.pi, 0.0),
    "left": (-math.pi / 2, 0.0),
    "top": (0.0, math.pi / 2),
    "below": (0.0, -math.pi / 2),
    "corner": (math.radians(35.0), math.radians(25.0)),
}
"""Azimuth and elevation (rad) of the view keys."""


@dataclass(frozen=True, slots=True)
class FittedCamera:
    """The scene's camera shown in a view of another shape.

    `camera` fills the view; the picture that the scene's camera takes is the part inside `frame_px` (x0, y0, x1, y1).
    """

    camera: Camera
    frame_px: tuple[float, float, float, float]


def fitted(camera: Camera, width_px: int, height_px: int) -> FittedCamera:
    """Widen `camera` to a view of this size so that its whole picture is seen."""
    width_px, height_px = max(width_px, 1), max(height_px, 1)
    scale = FRAME_SHARE * min(width_px / camera.width, height_px / camera.height)
    fov = 2.0 * math.atan(height_px / 2.0 / (camera.focal_px * scale))
    wide = camera.replace(width=width_px, height=height_px, fov_y=min(fov, math.radians(170.0)))
    half_w, half_h = camera.width * scale / 2.0, camera.height * scale / 2.0
    cx, cy = width_px / 2.0, height_px / 2.0
    return FittedCamera(wide, (cx - half_w, cy - half_h, cx + half_w, cy + half_h))
