"""Interpenetration of oriented boxes.

A box says nothing of the room under a table or over a seat, so what rests on a surface or fits below an underside
(`sd3studio.core.relations.supports`) does not count, nor does what is *in* a plain solid thing such as a box.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.relations import Bodies, Pairs, support_of
from sd3studio.core.relations.grading import inside
from sd3studio.core.relations.supports import PLAIN
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

BLOCK_ROWS = 64

TOLERANCE_M = 0.01
"""Boxes that go into each other by no more than this only touch."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two objects that go into each other, by at least `depth_m` along some direction."""

    first: str
    second: str
    depth_m: float


def overlaps(scene: Scene, tolerance_m: float = TOLERANCE_M) -> tuple[Overlap, ...]:
    """The pairs of solid objects whose boxes go into each other, in the order of the scene.

    Separating axis test of oriented boxes (Gottschalk, Lin and Manocha 1996), all pairs at once.
    """
    things = scene.solid_objects()
    if len(things) < 2:
        return ()
    bodies = Bodies.of(things)
    can_contain = _containers(scene, things)
    found_pairs = [
        _sunk_pairs(bodies, rows, columns, can_contain, tolerance_m) for rows, columns in _near_each_other(bodies)
    ]
    first, second = np.concatenate(found_pairs).T if found_pairs else np.zeros((2, 0), np.intp)
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    if not len(first):
        return ()
    boxes = Boxes.of(things)
    depth = separating_axis_depth(boxes.take(first), boxes.take(second))
    found = zip(first.tolist(), second.tolist(), depth.tolist(), strict=True)
    return tuple(Overlap(boxes.ids[i], boxes.ids[j], d) for i, j, d in found if d > tolerance_m)


def _near_each_other(bodies: Bodies) -> Iterator[tuple[Ints, Ints]]:
    """Rows in blocks from left to right, each with all rows whose extent along X meets that of the block."""
    reach = np.abs(bodies.spread[:, 0]).sum(axis=1)
    low, high = bodies.center[:, 0] - reach, bodies.center[:, 0] + reach
    order = np.argsort(low, kind="stable")
    for start in range(0, len(order), BLOCK_ROWS):
        rows = order[start : start + BLOCK_ROWS]
        yield rows, np.flatnonzero((low <= high[rows].max()) & (high >= low[rows].min()))


def _sunk_pairs(
    bodies: Bodies, rows: Ints, columns: Ints, can_contain: Callable[[int, int], bool], tolerance_m: float
) -> Ints:
    """(P, 2) pairs of rows, the lower one first, whose upright boxes go into each other."""
    pairs = Pairs(bodies.take(rows), bodies.take(columns))
    sunk = (sunk_depth(pairs) > tolerance_m) & (rows[:, None] < columns[None, :])
    local = np.argwhere(sunk)
    if not len(local):
        return np.zeros((0, 2), np.intp)
    into, out_of = inside(pairs) >= 0.5, inside(pairs.turned).T >= 0.5
    kept = [
        (rows[i], columns[j])
        for i, j in local.tolist()
        if not (into[i, j] and can_contain(rows[i], columns[j]))
        and not (out_of[i, j] and can_contain(columns[j], rows[i]))
    ]
    return np.array(kept, np.intp).reshape(-1, 2)


def _containers(scene: Scene, things: Sequence[SceneObject]) -> Callable[[int, int], bool]:
    """Tells whether a row may be in another: that is plain and upright, or a stored relation says so."""
    said = {(r.subject, r.object) for r in scene.relations if r.predicate is Predicate.IN}
    plain = [support_of(thing) == PLAIN and not (thing.pitch or thing.roll) for thing in things]
    return lambda first, second: plain[second] or (things[first].id, things[second].id) in said


def sunk_depth(pairs: Pairs) -> Floats:
    """(R, C) metres by which the upright boxes around two things go into each other, 0 if they are apart.

    Exact for things that stand upright; for tilted ones too much rather than too little.
    """
    depth = np.minimum(-pairs.separation, pairs.common_height)
    a, b = pairs.a, pairs.b
    resting = a.base_z[:, None] >= b.surface_z[None, :] - TOLERANCE_M
    resting |= b.base_z[None, :] >= a.surface_z[:, None] - TOLERANCE_M
    below = a.top_z[:, None] <= b.underside_z[None, :] + TOLERANCE_M
    below |= b.top_z[None, :] <= a.underside_z[:, None] + TOLERANCE_M
    return np.where(resting | below, 0.0, np.maximum(depth, 0.0))


def separating_axis_depth(first: Boxes, second: Boxes) -> Floats:
    """(P,) least overlap (m) of P pairs of oriented boxes over the 15 axes that can separate them; negative: a gap."""
    axes_a, axes_b = np.swapaxes(first.rotation, 1, 2), np.swapaxes(second.rotation, 1, 2)  # rows are axes
    crossed = np.cross(axes_a[:, :, None, :], axes_b[:, None, :, :]).reshape(len(first), 9, 3)
    length = np.linalg.norm(crossed, axis=2)
    axes = np.concatenate([axes_a, axes_b, crossed / np.maximum(length, 1e-9)[..., None]], axis=1)  # (P, 15, 3)
    gap = np.abs(np.einsum("pki,pi->pk", axes, second.center - first.center))
    reach = np.einsum("pkj,pj->pk", np.abs(np.einsum("pki,pji->pkj", axes, axes_a)), first.half)
    reach += np.einsum("pkj,pj->pk", np.abs(np.einsum("pki,pji->pkj", axes, axes_b)), second.half)
    depth = reach - gap
    depth[:, 6:][length < 1e-6] = np.inf  # parallel edges: no axis of their own
    return depth.min(axis=1)
