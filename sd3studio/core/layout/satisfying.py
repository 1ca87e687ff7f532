"""`satisfy`: move objects so that wishes come true, and everything else stays as it is as far as possible."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from sd3studio.core.errors import SceneError
from sd3studio.core.layout.logic import contradict
from sd3studio.core.layout.setting import Setting, State
from sd3studio.core.layout.solving import CLEARANCE_M, Outcome, attempt, attempt_again
from sd3studio.core.layout.telling import sentence_of
from sd3studio.core.layout.wishes import HARD, SOFT, TRUE_FROM, Wish, can_be_moved_for, is_true, wishes_of
from sd3studio.core.relations.field import grade_of
from sd3studio.core.scene.values import Relation, Scene

NEIGHBOURS = 150
"""In a scene with more objects only so many around those that the wishes name are looked at."""

ROUND_M = 4
"""Decimals of positions (m) and yaws (rad) that are written."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the solver made of a scene.

    Parameters
    ----------
    scene : the scene with the objects moved; its relations are as before
    held, broken : wishes that are true now; wishes, and stored relations that were true before, that are not
    clash : a smallest set of wishes that can't be met together, empty if there is none
    moved : ids of the objects that were moved or turned
    sentence : what happened, for the user
    """

    scene: Scene
    held: tuple[Relation, ...]
    broken: tuple[Relation, ...]
    clash: tuple[Relation, ...]
    moved: tuple[str, ...]
    sentence: str


def satisfy(
    scene: Scene,
    wishes: Sequence[Relation],
    *,
    movable: Collection[str] | None = None,
    keep: Sequence[Relation] = (),
    clearance_m: float = CLEARANCE_M,
) -> Layout:
    """Move and turn objects so that the wishes come true.

    The subject of a wish moves rather than what it refers to, and nothing moves farther than it must. What stands on a
    moved object goes with it; locked objects, stuff and concepts stay. Objects don't go into each other more than they
    did, stand on the floor or on something, or keep their height if they were in the air. Only wishes of orientation
    turn objects. Relations in `keep` and those stored in the scene that are true stay true where that is possible.

    Where the wishes contradict each other the smallest set that does is named, the last one of it is given up, and the
    others are met. The same input gives the same layout.

    Parameters
    ----------
    movable : ids of the objects that may move; None: all that are not locked
    clearance_m : free space to leave around moved objects where there is room

    Raises `SceneError` if a wish names an object that is not in the scene.
    """
    _check(scene, wishes, keep)
    unique = tuple({wish.key: wish for wish in wishes}.values())
    near = _considered(scene, (*unique, *keep))
    setting = Setting.of(near, movable)
    state = State.of(setting)
    hard = wishes_of(setting, unique, HARD)
    stored = [r for r in (*keep, *near.relations) if can_be_moved_for(r) and is_true(setting, r)]
    wished = {wish.key for wish in unique}
    soft = wishes_of(setting, [relation for relation in stored if relation.key not in wished], SOFT)
    outcome, clash = _solve(setting, state, hard, soft, clearance_m)
    after = _written(scene, setting, outcome.state)
    held = tuple(wish for wish in unique if _holds(after, wish))
    lost = [wish.relation for wish in soft if not _holds(after, wish.relation)]
    broken = (*(wish for wish in unique if wish not in held), *lost)
    moved = tuple(name for name, thing in after.objects.items() if thing is not scene.objects[name])
    clashing = tuple(wish.relation for wish in clash)
    proven = bool(clash) and contradict(setting, state, clash)
    sentence = sentence_of(after, held, broken, clashing, moved, len(unique), proven)
    return Layout(after, held, broken, clashing, moved, sentence)


def _check(scene: Scene, wishes: Sequence[Relation], keep: Sequence[Relation]) -> None:
    for wish in (*wishes, *keep):
        for end in (wish.subject, wish.object):
            if end not in scene.objects:
                raise SceneError(
                    f'The wish "{wish.subject} {wish.predicate.value} {wish.object}" names {end!r}, which is not there.'
                )


def _considered(scene: Scene, wishes: Sequence[Relation]) -> Scene:
    """The scene, or of a big one the objects that wishes name and those nearest to them, with their relations."""
    if len(scene.objects) <= NEIGHBOURS:
        return scene
    names = {end for wish in wishes for end in (wish.subject, wish.object)}
    if not names:
        return Scene(camera=scene.camera)
    centers = np.array([thing.center for thing in scene.objects.values()])
    named = np.array([scene.objects[name].center for name in sorted(names)])
    distance = np.full(len(centers), np.inf)
    for center in named:
        distance = np.minimum(distance, np.linalg.norm(centers - center, axis=1))
    ids = list(scene.objects)
    names |= {ids[row] for row in np.argsort(distance, kind="stable")[:NEIGHBOURS].tolist()}
    things = [thing.replace(parent=None) for name, thing in scene.objects.items() if name in names]
    relations = tuple(r for r in scene.relations if r.subject in names and r.object in names)
    return Scene.of(things, relations=relations, camera=scene.camera)


def _solve(
    setting: Setting, state: State, hard: list[Wish], soft: list[Wish], clearance_m: float
) -> tuple[Outcome, tuple[Wish, ...]]:
    """The best outcome, and the first clash that was met; wishes of a clash are given up from the last on."""
    clash: tuple[Wish, ...] = ()
    wanted = list(hard)
    while True:
        outcome = attempt(setting, state, wanted, soft, clearance_m=clearance_m)
        if outcome.solved:
            return outcome, clash
        if not contradict(setting, state, wanted):
            again = attempt_again(setting, state, wanted, soft, clearance_m=clearance_m)
            outcome = min(outcome, again, key=lambda o: o.badness)
            if not outcome.unmet:
                return outcome, clash
        found = smallest_clash(setting, state, wanted, outcome.unmet)
        clash = clash or found
        if not found:
            return outcome, clash
        wanted.remove(found[-1])


def smallest_clash(setting: Setting, state: State, wishes: Sequence[Wish], unmet: Sequence[Wish]) -> tuple[Wish, ...]:
    """A set of wishes that can't be met together while each smaller part of it can; empty if none is found.

    Deletion-based: wishes are left out one by one, and those without which the rest can be met belong to the set.
    """
    core = _without_needless(lambda some: contradict(setting, state, some), wishes)

    def fails(some: Sequence[Wish]) -> bool:
        if attempt(setting, state, some, ()).unmet:
            return contradict(setting, state, some) or bool(attempt_again(setting, state, some, ()).unmet)
        return False

    if not core:
        for wish in unmet:
            if fails([wish]):
                return (wish,)
        for wish in unmet:
            for other in wishes:
                if other is not wish and {other.subject, other.object} & {wish.subject, wish.object}:
                    pair = [w for w in wishes if w in (wish, other)]
                    if fails(pair):
                        return tuple(pair)
        core = list(wishes)
    return tuple(_without_needless(fails, core))


def _without_needless(fails: Callable[[Sequence[Wish]], bool], wishes: Sequence[Wish]) -> list[Wish]:
    """The wishes without those that are not needed for failing; empty if they don't fail."""
    kept = list(wishes)
    if not fails(kept):
        return []
    for wish in reversed(list(wishes)):
        rest = [other for other in kept if other is not wish]
        if rest and fails(rest):
            kept = rest
    return kept


def _holds(scene: Scene, relation: Relation) -> bool:
    return grade_of(scene, relation.subject, relation.predicate, relation.object, relation.frame) >= TRUE_FROM


def _written(scene: Scene, setting: Setting, state: State) -> Scene:
    """The scene with the objects where the state has them; those that did not move are the same values."""
    changed = []
    for row, name in enumerate(setting.ids):
        thing = scene.objects[name]
        if np.abs(state.center[row] - thing.center).max() < 1e-6 and abs(state.yaw[row] - thing.yaw) < 1e-6:
            continue
        x, y, z = (round(float(v), ROUND_M) for v in state.center[row])
        yaw = float(np.angle(np.exp(1j * state.yaw[row]))) if abs(state.yaw[row] - thing.yaw) > 1e-6 else thing.yaw
        changed.append(thing.replace(center=(x, y, z), yaw=round(yaw, ROUND_M) if yaw != thing.yaw else yaw))
    return scene.with_objects(*changed) if changed else scene
