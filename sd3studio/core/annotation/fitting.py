"""Boxes in space that project exactly onto given boxes of the photo.

Four sides of a photo box fix four numbers of a box in space. A thing that *stands* keeps the height of its base: its
place on that plane, the scale of its footprint and its height follow. Another one keeps its distance: where it is
across the view, its scale and its height follow. A side at the frame of the picture says only that the thing reaches
at least so far.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.boxes import CORNER_SIGNS, Boxes, rotation_matrices
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.picture_boxes import projected_box
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import SceneObject

Floats = NDArray[np.float64]

FRAME_PX = 1.0
"""A side of a photo box this near to the frame is cut by it."""

ROUNDS = 80
EXACT_PX = 0.02
"""The fit ends once no side is off by more."""

THINNER = (1.0, 0.5, 0.2, 0.05)
"""Where no box of these proportions fits, the fit is tried with so much of its depth."""

SQUASHED = math.log(0.3)
"""A box that lost so much of its height against its width shows that its depth does not fit."""

NEAREST_M = 0.1
FARTHEST_M = 2_000.0
SMALLEST_M = 0.005


def fit_to_box(camera: Camera, thing: SceneObject, box: BoxPx, standing: bool) -> SceneObject:
    """The thing moved and scaled so that its projection is `box`; turn and tilt stay.

    Where no such box has its base there it loses the height of its base; where no such box exists at all (sides inside
    out) the nearest one that was found comes back; `misfit_px` tells how near.

    Parameters
    ----------
    box : x0, y0, x1, y1 (px); sides at the frame of the picture are cut there
    standing : whether the height of the base is kept; else the distance is
    """
    x0, x1 = sorted((box[0], box[2]))
    y0, y1 = sorted((box[1], box[3]))
    target = np.array([x0, y0, max(x1, x0 + 1.0), max(y1, y0 + 1.0)])
    tries = []
    for share in THINNER:
        fit = _Fit.of(camera, _thinner(camera, thing, share), target, standing)
        found = min((fit.solved(start) for start in fit.starts()), key=fit.cost)
        squashed = float(found[3] - found[2]) < SQUASHED
        tries.append((fit.cost(found) >= 1.0, squashed, fit.cost(found), *fit.box(found)))
        if tries[-1][:2] == (False, False):
            break
    if standing and all(
        one[0] for one in tries
    ):  # no such box has its base there: then it hangs, at the distance that it had
        fit = _Fit.of(camera, thing, target, False)
        found = min((fit.solved(fit.approached(start)) for start in fit.starts()), key=fit.cost)
        tries.append((fit.cost(found) >= 1.0, False, fit.cost(found), *fit.box(found)))
    *_, center, half = min(tries, key=lambda one: one[:3])
    return thing.replace(center=tuple(center.tolist()), size=tuple((2.0 * half).tolist()))


def _thinner(camera: Camera, thing: SceneObject, share: float) -> SceneObject:
    """The thing with less depth along the line of sight: what stays unseen in a photo gives way first."""
    if share == 1.0:
        return thing
    sight = rotation_matrices(thing.yaw)[0].T @ (np.asarray(thing.center) - camera.position)
    axis = int(abs(sight[1]) > abs(sight[0]))
    size = tuple(side * share if k == axis else side for k, side in enumerate(thing.size))
    return thing.replace(size=size)


def misfit_px(camera: Camera, thing: SceneObject, box: BoxPx) -> float:
    """By how many pixels the farthest side of a thing's projection misses `box`; cut sides may reach farther out."""
    full = projected_box(camera, thing)
    if full is None:
        return math.inf
    return float(np.abs(_off(np.array(full), np.array(box), _cut(camera, np.array(box)))).max())


def ground_point(camera: Camera, pixel: tuple[float, float], z_m: float = 0.0) -> Floats | None:
    """World point (3,) of a pixel on the horizontal plane at height `z_m`; None at or above its horizon."""
    origin, ray = camera.ray(pixel)
    drop = float(z_m - origin[2])
    if abs(ray[2]) < 1e-6 or drop / ray[2] <= 0.0 or drop / ray[2] > FARTHEST_M:
        return None
    return origin + drop / float(ray[2]) * ray


def base_height(thing: SceneObject) -> float:
    """Height (m) of the lowest point of a thing."""
    return thing.center[2] - float(Boxes.of([thing]).world_half()[0, 2])


