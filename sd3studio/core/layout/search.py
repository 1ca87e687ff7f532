"""The search of the solver: one object after the other goes to the best of many places, the others staying as they are.

All places of an object are judged at once, by the graded relations themselves, by interpenetration, by how well it
stands, and by how far it is from home. An object takes along what stands on it. Deterministic.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from sd3studio.core.layout.candidates import places_for, places_like
from sd3studio.core.layout.costs import Taste, costs
from sd3studio.core.layout.scenery import Places, Scenery
from sd3studio.core.layout.setting import Floats
from sd3studio.core.layout.wishes import Wish
from sd3studio.core.scene.predicates import Predicate

REFINE_STEPS_M = ((0.3, 0.15, 0.06), (0.08, 0.04, 0.02), (0.01, 0.005))
RING: Floats = np.array([[x, y] for x in (-1.0, 0.0, 1.0) for y in (-1.0, 0.0, 1.0) if x or y])
HOMEWARDS: Floats = np.array([[0.02], [0.05], [0.1], [0.2], [0.3], [0.45], [0.6], [0.8]])
LEAST_GAIN = 1e-6


def improve(scenery: Scenery, taste: Taste, row: int) -> bool:
    """Put one object (and what stands on it) where it costs least; True if it moved."""
    places = places_for(scenery, row)  # the present one comes first
    prices = costs(scenery, taste, row, places)
    best = int(prices.argmin())
    place, price = _refined(scenery, taste, row, places.take([best]), float(prices[best]))
    if price >= float(prices[0]) - LEAST_GAIN:
        return False
    scenery.put(row, place)
    return True


def _refined(scenery: Scenery, taste: Taste, row: int, place: Places, price: float) -> tuple[Places, float]:
    """A better place near a good one: a step aside, or a part of the way home."""
    axes = np.stack([scenery.setting.view.right, scenery.setting.view.forward])
    home = scenery.anchor(row)[0][:2]
    for steps in REFINE_STEPS_M:
        start = place.center[0, :2]
        rings = np.concatenate([step * RING for step in steps]) @ axes
        nearby = places_like(scenery, row, np.concatenate([start + rings, start + HOMEWARDS * (home - start)]), place)
        prices = costs(scenery, taste, row, nearby)
        best = int(prices.argmin())
        if prices[best] < price - LEAST_GAIN:
            place, price = nearby.take([best]), float(prices[best])
    return place, price


def order_of(scenery: Scenery, rows: Iterable[int], wishes: Sequence[Wish]) -> list[int]:
    """Rows so that what is referred to, and what carries, comes before what refers to it or stands on it."""
    waiting = sorted(set(rows))
    before: dict[int, set[int]] = {row: set() for row in waiting}
    on = scenery.state.standing.on
    for wish in wishes:
        if wish.subject in before and wish.object in before:
            first, second = wish.object, wish.subject
            if wish.predicate is Predicate.UNDER and on[wish.object] == wish.subject:
                first, second = second, first
            before[second].add(first)
    for row in waiting:
        if int(on[row]) in before:
            before[row].add(int(on[row]))
    ordered: list[int] = []
    while waiting:
        # In a circle nothing is ready: take what waits for the fewest.
        chosen = min(waiting, key=lambda row: (len(before[row] - set(ordered)), row))
        ordered.append(chosen)
        waiting.remove(chosen)
    return ordered
