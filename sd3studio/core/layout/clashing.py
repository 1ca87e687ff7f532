"""Which wishes clash, as the smallest set that does, and what can be done about it with one click.

Deletion: wishes are left out one after the other, and those without which the rest can be met belong to the set
(Chinneck and Dravnieks 1991). Contradictions that follow from the wishes alone are proven by linear conditions; other
clashes are those for which the search finds no layout, and say so.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sd3studio.core.edits import AssertRelation, Edit, RetractRelation, SetLocked
from sd3studio.core.edits import Sequence as EditSequence
from sd3studio.core.errors import SceneError
from sd3studio.core.layout.keeping import boxes_set
from sd3studio.core.layout.logic import contradict
from sd3studio.core.layout.satisfying import satisfy
from sd3studio.core.layout.setting import Setting, State
from sd3studio.core.layout.solving import attempt
from sd3studio.core.layout.telling import joined_names, statement
from sd3studio.core.layout.wishes import HARD, Wish, can_be_moved_for, wishes_of
from sd3studio.core.relations.conflicts import name_in
from sd3studio.core.relations.field import grade_of
from sd3studio.core.scene.predicates import INVERSE
from sd3studio.core.scene.values import Relation, Scene

LIMIT_S = 2.0
TRUE_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Repair:
    """A way out of a clash.

    Parameters
    ----------
    sentence : for the button
    edit : the undoable step that does it
    drops : wishes that are given up
    moves : ids of what is moved by it
    """

    sentence: str
    edit: Edit
    drops: tuple[Relation, ...] = ()
    moves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clash:
    """Wishes that can't be met together.

    Parameters
    ----------
    wishes : the smallest set that was found
    proven : it is a contradiction in itself; else no layout was found
    minimal : each smaller part can be met; False where the time ran out before that was known
    sentence : for the user
    """

    wishes: tuple[Relation, ...]
    proven: bool
    minimal: bool
    sentence: str


def clash_in(scene: Scene, wishes: Sequence[Relation], limit_s: float = LIMIT_S) -> Clash | None:
    """The smallest clashing set of these wishes, or None if all can be met.

    Locked objects stay; all others may move. Stops searching after about `limit_s` and gives the smallest set that it
    has then. Raises `SceneError` if a wish names an object that is not in the scene.
    """
    for wish in wishes:
        for end in (wish.subject, wish.object):
            if end not in scene.objects:
                raise SceneError(f"The wish names {end!r}, which is not in the scene.")
    setting = Setting.of(_only(scene, wishes))
    state = State.of(setting)
    listed = wishes_of(setting, wishes, HARD)
    never = next((w for w in wishes if not can_be_moved_for(w) and _grade(scene, w) < TRUE_FROM), None)
    if never is not None:
        return Clash((never,), True, True, f"{_capital(statement(scene, never))}: moving things can't change that.")

    def contradicts(some: Sequence[Wish]) -> bool:
        return contradict(setting, state, some)

    def unmet(some: Sequence[Wish]) -> bool:
        return contradicts(some) or bool(attempt(setting, state, some, ()).unmet)

    impossible = contradicts(listed)
    deadline = time.monotonic() + limit_s  # from here on: the first question may load the solver, for seconds
    if impossible:
        core, minimal = _smallest(contradicts, listed, deadline)
        return _told(scene, core, proven=True, minimal=minimal)
    if not unmet(listed):
        return None
    core, minimal = _smallest(unmet, listed, deadline)
    return _told(scene, core, proven=contradicts(core), minimal=minimal)


def _smallest(
    fails: Callable[[Sequence[Wish]], bool], wishes: Sequence[Wish], deadline: float
) -> tuple[list[Wish], bool]:
    """A set of failing wishes without which none fails, and whether there was time to know that."""
    kept = list(wishes)
    for wish in reversed(wishes):
        if time.monotonic() > deadline:
            return kept, False
        rest = [other for other in kept if other is not wish]
        if rest and fails(rest):
            kept = rest
    return kept, True


def _told(scene: Scene, core: Sequence[Wish], proven: bool, minimal: bool) -> Clash:
    relations = tuple(wish.relation for wish in core)
    clauses = [statement(scene, relation) for relation in relations]
    said = clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])} and {clauses[-1]}"
    if len(clauses) == 1:
        sentence = f"{_capital(said)}: {'impossible' if proven else 'no layout was found for that'}."
    elif proven:
        sentence = f"These can't all be true: {said}."
    else:
        sentence = f"No layout was found in which all of these are true: {said}."
    if not minimal:
        sentence += " Some of them may have no part in it: time ran out."
    return Clash(relations, proven, minimal, sentence)


def repairs(
    scene: Scene, clash: Clash, wishes: Sequence[Relation] = (), limit_s: float = LIMIT_S
) -> tuple[Repair, ...]:
    """Ways out of a clash, the one that moves least first: give up one of its wishes, turn one round, unlock a thing.

    Giving one up also moves what the others need, if `wishes` (all of them) can then be met. Every repair leads to a
    scene in which no other wish of the clash is broken, or says in its sentence that something is left to do.
    """
    deadline = time.monotonic() + limit_s
    unique = {wish.key: wish for wish in (*wishes, *clash.wishes)}
    others = [wish for wish in unique.values() if wish not in clash.wishes]
    found: list[Repair | None] = []
    for wish in clash.wishes:
        found.append(_without(scene, wish, [*others, *(w for w in clash.wishes if w != wish)], deadline))
    if len(clash.wishes) > 1:
        found += [
            _turned_round(scene, wish, [*others, *(w for w in clash.wishes if w != wish)])
            for wish in clash.wishes
            if wish.predicate in INVERSE and INVERSE[wish.predicate] is not wish.predicate
            and time.monotonic() < deadline
        ]  # fmt: skip
    locked = dict.fromkeys(e for w in clash.wishes for e in (w.subject, w.object) if scene.objects[e].locked)
    unlocked = [_unlocked(scene, key, [*clash.wishes, *others], deadline) for key in locked]
    listed = [repair for repair in (*found, *unlocked) if repair is not None]
    return tuple(sorted(listed, key=lambda repair: len(repair.moves)))


def _without(scene: Scene, wish: Relation, rest: Sequence[Relation], deadline: float) -> Repair:
    """Give one wish up, and meet the rest if there is time to search for it."""
    said = f"Give up “{statement(scene, wish)}”"
    stored = [RetractRelation(wish)] if wish in scene.relations else []
    if not rest or time.monotonic() > deadline:
        return Repair(f"{said}.", EditSequence(tuple(stored), what="Give up a wish"), (wish,))
    start = stored[0].apply(scene) if stored else scene
    layout = satisfy(start, rest)
    moves = boxes_set(start, layout.scene)
    left = [one for one in rest if one not in layout.held]
    if left:
        said += f" (then left to do: {statement(scene, left[0])})"
    elif moves:
        said += f" and move {joined_names(scene, layout.moved)}"
    return Repair(f"{said}.", EditSequence((*stored, *moves), what="Give up a wish"), (wish,), layout.moved)


def _turned_round(scene: Scene, wish: Relation, rest: Sequence[Relation]) -> Repair | None:
    """Say the opposite of one wish, if that can be met with the others."""
    opposite = wish.replace(predicate=INVERSE[wish.predicate])
    layout = satisfy(scene, [*rest, opposite])
    if layout.clash or any(one not in layout.held for one in (*rest, opposite)):
        return None
    edits: list[Edit] = [RetractRelation(wish)] if wish in scene.relations else []
    edits += [AssertRelation(opposite), *boxes_set(scene, layout.scene)]
    said = f"Make it “{statement(scene, opposite)}”"
    said += f" and move {joined_names(scene, layout.moved)}" if layout.moved else ""
    return Repair(f"{said}.", EditSequence(tuple(edits), what="Turn a wish round"), (wish,), layout.moved)


def _unlocked(scene: Scene, key: str, wishes: Sequence[Relation], deadline: float) -> Repair | None:
    """Unlock a thing and move it, if that helps."""
    if time.monotonic() > deadline:
        return None
    free = SetLocked((key,), False)
    start = free.apply(scene)
    layout = satisfy(start, wishes)
    if any(wish not in layout.held for wish in wishes):
        return None
    edits = (free, *boxes_set(start, layout.scene))
    said = f"Unlock {name_in(scene, key)}" + (f" and move {joined_names(scene, layout.moved)}" if layout.moved else "")
    return Repair(f"{said}.", EditSequence(edits, what="Unlock and move"), (), layout.moved)


def _only(scene: Scene, wishes: Sequence[Relation]) -> Scene:
    """The objects that the wishes name: whether wishes contradict each other hangs on no others."""
    names = {end for wish in wishes for end in (wish.subject, wish.object)}
    things = [thing.replace(parent=None) for key, thing in scene.objects.items() if key in names]
    return Scene.of(things, camera=scene.camera)


def _grade(scene: Scene, relation: Relation) -> float:
    return grade_of(scene, relation.subject, relation.predicate, relation.object, relation.frame)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
