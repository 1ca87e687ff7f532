"""From distances to oriented boxes: the sizes and places under which each box in 3D projects onto its box in the photo.

All things at once, by a damped Gauss-Newton fit. The sides of the photo box, the distance, the size prior and the
ground pull with the strength of how sure each of them is; sides that the frame cuts or that are hidden don't pull.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.boxes import CORNER_SIGNS
from sd3studio.core.scene.camera import Camera
from sd3studio.ml.parsing.distance import Distances
from sd3studio.ml.parsing.evidence import Evidence
from sd3studio.ml.parsing.shapes import Views

Floats = NDArray[np.float64]

ROUNDS = 12
SIDE_NOISE = 0.012
"""Deviation of a photo box's side, as a share of the box: small, so that the box in 3D lands on it."""

SIZE_LIMIT = 2.5
"""No side of a box leaves its prior by more than so many spreads."""

UNSEEN = 0.002
"""How much a hidden side pulls, against a visible one: just enough to keep the fit well-posed."""

MISFIT = 0.2
"""A grounded thing whose projection misses its photo box by more (share of the box) is taken off the ground."""

FARTHEST_MOVE = 0.9
"""The fit moves no thing nearer or farther by more than this (logarithm of the distance)."""

ON_GROUND = 0.5
"""From this probability on, a thing stands on the ground."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Boxes in the world frame: centre (N, 3), size (N, 3), yaw (N,), and whether each base is on the ground (N,)."""

    center: Floats
    size: Floats
    yaw: Floats
    grounded: NDArray[np.bool_]


def place(evidence: Evidence, views: Views, distances: Distances, camera: Camera) -> Placed:
    """Boxes whose projections fit the photo boxes at (about) these distances."""
    count = len(evidence)
    index = np.arange(count)
    size = views.size[index, distances.view]
    spread = views.spread[index, distances.view]
    turn = views.turn[index, distances.view]
    middle = (evidence.boxes_px[:, :2] + evidence.boxes_px[:, 2:]) / 2.0
    start = camera.unproject(middle, distances.depth_m)
    bearing = np.arctan2(start[:, 0] - camera.position[0], start[:, 1] - camera.position[1])
    yaw = -bearing + turn  # facing the camera, then turned
    grounded = (distances.on_ground > ON_GROUND) & ~evidence.rests
    problem = _Problem.of(evidence, distances, camera, size, spread, yaw, grounded)
    params = problem.solved(problem.start(start, size))
    off = grounded & problem.seen[:, 3] & (problem.misfit(params) > MISFIT)
    if off.any():  # its box and the ground contradict each other: the box is what was seen
        grounded &= ~off
        problem = _Problem.of(evidence, distances, camera, size, spread, yaw, grounded)
        params = np.where(off[:, None], problem.solved(problem.start(start, size)), params)
    center, size = problem.boxes(params)
    return Placed(center, size, yaw, grounded)


