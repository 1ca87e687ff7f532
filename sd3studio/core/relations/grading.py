"""The spatial predicates as graded functions: how true is "subject predicate object", in [0, 1], for all pairs at once.

Each is a product of ramps, so that 0.5 is the border between true and false and a solver can aim at a margin. All
lengths are relative to the sizes of the two things; camera-frame predicates use the camera's right and forward axes on
the ground, object-frame ones the reference object's own left and facing. Thresholds are ours.
"""

from collections.abc import Callable
from functools import wraps

import numpy as np

from sd3studio.core.relations.geometry import Floats, Pairs, View, ramp
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Frame

COS2_FULL = float(np.cos(np.radians(40.0)) ** 2)
COS2_NONE = float(np.cos(np.radians(65.0)) ** 2)
COS_FACING_FULL = float(np.cos(np.radians(25.0)))
COS_FACING_NONE = float(np.cos(np.radians(55.0)))
HIGHER_LEVEL = 0.6
"""Grade of resting on the very top of a thing that has a lower surface (the backrest of a chair)."""


def _once(grade: Callable[[Pairs], Floats]) -> Callable[[Pairs], Floats]:
    """Keep the result with the pairs: predicates exclude one another, so each is asked for several times."""

    @wraps(grade)
    def kept(pairs: Pairs) -> Floats:
        if grade.__name__ not in pairs.memo:
            pairs.memo[grade.__name__] = grade(pairs)
        return pairs.memo[grade.__name__]

    return kept


@_once
def on(pairs: Pairs) -> Floats:
    """(R, C) the subject's base is at the object's surface (or top), their footprints overlap, and it is the upper one.

    The upper one rises above the other's top or, on a seat, has a base well above the other's base: two flat things
    that lie on the same floor are not on each other.
    """
    tolerance = 0.02 + 0.08 * pairs.low_height
    base, floor = pairs.a.base_z[:, None], pairs.b.base_z[None, :]
    surface, top = pairs.b.surface_z[None, :], pairs.b.top_z[None, :]
    at_top = 1.0 - ramp(np.abs(base - top), tolerance, 4.0 * tolerance)
    at_top *= ramp((pairs.a.top_z[:, None] - top) / (2.0 * pairs.a.half_z[:, None]), 0.0, 0.5)
    at_seat = 1.0 - ramp(np.abs(base - surface), tolerance, 4.0 * tolerance)
    at_seat *= ramp((base - floor) / (surface - floor), 0.25, 0.75)
    level = np.where(surface < top - 1e-6, np.maximum(at_seat, HIGHER_LEVEL * at_top), at_top)
    return level * ramp(pairs.overlap, 0.1, 0.5)


@_once
def above(pairs: Pairs) -> Floats:
    """(R, C) the subject's underside is higher than the object's surface, over it: within a cone of 31 degrees.

    Touching gives 0.6, so that what is *on* something is above it too, but less so.
    """
    rise = pairs.a.underside_z[:, None] - pairs.b.surface_z[None, :]
    slack = 0.05 + 0.15 * pairs.low_height
    margin = 0.15 * np.minimum(pairs.a.own.min(axis=1)[:, None], pairs.b.own.min(axis=1)[None, :])
    reach = margin + 0.6 * np.maximum(rise, 0.0)
    return ramp(rise, -0.6 * slack, 0.4 * slack) * (1.0 - ramp(pairs.separation, -margin, reach))


@_once
def under(pairs: Pairs) -> Floats:
    """(R, C) the object is above the subject: `above` with the roles exchanged."""
    return above(pairs.turned).T


@_once
def inside(pairs: Pairs) -> Floats:
    """(R, C) most of the subject's footprint and at least the lower part of it lie inside the object, which is bigger.

    What rests on a seat or stands under a table lies inside the box too, but is not *in* it; nothing is in a person.
    """
    ratio = pairs.a.volume[:, None] / pairs.b.volume[None, :]
    depth = pairs.common_height / (2.0 * pairs.a.half_z[:, None])
    contained = ramp(pairs.inside, 0.5, 0.9) * ramp(depth, 0.15, 0.5) * (1.0 - ramp(ratio, 0.6, 1.0))
    return contained * pairs.b.encloses[None, :] * (1.0 - np.maximum(on(pairs), under(pairs)))


@_once
def next_to(pairs: Pairs) -> Floats:
    """(R, C), symmetric: a small gap for their breadth, at the same height, and neither on, in nor under the other."""
    near = 1.0 - ramp(pairs.distance, 0.35 * pairs.breadth, 1.4 * pairs.breadth)
    level = ramp(pairs.common_height / pairs.low_height, 0.0, 0.3)
    apart = np.ones_like(near)
    for grade in (on, inside, under):
        apart *= (1.0 - grade(pairs)) * (1.0 - grade(pairs.turned).T)
    return near * level * apart


