"""The spatial predicate of two boxes of a picture by rules alone: no words, nothing fitted."""

from collections.abc import Sequence

from sd3studio.core.scene.predicates import Predicate


def rule_relation(box_a: Sequence[float], box_b: Sequence[float]) -> Predicate:
    """The likeliest predicate of "a predicate b" from the boxes x0, y0, x1, y1 px.

    Boxes that stand clear of each other are told by the axis along which they are clearer. Of overlapping ones a small
    one is on a bigger one (in it, if well inside); else the one whose base is lower in the picture is in front.
    """
    ax0, ay0, ax1, ay1 = box_a
    bx0, by0, bx1, by1 = box_b
    width, height = min(ax1 - ax0, bx1 - bx0), min(ay1 - ay0, by1 - by0)
    across, upright = min(ax1, bx1) - max(ax0, bx0), min(ay1, by1) - max(ay0, by0)
    if across < 0.35 * width and across / max(width, 1.0) <= upright / max(height, 1.0):
        if across > -0.5 * width:
            return Predicate.NEXT_TO
        return Predicate.LEFT_OF if ax0 + ax1 < bx0 + bx1 else Predicate.RIGHT_OF
    if upright < 0.35 * height:
        if ay0 + ay1 < by0 + by1:
            return Predicate.ON if upright > 0.0 else Predicate.ABOVE
        return Predicate.UNDER
    area_a, area_b = (ax1 - ax0) * (ay1 - ay0), (bx1 - bx0) * (by1 - by0)
    inside = max(across, 0.0) * max(upright, 0.0) / max(area_a, 1.0)
    if inside > 0.8 and area_a < 0.5 * area_b:
        return Predicate.IN if ay1 < by1 - 0.15 * (by1 - by0) and ay0 > by0 + 0.15 * (by1 - by0) else Predicate.ON
    return Predicate.IN_FRONT_OF if ay1 > by1 else Predicate.BEHIND
