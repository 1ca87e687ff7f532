"""The compass at the lower left of a pane: the world's axes, each end a button for the view from there. No Qt."""

import math
from dataclasses import dataclass

from sd3studio.core.scene.camera import Camera

ARM_PX = 34.0
SMALL_ARM_PX = 24.0
SMALL_PANE_PX = 380
"""In panes that are less high the compass is small."""
TIP_PX = 9.0
BACK_PX = 6.0
MARGIN_PX = 18.0
FROM = {"+x": "right", "-x": "left", "+y": "back", "-y": "front", "+z": "top", "-z": "below"}
"""End of an axis -> the standard view from there."""


@dataclass(frozen=True, slots=True)
class Tip:
    """One end of an axis: name ("+x"), where it is in the pane, how large it is, how far towards the viewer."""

    name: str
    position_px: tuple[float, float]
    radius_px: float
    nearness: float


def arm_px(height_px: float) -> float:
    """Length of an axis in a pane of this height."""
    return ARM_PX if height_px >= SMALL_PANE_PX else SMALL_ARM_PX


def middle_px(height_px: float) -> tuple[float, float]:
    """Where the compass is in a pane of this height."""
    arm = arm_px(height_px)
    return arm + MARGIN_PX, height_px - arm - MARGIN_PX


def tips(camera: Camera) -> list[Tip]:
    """The six ends of the axes, farthest first."""
    (x, y), arm = middle_px(camera.height), arm_px(camera.height)
    found = []
    for row, name in enumerate("xyz"):
        right, down, forward = (float(v) for v in camera.axes[:, row])
        for sign, mark, radius in ((1, "+", TIP_PX), (-1, "-", BACK_PX)):
            place = x + sign * right * arm, y + sign * down * arm
            found.append(Tip(f"{mark}{name}", place, radius, -sign * forward))
    return sorted(found, key=lambda tip: tip.nearness)


def tip_at(camera: Camera, position_px: tuple[float, float]) -> str | None:
    """Name of the end of an axis under the cursor: the nearest to the viewer; None where there is none."""
    for tip in reversed(tips(camera)):
        if math.dist(tip.position_px, position_px) <= tip.radius_px + 2.0:
            return tip.name
    return None
