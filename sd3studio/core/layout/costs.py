"""What a place costs: untrue wishes most, then interpenetration, then bad standing, then the way from home.

The weights are ours. They only need to keep this order in scenes of ordinary size.
"""

from dataclasses import dataclass

import numpy as np

from sd3studio.core.layout.overlapping import TOLERANCE_M, sunk_depth
from sd3studio.core.layout.scenery import Places, Scenery
from sd3studio.core.layout.setting import Floats, Ints, turned
from sd3studio.core.layout.wishes import HARD, grades_between, unmet_cost
from sd3studio.core.relations import Bodies, Pairs
from sd3studio.core.scene.predicates import Predicate

OVERLAP_COST, SUNK_COST, FULLY_SUNK_M = 40.0, 60.0, 0.2
"""Of going into a thing at all; of going in by `FULLY_SUNK_M` or more."""

ALLOWED_OVERLAP_COST = 5.0
OVERHANG_COST, NOT_CARRIED_COST, OFF_MIDDLE_COST = 15.0, 30.0, 0.6
AWAY_COST, TURN_COST, CROWDED_COST = 4.0, 0.3, 1.0


@dataclass(frozen=True, slots=True)
class Taste:
    """What counts among places that are all right.

    Parameters
    ----------
    pull : (N,) how dear moving is for each object
    reach_m : size of the scene: moving that far costs `AWAY_COST`
    clearance_m : free space that is left around what is moved, where there is room
    """

    pull: Floats
    reach_m: float
    clearance_m: float


def costs(scenery: Scenery, taste: Taste, row: int, places: Places) -> Floats:
    """(K,) cost of putting an object, with all that stands on it, at each of K places."""
    state = scenery.state
    carried = state.standing.carried_by(row)
    group = {row, *carried}
    others = np.array([i for i in np.flatnonzero(scenery.setting.solid).tolist() if i not in group], np.intp)
    bodies = scenery.setting.bodies_of(row, places.center, places.yaw)
    total = _away_cost(scenery, taste, row, places) + _standing_cost(scenery, row, places, bodies)
    total += _wish_cost(scenery, row, bodies, group) + _collision_cost(scenery, taste, row, bodies, others, places)
    change = places.yaw - state.yaw[row]
    for other in carried:
        center = places.center + turned(state.center[other] - state.center[row], change)
        along = scenery.setting.bodies_of(other, center, state.yaw[other] + change)
        total += _wish_cost(scenery, other, along, group) + _collision_cost(scenery, taste, other, along, others, None)
    return total


def _wish_cost(scenery: Scenery, row: int, bodies: Bodies, group: set[int]) -> Floats:
    """Cost of the wishes between an object and those that don't move along with it."""
    total = np.zeros(len(bodies))
    memo: dict[object, Pairs] = {}
    for wish in scenery.wishes_of.get(row, ()):
        other = wish.object if wish.subject == row else wish.subject
        if other in group:
            continue
        still = scenery.bodies.take([other])
        if wish.subject == row:
            grades = grades_between(scenery.setting, wish, bodies, still, memo)[:, 0]
        else:
            grades = grades_between(scenery.setting, wish, still, bodies, memo)[0]
        total += unmet_cost(grades, wish.weight)
    return total


def _collision_cost(
    scenery: Scenery, taste: Taste, row: int, bodies: Bodies, others: Ints, places: Places | None
) -> Floats:
    """Cost of going into other things; for the object that is moved itself (`places`) also of being crowded."""
    if not scenery.setting.solid[row] or not len(others):
        return np.zeros(len(bodies))
    pairs = Pairs(bodies, scenery.bodies.take(others))
    depth = sunk_depth(pairs)
    exempt = np.zeros(depth.shape, bool)
    for wish in scenery.wishes_of.get(row, ()):
        if wish.predicate is Predicate.IN:
            exempt |= others[None, :] == (wish.object if wish.subject == row else wish.subject)
    if places is not None:
        exempt |= places.within[:, None] & (places.on[:, None] == others[None, :])
    standing = scenery.state.standing
    exempt |= (standing.within[others] & (standing.on[others] == row))[None, :]
    depth = np.where(exempt, 0.0, depth)
    excess = np.maximum(depth - scenery.allowed[row, others][None, :], 0.0)
    cost = SUNK_COST * np.minimum(excess / FULLY_SUNK_M, 1.0) + OVERLAP_COST * (excess > 0.5 * TOLERANCE_M)
    cost += ALLOWED_OVERLAP_COST * np.minimum(depth, 1.0)
    if places is not None and taste.clearance_m > 0.0:
        crowded = np.clip(1.0 - pairs.separation / taste.clearance_m, 0.0, 1.0) * (pairs.common_height > 0.0)
        resting = (depth == 0.0) & (pairs.separation < 0.0)
        cost += CROWDED_COST * np.where(exempt | resting, 0.0, crowded)
    return np.asarray(cost.sum(axis=1))


def _standing_cost(scenery: Scenery, row: int, places: Places, bodies: Bodies) -> Floats:
    """Cost of hanging over the edge of what carries it, and of not being carried by what a wish says."""
    total = np.zeros(len(places))
    for wish in scenery.wishes_of.get(row, ()):
        if wish.subject == row and wish.weight == HARD and wish.predicate in (Predicate.ON, Predicate.IN):
            total += NOT_CARRIED_COST * (places.on != wish.object)
            offset = places.center[:, :2] - scenery.state.center[wish.object, :2]
            share = np.abs(offset @ scenery.bodies.axes[wish.object].T) / scenery.bodies.own[wish.object]
            total += OFF_MIDDLE_COST * share.max(axis=1) ** 2
    for carrier in np.unique(places.on[places.on >= 0]).tolist():
        here = np.flatnonzero(places.on == carrier)
        overlap = Pairs(bodies.take(here), scenery.bodies.take([carrier])).overlap[:, 0]
        total[here] += OVERHANG_COST * (1.0 - overlap)
    return total


def _away_cost(scenery: Scenery, taste: Taste, row: int, places: Places) -> Floats:
    anchor, yaw = scenery.anchor(row)
    away = np.linalg.norm(places.center - anchor, axis=1)
    turn = np.abs(np.angle(np.exp(1j * (places.yaw - yaw))))
    return np.asarray(taste.pull[row] * (AWAY_COST * away / taste.reach_m + TURN_COST * turn))
