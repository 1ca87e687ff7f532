"""Where the mouse is on an axis or in a plane of the world, also where these are seen at a grazing angle. No state."""

import numpy as np

from sd3studio.ui.canvas.tools.base import PointerEvent

STEEP = 0.3
"""Sine of the angle between ray and plane below which a drag over the plane would run away."""


def along_axis(event: PointerEvent, anchor: np.ndarray, direction: np.ndarray) -> float | None:
    """How far along an axis through `anchor` (m) the point is that lies nearest to the ray under the cursor."""
    origin, ray = event.camera.ray(event.position_px)
    slope = float(ray @ direction)
    if 1.0 - slope * slope < 1e-4:  # looking along the axis
        return None
    offset = origin - anchor
    return float((offset @ direction - slope * (offset @ ray)) / (1.0 - slope * slope))


def way_along(start: PointerEvent, now: PointerEvent, anchor: np.ndarray, direction: np.ndarray) -> np.ndarray | None:
    """(3,) way (m) along an axis from one event to another; None when looking along the axis."""
    first, last = along_axis(start, anchor, direction), along_axis(now, anchor, direction)
    return None if first is None or last is None else direction * (last - first)


def way_in_plane(start: PointerEvent, now: PointerEvent, grabbed: np.ndarray, normal: np.ndarray) -> np.ndarray | None:
    """(3,) way (m) of the mouse in the plane through `grabbed`; None where it points beyond the plane."""
    steps = _grazing_steps(start, grabbed, normal)
    if steps is not None:
        return np.subtract(now.position_px, start.position_px) @ steps
    first, last = start.on_plane(grabbed, normal), now.on_plane(grabbed, normal)
    return None if first is None or last is None else last - first


def _grazing_steps(event: PointerEvent, grabbed: np.ndarray, normal: np.ndarray) -> np.ndarray | None:
    """(2, 3) world steps (m) for one pixel to the right and one down, for a plane seen at a grazing angle; else None.

    Sideways the object stays under the cursor; in depth it goes as if the plane were seen at the angle of `STEEP`.
    """
    camera = event.camera
    _, direction = camera.ray(event.position_px)
    if abs(float(direction @ normal)) >= STEEP:
        return None
    right, down, forward = camera.axes
    per_px = 1.0 / float(camera.px_per_m(camera.to_camera(grabbed)[2]))
    side = right if abs(float(right @ normal)) < 0.7 else down  # a plane seen edge-on, lying or standing
    side = side - (side @ normal) * normal
    depth = forward - (forward @ normal) * normal
    depth = -depth / max(float(np.linalg.norm(depth)), 1e-6) / STEEP
    return np.stack([side, depth] if side @ right > side @ down else [depth, side]) * per_px
