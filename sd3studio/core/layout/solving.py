"""One attempt to meet wishes, from a given scene: who may move first, and what is tried when that is not enough."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sd3studio.core.layout.costs import Taste
from sd3studio.core.layout.scenery import Scenery
from sd3studio.core.layout.search import improve, order_of
from sd3studio.core.layout.setting import FLOOR, Floats, Setting, State
from sd3studio.core.layout.wishes import AIM, Wish, grades_now
from sd3studio.core.scene.predicates import Predicate

PASSES = (4, 6, 8)
"""Rounds at each level: subjects only; what they refer to as well; everything."""

PULLS = (1.0, 4.0, 8.0)
"""How dear moving is for the subject of a wish, for what a wish refers to, for the rest."""

RESTARTS = 2
CLEARANCE_M = 0.05
GOOD_ENOUGH_GRADE = AIM - 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where an attempt ended, and what is still wrong; outcomes compare by `badness`, smaller is better."""

    state: State
    unmet: tuple[Wish, ...]
    collisions: int
    lost: tuple[Wish, ...]
    away_m: float

    @property
    def badness(self) -> tuple[int, int, int, float]:
        """Unmet wishes, interpenetrations, lost relations, metres moved."""
        return len(self.unmet), self.collisions, len(self.lost), self.away_m

    @property
    def solved(self) -> bool:
        """True if all wishes hold and nothing goes into anything."""
        return not self.unmet and not self.collisions


def attempt(
    setting: Setting,
    start: State,
    wishes: Sequence[Wish],
    keeps: Sequence[Wish],
    *,
    clearance_m: float = CLEARANCE_M,
) -> Outcome:
    """The best state found for these wishes (hard) and keeps (soft) without a shake, from `start`."""
    home = _untangled(setting, start.copy(), wishes)
    return _run(setting, home, home.copy(), wishes, keeps, clearance_m)


def attempt_again(
    setting: Setting, start: State, wishes: Sequence[Wish], keeps: Sequence[Wish], *, clearance_m: float = CLEARANCE_M
) -> Outcome:
    """The best of some attempts that begin with the subjects of the wishes elsewhere."""
    home = _untangled(setting, start.copy(), wishes)
    rng = np.random.default_rng(len(wishes))
    subjects = sorted({wish.subject for wish in wishes if not setting.fixed[wish.subject]})
    found: list[Outcome] = []
    for _ in range(RESTARTS if subjects else 1):
        found.append(_run(setting, home, _shaken(setting, home, subjects, rng), wishes, keeps, clearance_m))
        if found[-1].solved:
            break
    return min(found, key=lambda outcome: outcome.badness)


def _run(
    setting: Setting,
    home: State,
    state: State,
    wishes: Sequence[Wish],
    keeps: Sequence[Wish],
    clearance_m: float,
) -> Outcome:
    every = [*wishes, *keeps]
    scenery = Scenery(setting, every, state, home)
    taste = Taste(_pulls(setting, wishes), _size_m(home), clearance_m)
    level = 0
    for level, passes in enumerate(PASSES):
        for _ in range(passes):
            actors = _actors(scenery, wishes, keeps, level)
            if not actors or not _improve_all(scenery, taste, actors):
                break
        if not _wrong(scenery, wishes, keeps):
            break
    if level or len(wishes) > 1:
        _settle(scenery, taste)
    return Outcome(
        state=state,
        unmet=tuple(scenery.unmet(wishes)),
        collisions=len(scenery.collisions()),
        lost=tuple(scenery.unmet(keeps)),
        away_m=float(np.linalg.norm(state.center - home.center, axis=1).sum()),
    )


def _pulls(setting: Setting, wishes: Sequence[Wish]) -> Floats:
    pull = np.full(len(setting), PULLS[2])
    pull[[wish.object for wish in wishes]] = PULLS[1]
    pull[[wish.subject for wish in wishes]] = PULLS[0]
    return pull


def _size_m(state: State) -> float:
    return max(1.0, float(np.hypot(*np.ptp(state.center[:, :2], axis=0)))) if len(state.center) else 1.0


def _improve_all(scenery: Scenery, taste: Taste, actors: set[int]) -> bool:
    moved = False
    for row in order_of(scenery, actors, scenery.wishes):
        if scenery.can_move(row):
            moved |= improve(scenery, taste, row)
    return moved


def _wrong(scenery: Scenery, wishes: Sequence[Wish], keeps: Sequence[Wish]) -> bool:
    return bool(_short(scenery, wishes) or scenery.unmet(keeps) or scenery.collisions())


def _short(scenery: Scenery, wishes: Sequence[Wish]) -> list[Wish]:
    """Wishes that are not true with some margin."""
    grades = grades_now(scenery.setting, scenery.state, wishes)
    return [wish for wish, grade in zip(wishes, grades, strict=True) if grade < GOOD_ENOUGH_GRADE]


def _actors(scenery: Scenery, wishes: Sequence[Wish], keeps: Sequence[Wish], level: int) -> set[int]:
    """Who moves at a level: the subjects of what is untrue; also what they refer to; also all that is involved."""
    wrong = [*_short(scenery, wishes), *scenery.unmet(keeps)]
    actors = {wish.subject for wish in wrong}
    collisions = scenery.collisions()
    if level == 0:
        subjects = {wish.subject for wish in wishes}
        for a, b in collisions:
            actors |= ({a, b} & subjects) or {a, b}
        return actors
    actors |= {wish.object for wish in wrong} | {row for pair in collisions for row in pair}
    if level == 2 and actors:
        actors |= {end for wish in (*wishes, *keeps) for end in (wish.subject, wish.object)}
    return actors


def _settle(scenery: Scenery, taste: Taste) -> None:
    """Let what was moved go back as far as it can, now that all has its place."""
    moved = (np.abs(scenery.state.center - scenery.home.center) > 1e-6).any(axis=1)
    _improve_all(scenery, taste, set(np.flatnonzero(moved & ~scenery.setting.fixed).tolist()))


def _untangled(setting: Setting, state: State, wishes: Sequence[Wish]) -> State:
    """Before a thing is put on what stands on it, the two are taken apart."""
    standing = state.standing
    for wish in wishes:
        if wish.predicate not in (Predicate.ON, Predicate.IN):
            continue
        if wish.object in standing.carried_by(wish.subject) and not setting.fixed[wish.object]:
            row = wish.object
            base = state.center[wish.subject, 2] - setting.half_z[wish.subject]
            standing.on[row], standing.within[row] = standing.on[wish.subject], standing.within[wish.subject]
            state.center[row, 2] = base + setting.half_z[row]
            if standing.on[row] == row:
                standing.on[row] = FLOOR
    return state


def _shaken(setting: Setting, home: State, subjects: Sequence[int], rng: np.random.Generator) -> State:
    """Another start: the subjects of the wishes are somewhere else around the middle of all."""
    state = home.copy()
    middle = home.center[:, :2].mean(axis=0)
    span = max(1.0, float(np.hypot(*np.ptp(home.center[:, :2], axis=0))))
    for row in subjects:
        shift: Floats = middle + rng.normal(0.0, 0.4 * span, 2) - state.center[row, :2]
        if any(setting.scene.objects[setting.ids[c]].locked for c in state.standing.carried_by(row)):
            continue
        for other in (row, *state.standing.carried_by(row)):
            state.center[other, :2] += shift
    return state
