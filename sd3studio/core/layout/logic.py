"""Contradictions that follow from the wishes alone, found or not by the search: linear conditions, circles of height.

Every directional wish needs the subject's centre ahead of the object's by a certain length, and within a cone; what is
on, in or next to a thing must be near enough. These are linear in the positions once the headings are known, and
necessary for a grade of 0.5, so that a programme without a solution proves a contradiction: circles of left and right
or of front and behind, in both frames, and things that can't fit between locked ones.
"""

from collections.abc import Sequence

import numpy as np

from sd3studio.core.layout.setting import Floats, Setting, State
from sd3studio.core.layout.spots import direction_of
from sd3studio.core.layout.wishes import Wish
from sd3studio.core.relations import Bodies
from sd3studio.core.relations.grading import COS2_FULL, COS2_NONE
from sd3studio.core.scene.predicates import Predicate

OUT_SHARE = 0.3 + 0.5 * (0.9 - 0.3)
"""Part of the smaller extent that must stand out ahead for a grade of 0.5 (see `relations.grading`)."""

CONE_TAN = float(np.sqrt(1.0 / (COS2_NONE + 0.5 * (COS2_FULL - COS2_NONE)) - 1.0))
NEAR_SHARE = 0.35 + 0.5 * (1.4 - 0.35)
LEAST_M = 1e-3

UPWARDS = (Predicate.ON, Predicate.IN, Predicate.ABOVE)


def contradict(setting: Setting, state: State, wishes: Sequence[Wish]) -> bool:
    """True if these wishes provably can't be met together."""
    return _opposite_looks(wishes) or _circle_of_heights(wishes) or not _places_exist(setting, state, wishes)


def _opposite_looks(wishes: Sequence[Wish]) -> bool:
    facing = {(w.subject, w.object) for w in wishes if w.predicate is Predicate.FACING}
    away = {(w.subject, w.object) for w in wishes if w.predicate is Predicate.FACING_AWAY}
    return bool(facing & away)


def _circle_of_heights(wishes: Sequence[Wish]) -> bool:
    """True if following "on", "in" and "above" leads back to where one started: nothing carries itself."""
    higher: dict[int, set[int]] = {}
    for wish in wishes:
        if wish.predicate in UPWARDS:
            higher.setdefault(wish.object, set()).add(wish.subject)
        elif wish.predicate is Predicate.UNDER:
            higher.setdefault(wish.subject, set()).add(wish.object)
    for start in higher:
        seen: set[int] = set()
        pending = list(higher[start])
        while pending:
            row = pending.pop()
            if row == start:
                return True
            if row not in seen:
                seen.add(row)
                pending += higher.get(row, ())
    return False


def _places_exist(setting: Setting, state: State, wishes: Sequence[Wish]) -> bool:
    """False if no positions on the ground meet the linear conditions of the wishes."""
    turning = {wish.subject for wish in wishes if wish.turns and not setting.fixed[wish.subject]}
    bodies = setting.bodies(state.center, state.yaw)
    rows: list[tuple[int, int, Floats, float]] = []  # direction . (c_subject - c_object) >= least
    for wish in wishes:
        rows += _conditions(setting, bodies, wish, turning)
    if not rows:
        return True
    free = sorted({end for a, b, _, _ in rows for end in (a, b) if not setting.fixed[end]})
    column = {row: 2 * k for k, row in enumerate(free)}
    matrix, limit = np.zeros((len(rows), 2 * len(free))), np.zeros(len(rows))
    for k, (subject, object, direction, least) in enumerate(rows):
        limit[k] = -least
        for end, sign in ((subject, -1.0), (object, 1.0)):
            if end in column:
                matrix[k, column[end] : column[end] + 2] += sign * direction
            else:
                limit[k] -= sign * float(direction @ state.center[end, :2])
    if not free:
        return bool((limit >= -1e-9).all())
    return _feasible(matrix, limit)


def _feasible(matrix: Floats, limit: Floats) -> bool:
    """True if some x has ``matrix @ x <= limit``."""
    from scipy.optimize import linprog  # type: ignore[import-untyped]

    answer = linprog(np.zeros(matrix.shape[1]), A_ub=matrix, b_ub=limit + 1e-7, bounds=(None, None), method="highs")
    return answer.status != 2


def _conditions(
    setting: Setting, bodies: Bodies, wish: Wish, turning: set[int]
) -> list[tuple[int, int, Floats, float]]:
    """Rows (subject, object, direction, least) of what a wish needs."""
    subject, object = wish.subject, wish.object
    known = subject not in turning and object not in turning
    pair = bodies.take([subject, object])
    if wish.predicate in (Predicate.LEFT_OF, Predicate.RIGHT_OF, Predicate.BEHIND, Predicate.IN_FRONT_OF):
        if wish.relation.frame == "object" and object in turning:
            return []
        direction = direction_of(setting, bodies, wish)
        assert direction is not None
        along, across = direction
        if not known:
            return [(subject, object, along, LEAST_M)]
        ahead, aside = pair.extent(along), pair.extent(across)
        free_along, free_across = abs(ahead[0] - ahead[1]), abs(aside[0] - aside[1])
        least = free_along + 2.0 * OUT_SHARE * float(ahead.min())
        # |across| <= free_across + CONE_TAN * (along - free_along)
        slack = CONE_TAN * free_along - free_across
        sides = [(subject, object, CONE_TAN * along + sign * across, slack) for sign in (-1.0, 1.0)]
        return [(subject, object, along, least), *sides]
    if not known:
        return []
    reach = _reach(pair, wish.predicate)
    if reach is None:
        return []
    axes = pair.axes[1]
    limits = pair.own[1] + np.array([pair.extent(axis)[0] for axis in axes]) + reach
    return [
        (subject, object, sign * axis, -float(limit))
        for axis, limit in zip(axes, limits, strict=True)
        for sign in (-1, 1)
    ]


def _reach(pair: Bodies, predicate: Predicate) -> float | None:
    """How far apart (m) the footprints may be along any axis of the object."""
    if predicate in (Predicate.ON, Predicate.IN):
        return 0.0
    if predicate is Predicate.NEXT_TO:
        return NEAR_SHARE * float(np.sqrt(pair.breadth[0] * pair.breadth[1]))
    return None
