"""The scene while it is being solved: where all things are now, where they came from, and what is wrong so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.layout.overlapping import TOLERANCE_M, sunk_depth
from sd3studio.core.layout.setting import Floats, Ints, Setting, State, turned
from sd3studio.core.layout.wishes import TRUE_FROM, Wish, grades_now
from sd3studio.core.relations import Bodies, Pairs
from sd3studio.core.scene.predicates import Predicate


@dataclass(slots=True)
class Places:
    """K places of one object: `center` (K, 3), `yaw` (K,), and on or in what it then stands, (K,)."""

    center: Floats
    yaw: Floats
    on: Ints
    within: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.center)

    def take(self, indices: Ints | list[int]) -> "Places":
        """The places at these indices."""
        return Places(self.center[indices], self.yaw[indices], self.on[indices], self.within[indices])

    @staticmethod
    def joined(parts: Iterable["Places"]) -> "Places":
        """All places of several, in this order."""
        listed = list(parts)
        return Places(*(np.concatenate([getattr(part, name) for part in listed]) for name in Places.__slots__))


@dataclass(slots=True)
class Scenery:
    """A state of a setting, its bodies, and the wishes by object.

    Parameters
    ----------
    home : where the objects were, and would like to stay
    bodies : the bodies at `state`; renewed by `put`
    allowed : (N, N) metres by which things were in each other at home, and may be
    """

    setting: Setting
    wishes: list[Wish]
    state: State
    home: State
    bodies: Bodies = field(init=False)
    allowed: Floats = field(init=False)
    wishes_of: dict[int, list[Wish]] = field(init=False)

    def __post_init__(self) -> None:
        self.bodies = self.setting.bodies(self.state.center, self.state.yaw)
        at_home = self.setting.bodies(self.home.center, self.home.yaw)
        self.allowed = sunk_depth(Pairs(at_home, at_home))
        self.wishes_of = {}
        for wish in self.wishes:
            for row in (wish.subject, wish.object):
                self.wishes_of.setdefault(row, []).append(wish)

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
        bodies = self.bodies.take(rows)
        excess = sunk_depth(Pairs(bodies, bodies)) - self.allowed[np.ix_(rows, rows)]
        first, second = np.nonzero(np.triu(excess > TOLERANCE_M, 1))
        pairs = zip(rows[first].tolist(), rows[second].tolist(), strict=True)
        return [(a, b) for a, b in pairs if not self._one_in_the_other(a, b)]

    def _one_in_the_other(self, a: int, b: int) -> bool:
        standing = self.state.standing
        return bool(
            (standing.within[a] and standing.on[a] == b)
            or (standing.within[b] and standing.on[b] == a)
            or any(w.predicate is Predicate.IN and {w.subject, w.object} == {a, b} for w in self.wishes_of.get(a, ()))
        )

    def can_move(self, row: int) -> bool:
        """True if an object may move, with all that stands on it."""
        carried = self.state.standing.carried_by(row)
        things, ids = self.setting.scene.objects, self.setting.ids
        return not self.setting.fixed[row] and not any(things[ids[other]].locked for other in carried)

    def put(self, row: int, place: Places) -> None:
        """Move one object to the first of these places, with all that stands on it."""
        state = self.state
        change = place.yaw[0] - state.yaw[row]
        for other in state.standing.carried_by(row):
            offset = turned(state.center[other] - state.center[row], np.array([change]))[0]
            state.center[other] = place.center[0] + offset
            state.yaw[other] += change
        state.center[row], state.yaw[row] = place.center[0], place.yaw[0]
        state.standing.on[row], state.standing.within[row] = place.on[0], place.within[0]
        self.bodies = self.setting.bodies(state.center, state.yaw)

    def present(self, row: int) -> Places:
        """The one place where an object is now."""
        state = self.state
        return Places(state.center, state.yaw, state.standing.on, state.standing.within).take([row])

    def anchor(self, row: int) -> tuple[Floats, float]:
        """Centre and yaw that an object would like: those at home, or at home on what has carried it since."""
        home, state = self.home, self.state
        carrier = int(home.standing.on[row])
        if carrier >= 0 and state.standing.on[row] == carrier:
            change = state.yaw[carrier] - home.yaw[carrier]
            offset = turned(home.center[row] - home.center[carrier], np.array([change]))[0]
            return state.center[carrier] + offset, float(home.yaw[row] + change)
        return home.center[row], float(home.yaw[row])
