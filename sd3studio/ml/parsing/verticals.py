"""What the vertical edges of walls, doors and buildings tell about the tilt of the camera.

Lines that are vertical in the world meet in one point of the picture, the lower the less the camera looks down; their
common slant is its roll. Segments come from OpenCV's LSD (von Gioi et al. 2012).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WORK_SIDE_PX = 480
"""Longer side of the picture that segments are looked for in."""

MAX_TILT_RAD = math.radians(35.0)
ANGLE_NOISE_RAD = math.radians(1.8)
INLIER_SHARE = 0.55
"""Share of near-vertical segments that are taken to be vertical in the world."""

MAX_EVIDENCE = 8.0
"""All segments together count as this many independent ones: they often lie on one and the same thing."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Near-vertical segments: `middle_px` (S, 2) from the centre, `tilt_rad` (S,) clockwise, `weight` (S,)."""

    middle_px: Floats
    tilt_rad: Floats
    weight: Floats


def find_verticals(pixels: NDArray[np.uint8]) -> Segments:
    """Near-vertical segments of a picture (H, W, 3) uint8 RGB."""
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, WORK_SIDE_PX / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    grey = cv2.cvtColor(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(grey)[0]
    lines = np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(float)
    delta = lines[:, 2:] - lines[:, :2]
    delta *= np.where(delta[:, 1:] < 0, -1.0, 1.0)  # downwards
    length = np.hypot(*delta.T)
    tilt = np.arctan2(-delta[:, 0], delta[:, 1])
    keep = (length > 0.06 * max(size)) & (np.abs(tilt) < MAX_TILT_RAD)
    middle = (lines[keep, :2] + lines[keep, 2:]) / 2.0 - np.array(size) / 2.0
    weight = length[keep] / max(size)
    total = weight.sum()
    evidence = min(MAX_EVIDENCE, 2.5 * float(total)) if total > 0 else 0.0
    return Segments(middle / scale, tilt[keep], weight * (evidence / total if total > 0 else 0.0))


def tilt_of_verticals(middle: Floats, pitch_rad: Floats, roll_rad: Floats) -> Floats:
    """Clockwise tilt (rad) in the picture of vertical lines through `middle` (..., 2), in units of the focal length.

    `pitch_rad` is how far the camera looks down; arguments broadcast.
    """
    c, s = np.cos(roll_rad), np.sin(roll_rad)
    x = c * middle[..., 0] + s * middle[..., 1]
    y = -s * middle[..., 0] + c * middle[..., 1]
    across, down = -x * np.sin(pitch_rad), np.cos(pitch_rad) - y * np.sin(pitch_rad)
    return np.arctan2(-(c * across - s * down), s * across + c * down)


def log_likelihood(segments: Segments, focal_px: float, pitch_rad: Floats, roll_rad: Floats) -> Floats:
    """(P, R) log likelihood of pitches (P,) and rolls (R,) given the segments."""
    expected = tilt_of_verticals(
        segments.middle_px / focal_px, pitch_rad[:, None, None], roll_rad[None, :, None]
    )  # (P, R, S)
    z = (expected - segments.tilt_rad) / ANGLE_NOISE_RAD
    inlier = np.exp(-0.5 * z * z) / (ANGLE_NOISE_RAD * math.sqrt(2.0 * math.pi))
    density = INLIER_SHARE * inlier + (1.0 - INLIER_SHARE) / (2.0 * MAX_TILT_RAD)
    return (np.log(density) * segments.weight).sum(axis=-1)
