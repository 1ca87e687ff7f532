"""Spots where a wish would come true: what the solver tries before it searches on its own.

Every function gives points (P, 2) on the ground, in the world frame. They cover the region in which a predicate grades
well, at several gaps and offsets; which of them are free and fit the other wishes is judged later.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.layout.setting import Setting, State
from sd3studio.core.layout.wishes import Wish
from sd3studio.core.relations import Bodies
from sd3studio.core.scene.predicates import Predicate

Floats = NDArray[np.float64]

GAPS_M = (0.03, 0.15, 0.35, 0.7, 1.5)
"""Free space between a thing and its neighbour, as a person would leave it; ours."""

SMALL_SHARE = 0.1
"""What has at most this part of the volume of a thing may be put on it without being asked to; ours."""

SIDE_SHARES = (-1.0, -0.5, 0.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Spots:
    """Points (P, 2), and how a thing gets its height there: `how` "stay", "on", "in", "above" or "under" row `of`."""

    points: Floats
    how: str = "stay"
    of: int = -1


def spots_for(setting: Setting, state: State, bodies: Bodies, wish: Wish, row: int) -> list[Spots]:
    """Spots for object `row`, the subject or the object of a wish, while the other one stays where it is."""
    if row == wish.subject:
        return _for_subject(setting, state, bodies, wish)
    return _for_object(setting, state, bodies, wish)


def beside(bodies: Bodies, mover: int, still: int, along: Floats, across: Floats) -> Floats:
    """Points for `mover` on the side of `still` to which the unit vector `along` (2,) points."""
    pair = bodies.take([mover, still])
    mover_along, still_along = pair.extent(along)
    mover_across, still_across = pair.extent(across)
    center = pair.center[1, :2]
    offset = pair.center[0, :2] - center
    touching = mover_along + still_along
    free_along = abs(mover_along - still_along)
    partly = free_along + 2.0 * min(mover_along, still_along) * 0.8
    ahead = [touching + gap for gap in GAPS_M] + [partly]
    if offset @ along > partly:
        ahead.append(float(offset @ along))
    points = []
    for distance in ahead:
        # The cone of the directional predicates: as far aside as the thing stands out ahead.
        reach = abs(mover_across - still_across) + 0.8 * (distance - free_along)
        sides = {0.0, float(np.clip(offset @ across, -reach, reach)), still_across - mover_across}
        sides |= {mover_across - still_across, *(share * reach for share in SIDE_SHARES)}
        points += [center + distance * along + side * across for side in sorted(sides) if abs(side) <= reach + 1e-9]
    return np.array(points)


def around(bodies: Bodies, mover: int, still: int) -> Floats:
    """Points for `mover` next to `still`: along its four sides, and where the way from `mover` to it ends."""
    pair = bodies.take([mover, still])
    center, axes, own = pair.center[1, :2], pair.axes[1], pair.own[1]
    gaps = [0.02, 0.12, 0.3 * float(np.sqrt(pair.breadth[0] * pair.breadth[1]))]
    points = []
    for which in (0, 1):
        along, across = axes[which], axes[1 - which]
        reach = own[which] + float(pair.extent(along)[0])
        aside = own[1 - which]
        for sign in (-1.0, 1.0):
            for gap in gaps:
                points += [center + sign * (reach + gap) * along + s * aside * across for s in SIDE_SHARES]
    offset = pair.center[0, :2] - center
    if np.hypot(*offset) > 1e-6:
        towards = offset / np.hypot(*offset)
        touching = float(pair.extent(towards).sum())
        points += [center + (touching + gap) * towards for gap in gaps]
    return np.array(points)


def over(bodies: Bodies, mover: int, still: int, steps: int = 7) -> Floats:
    """Points on a lattice over the footprint of `still`, so that `mover` lies inside it if it can; and the nearest."""
    pair = bodies.take([mover, still])
    center, axes, own = pair.center[1, :2], pair.axes[1], pair.own[1]
    extents = np.array([pair.extent(axes[0])[0], pair.extent(axes[1])[0]])
    room = np.maximum(own - extents, 0.0)
    shares = np.linspace(-1.0, 1.0, steps)
    lattice = np.stack(np.meshgrid(shares, shares), axis=-1).reshape(-1, 2) * room
    nearest = np.clip(axes @ (pair.center[0, :2] - center), -room, room)
    return np.concatenate([lattice, nearest[None]]) @ axes + center


def direction_of(setting: Setting, bodies: Bodies, wish: Wish) -> tuple[Floats, Floats] | None:
    """Unit vectors (2,) along and across the direction in which the subject should be, or None if there is none."""
    if wish.relation.frame == "object" and wish.predicate is not Predicate.NEARER:
        right, forward = -bodies.axes[wish.object, 0], bodies.axes[wish.object, 1]  # forward: away from its front
    else:
        right, forward = setting.view.right, setting.view.forward
    along = {
        Predicate.LEFT_OF: -right,
        Predicate.RIGHT_OF: right,
        Predicate.BEHIND: forward,
        Predicate.IN_FRONT_OF: -forward,
        Predicate.NEARER: -forward,
    }.get(wish.predicate)
    return None if along is None else (along, np.array([-along[1], along[0]]))


def _for_subject(setting: Setting, state: State, bodies: Bodies, wish: Wish) -> list[Spots]:
    subject, object = wish.subject, wish.object
    match wish.predicate:
        case Predicate.ON:
            return [Spots(over(bodies, subject, object), "on", object)]
        case Predicate.IN:
            return [Spots(over(bodies, subject, object), "in", object)]
        case Predicate.ABOVE:
            lattice = over(bodies, subject, object)
            return [Spots(lattice, "stay"), Spots(lattice, "above", object)]
        case Predicate.UNDER:
            lattice = over(bodies, subject, object)
            return [Spots(lattice, "stay"), Spots(lattice, "under", object)]
        case Predicate.NEXT_TO:
            points = around(bodies, subject, object)
            return [Spots(points), *_on_the_same_carrier(bodies, state, subject, object, points)]
    direction = direction_of(setting, bodies, wish)
    if direction is None:
        return []
    points = beside(bodies, subject, object, *direction)
    return [Spots(points), *_on_the_same_carrier(bodies, state, subject, object, points)]


def _on_the_same_carrier(bodies: Bodies, state: State, mover: int, still: int, points: Floats) -> list[Spots]:
    """Beside a thing on a table a small thing may stand on the table, too."""
    carrier = int(state.standing.on[still])
    if carrier < 0 or carrier == mover or state.standing.on[mover] == carrier or state.standing.within[still]:
        return []
    if bodies.volume[mover] > SMALL_SHARE * bodies.volume[carrier]:
        return []
    return [Spots(points, "on", carrier)]


def _for_object(setting: Setting, state: State, bodies: Bodies, wish: Wish) -> list[Spots]:
    subject, object = wish.subject, wish.object
    match wish.predicate:
        case Predicate.ON | Predicate.IN:
            return [Spots(over(bodies, object, subject, 5))]
        case Predicate.ABOVE:
            return [Spots(over(bodies, object, subject, 5))]
        case Predicate.UNDER:
            lattice = over(bodies, object, subject)
            carried = 4.0 * bodies.own[subject].prod() >= bodies.own[object].prod()
            lifted = [Spots(lattice, "above", subject)]
            return [Spots(lattice), *([Spots(lattice, "on", subject)] if carried else []), *lifted]
        case Predicate.NEXT_TO:
            points = around(bodies, object, subject)
            return [Spots(points), *_on_the_same_carrier(bodies, state, object, subject, points)]
        case Predicate.FACING | Predicate.FACING_AWAY:
            along = bodies.facing[subject] * (1.0 if wish.predicate is Predicate.FACING else -1.0)
            return [Spots(beside(bodies, object, subject, along, np.array([-along[1], along[0]])))]
    direction = direction_of(setting, bodies, wish)
    if direction is None:
        return []
    along, across = direction
    return [Spots(beside(bodies, object, subject, -along, across))]
