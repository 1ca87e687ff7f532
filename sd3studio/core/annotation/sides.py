"""Pulling one side, edge or corner of a box: the opposite one stays where it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.boxes import rotation_matrices
from sd3studio.core.scene.values import SceneObject

Floats = NDArray[np.float64]

SMALLEST_M = 0.01


@dataclass(frozen=True, slots=True)
class Pull:
    """Which sides of a box are pulled: -1, 0 or 1 along its own width, depth and height.

    (1, 0, 0) is the side at its local +X, (1, -1, 0) the edge (from above: the corner) at +X and -Y.
    """

    signs: tuple[int, int, int] = (0, 0, 0)


def pulled(thing: SceneObject, pull: Pull, point: Floats) -> SceneObject:
    """The thing with the pulled sides at a world point (3,); no side gets shorter than `SMALLEST_M`."""
    rotation = rotation_matrices(thing.yaw, thing.pitch, thing.roll)[0]
    local = rotation.T @ (np.asarray(point, float) - thing.center)
    size, shift = np.array(thing.size, float), np.zeros(3)
    for axis, sign in enumerate(pull.signs):
        if sign:
            grown = max(sign * local[axis] + size[axis] / 2.0, SMALLEST_M)
            shift[axis] = sign * (grown - size[axis]) / 2.0
            size[axis] = grown
    center = np.asarray(thing.center) + rotation @ shift
    return thing.replace(center=tuple(center.tolist()), size=tuple(size.tolist()))


def grown(thing: SceneObject, axis: int, by_m: float) -> SceneObject:
    """The thing longer along one of its axes: width and depth about its middle, height from its base up."""
    size = list(thing.size)
    size[axis] = max(size[axis] + by_m, SMALLEST_M)
    center = np.array(thing.center)
    if axis == 2:
        up = rotation_matrices(thing.yaw, thing.pitch, thing.roll)[0][:, 2]
        center = center + up * (size[2] - thing.size[2]) / 2.0
    return thing.replace(center=tuple(center.tolist()), size=tuple(size))
