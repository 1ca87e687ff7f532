"""Room for one more thing: upright boxes against each other, in plain numbers (a few microseconds a pair).

The same rules as `sd3studio.core.layout.overlaps`, which checks the finished scene: what rests on a surface or fits
below an underside is not in the way.
"""

import math
from dataclasses import dataclass

from sd3studio.core.relations import support_of
from sd3studio.core.scene.values import SceneObject

LOW_CROWNS = frozenset(("pine tree", "bush", "christmas tree"))
"""Their branches reach down to the ground: nothing fits below."""

TOUCH_M = 0.008
"""Less than this does not count as going into each other."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """An upright box: centre, half sizes, cosine and sine of its yaw, and the heights that matter."""

    x: float
    y: float
    half_x: float
    half_y: float
    cos: float
    sin: float
    low: float
    high: float
    surface: float
    underside: float

    def reach(self, ex: float, ey: float) -> float:
        """Half extent along a horizontal unit vector."""
        along = abs(ex * self.cos + ey * self.sin)
        across = abs(-ex * self.sin + ey * self.cos)
        return along * self.half_x + across * self.half_y


def footprint(thing: SceneObject) -> Footprint:
    """Where an upright thing stands."""
    x, y, z = thing.center
    low, height = z - thing.size[2] / 2.0, thing.size[2]
    support = support_of(thing)
    return Footprint(
        x=x,
        y=y,
        half_x=thing.size[0] / 2.0,
        half_y=thing.size[1] / 2.0,
        cos=math.cos(thing.yaw),
        sin=math.sin(thing.yaw),
        low=low,
        high=low + height,
        surface=low + height * support.surface,
        underside=low if thing.category in LOW_CROWNS else low + height * support.underside,
    )


def clash(a: Footprint, b: Footprint, gap_m: float = 0.0) -> bool:
    """Whether two things go into each other, or stand closer to each other than `gap_m`."""
    if min(a.high, b.high) - max(a.low, b.low) <= TOUCH_M:
        return False
    if a.low >= b.surface - TOUCH_M or b.low >= a.surface - TOUCH_M:
        return False
    if a.high <= b.underside + TOUCH_M or b.high <= a.underside + TOUCH_M:
        return False
    dx, dy = b.x - a.x, b.y - a.y
    for ex, ey in ((a.cos, a.sin), (-a.sin, a.cos), (b.cos, b.sin), (-b.sin, b.cos)):
        if abs(dx * ex + dy * ey) - a.reach(ex, ey) - b.reach(ex, ey) > gap_m - TOUCH_M:
            return False
    return True
