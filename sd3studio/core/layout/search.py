"""The search of the solver: one object after the other goes to the best of many spots, the others staying as they are.

All spots of an object are judged at once, by the graded relations themselves, by interpenetration, by how well it
stands, and by how far it is from home. An object takes along what stands on it. Deterministic.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.layout.overlapping import TOLERANCE_M, sunk_depth
from sd3studio.core.layout.setting import FLOOR, FREE, Floats, Ints, Setting, State, turned
from sd3studio.core.layout.spots import Spots, spots_for
from sd3studio.core.layout.wishes import HARD, PLACED, TRUE_FROM, Wish, grades_between, grades_now, unmet_cost
from sd3studio.core.relations import Bodies, Pairs
from sd3studio.core.scene.boxes import facing_of
from sd3studio.core.scene.predicates import Predicate

OVERLAP_COST, SUNK_COST, OVERHANG_COST = 40.0, 60.0, 15.0
AWAY_COST, TURN_COST, CROWDED_COST = 4.0, 0.3, 1.0
CLEARANCE_M = 0.05
ABOVE_GAPS_M = (0.3, 0.1, 0.6)
IN_LEVELS = (0.02, 0.15, 0.3, 0.5)
KEPT_TURN_RAD = np.radians(20.0)
"""What faces a thing this well already is not turned."""
COMBINED_VALUES = 22
REFINE_STEPS_M = ((0.3, 0.15, 0.06), (0.08, 0.04, 0.02), (0.01, 0.005))
RING: Floats = np.array([[x, y] for x in (-1.0, 0.0, 1.0) for y in (-1.0, 0.0, 1.0) if x or y])
HOMEWARDS: Floats = np.array([[0.02], [0.05], [0.1], [0.2], [0.3], [0.45], [0.6], [0.8]])
NOT_CARRIED_COST, OFF_MIDDLE_COST = 30.0, 0.6


@dataclass(slots=True)
class Places:
    """K places of one object: `center` (K, 3), `yaw` (K,), and on or in what it then stands, (K,)."""

    center: Floats
    yaw: Floats
    on: Ints
    within: NDArray[np.bool_]

    def take(self, indices: Ints) -> "Places":
        """The places at these indices."""
        return Places(self.center[indices], self.yaw[indices], self.on[indices], self.within[indices])


@dataclass(slots=True)
class Search:
    """Moves objects of a setting until the wishes are met.

    Parameters
    ----------
    home : where the objects would like to stay; the farther from it, the dearer
    mobile : (N,) which may move
    pull : (N,) how dear a metre away from home is for each
    clearance_m : free space that is left around what is moved, where there is room
    """

    setting: Setting
    wishes: list[Wish]
    state: State
    home: State
    mobile: NDArray[np.bool_]
    pull: Floats
    clearance_m: float = CLEARANCE_M
    reach_m: float = 1.0
    _bodies: Bodies = field(init=False)
    _allowed: Floats = field(init=False)
    _wishes_of: dict[int, list[Wish]] = field(init=False)

    def __post_init__(self) -> None:
        self._bodies = self.setting.bodies(self.state.center, self.state.yaw)
        home = self.setting.bodies(self.home.center, self.home.yaw)
        self._allowed = sunk_depth(Pairs(home, home))
        self._wishes_of = {}
        for wish in self.wishes:
            for row in (wish.subject, wish.object):
                self._wishes_of.setdefault(row, []).append(wish)
        span = np.ptp(self.home.center[:, :2], axis=0) if len(self.setting) else np.zeros(2)
        self.reach_m = max(1.0, float(np.hypot(*span)))

    # What is wrong

    def unmet(self, wishes: Iterable[Wish]) -> list[Wish]:
        """Those of the wishes that are not true now."""
        listed = list(wishes)
        grades = grades_now(self.setting, self.state, listed)
        return [wish for wish, grade in zip(listed, grades, strict=True) if grade < TRUE_FROM]

    def collisions(self) -> list[tuple[int, int]]:
        """Pairs of rows that go into each other more than they did at home."""
        rows = np.flatnonzero(self.setting.solid)
        if len(rows) < 2:
            return []
        bodies = self._bodies.take(rows)
        excess = sunk_depth(Pairs(bodies, bodies)) - self._allowed[np.ix_(rows, rows)]
        first, second = np.nonzero(np.triu(excess > TOLERANCE_M, 1))
        pairs = zip(rows[first].tolist(), rows[second].tolist(), strict=True)
        return [(a, b) for a, b in pairs if not self._one_in_the_other(a, b)]

    def _one_in_the_other(self, a: int, b: int) -> bool:
        standing = self.state.standing
        return bool(
            (standing.within[a] and standing.on[a] == b)
            or (standing.within[b] and standing.on[b] == a)
            or any(w.predicate is Predicate.IN and {w.subject, w.object} == {a, b} for w in self._wishes_of.get(a, ()))
        )

    # Moving

    def can_move(self, row: int) -> bool:
        """True if an object may move, with all that stands on it."""
        carried = self.state.standing.carried_by(row)
        return bool(self.mobile[row]) and not any(
            self.setting.scene.objects[self.setting.ids[c]].locked for c in carried
        )

    def improve(self, row: int) -> bool:
        """Put one object (and what stands on it) where it costs least; True if it moved."""
        places = self._places(row)  # the present one comes first
        costs = self.costs(row, places)
        now, best = float(costs[0]), int(costs.argmin())
        place, cost = self._refined(row, places.take(np.array([best])), float(costs[best]))
        if cost >= now - 1e-6:
            return False
        self._put(row, place)
        return True

    def _refined(self, row: int, place: Places, cost: float) -> tuple[Places, float]:
        """A better place near a good one: a step aside, or a part of the way home."""
        axes = np.stack([self.setting.view.right, self.setting.view.forward])
        for steps in REFINE_STEPS_M:
            start, home = place.center[0, :2], self._anchor(row)[0][:2]
            rings = np.concatenate([step * RING for step in steps]) @ axes
            nearby = self._variants(row, np.concatenate([start + rings, start + HOMEWARDS * (home - start)]), place)
            costs = self.costs(row, nearby)
            best = int(costs.argmin())
            if costs[best] < cost - 1e-9:
                place, cost = nearby.take(np.array([best])), float(costs[best])
        return place, cost

    def _put(self, row: int, place: Places) -> None:
        state = self.state
        carried = state.standing.carried_by(row)
        change = place.yaw[0] - state.yaw[row]
        for other in carried:
            offset = turned(state.center[other] - state.center[row], np.array([change]))[0]
            state.center[other] = place.center[0] + offset
            state.yaw[other] += change
        state.center[row], state.yaw[row] = place.center[0], place.yaw[0]
        state.standing.on[row], state.standing.within[row] = place.on[0], place.within[0]
        self.refresh()

    def refresh(self) -> None:
        """Take over a state that was changed from outside."""
        self._bodies = self.setting.bodies(self.state.center, self.state.yaw)

    # Where to go

    def _now(self, row: int) -> Places:
        state = self.state
        return Places(
            state.center[row : row + 1].copy(),
            state.yaw[row : row + 1].copy(),
            state.standing.on[row : row + 1].copy(),
            state.standing.within[row : row + 1].copy(),
        )

    def _anchor(self, row: int) -> tuple[Floats, float]:
        """Where an object would like to be: at home, or at home on the thing that has carried it since."""
        carrier = int(self.home.standing.on[row])
        if carrier >= 0 and self.state.standing.on[row] == carrier:
            change = self.state.yaw[carrier] - self.home.yaw[carrier]
            offset = turned(self.home.center[row] - self.home.center[carrier], np.array([change]))[0]
            return self.state.center[carrier] + offset, float(self.home.yaw[row] + change)
        return self.home.center[row], float(self.home.yaw[row])

    def _places(self, row: int) -> Places:
        """All places that are worth judging for an object."""
        mine = self._wishes_of.get(row, [])
        spots = [spot for wish in mine for spot in spots_for(self.setting, self.state, self._bodies, wish, row)]
        anchor, now = self._anchor(row)[0][:2], self.state.center[row, :2]
        plain = [np.stack([now, anchor]), *(spot.points for spot in spots if spot.how == "stay")]
        points = np.concatenate([*plain, *self._aside(row)])
        if sum(not wish.turns for wish in mine) > 1:
            points = np.concatenate([points, self._combined(np.concatenate([s.points for s in spots] + [points[:2]]))])
        found = [self._at(row, spot) for spot in spots if spot.how != "stay"]
        if not self._must_be_placed(row):
            found.append(self._at(row, Spots(points)))
        elif found:
            hows = {(spot.how, spot.of) for spot in spots if spot.how in ("on", "in", "above", "under")}
            found += [self._at(row, Spots(points, how, of)) for how, of in sorted(hows)]
            found.append(self._at(row, Spots(np.stack([now, anchor]))))
        found.insert(0, self._now(row))
        places = Places(*(np.concatenate([getattr(f, name) for f in found]) for name in Places.__slots__))
        own = [row, *self.state.standing.carried_by(row)]
        return self._with_orientation(row, places.take(np.flatnonzero(~np.isin(places.on, own))))

    def _must_be_placed(self, row: int) -> bool:
        """True if a wish says on, in, over or under what the object is."""
        return any(
            wish.subject == row and wish.weight == HARD and wish.predicate in (Predicate.ON, Predicate.IN)
            for wish in self._wishes_of.get(row, ())
        )

    def _aside(self, row: int) -> list[Floats]:
        """Points around the present place and home, and beside what the object goes into."""
        ring = np.array([[np.cos(a), np.sin(a)] for a in np.arange(12) * (np.pi / 6.0)])
        size = float(self._bodies.own[row].max())
        here, home = self.state.center[row, :2], self._anchor(row)[0][:2]
        return [center + size * share * ring for center in (here, home) for share in (0.25, 0.75, 1.5, 3.0)]

    def _combined(self, points: Floats) -> Floats:
        """Points that take their place to the right from one spot and their depth from another."""
        axes = np.stack([self.setting.view.right, self.setting.view.forward])
        along = points @ axes.T
        picked = []
        for values in along.T:
            distinct = np.unique(np.round(values, 3))
            chosen = np.linspace(0, len(distinct) - 1, min(COMBINED_VALUES, len(distinct))).round().astype(int)
            picked.append(distinct[chosen])
        return np.stack(np.meshgrid(*picked), axis=-1).reshape(-1, 2) @ axes

    def _at(self, row: int, spot: Spots) -> Places:
        """Places at the points of a spot, with the height that follows from how the object stands there."""
        points, half = spot.points, float(self.setting.half_z[row])
        if spot.how == "stay":
            return self._staying(row, points)
        bodies, standing = self._bodies, self.state.standing
        base = float(bodies.base_z[spot.of])
        if spot.how == "on":
            levels, on, within = [float(bodies.surface_z[spot.of])], spot.of, False
        elif spot.how == "in":
            levels = [base + share * 2.0 * float(bodies.half_z[spot.of]) for share in IN_LEVELS]
            on, within = spot.of, True
        elif spot.how == "above":
            levels, on, within = [float(bodies.surface_z[spot.of]) + gap for gap in ABOVE_GAPS_M], FREE, False
        else:
            levels, on, within = [base], int(standing.on[spot.of]), bool(standing.within[spot.of])
        heights = np.repeat(np.array(levels) + half, len(points))
        count = len(heights)
        center = np.column_stack([np.tile(points, (len(levels), 1)), heights])
        yaw = np.full(count, self.state.yaw[row])
        return Places(center, yaw, np.full(count, on, np.intp), np.full(count, within))

    def _staying(self, row: int, points: Floats) -> Places:
        """Places at the present height; what leaves the thing that carries it goes down to the floor."""
        state, count = self.state, len(points)
        carrier = int(state.standing.on[row])
        height = np.full(count, state.center[row, 2])
        on = np.full(count, carrier, np.intp)
        within = np.full(count, state.standing.within[row])
        if carrier >= 0:
            local = (points - state.center[carrier, :2]) @ self._bodies.axes[carrier].T
            off = (np.abs(local) > self._bodies.own[carrier]).any(axis=1)
            height[off], on[off], within[off] = self.setting.half_z[row], FLOOR, False
        return Places(np.column_stack([points, height]), np.full(count, state.yaw[row]), on, within)

    def _variants(self, row: int, points: Floats, place: Places) -> Places:
        """Places at these points that are otherwise like `place`."""
        count = len(points)
        center = np.column_stack([points, np.full(count, place.center[0, 2])])
        like = Places(center, np.full(count, place.yaw[0]), np.repeat(place.on, count), np.repeat(place.within, count))
        return self._with_orientation(row, like)

    def _with_orientation(self, row: int, places: Places) -> Places:
        """The places with the object turned as its wishes of orientation want it there."""
        turning = [wish for wish in self._wishes_of.get(row, ()) if wish.turns and wish.subject == row]
        if not turning:
            return places
        towards = np.zeros((len(places.center), 2))
        for wish in turning:
            way = self._bodies.center[wish.object, :2] - places.center[:, :2]
            way = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
            towards += way * (1.0 if wish.predicate is Predicate.FACING else -1.0) * wish.weight
        goal = np.arctan2(towards[:, 0], -towards[:, 1])
        looks = facing_of(places.yaw)[:, :2]
        length = np.maximum(np.hypot(towards[:, 0], towards[:, 1]), 1e-9)
        turn = np.arccos(np.clip((looks * towards).sum(axis=1) / length, -1.0, 1.0))
        keep = (turn <= KEPT_TURN_RAD) | (length < 1e-6)
        return Places(places.center, np.where(keep, places.yaw, goal), places.on, places.within)

    # What a place costs

    def costs(self, row: int, places: Places) -> Floats:
        """(K,) cost of putting an object, with all that stands on it, at each of K places."""
        state = self.state
        members = [row, *state.standing.carried_by(row)]
        group = set(members)
        others = np.array([i for i in np.flatnonzero(self.setting.solid) if i not in group], np.intp)
        change = places.yaw - state.yaw[row]
        total = self._away_cost(row, places)
        for member in members:
            if member == row:
                center, yaw = places.center, places.yaw
            else:
                center = places.center + turned(state.center[member] - state.center[row], change)
                yaw = state.yaw[member] + change
            bodies = self.setting.bodies_of(member, center, yaw)
            total += self._wish_cost(member, bodies, group)
            if self.setting.solid[member] and len(others):
                total += self._collision_cost(member, bodies, others, places if member == row else None)
        return total + self._standing_cost(row, places)

    def _wish_cost(self, row: int, bodies: Bodies, group: set[int]) -> Floats:
        total = np.zeros(len(bodies))
        memo: dict[object, Pairs] = {}
        for wish in self._wishes_of.get(row, ()):
            other = wish.object if wish.subject == row else wish.subject
            if other in group:
                continue
            still = self._bodies.take([other])
            if wish.subject == row:
                grades = grades_between(self.setting, wish, bodies, still, memo)[:, 0]
            else:
                grades = grades_between(self.setting, wish, still, bodies, memo)[0]
            total += unmet_cost(grades, wish.weight)
        return total

    def _collision_cost(self, row: int, bodies: Bodies, others: Ints, places: Places | None) -> Floats:
        pairs = Pairs(bodies, self._bodies.take(others))
        depth = sunk_depth(pairs)
        exempt = np.zeros(depth.shape, bool)
        for wish in self._wishes_of.get(row, ()):
            if wish.predicate is Predicate.IN:
                exempt |= others[None, :] == (wish.object if wish.subject == row else wish.subject)
        if places is not None:
            exempt |= places.within[:, None] & (places.on[:, None] == others[None, :])
        exempt |= (self.state.standing.within[others] & (self.state.standing.on[others] == row))[None, :]
        depth = np.where(exempt, 0.0, depth)
        excess = np.maximum(depth - self._allowed[row, others][None, :], 0.0)
        cost = SUNK_COST * np.minimum(excess / 0.2, 1.0) + OVERLAP_COST * (excess > 0.5 * TOLERANCE_M)
        cost += 5.0 * np.minimum(depth, 1.0)
        if places is not None and self.clearance_m > 0.0:
            crowded = np.clip(1.0 - pairs.separation / self.clearance_m, 0.0, 1.0) * (pairs.common_height > 0.0)
            cost += CROWDED_COST * np.where(exempt | (depth == 0.0) & (pairs.separation < 0.0), 0.0, crowded)
        return cost.sum(axis=1)

    def _standing_cost(self, row: int, places: Places) -> Floats:
        """Cost of hanging over the edge of what carries it, and of not being carried by what a wish says."""
        total = np.zeros(len(places.center))
        for wish in self._wishes_of.get(row, ()):
            if wish.subject == row and wish.weight == HARD and wish.predicate in (Predicate.ON, Predicate.IN):
                total += NOT_CARRIED_COST * (places.on != wish.object)
                offset = (places.center[:, :2] - self.state.center[wish.object, :2]) @ self._bodies.axes[wish.object].T
                total += OFF_MIDDLE_COST * np.abs(offset / self._bodies.own[wish.object]).max(axis=1) ** 2
        for carrier in np.unique(places.on[places.on >= 0]).tolist():
            here = places.on == carrier
            bodies = self.setting.bodies_of(row, places.center[here], places.yaw[here])
            total[here] += OVERHANG_COST * (1.0 - Pairs(bodies, self._bodies.take([carrier])).overlap[:, 0])
        return total

    def _away_cost(self, row: int, places: Places) -> Floats:
        anchor, yaw = self._anchor(row)
        away = np.linalg.norm(places.center - anchor, axis=1)
        turn = np.abs(np.angle(np.exp(1j * (places.yaw - yaw))))
        return self.pull[row] * (AWAY_COST * away / self.reach_m + TURN_COST * turn)


def order_of(search: Search, rows: Iterable[int], wishes: Sequence[Wish]) -> list[int]:
    """Rows so that what is referred to, and what carries, comes before what refers to it or stands on it."""
    listed = sorted(set(rows))
    chosen = set(listed)
    before: dict[int, set[int]] = {row: set() for row in listed}
    for wish in wishes:
        if wish.subject in chosen and wish.object in chosen:
            first, second = wish.object, wish.subject
            if wish.predicate is Predicate.UNDER and search.state.standing.on[wish.object] == wish.subject:
                first, second = second, first
            before[second].add(first)
    for row in listed:
        carrier = int(search.state.standing.on[row])
        if carrier in chosen:
            before[row].add(carrier)
    ordered: list[int] = []
    while listed:
        ready = [row for row in listed if before[row] <= set(ordered)]
        # A circle: take the one that waits for the fewest.
        chosen_now = ready or [min(listed, key=lambda row: (len(before[row] - set(ordered)), row))]
        ordered.append(chosen_now[0])
        listed.remove(chosen_now[0])
    return ordered


__all__ = ["PLACED", "Places", "Search", "order_of"]