@dataclass(frozen=True, slots=True)
class _Problem:
    """Parameters (N, 6): log distance on the ground, bearing (rad), base height (m), log width, depth, height."""

    camera: Camera
    fill: Floats
    yaw: Floats
    sides: Floats
    seen: NDArray[np.bool_]
    side_weight: Floats
    log_depth: Floats
    depth_weight: Floats
    log_size: Floats
    size_weight: Floats
    limit: Floats
    base_weight: Floats
    sink_weight: Floats

    @classmethod
    def of(
        cls,
        evidence: Evidence,
        distances: Distances,
        camera: Camera,
        size: Floats,
        spread: Floats,
        yaw: Floats,
        grounded: NDArray[np.bool_],
    ) -> "_Problem":
        boxes = evidence.boxes_px
        extent = np.tile(boxes[:, 2:] - boxes[:, :2], (1, 2))
        weight = 1.0 / (SIDE_NOISE * extent + 0.5)
        tight = 1.0 / (0.01 * distances.depth_m + 0.01)
        unseen = evidence.cut.copy()
        unseen[:, 3] |= evidence.hidden_feet
        return cls(
            camera=camera,
            fill=evidence.fill,
            yaw=yaw,
            sides=boxes,
            seen=~unseen,
            side_weight=np.where(unseen, UNSEEN * weight, weight),
            log_depth=np.log(distances.depth_m),
            depth_weight=1.0 / np.clip(distances.spread, 0.03, 0.15),
            log_size=np.log(size),
            size_weight=1.0 / spread,
            limit=SIZE_LIMIT * spread,
            base_weight=np.where(grounded, tight, 0.0),
            sink_weight=np.where(grounded, tight, 0.3 * tight),  # nothing stands below the ground
        )

    def start(self, center: Floats, size: Floats) -> Floats:
        offset = center - np.asarray(self.camera.position)
        ground = np.maximum(np.hypot(offset[:, 0], offset[:, 1]), 0.05)
        base = np.where(self.base_weight > 0, 0.0, center[:, 2] - size[:, 2] / 2.0)
        return np.column_stack([np.log(ground), np.arctan2(offset[:, 0], offset[:, 1]), base, np.log(size)])

    def boxes(self, params: Floats) -> tuple[Floats, Floats]:
        """Centres and sizes (..., N, 3) of parameters (..., N, 6)."""
        ground, size = np.exp(params[..., 0]), np.exp(params[..., 3:])
        center = np.stack(
            [
                self.camera.position[0] + ground * np.sin(params[..., 1]),
                self.camera.position[1] + ground * np.cos(params[..., 1]),
                params[..., 2] + size[..., 2] / 2.0,
            ],
            axis=-1,
        )
        return center, size

    def residuals(self, params: Floats) -> Floats:
        """(..., N, 9) weighted residuals: four sides, depth, three sizes, base."""
        center, size = self.boxes(params)
        local = CORNER_SIGNS * (size / 2.0)[..., None, :]
        c, s = np.cos(self.yaw)[:, None], np.sin(self.yaw)[:, None]
        corners = np.stack(
            [c * local[..., 0] - s * local[..., 1], s * local[..., 0] + c * local[..., 1], local[..., 2]], axis=-1
        )
        # what is seen does not reach into the near and far corners: pull them in along the line of sight
        sight = np.stack([np.sin(params[..., 1]), np.cos(params[..., 1]), np.zeros_like(params[..., 1])], axis=-1)
        depth = np.einsum("...ij,...j->...i", corners, sight)
        corners = corners - (depth * (1.0 - self.fill[:, None]))[..., None] * sight[..., None, :]
        seen = self.camera.to_camera(corners + center[..., None, :])
        axis_depth = self.camera.to_camera(center)[..., 2]
        near = np.maximum(seen[..., 2], np.maximum(0.15 * axis_depth, 0.02)[..., None])
        half = np.array([self.camera.width, self.camera.height]) / 2.0
        pixels = self.camera.focal_px * seen[..., :2] / near[..., None] + half
        outline = np.concatenate([pixels.min(axis=-2), pixels.max(axis=-2)], axis=-1)
        return np.concatenate(
            [
                (outline - self.sides) * self.side_weight,
                ((np.log(np.maximum(axis_depth, 0.02)) - self.log_depth) * self.depth_weight)[..., None],
                (params[..., 3:] - self.log_size) * self.size_weight,
                (params[..., 2] * np.where(params[..., 2] < 0, self.sink_weight, self.base_weight))[..., None],
            ],
            axis=-1,
        )

    def solved(self, params: Floats) -> Floats:
        """Parameters (N, 6) after all rounds of the fit."""
        start = params[:, 0]
        for _ in range(ROUNDS):
            params = self.improved(params, start)
        return params

    def misfit(self, params: Floats) -> Floats:
        """(N,) how far the projection's visible sides lie from those of the photo box, as a share of its size."""
        extent = np.maximum(np.tile(self.sides[:, 2:] - self.sides[:, :2], (1, 2)), 4.0)
        off = np.abs(self.residuals(params)[:, :4] / self.side_weight) / extent
        return np.where(self.seen, off, 0.0).max(axis=1)

    def improved(self, params: Floats, start: Floats) -> Floats:
        """One damped Gauss-Newton step with numeric derivatives; steps that make a thing worse are halved once."""
        delta = 1e-4
        shifted = params + delta * np.eye(6)[:, None, :]  # (6, N, 6)
        all_residuals = self.residuals(np.concatenate([params[None], shifted]))
        now = all_residuals[0]
        jacobian = np.moveaxis((all_residuals[1:] - now) / delta, 0, -1)  # (N, 9, 6)
        normal = np.einsum("nri,nrj->nij", jacobian, jacobian)
        damping = 1e-3 * np.einsum("nii->ni", normal) + 1e-6
        step = np.linalg.solve(
            normal + damping[:, :, None] * np.eye(6), -np.einsum("nri,nr->ni", jacobian, now)[..., None]
        )[..., 0]
        step = np.clip(step, -0.5, 0.5)
        tries = np.stack([self._bounded(params + factor * step, start) for factor in (1.0, 0.4, 0.1, 0.0)])
        cost = (self.residuals(tries) ** 2).sum(axis=-1)
        return tries[cost.argmin(axis=0), np.arange(len(params))]

    def _bounded(self, params: Floats, start: Floats) -> Floats:
        """Parameters with sizes near their priors and distances near `start`, those that were estimated."""
        sizes = np.clip(params[:, 3:], self.log_size - self.limit, self.log_size + self.limit)
        ground = np.clip(params[:, 0], start - FARTHEST_MOVE, start + FARTHEST_MOVE)
        return np.concatenate([ground[:, None], params[:, 1:3], sizes], axis=1)


def camera_of(
    height_m: float, pitch_rad: float, roll_rad: float, focal_px: float, width_px: int, height_px: int
) -> Camera:
    """A camera above the world's origin that looks along +Y and `pitch_rad` down."""
    return Camera(
        position=(0.0, 0.0, height_m),
        target=(0.0, 10.0 * math.cos(pitch_rad), height_m - 10.0 * math.sin(pitch_rad)),
        fov_y=2.0 * math.atan(height_px / 2.0 / focal_px),
        width=width_px,
        height=height_px,
        roll=roll_rad,
    )