def _components(pairs: Pairs, view: View, frame: Frame) -> tuple[Floats, Floats, Floats]:
    """The subject's offset to the (right, front), and the half extents of subject and object along both, all (R, C, 2).

    In the camera frame the right hand is the viewer's and the front is the near side; in the object frame the reference
    looks along its -Y axis, so that its own right is its -X axis.
    """
    if frame == "object":
        return -pairs.along_b, pairs.a_on_b, pairs.b.own[None, :, :]
    axes = np.stack([view.right, -view.forward], axis=1)
    extent_a, extent_b = (np.stack([body.extent(axis) for axis in axes.T], axis=-1) for body in (pairs.a, pairs.b))
    return pairs.offset @ axes, extent_a[:, None, :], extent_b[None, :, :]


def _sides(pairs: Pairs, view: View, frame: Frame) -> tuple[Floats, Floats]:
    """Offsets to the (right, front) and the grades of lying within about 52 degrees of either axis, both (R, C, 2).

    What counts is how far the smaller of the two intervals reaches out of the bigger: a chair before the middle of a
    long wall is not to the left of it.
    """
    key = f"sides in the {frame} frame"
    if key not in pairs.memo:
        offset, extent_a, extent_b = _components(pairs, view, frame)
        out = np.maximum(np.abs(offset) - np.abs(extent_a - extent_b), 0.0)
        part = out / (2.0 * np.minimum(extent_a, extent_b))
        squared = out * out
        rise = np.maximum(-pairs.common_height, 0.0)
        whole = np.maximum(squared[..., 0] + squared[..., 1] + rise * rise, 1e-18)
        grades = ramp(part, 0.3, 0.9) * ramp(squared / whole[..., None], COS2_NONE, COS2_FULL)
        pairs.memo[key] = np.stack([offset, grades])
    return tuple(pairs.memo[key])


def _towards(pairs: Pairs, view: View, frame: Frame, axis: int, sign: float) -> Floats:
    """(R, C) grade of lying on one side along the right (0) or front (1) axis."""
    offset, grades = _sides(pairs, view, frame)
    return grades[..., axis] * (sign * offset[..., axis] > 0.0)


def left_of(pairs: Pairs, view: View, frame: Frame = "camera") -> Floats:
    """(R, C) to the viewer's left of the object, or at the object's own left hand."""
    return _towards(pairs, view, frame, 0, -1.0)


def right_of(pairs: Pairs, view: View, frame: Frame = "camera") -> Floats:
    """(R, C) to the viewer's right of the object, or at the object's own right hand."""
    return _towards(pairs, view, frame, 0, 1.0)


def behind(pairs: Pairs, view: View, frame: Frame = "camera") -> Floats:
    """(R, C) farther than the object along the viewing direction, or at the object's back."""
    return _towards(pairs, view, frame, 1, -1.0)


def in_front_of(pairs: Pairs, view: View, frame: Frame = "camera") -> Floats:
    """(R, C) nearer than the object along the viewing direction, or where the object looks."""
    return _towards(pairs, view, frame, 1, 1.0)


@_once
def _in_line(pairs: Pairs) -> Floats:
    """(R, C) how well the object lies on the line along which the subject looks, before it or behind it."""
    ahead = np.abs(pairs.along_a[..., 1])
    aside = np.maximum(np.abs(pairs.along_a[..., 0]) - pairs.b_on_a[..., 0], 0.0)
    cos = ahead / np.maximum(np.hypot(ahead, aside), 1e-9)
    room = pairs.a.own[:, None, 1] + pairs.b_on_a[..., 1]
    return ramp(cos, COS_FACING_NONE, COS_FACING_FULL) * ramp(ahead / room, 0.2, 0.6)


def facing(pairs: Pairs) -> Floats:
    """(R, C) the subject looks at the object, horizontally."""
    return _in_line(pairs) * (pairs.along_a[..., 1] > 0.0)  # it looks along -Y; the object is at minus the offset


def facing_away(pairs: Pairs) -> Floats:
    """(R, C) the subject's back is towards the object, horizontally."""
    return _in_line(pairs) * (pairs.along_a[..., 1] < 0.0)


FREE: dict[Predicate, Callable[[Pairs], Floats]] = {
    Predicate.ON: on,
    Predicate.IN: inside,
    Predicate.UNDER: under,
    Predicate.ABOVE: above,
    Predicate.NEXT_TO: next_to,
    Predicate.FACING: facing,
    Predicate.FACING_AWAY: facing_away,
}
"""Predicates that are the same from everywhere."""

DIRECTED: dict[Predicate, Callable[[Pairs, View, Frame], Floats]] = {
    Predicate.BEHIND: behind,
    Predicate.IN_FRONT_OF: in_front_of,
    Predicate.LEFT_OF: left_of,
    Predicate.RIGHT_OF: right_of,
}
"""Predicates that depend on from where one looks."""


def grade_pairs(pairs: Pairs, predicate: Predicate, view: View, frame: Frame = "camera") -> Floats:
    """(R, C) grades of one geometric predicate. Raises KeyError for a predicate that geometry alone can't decide."""
    if predicate in DIRECTED:
        return DIRECTED[predicate](pairs, view, frame)
    return FREE[predicate](pairs)
