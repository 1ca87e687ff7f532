"""Why stored relations don't hold, in words, and what can be done about it with one click."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sd3studio.core.edits import AssertRelation, RetractRelation
from sd3studio.core.edits import Sequence as EditSequence
from sd3studio.core.layout.clashing import LIMIT_S, Clash, Repair, clash_in, repairs
from sd3studio.core.layout.keeping import boxes_set
from sd3studio.core.layout.satisfying import satisfy
from sd3studio.core.layout.telling import joined_names, statement
from sd3studio.core.relations.conflicts import Conflict, conflicts
from sd3studio.core.scene.values import Relation, Scene

MOST_OFFERED = 6
"""More repairs than these are not offered: nobody reads them."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is wrong with the stored relations of a scene.

    Parameters
    ----------
    sentence : for the user: the smallest set of relations that clash, or that all can be true
    conflicts : the stored relations that don't hold
    clash : the smallest clashing set; None where moving things makes all of them true
    repairs : ways out, the one that moves least first
    """

    sentence: str
    conflicts: tuple[Conflict, ...]
    clash: Clash | None
    repairs: tuple[Repair, ...]


def explain(scene: Scene, limit_s: float = LIMIT_S) -> Explanation | None:
    """Explain the conflicts of a scene; None if every stored relation holds (or can't be judged).

    Only relations that hang together with those that don't hold are looked at: through common objects, at any number
    of steps. Takes about twice `limit_s` at most where a clash has to be searched for.
    """
    wrong = conflicts(scene)
    if not wrong:
        return None
    wishes = connected_wishes(scene.relations, [conflict.relation for conflict in wrong])
    clash = clash_in(scene, wishes, limit_s)
    if clash is not None:
        offered = repairs(scene, clash, wishes, limit_s)
        return Explanation(clash.sentence, wrong, clash, offered[:MOST_OFFERED])
    return _without_clash(scene, wrong, wishes)


def connected_wishes(relations: Sequence[Relation], some: Iterable[Relation]) -> tuple[Relation, ...]:
    """The relations that share objects with `some`, and those that share objects with these, and so on; in order."""
    reached = {end for relation in some for end in (relation.subject, relation.object)}
    grown = True
    while grown:
        more = {end for r in relations if {r.subject, r.object} & reached for end in (r.subject, r.object)}
        grown = not more <= reached
        reached |= more
    return tuple(r for r in relations if r.subject in reached)


def _without_clash(scene: Scene, wrong: Sequence[Conflict], wishes: Sequence[Relation]) -> Explanation:
    """All can be true together: offer to move things, to say what is so instead, and to forget."""
    layout = satisfy(scene, wishes)
    moves = boxes_set(scene, layout.scene)
    broken = [relation for relation in layout.broken if relation in wishes]
    offered = []
    if moves and len(broken) < len(wrong):
        said = f"Move {joined_names(scene, layout.moved)}"
        said += f" (then left to do: {statement(scene, broken[0])})" if broken else ""
        offered.append(Repair(f"{said}.", EditSequence(tuple(moves), what="Make relations hold"), (), layout.moved))
    for conflict in wrong:
        offered += _given_up(scene, conflict)
    told = statement(scene, wrong[0].relation)
    sentence = wrong[0].sentence if len(wrong) == 1 else f"{len(wrong)} relations don't hold: {told}, and more."
    if not broken:
        sentence += " Moving things makes it so." if len(wrong) == 1 else " Moving things makes all of them so."
    return Explanation(sentence, tuple(wrong), None, tuple(offered[:MOST_OFFERED]))


def _given_up(scene: Scene, conflict: Conflict) -> list[Repair]:
    """Say what is so instead of one wish, or forget it; nothing is moved."""
    wish = conflict.relation
    given_up = RetractRelation(wish)
    forget = Repair(f"Give up “{statement(scene, wish)}”.", given_up, (wish,))
    fact = conflict.instead
    if fact is None:
        return [forget]
    so = wish.replace(subject=fact.subject, predicate=fact.predicate, object=fact.object, frame=fact.frame)
    said = f"Say what is so: {statement(scene, so)}."
    return [Repair(said, EditSequence((given_up, AssertRelation(so)), what="Say what is so"), (wish,)), forget]
