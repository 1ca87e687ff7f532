"""Interpenetration of oriented boxes.

A box says nothing of the room under a table or over a seat, so what rests on a surface or fits below an underside
(`sd3studio.core.relations.supports`) does not count, nor does what is *in* a plain solid thing such as a box.
"""

from collections.abc import Sequence
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
    pairs = Pairs(bodies, bodies)
    candidate = np.triu(sunk_depth(pairs) > tolerance_m, 1)
    contained = inside(pairs) >= 0.5
    contained &= _can_contain(scene, things)
    candidate &= ~contained & ~contained.T
    first, second = np.nonzero(candidate)
    if not len(first):
        return ()
    boxes = Boxes.of(things)
    depth = separating_axis_depth(boxes.take(first), boxes.take(second))
    found = zip(first.tolist(), second.tolist(), depth.tolist(), strict=True)
    return tuple(Overlap(boxes.ids[i], boxes.ids[j], d) for i, j, d in found if d > tolerance_m)


def _can_contain(scene: Scene, things: Sequence[SceneObject]) -> NDArray[np.bool_]:
    """(N, N) True where the subject may be in the object: it is plain and upright, or a relation says so."""
    rows = {thing.id: row for row, thing in enumerate(things)}
    plain = [support_of(thing) == PLAIN and not (thing.pitch or thing.roll) for thing in things]
    can = np.broadcast_to(plain, (len(things), len(things))).copy()
    for relation in scene.relations:
        if relation.predicate is Predicate.IN and relation.subject in rows and relation.object in rows:
            can[rows[relation.subject], rows[relation.object]] = True
    return can


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
