"""Putting things down: on the ground, and on the tables, seats and beds that carry them.

A thing slides along the lines of sight, growing as it goes: seen from the camera nothing changes, so its box still
lands on its box in the photo.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.camera import Camera
from sd3studio.ml.parsing.evidence import Evidence
from sd3studio.ml.parsing.placing import Placed

Floats = NDArray[np.float64]

GROUND_SLIDE = (0.75, 1.33)
TABLE_SLIDE = (0.5, 2.0)
"""By which factors of its distance a thing may slide to come to rest; beyond, something was misread and it stays."""

EDGE = 0.85
"""Things stand within this share of the half width of what carries them."""

LONGEST_GROWTH = 1.8


def settle(evidence: Evidence, placed: Placed, camera: Camera) -> Placed:
    """Grounded things on z = 0, carried things on the tops of their carriers, which reach below them."""
    center, size = placed.center.copy(), placed.size.copy()
    for grounded in np.flatnonzero(placed.grounded):
        _slide(center, size, int(grounded), 0.0, camera, GROUND_SLIDE)
    for i in _carriers_first(evidence):
        carrier = int(evidence.on[i])
        top = _top_of(evidence, center, size, carrier)
        if _slide(center, size, i, top, camera, TABLE_SLIDE):
            _reach_below(evidence, center, size, placed.yaw, carrier, i)
    return replace(placed, center=center, size=size)


def _carriers_first(evidence: Evidence) -> list[int]:
    """Things that rest on others, those nearest to the ground first."""

    def height(i: int) -> int:
        steps, seen = 0, {i}
        while evidence.on[i] >= 0 and int(evidence.on[i]) not in seen:
            i, steps = int(evidence.on[i]), steps + 1
            seen.add(i)
        return steps

    return sorted(np.flatnonzero(evidence.rests).tolist(), key=height)


def _top_of(evidence: Evidence, center: Floats, size: Floats, carrier: int) -> float:
    """Height (m) of the surface on which a carrier carries."""
    share = evidence.priors[carrier].top or 1.0
    return float(center[carrier, 2] - size[carrier, 2] / 2.0 + share * size[carrier, 2])


def _slide(
    center: Floats, size: Floats, index: int, height_m: float, camera: Camera, limits: tuple[float, float]
) -> bool:
    """Slide a thing, in place, until its base is at a height; False (and no change) if that is too far."""
    eye = np.asarray(camera.position)
    base = center[index, 2] - size[index, 2] / 2.0
    below, wanted = eye[2] - base, eye[2] - height_m
    if abs(base - height_m) < 1e-9:
        return True
    if below < 1e-3 or not limits[0] <= wanted / below <= limits[1]:
        return False
    factor = wanted / below
    center[index] = eye + factor * (center[index] - eye)
    size[index] *= factor
    return True


def _reach_below(evidence: Evidence, center: Floats, size: Floats, yaw: Floats, carrier: int, thing: int) -> None:
    """Make a carrier reach below a thing, in place: one that the frame cuts moves, another one grows a little."""
    c, s = np.cos(yaw[carrier]), np.sin(yaw[carrier])
    to_local = np.array([[c, s], [-s, c]])
    offset = to_local @ (center[thing, :2] - center[carrier, :2])
    half = size[carrier, :2] / 2.0
    missing = np.sign(offset) * np.maximum(np.abs(offset) - EDGE * half, 0.0)
    if not missing.any():
        return
    if evidence.cut[carrier].any():
        center[carrier, :2] += missing @ to_local
        return
    growth = np.minimum(np.abs(missing) / EDGE, (LONGEST_GROWTH - 1.0) * size[carrier, :2])
    size[carrier, :2] += growth
    center[carrier, :2] += (np.sign(offset) * growth / 2.0) @ to_local
