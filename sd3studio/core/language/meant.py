"""Which objects of a scene a description means: by noun, attributes, place, order, pronoun or selection."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import SentenceError
from sd3studio.core.language.colours import colour_of
from sd3studio.core.language.commands import Pick, Place, Referent
from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.nouns import ANIMATE, PICTURE_NOUNS
from sd3studio.core.relations import View
from sd3studio.core.relations.conflicts import name_in
from sd3studio.core.relations.field import grade_of
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject

TRUE_FROM = 0.5
NEAR_COLOUR = 0.3
"""Greatest distance in sRGB at which a tint passes for a named colour."""
LISTED = 8
COLLECTIVE = frozenset({"furniture", "cutlery", "crockery", "everyone", "everybody", "stuff"})
"""Nouns that mean all of a kind."""
ANYTHING = frozenset({"thing", "object", "item", "something"})
"""Nouns that any object has."""


@dataclass(slots=True)
class Memory:
    """What was spoken of, the last first, and what is selected; `doubts` collects what was not clear."""

    selection: tuple[str, ...] = ()
    recent: list[tuple[str, ...]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def spoke_of(self, ids: Iterable[str]) -> None:
        """Remember that these were meant together."""
        named = tuple(dict.fromkeys(ids))
        if named:
            self.recent = [named, *(group for group in self.recent if group != named)][:50]


def meant(scene: Scene, referent: Referent, memory: Memory) -> tuple[str, ...]:
    """Ids of the objects that are meant.

    Where several fit and one is meant, the selected one is taken, then the one spoken of last, then the first; which
    it was is written to `memory.doubts`. Raises `SentenceError` if nothing fits.
    """
    ids = _by_pronoun(scene, referent, memory) if referent.pronoun else _by_description(scene, referent, memory)
    gone = {key for exception in referent.but for key in meant(scene, exception, memory)}
    ids = tuple(key for key in ids if key not in gone)
    if not ids:
        raise SentenceError(f"Nothing is left of “{referent.words}”.")
    memory.spoke_of(ids)
    return ids


def candidates(scene: Scene, referent: Referent) -> tuple[str, ...]:
    """Ids of all that the noun can mean, in the order of the scene; only the best kind of agreement counts."""
    if set(referent.nouns) & ANYTHING:
        return tuple(thing.id for thing in _named(scene) if thing.kind == "object")
    ranks = {thing.id: max((_likeness(thing, noun) for noun in referent.nouns), default=0) for thing in _named(scene)}
    best = max(ranks.values(), default=0)
    return tuple(key for key, rank in ranks.items() if rank == best) if best else ()


def _named(scene: Scene) -> tuple[SceneObject, ...]:
    return tuple(scene.objects.values())


def _likeness(thing: SceneObject, noun: str) -> int:
    """How well a noun names a thing: 0 not at all, 5 exactly."""
    label, head, net = thing.label.lower(), thing.label.lower().split()[-1], noun_net()
    if noun in (label, thing.id.lower()):
        return 5
    if noun == head or noun == thing.category or label.endswith(noun):
        return 4
    category = shipped_catalogue().category_of(noun)
    if category is not None and category in (thing.category, shipped_catalogue().category_of(label)):
        return 3
    if net.synonyms(noun, head) or net.synonyms(noun, label):
        return 2
    return 1 if net.is_kind(label, noun) or net.is_kind(head, noun) else 0


def _by_pronoun(scene: Scene, referent: Referent, memory: Memory) -> tuple[str, ...]:
    alive = [tuple(key for key in group if key in scene.objects) for group in memory.recent]
    alive = [group for group in alive if group]
    selected = tuple(key for key in memory.selection if key in scene.objects)
    if referent.pronoun == "everything":
        found = tuple(thing.id for thing in scene.objects.values() if thing.kind == "object")
    elif referent.pronoun == "rest":
        spoken = {key for group in alive for key in group}
        found = tuple(t.id for t in scene.objects.values() if t.kind == "object" and t.id not in spoken)
        if alive and referent.words.endswith("others"):  # "the first chair red and the others blue"
            kind = scene.objects[alive[0][0]].label
            found = tuple(key for key in found if scene.objects[key].label == kind) or found
    elif referent.pronoun == "this":
        found = selected or (alive[0] if alive else ())
    elif referent.pronoun == "he":
        groups = [g for g in (*alive, selected) if any(_head(scene, key) in ANIMATE for key in g)]
        found = groups[0] if groups else _living(scene)
    elif referent.pronoun == "them":
        several = [group for group in alive if len(group) > 1]
        found = several[0] if several else selected or tuple(key for group in alive[:2] for key in group)
    else:
        single = [group for group in alive if len(group) == 1]
        found = single[0] if single else selected or (alive[0] if alive else ())
    if not found and len(scene.objects) == 1:
        found = tuple(scene.objects)
    if not found:
        raise SentenceError(f"It is not clear what “{referent.words}” means. Name the thing, or select it first.")
    return found


def _head(scene: Scene, key: str) -> str:
    return scene.objects[key].label.split()[-1]


def _living(scene: Scene) -> tuple[str, ...]:
    return tuple(key for key in scene.objects if _head(scene, key) in ANIMATE)[:1]


def _by_description(scene: Scene, referent: Referent, memory: Memory) -> tuple[str, ...]:
    found = candidates(scene, referent)
    if not found:
        raise SentenceError(_nothing_like(scene, referent))
    found = _with_attributes(scene, referent, found, memory)
    for place in referent.places:
        found = _at_place(scene, referent, found, place, memory)
    if referent.other and len(found) > 1:
        last = set(memory.recent[0]) if memory.recent else set()
        found = tuple(key for key in found if key not in last) or found
    if referent.pick:
        return (_picked(scene, found, referent),)
    return _as_many(scene, referent, found, memory)


def _as_many(scene: Scene, referent: Referent, found: tuple[str, ...], memory: Memory) -> tuple[str, ...]:
    """All, or as many as are meant."""
    if referent.every or referent.plural or set(referent.nouns) & COLLECTIVE or (referent.count == len(found)):
        return found
    if referent.count > len(found):
        memory.doubts.append(f"“{referent.words}”: there {_are(len(found))}, taken {_and_names(scene, found)}.")
        return found
    order = sorted(found, key=lambda key: _rank(key, memory))
    taken = tuple(order[: referent.count])
    best = _rank(taken[-1], memory)
    if len(found) > referent.count and best >= len(memory.recent) + 1:
        memory.doubts.append(f"“{referent.words}” may mean any of {len(found)}: taken {_and_names(scene, taken)}.")
    elif len(found) > referent.count and best > 0:
        memory.doubts.append(
            f"“{referent.words}” may mean any of {len(found)}: taken {_and_names(scene, taken)}, spoken of before."
        )
    return taken


def _rank(key: str, memory: Memory) -> int:
    """0 for what is selected, then by how long ago it was spoken of."""
    if key in memory.selection:
        return 0
    return next((n for n, group in enumerate(memory.recent, start=1) if key in group), len(memory.recent) + 1)


def _with_attributes(scene: Scene, referent: Referent, found: tuple[str, ...], memory: Memory) -> tuple[str, ...]:
    if not referent.attributes:
        return found
    fitting = tuple(key for key in found if all(_has(scene.objects[key], word) for word in referent.attributes))
    if fitting:
        return fitting
    unknown = tuple(key for key in found if not any(_contradicts(scene.objects[key], w) for w in referent.attributes))
    if not unknown:
        raise SentenceError(_nothing_like(scene, referent))
    said = " ".join(referent.attributes)
    memory.doubts.append(
        f"Of no {referent.nouns[-1]} it is known that it is {said}: taken {_and_names(scene, unknown[:1])}."
    )
    return unknown


def _has(thing: SceneObject, word: str) -> bool:
    if word in thing.attributes or word in thing.label.lower().split():
        return True
    if word in ("big", "large", "small", "tall", "little", "long", "short"):
        return False
    wanted = colour_of(word)
    return (
        wanted is not None
        and thing.colour is not None
        and float(np.abs(np.subtract(wanted, thing.colour)).max()) < NEAR_COLOUR
    )


def _contradicts(thing: SceneObject, word: str) -> bool:
    """True if a thing is known to have another colour than the word names."""
    if colour_of(word) is None:
        return False
    return thing.colour is not None or any(colour_of(own) for own in thing.attributes)


def _at_place(
    scene: Scene, referent: Referent, found: tuple[str, ...], place: Place, memory: Memory
) -> tuple[str, ...]:
    """Those that are where a place phrase says."""
    if not place.of:
        return found
    references = [meant(scene, reference, memory) for reference in place.of]
    anything = bool(set(referent.nouns) & ANYTHING)
    if anything:
        found = tuple(key for key in found if not any(key in group for group in references))
    grades = {key: held_at(scene, key, place, references) for key in found}
    fitting = tuple(key for key in found if grades[key] >= TRUE_FROM)
    if fitting:
        return fitting
    if anything:
        raise SentenceError(_nothing_like(scene, referent))
    if not place.origin:
        taken = max(found, key=lambda key: grades[key])
        where = f"{place.words} {' and '.join(reference.words for reference in place.of)}"
        memory.doubts.append(f"No {referent.nouns[-1]} is {where}: taken {_and_names(scene, (taken,))}.")
        return (taken,)
    return found


def held_at(scene: Scene, key: str, place: Place, references: Sequence[Sequence[str]]) -> float:
    """How true it is, in [0, 1], that an object is at a place; the best of what each reference may mean."""
    if place.rule.manner == "between" and len(references) > 1:
        spot, first, second = (np.array(scene.objects[k].center[:2]) for k in (key, references[0][0], references[1][0]))
        along = second - first
        share = float((spot - first) @ along) / max(float(along @ along), 1e-9)
        aside = abs(float((spot - first) @ np.array([-along[1], along[0]]))) / max(float(along @ along), 1e-9)
        return float(0.1 < share < 0.9 and aside < 0.6)
    worst = 1.0
    for group in references:
        grades = [_grade(scene, key, place, other) for other in group if other != key]
        worst = min(worst, max(grades, default=0.0))
    return worst


def _grade(scene: Scene, key: str, place: Place, other: str) -> float:
    grade = grade_of(scene, key, place.rule.predicate, other, place.rule.frame)
    if place.origin and place.rule.predicate is Predicate.ON:
        grade = max(grade, grade_of(scene, key, Predicate.IN, other), grade_of(scene, key, Predicate.NEXT_TO, other))
    return grade


def _picked(scene: Scene, found: tuple[str, ...], referent: Referent) -> str:
    order = sorted(found, key=_key_of(scene, referent.pick, found))
    return order[min(referent.rank, len(order)) - 1]


def _key_of(scene: Scene, pick: Pick, found: tuple[str, ...]) -> Callable[[str], float]:
    view = View.of(scene.camera)
    eye = np.array(scene.camera.position)

    def value(key: str) -> float:
        thing = scene.objects[key]
        center = np.array(thing.center)
        if pick in ("left", "right"):
            return float(center[:2] @ view.right) * (1.0 if pick == "left" else -1.0)
        if pick in ("near", "far"):
            return float(np.linalg.norm(center - eye)) * (1.0 if pick == "near" else -1.0)
        if pick in ("big", "small"):
            return float(np.prod(thing.size)) * (1.0 if pick == "small" else -1.0)
        if pick in ("tall", "short"):
            return thing.size[2] * (1.0 if pick == "short" else -1.0)
        if pick in ("high", "low"):
            return thing.center[2] * (1.0 if pick == "low" else -1.0)
        return float(found.index(key)) * (1.0 if pick == "first" else -1.0)

    return value


def is_the_picture(referent: Referent) -> bool:
    """True for "the scene", "the picture", "the room" where no such thing is meant by it."""
    return any(
        noun in PICTURE_NOUNS or noun in ("room", "middle", "center", "centre", "corner") for noun in referent.nouns
    )


def _nothing_like(scene: Scene, referent: Referent) -> str:
    bare = referent.words.removeprefix("the ").removeprefix("a ").removeprefix("an ")
    labels = list(dict.fromkeys(thing.label for thing in scene.objects.values()))
    if not labels:
        return f"There is no “{bare}”: the scene is empty."
    more = f" and {len(labels) - LISTED} more" if len(labels) > LISTED else ""
    return f"There is no “{bare}” in the scene. There is: {', '.join(labels[:LISTED])}{more}."


def _are(count: int) -> str:
    return "is only one" if count == 1 else f"are only {count}"


def _and_names(scene: Scene, ids: Sequence[str]) -> str:
    names = [name_in(scene, key) for key in ids]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
