"""All places that are worth judging for an object: the spots of its wishes, mixed, with heights and turns."""

import numpy as np

from sd3studio.core.layout.scenery import Places, Scenery
from sd3studio.core.layout.setting import FLOOR, FREE, Floats
from sd3studio.core.layout.spots import Spots, spots_for
from sd3studio.core.layout.wishes import HARD
from sd3studio.core.scene.boxes import facing_of
from sd3studio.core.scene.predicates import Predicate

ABOVE_GAPS_M = (0.3, 0.1, 0.6)
IN_LEVELS = (0.02, 0.15, 0.3, 0.5)
"""Heights above the base of what a thing is put in, as parts of its height."""

KEPT_TURN_RAD = np.radians(20.0)
"""What faces a thing this well already is not turned."""

COMBINED_VALUES = 22
ASIDE_SHARES = (0.25, 0.75, 1.5, 3.0)


def places_for(scenery: Scenery, row: int) -> Places:
    """Places to judge for an object; the first is the one where it is now."""
    mine = scenery.wishes_of.get(row, [])
    spots = [spot for wish in mine for spot in spots_for(scenery.setting, scenery.state, scenery.bodies, wish, row)]
    near = np.stack([scenery.state.center[row, :2], scenery.anchor(row)[0][:2]])
    points = np.concatenate([near, *(spot.points for spot in spots if spot.how == "stay"), *_aside(scenery, row)])
    if sum(not wish.turns for wish in mine) > 1:
        suggested = np.concatenate([near, *(spot.points for spot in spots)])
        points = np.concatenate([points, _combined(scenery, suggested)])
    found = [_at(scenery, row, spot) for spot in spots if spot.how != "stay"]
    if found and _must_be_carried(scenery, row):
        hows = sorted({(spot.how, spot.of) for spot in spots if spot.how != "stay"})
        found += [_at(scenery, row, Spots(points, how, of)) for how, of in hows]
        points = near
    places = Places.joined([*found, _staying(scenery, row, points)])
    own = [row, *scenery.state.standing.carried_by(row)]
    possible = places.take(np.flatnonzero(~np.isin(places.on, own)))
    return Places.joined([scenery.present(row), _with_orientation(scenery, row, possible)])


def places_like(scenery: Scenery, row: int, points: Floats, place: Places) -> Places:
    """Places at these points (K, 2) that are otherwise like the one `place`."""
    count = len(points)
    center = np.column_stack([points, np.full(count, place.center[0, 2])])
    like = Places(center, np.full(count, place.yaw[0]), np.repeat(place.on, count), np.repeat(place.within, count))
    return _with_orientation(scenery, row, like)


def _must_be_carried(scenery: Scenery, row: int) -> bool:
    """True if a wish says on or in what the object is."""
    return any(
        wish.subject == row and wish.weight == HARD and wish.predicate in (Predicate.ON, Predicate.IN)
        for wish in scenery.wishes_of.get(row, ())
    )


def _aside(scenery: Scenery, row: int) -> list[Floats]:
    """Points around the present place and around home."""
    angles = np.arange(12) * (np.pi / 6.0)
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    size = float(scenery.bodies.own[row].max())
    here, home = scenery.state.center[row, :2], scenery.anchor(row)[0][:2]
    return [center + size * share * ring for center in (here, home) for share in ASIDE_SHARES]


def _combined(scenery: Scenery, points: Floats) -> Floats:
    """Points that take their place to the right from one spot and their depth from another."""
    axes = np.stack([scenery.setting.view.right, scenery.setting.view.forward])
    picked = []
    for values in (points @ axes.T).T:
        distinct = np.unique(np.round(values, 3))
        chosen = np.linspace(0, len(distinct) - 1, min(COMBINED_VALUES, len(distinct))).round().astype(int)
        picked.append(distinct[chosen])
    return np.stack(np.meshgrid(*picked), axis=-1).reshape(-1, 2) @ axes


def _at(scenery: Scenery, row: int, spot: Spots) -> Places:
    """Places at the points of a spot that says how the object stands there, at the height that follows from it."""
    bodies, standing = scenery.bodies, scenery.state.standing
    base, surface = float(bodies.base_z[spot.of]), float(bodies.surface_z[spot.of])
    on, within = spot.of, False
    if spot.how == "on":
        levels = [surface]
    elif spot.how == "in":
        levels, within = [base + share * 2.0 * float(bodies.half_z[spot.of]) for share in IN_LEVELS], True
    elif spot.how == "above":
        levels, on = [surface + gap for gap in ABOVE_GAPS_M], FREE
    else:  # under: on what the other one stands on
        levels, on, within = [base], int(standing.on[spot.of]), bool(standing.within[spot.of])
    heights = np.repeat(np.array(levels) + scenery.setting.half_z[row], len(spot.points))
    center = np.column_stack([np.tile(spot.points, (len(levels), 1)), heights])
    count = len(center)
    yaw = np.full(count, scenery.state.yaw[row])
    return Places(center, yaw, np.full(count, on, np.intp), np.full(count, within))


def _staying(scenery: Scenery, row: int, points: Floats) -> Places:
    """Places at the present height; what leaves the thing that carries it goes down to the floor."""
    state, count = scenery.state, len(points)
    carrier = int(state.standing.on[row])
    height = np.full(count, state.center[row, 2])
    on = np.full(count, carrier, np.intp)
    within = np.full(count, state.standing.within[row])
    if carrier >= 0:
        local = (points - state.center[carrier, :2]) @ scenery.bodies.axes[carrier].T
        off = (np.abs(local) > scenery.bodies.own[carrier]).any(axis=1)
        height[off], on[off], within[off] = scenery.setting.half_z[row], FLOOR, False
    return Places(np.column_stack([points, height]), np.full(count, state.yaw[row]), on, within)


def _with_orientation(scenery: Scenery, row: int, places: Places) -> Places:
    """The places with the object turned as its wishes of orientation want it there."""
    turning = [wish for wish in scenery.wishes_of.get(row, ()) if wish.turns and wish.subject == row]
    if not turning:
        return places
    towards = np.zeros((len(places), 2))
    for wish in turning:
        way = scenery.bodies.center[wish.object, :2] - places.center[:, :2]
        way = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
        towards += way * (1.0 if wish.predicate is Predicate.FACING else -1.0) * wish.weight
    length = np.maximum(np.hypot(towards[:, 0], towards[:, 1]), 1e-9)
    cos = (facing_of(places.yaw)[:, :2] * towards).sum(axis=1) / length
    keep = (np.arccos(np.clip(cos, -1.0, 1.0)) <= KEPT_TURN_RAD) | (length < 1e-6)
    goal = np.arctan2(towards[:, 0], -towards[:, 1])
    return Places(places.center, np.where(keep, places.yaw, goal), places.on, places.within)
