"""The measure tool: distances, angles and clearances between points and objects of a scene."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sd3studio.core.scene.boxes import Boxes, facing_of
from sd3studio.core.scene.value import Vec3
from sd3studio.core.scene.values import SceneObject

Floats = NDArray[np.float64]

PROJECTIONS = 400
"""Rounds of alternating projections for tilted boxes; upright ones are exact."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """The shortest way between two boxes.

    Parameters
    ----------
    gap_m : its length; 0 if they touch or overlap
    start, end : its ends, on the first and on the second box (m, world)
    apart_m : gaps of the upright boxes around them along X, Y, Z; negative is an overlap
    """

    gap_m: float
    start: Vec3
    end: Vec3
    apart_m: Vec3


@dataclass(frozen=True, slots=True)
class Measurement:
    """A distance between two points (m, world), and the gap of the boxes of the two objects that they are on.

    `first` and `second` are the labels of what the points are on; empty for the ground or nothing.
    """

    start: Vec3
    end: Vec3
    first: str = ""
    second: str = ""
    gap: Clearance | None = None

    @property
    def distance_m(self) -> float:
        return distance_m(self.start, self.end)

    @property
    def by_m(self) -> Vec3:
        """The way from start to end along X, Y, Z."""
        return _point(np.subtract(self.end, self.start))

    @property
    def sentence(self) -> str:
        """All numbers in one line."""
        x, y, z = self.by_m
        said = f"{self.distance_m:.3f} m   x {x:+.2f}  y {y:+.2f}  z {z:+.2f}"
        if self.gap is None:
            return said
        return f"{said}   {f'gap {self.gap.gap_m:.3f} m' if self.gap.gap_m > 0.0 else 'touching'}"


def measured(
    start: Vec3, end: Vec3, first: SceneObject | None = None, second: SceneObject | None = None
) -> Measurement:
    """The measurement between two points, each perhaps on an object."""
    apart = first is not None and second is not None and first.id != second.id
    gap = clearance(first, second) if apart and first is not None and second is not None else None
    return Measurement(start, end, first.label if first else "", second.label if second else "", gap)


def between(first: SceneObject, second: SceneObject) -> Measurement:
    """The measurement between the middles of two objects, with the gap between their boxes."""
    return measured(first.center, second.center, first, second)


def distance_m(first: ArrayLike, second: ArrayLike) -> float:
    """Distance of two points (3,), metres."""
    return float(np.linalg.norm(np.subtract(second, first)))


def angle_rad(corner: ArrayLike, first: ArrayLike, second: ArrayLike) -> float:
    """Angle in [0, pi] at `corner` between two points (3,); 0 if one of them is the corner itself."""
    one, other = np.subtract(first, corner).astype(float), np.subtract(second, corner).astype(float)
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.arctan2(np.linalg.norm(np.cross(one, other)), one @ other)) if lengths > 1e-12 else 0.0


def turn_between_rad(first: SceneObject, second: SceneObject) -> float:
    """Angle in [0, pi] between the directions in which two objects look."""
    ahead, other = facing_of([first.yaw, second.yaw])
    return float(np.arccos(np.clip(ahead @ other, -1.0, 1.0)))


def clearance(first: SceneObject, second: SceneObject) -> Clearance:
    """The shortest way between the boxes of two objects.

    Exact for upright boxes. Tilted ones by alternating projections (von Neumann; Cheney and Goldstein 1959), which
    come from above to the true distance.
    """
    boxes = Boxes.of([first, second])
    low, high = boxes.bounds()
    apart = np.maximum(low[1] - high[0], low[0] - high[1])
    if any(abs(angle) > 1e-9 for thing in (first, second) for angle in (thing.pitch, thing.roll)):
        start, end = _by_projections(boxes)
    else:
        start, end = _upright(boxes)
    gap = float(np.linalg.norm(end - start))
    return Clearance(0.0 if gap < 1e-9 else gap, _point(start), _point(end), _point(apart))


def _point(values: Floats) -> Vec3:
    x, y, z = (float(value) for value in values)
    return x, y, z


def nearest_in(boxes: Boxes, row: int, point: Floats) -> Floats:
    """The point (3,) of a box that is nearest to a point (3,)."""
    local = (point - boxes.center[row]) @ boxes.rotation[row]
    inside = np.clip(local, -boxes.half[row], boxes.half[row])
    return boxes.center[row] + boxes.rotation[row] @ inside


def _by_projections(boxes: Boxes) -> tuple[Floats, Floats]:
    start = boxes.center[0]
    end = nearest_in(boxes, 1, start)
    for _ in range(PROJECTIONS):
        start = nearest_in(boxes, 0, end)
        moved = nearest_in(boxes, 1, start)
        if float(np.abs(moved - end).max()) < 1e-10:
            break
        end = moved
    return start, end


def _upright(boxes: Boxes) -> tuple[Floats, Floats]:
    """Ends of the shortest way between upright boxes: in the plane, and in height."""
    one, other = (boxes.corners()[row, :4, :2][[0, 1, 3, 2]] for row in (0, 1))
    start, end = _between_polygons(one, other)
    heights = [(boxes.center[row, 2] - boxes.half[row, 2], boxes.center[row, 2] + boxes.half[row, 2]) for row in (0, 1)]
    if heights[0][1] < heights[1][0]:
        z = heights[0][1], heights[1][0]
    elif heights[1][1] < heights[0][0]:
        z = heights[0][0], heights[1][1]
    else:
        common = (max(heights[0][0], heights[1][0]) + min(heights[0][1], heights[1][1])) / 2.0
        z = common, common
    return np.array([*start, z[0]]), np.array([*end, z[1]])


def _between_polygons(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Nearest points of two convex polygons (4, 2), counter-clockwise; a common point if they overlap."""
    common = _common_point(one, other)
    if common is not None:
        return common, common
    best = (math.inf, one[0], other[0])
    for corners, edges, swapped in ((one, other, False), (other, one, True)):
        starts, ends = edges, np.roll(edges, -1, axis=0)
        along = ends - starts
        share = ((corners[:, None, :] - starts[None]) * along[None]).sum(axis=2) / (along**2).sum(axis=1)
        feet = starts[None] + np.clip(share, 0.0, 1.0)[..., None] * along[None]
        gaps = np.linalg.norm(corners[:, None, :] - feet, axis=2)
        i, j = np.unravel_index(int(gaps.argmin()), gaps.shape)
        if gaps[i, j] < best[0]:
            pair = (feet[i, j], corners[i]) if swapped else (corners[i], feet[i, j])
            best = (float(gaps[i, j]), *pair)
    return best[1], best[2]


def _turn(one: Floats, other: Floats) -> float:
    """Z part of the cross product of two vectors (2,)."""
    return float(one[0] * other[1] - one[1] * other[0])


def _common_point(one: Floats, other: Floats) -> Floats | None:
    """Middle of the overlap of two convex polygons (clipping of Sutherland and Hodgman 1974), or None."""
    points = list(one)
    area = _turn(other[1] - other[0], other[2] - other[1])
    edges = other if area > 0 else other[::-1]
    for start, end in zip(edges, np.roll(edges, -1, axis=0), strict=True):
        along = end - start
        clipped = []
        for k, point in enumerate(points):
            after = points[(k + 1) % len(points)]
            here, there = _turn(along, point - start), _turn(along, after - start)
            if here >= 0.0:
                clipped.append(point)
            if here * there < 0.0:
                clipped.append(point + (after - point) * here / (here - there))
        points = clipped
        if not points:
            return None
    return np.mean(points, axis=0)