@dataclass(frozen=True, slots=True)
class _Fit:
    """Parameters (..., 4): two shares of the distance by which the thing moves, log of the scales across and up."""

    camera: Camera
    target: Floats
    cut: NDArray[np.bool_]
    standing: bool
    half: Floats
    rotation: Floats
    base: Floats
    steps: Floats
    """(2, 3) metres that a parameter of 1 moves the base point, per axis."""

    @classmethod
    def of(cls, camera: Camera, thing: SceneObject, target: Floats, standing: bool) -> "_Fit":
        half = np.asarray(thing.size, float) / 2.0
        rotation = rotation_matrices(thing.yaw, thing.pitch, thing.roll)[0]
        base = np.array([*thing.center[:2], base_height(thing)])
        reach = max(float(np.linalg.norm(base - camera.position)), 0.5)
        axes = camera.axes[:2]
        if standing:
            level = camera.axes[2] * (1.0, 1.0, 0.0)
            level = level / np.linalg.norm(level) if np.linalg.norm(level) > 1e-6 else np.array([0.0, 1.0, 0.0])
            axes = np.stack([[level[1], -level[0], 0.0], level])
        return cls(camera, target, _cut(camera, target), standing, half, rotation, base, reach * axes)

    def box(self, params: Floats) -> tuple[Floats, Floats]:
        """Centres and half sizes (..., 3)."""
        across, up = np.exp(params[..., 2:3]), np.exp(params[..., 3:4])
        half = np.maximum(self.half * np.concatenate([across, across, up], axis=-1), SMALLEST_M / 2.0)
        rise = (np.abs(self.rotation[2]) * half).sum(axis=-1)
        center = self.base + params[..., :2] @ self.steps
        return center + rise[..., None] * np.array([0.0, 0.0, 1.0]), half

    def sides(self, params: Floats) -> Floats:
        """(..., 4) sides of the projection, px; NaN where a part is behind the camera."""
        center, half = self.box(params)
        corners = (CORNER_SIGNS * half[..., None, :]) @ self.rotation.T + center[..., None, :]
        local = self.camera.to_camera(corners)
        depth = np.where(local[..., 2:] > NEAREST_M / 2.0, local[..., 2:], np.nan)
        middle = np.array([self.camera.width, self.camera.height]) / 2.0
        pixels = self.camera.focal_px * local[..., :2] / depth + middle
        return np.concatenate([pixels.min(axis=-2), pixels.max(axis=-2)], axis=-1)

    def off(self, params: Floats) -> Floats:
        """(..., 4) by how much each side is off, px."""
        return _off(self.sides(params), self.target, self.cut)

    def cost(self, params: Floats) -> float:
        """Sum of squares (px²), infinite behind the camera."""
        value = float((self.off(params) ** 2).sum())
        return value if math.isfinite(value) else math.inf

    def starts(self) -> list[Floats]:
        """Where the fit starts: at the thing itself, and at a place and size read from the photo box."""
        here = np.zeros(4)
        middle = (self.target[:2] + self.target[2:]) / 2.0
        if self.standing:
            point = ground_point(self.camera, (float(middle[0]), float(self.target[3])), float(self.base[2]))
        else:
            depth = max(float(self.camera.to_camera(self.base)[2]), NEAREST_M)
            point = self.camera.unproject([middle[0], self.target[3]], depth)
        if point is None:
            return [here]
        moved = self.steps @ (point - self.base) / (self.steps**2).sum(axis=1)
        depth = max(float(self.camera.to_camera(point)[2]), NEAREST_M)
        extent = np.maximum(self.target[2:] - self.target[:2], 1.0) * depth / self.camera.focal_px
        across = extent[0] / max(2.0 * float(np.abs(self.rotation @ self.half)[:2].max()), 1e-3)
        up = extent[1] / max(2.0 * float((np.abs(self.rotation[2]) * self.half).sum()), 1e-3)
        there = np.array([*moved, math.log(max(across, 1e-3)), math.log(max(up, 1e-3))])
        behind = there + np.append(self.steps @ self._away() / (self.steps**2).sum(axis=1), [0.0, 0.0])
        return [here, there, behind] if math.isfinite(self.cost(here)) else [there, behind]

    def _away(self) -> Floats:
        """Half a footprint away from the camera: the base point is behind the edge that is seen."""
        sight = (self.base - self.camera.position) * (1.0, 1.0, 0.0)
        return sight / max(float(np.linalg.norm(sight)), 1e-6) * float(self.half[:2].max())

    def approached(self, params: Floats) -> Floats:
        """Parameters (4,) after steps that treat the sides one by one: past corners that take turns as the outmost."""
        for _ in range(ROUNDS):
            center, _ = self.box(params)
            depth = float(self.camera.to_camera(center)[2])
            off = self.off(params)
            if depth < NEAREST_M or not np.isfinite(off).all():
                break
            per_px = depth / self.camera.focal_px / np.linalg.norm(self.steps, axis=1)
            shift = -(off[:2] + off[2:]) / 2.0 * per_px
            extent = self.target[2:] - self.target[:2]
            scale = np.log(extent / np.maximum(extent + off[2:] - off[:2], 1.0))
            params = params + 0.7 * np.concatenate([shift, np.clip(scale, -0.5, 0.5)])
        return params

    def solved(self, params: Floats) -> Floats:
        """Damped Gauss-Newton (Levenberg 1944) with numeric derivatives."""
        damping, cost = 1e-3, self.cost(params)
        if not math.isfinite(cost):
            return params
        for _ in range(ROUNDS):
            rows = self.off(np.concatenate([params[None], params + 1e-5 * np.eye(4)]))
            now, jacobian = rows[0], ((rows[1:] - rows[0]) / 1e-5).T
            if np.abs(now).max() < EXACT_PX or not np.isfinite(jacobian).all():
                break
            normal = jacobian.T @ jacobian
            scale = np.diag(normal) + 1e-6 * np.trace(normal) + 1e-9
            step = np.linalg.solve(normal + damping * np.diag(scale), -jacobian.T @ now)
            tried = params + np.clip(step, -0.4, 0.4)
            there = self.cost(tried)
            if there < cost:
                params, cost, damping = tried, there, max(damping * 0.25, 1e-9)
            else:
                damping *= 6.0
                if damping > 1e9:
                    break
        return params


def _cut(camera: Camera, box: Floats) -> NDArray[np.bool_]:
    """(4,) which sides of a box lie at or beyond the frame of the picture."""
    return np.concatenate([box[:2] <= FRAME_PX, box[2:] >= np.array([camera.width, camera.height]) - FRAME_PX])


def _off(sides: Floats, target: Floats, cut: NDArray[np.bool_]) -> Floats:
    """(..., 4) by how much sides miss those of a target; a cut side may reach farther out."""
    off = sides - target
    outward = off * np.array([-1.0, -1.0, 1.0, 1.0]) > 0.0
    return np.where(cut & outward, 0.0, off)
