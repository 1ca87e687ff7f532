"""How much two oriented boxes share: exact, whatever their turn and tilt."""

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import SceneObject

Floats = NDArray[np.float64]

FACES = ((0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5))
"""Corner indices of the faces of a box (`boxes.CORNER_SIGNS`), each in order around it."""

EDGE = 1e-9


def iou_3d(a: SceneObject, b: SceneObject) -> float:
    """Volume that two boxes share over the volume of both together, in [0, 1]."""
    common = common_volume(a, b)
    union = float(np.prod(a.size) + np.prod(b.size)) - common
    return min(max(common / union, 0.0), 1.0) if union > 0 else 0.0


def common_volume(a: SceneObject, b: SceneObject) -> float:
    """Volume (m³) of the part that two boxes share: one is cut by the six planes of the other."""
    boxes = Boxes.of([a, b])
    low, high = boxes.bounds()
    if (np.maximum(low[0], low[1]) >= np.minimum(high[0], high[1])).any():
        return 0.0
    corners = (boxes.corners()[0] - boxes.center[1]) @ boxes.rotation[1]  # in the frame of b
    faces = [corners[list(face)] for face in FACES]
    for axis in range(3):
        for sign in (-1.0, 1.0):
            faces = _cut(faces, axis, sign, float(boxes.half[1, axis]))
            if not faces:
                return 0.0
    return _volume(faces)


def _cut(faces: list[Floats], axis: int, sign: float, limit: float) -> list[Floats]:
    """The faces of the part of a convex body where ``sign * x[axis] <= limit``."""
    beyond = [sign * face[:, axis] - limit for face in faces]
    if all((out <= EDGE).all() for out in beyond):
        return faces
    if any((np.abs(out) <= EDGE).all() for out in beyond):
        return []  # one face lies in the plane and the body on its far side
    kept, rim = [], []
    for face, out in zip(faces, beyond, strict=True):
        points = []
        for k in range(len(face)):
            before = k - 1
            if (out[k] > EDGE) != (out[before] > EDGE):
                share = out[before] / (out[before] - out[k])
                crossing = face[before] + share * (face[k] - face[before])
                points.append(crossing)
                rim.append(crossing)
            if out[k] <= EDGE:
                points.append(face[k])
                if out[k] >= -EDGE:
                    rim.append(face[k])
        if len(points) >= 3:
            kept.append(np.array(points))
    if len(rim) >= 3 and kept:
        kept.append(_around(np.array(rim), axis))
    return kept


def _around(points: Floats, axis: int) -> Floats:
    """Points of a plane across `axis`, in order around their middle."""
    others = [k for k in range(3) if k != axis]
    flat = points[:, others] - points[:, others].mean(axis=0)
    return points[np.argsort(np.arctan2(flat[:, 1], flat[:, 0]))]


def _volume(faces: list[Floats]) -> float:
    """Volume of a convex body: pyramids from its middle over its faces, whichever way these turn."""
    middle = np.concatenate(faces).mean(axis=0)
    total = 0.0
    for face in faces:
        spokes = face - middle
        fans = np.cross(spokes[1:-1] - spokes[0], spokes[2:] - spokes[0]).sum(axis=0)
        total += abs(float(spokes[0] @ fans)) / 6.0
    return total
