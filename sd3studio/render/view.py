"""What one frame sees: clip distances, matrices, which instances are in view and how finely each is drawn."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.camera import Camera, FlatCamera
from sd3studio.render.instances import InstanceTable
from sd3studio.render.levels import ERROR_OF_LEVEL

Floats = NDArray[np.float64]
LEVELS = len(ERROR_OF_LEVEL)
LEAST_NEAR_M = 0.02


@dataclass(frozen=True)
class View:
    """A camera, the size it is drawn at and its clip distances, metres.

    The field of view is vertical: a wider target shows more to the sides. `flipped` turns the picture upside down, so
    that the first row that OpenGL reads back is the top row.
    """

    camera: Camera
    width: int
    height: int
    near_m: float
    far_m: float
    flipped: bool = False

    @cached_property
    def sized(self) -> Camera:
        """The camera with this target's size."""
        same = (self.camera.width, self.camera.height) == (self.width, self.height)
        return self.camera if same else self.camera.replace(width=self.width, height=self.height)

    @cached_property
    def scale_px(self) -> float:
        """Pixels of the target that a metre has at a depth of 1 m; without perspective, anywhere."""
        return float(self.sized.px_per_m(1.0))

    @property
    def flat_reach_m(self) -> float:
        """0 with perspective; else from where a camera with it would show a metre as large."""
        return self.camera.reach_m if isinstance(self.camera, FlatCamera) else 0.0

    @property
    def flat_depth(self) -> tuple[float, float]:
        """Depth (m) at the near end of the clip space and how much it grows to the far end, for flat cameras."""
        return self.near_m, self.far_m - self.near_m

    @cached_property
    def clip_from_world(self) -> Floats:
        """(4, 4) for column vectors."""
        projection = self.sized.projection_matrix(self.near_m, self.far_m)
        if self.flipped:
            projection[1] *= -1.0
        return projection @ self.sized.view_matrix()

    @cached_property
    def eye_from_world(self) -> Floats:
        """(3, 3) rotation to x right, y up, z towards the viewer."""
        return self.sized.view_matrix()[:3, :3]

    @property
    def eye(self) -> Floats:
        """(3,) position of the camera."""
        return np.array(self.camera.position, float)

    @property
    def ray_of_pixel(self) -> tuple[float, float, float, float]:
        """Eye ray at depth 1 of a pixel centre (x, y): ``(x * a + c, y * b + d, -1)``; without perspective its foot."""
        f, sign = self.scale_px, -1.0 if self.flipped else 1.0
        return 1.0 / f, sign / f, -self.width / 2.0 / f, -sign * self.height / 2.0 / f

    @property
    def depth_curve(self) -> tuple[float, float, float]:
        """a, b, c of window depth ``a + b / depth + c * depth``, as the projection has it."""
        n, f = self.near_m, self.far_m
        return (-n / (f - n), 0.0, 1.0 / (f - n)) if self.camera.flat else (f / (f - n), -f * n / (f - n), 0.0)


@dataclass(frozen=True, slots=True)
class Visible:
    """Rows (K,) in drawing order, and the batches (B,) that they fall in: consecutive rows of a level of a mesh.

    Parameters
    ----------
    mesh, level : what the rows of a batch show
    first, count : where they are in `order`
    """

    order: NDArray[np.intp]
    mesh: NDArray[np.intp]
    level: NDArray[np.intp]
    first: NDArray[np.intp]
    count: NDArray[np.intp]


def clip_distances(table: InstanceTable, camera: Camera, ground: float = 0.0) -> tuple[float, float]:
    """Near and far (m) that enclose what is in front of the camera; `ground` is the reach of the default floor (m)."""
    position, forward = np.array(camera.position), camera.axes[2]
    far, near = 10.0, LEAST_NEAR_M
    shown = ~table.hidden
    if shown.any():
        depth = (table.centers[shown] - position) @ forward
        reach = np.minimum(table.half_diagonals[shown], 1e6)
        far = float((depth + reach).max())
        ahead = depth + reach > 0
        near = float((depth - reach)[ahead].min(initial=far))
    if camera.flat:
        middle = float((np.array(camera.target) - position) @ forward)
        far, near = max(far, middle + ground), min(near, middle - ground)
        return max(near - 0.1, LEAST_NEAR_M), far + 0.1  # depth is as fine everywhere: nothing has to be near
    if ground:
        far = max(far, ground)
        near = min(near, abs(position[2]) * 0.4)
    far = max(far * 1.02, 0.1)
    # float depth keeps about seven digits: more than a factor of 50,000 between the two wastes them
    return float(np.clip(near * 0.95, max(LEAST_NEAR_M, far / 50_000.0), far * 0.5)), far


def visible_instances(
    table: InstanceTable, view: View, error_px: float, least_px: float, ghosts: bool = False
) -> Visible:
    """Cull by the frustum and choose levels.

    Parameters
    ----------
    error_px : how far, in pixels, a simplified form may deviate
    least_px : things smaller than this (diagonal, px) are left out
    ghosts : whether hidden objects are drawn too
    """
    if not len(table):
        return Visible(*(np.zeros(0, np.intp) for _ in range(5)))
    local = (table.centers - view.eye) @ view.sized.axes.T
    depth, radius = local[:, 2], table.half_diagonals
    half_x, half_y = view.width / 2.0 / view.scale_px, view.height / 2.0 / view.scale_px
    inside = (depth + radius > view.near_m) & (depth - radius < view.far_m)
    if view.camera.flat:
        inside &= (np.abs(local[:, :2]) - (half_x, half_y) < radius[:, None]).all(axis=1)
    else:
        inside &= np.abs(local[:, 0]) - half_x * depth < radius * np.hypot(1.0, half_x)
        inside &= np.abs(local[:, 1]) - half_y * depth < radius * np.hypot(1.0, half_y)
    size_px = 2.0 * radius * view.sized.px_per_m(np.maximum(depth - radius, view.near_m))
    inside &= size_px >= least_px
    if not ghosts:
        inside &= ~table.hidden
    return _batched(table.mesh_of, levels_for(size_px, error_px), np.flatnonzero(inside))


def levels_for(size_px: NDArray[np.floating], error_px: float) -> NDArray[np.intp]:
    """Coarsest level of things of this size (px) that deviates by at most `error_px`."""
    return (np.multiply.outer(size_px, np.array(ERROR_OF_LEVEL[1:])) <= error_px).sum(axis=-1)


def all_instances(table: InstanceTable, level: NDArray[np.intp], chosen: NDArray[np.bool_]) -> Visible:
    """The chosen rows at given levels (N,), without culling."""
    return _batched(table.mesh_of, level, np.flatnonzero(chosen))


def _batched(mesh_of: NDArray[np.int32], level: NDArray[np.intp], rows: NDArray[np.intp]) -> Visible:
    key = mesh_of[rows] * LEVELS + level[rows]
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, np.intp)
    return Visible(rows[order], key[first] // LEVELS, key[first] % LEVELS, first, np.diff(np.r_[first, len(key)]))
