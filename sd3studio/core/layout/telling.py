"""What the solver says to the user."""

from collections.abc import Sequence

from sd3studio.core.relations.conflicts import name_in
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Relation, Scene


def statement(scene: Scene, relation: Relation) -> str:
    """A relation as a clause: "the chair is to the left of the table"."""
    subject, object = name_in(scene, relation.subject), name_in(scene, relation.object)
    own = relation.frame == "object" and relation.predicate in (
        Predicate.LEFT_OF,
        Predicate.RIGHT_OF,
        Predicate.BEHIND,
        Predicate.IN_FRONT_OF,
    )
    return f"{subject} is {relation.predicate.value} {object}{' (from its own side)' if own else ''}"


def sentence_of(
    scene: Scene,
    held: Sequence[Relation],
    broken: Sequence[Relation],
    clash: Sequence[Relation],
    moved: Sequence[str],
    wished: int,
    proven: bool,
) -> str:
    """One to three sentences on what was done, what could not be, and why.

    `proven` says that the clash is a contradiction in itself, not only that the search found no layout for it.
    """
    parts = []
    if len(clash) == 1:
        parts.append(f"{_capital(_single(scene, clash[0]))}.")
    elif clash:
        begin = "These can't all be true" if proven else "No layout was found in which all of these are true"
        parts.append(f"{begin}: {_joined([statement(scene, relation) for relation in clash])}.")
    others = [relation for relation in broken if relation not in clash]
    if others:
        parts.append(f"No longer or not true: {_joined([statement(scene, relation) for relation in others])}.")
    if wished and len(held) == wished and not moved:
        parts.append("All of that is so already.")
    elif moved:
        parts.append(f"Moved {_joined([name_in(scene, name) for name in moved])}.")
    elif wished:
        parts.append("Nothing was moved.")
    return " ".join(parts) or "There was nothing to do."


def _single(scene: Scene, relation: Relation) -> str:
    clause = statement(scene, relation)
    subject, object = scene.objects[relation.subject], scene.objects[relation.object]
    if subject.locked and object.locked:
        return f"{clause}: impossible, both are locked"
    if relation.predicate in (Predicate.BIGGER, Predicate.TALLER, Predicate.PART_OF):
        return f"{clause}: moving things can't change that"
    if relation.predicate is Predicate.UNDER and subject.size[2] >= object.size[2] * 0.8:
        return f"{clause}: it is {subject.size[2]:.2f} m high and does not fit below"
    if relation.predicate is Predicate.IN:
        return f"{clause}: it does not fit in"
    locked = name_in(scene, subject.id if subject.locked else object.id) if subject.locked or object.locked else ""
    return f"{clause}: no place was found for that{f' while {locked} is locked' if locked else ''}"


def joined_names(scene: Scene, ids: Sequence[str]) -> str:
    """ "the lamp, the cup and 3 more"."""
    names = [name_in(scene, key) for key in ids[:3]]
    return ", ".join(names) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")


def _joined(clauses: Sequence[str]) -> str:
    if len(clauses) < 2:
        return "".join(clauses)
    if len(clauses) > 6:
        return f"{', '.join(clauses[:5])} and {len(clauses) - 5} more"
    return f"{', '.join(clauses[:-1])} and {clauses[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
