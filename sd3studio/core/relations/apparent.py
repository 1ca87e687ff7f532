"""What the picture plane suggests: left, right, above, below by the projected boxes, against the relation in space."""

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.relations.geometry import Floats
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene

APPARENT: tuple[Predicate | None, ...] = (
    None,
    Predicate.LEFT_OF,
    Predicate.RIGHT_OF,
    Predicate.ABOVE,
    Predicate.UNDER,
)
"""What the codes of `apparent_codes` mean; None: the boxes overlap too much to say, or one is out of sight."""

NEAR_M = 0.05
"""Corners closer to the camera plane than this are moved there, so that a box that crosses it has a large image."""

_SIDES = (Predicate.LEFT_OF, Predicate.RIGHT_OF)
_DEPTH = (Predicate.BEHIND, Predicate.IN_FRONT_OF)


def projected_boxes(boxes: Boxes, camera: Camera) -> Floats:
    """(N, 4) x0, y0, x1, y1 px of the images of the boxes; not cut at the frame; NaN for boxes behind the camera."""
    local = camera.to_camera(boxes.corners())  # (N, 8, 3)
    depth = np.maximum(local[..., 2:], NEAR_M)
    middle = np.array([camera.width / 2.0, camera.height / 2.0])
    pixels = camera.focal_px * local[..., :2] / depth + middle
    images = np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=1) if len(boxes) else np.zeros((0, 4))
    images[(local[..., 2] < NEAR_M).all(axis=1)] = np.nan
    return images


def apparent_codes(first: Floats, second: Floats) -> NDArray[np.int8]:
    """Codes into `APPARENT` of image boxes (..., 4) against others (..., 4), px; the leading shapes broadcast.

    The boxes must stand half clear of each other along an axis; the axis along which they are clearer decides.
    """
    half_a, half_b = (first[..., 2:] - first[..., :2]) / 2.0, (second[..., 2:] - second[..., :2]) / 2.0
    offset = first[..., :2] + half_a - second[..., :2] - half_b
    out = np.maximum(np.abs(offset) - np.abs(half_a - half_b), 0.0)
    with np.errstate(invalid="ignore"):
        clear = out >= np.minimum(half_a, half_b)  # half of the smaller one's length
        sideways = clear[..., 0] & (out[..., 0] >= out[..., 1])
        upright = clear[..., 1] & ~sideways
        code = np.where(sideways, 1 + (offset[..., 0] >= 0.0), np.where(upright, 3 + (offset[..., 1] >= 0.0), 0))
    return code.astype(np.int8)


def apparent_predicate(scene: Scene, a: str, b: str) -> Predicate | None:
    """Where object `a` seems to be from `b` in the picture: left, right, above, under, or None (overlap, out of sight).

    Raises KeyError for an id that is not in the scene.
    """
    images = projected_boxes(Boxes.of([scene.objects[a], scene.objects[b]]), scene.camera)
    return APPARENT[int(apparent_codes(images[0], images[1]))]


def illusion(spatial: Predicate, apparent: Predicate | None) -> Predicate | None:
    """The apparent predicate if it misleads, else None.

    Side by side in the picture misleads where one is behind the other or at the other side. That farther things stand
    higher in the picture is plain perspective and misleads nobody.
    """
    if apparent in _SIDES and (spatial in _DEPTH or (spatial in _SIDES and spatial is not apparent)):
        return apparent
    return None
