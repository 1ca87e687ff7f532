"""Which labels a noun means: itself, synonyms, kinds of it ("vehicle": bus), what it is a kind of ("man": person)."""

from collections.abc import Collection, Iterable
from functools import lru_cache

from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.nouns import words
from sd3studio.core.language.wording import plural
from sd3studio.core.searching.query import SceneQuery, WantedThing

SAME, SYNONYM, KIND, GENERAL = 1.0, 0.97, 0.9, 0.7
"""How well labels answer: the noun itself, a synonym, a kind of it, and something of which it is a kind."""

ANYTHING = words("thing something anything object")
"""Words for things of any kind."""
PEOPLE = words("person people man men woman women child children boy girl kid guy lady adult human")


def likeness(noun: str, labels: Iterable[str]) -> dict[str, float]:
    """Those of `labels` (lower case) that `noun` can mean, with how well, in (0, 1]. General ones only if none else."""
    if noun.lower().strip() in ANYTHING:
        return dict.fromkeys(labels, SAME)
    graded = {label: grade for label in labels if (grade := _grade(noun, label)) > 0.0}
    better = {label: grade for label, grade in graded.items() if grade > GENERAL}
    return better or graded


@lru_cache(maxsize=100_000)
def _grade(noun: str, label: str) -> float:
    noun, head = noun.lower().strip(), label.split()[-1] if label.split() else label
    if noun in (label, plural(label)) or label == plural(noun) or _stem(noun) == _stem(label):
        return SAME
    net = noun_net()
    if net.synonyms(noun, label):
        return SYNONYM
    if noun == head and label.endswith(f" {noun}") and not _misleading(label):
        return KIND
    if noun in ("people", "person") and label in PEOPLE:
        return KIND if noun == "person" else SYNONYM
    if net.is_kind(label, noun):
        return KIND
    if noun in PEOPLE and label in ("person", "people"):
        return GENERAL
    return GENERAL if net.is_kind(noun, label) else 0.0


def resolved(query: SceneQuery, labels: Collection[str]) -> tuple[SceneQuery, list[dict[str, float]]]:
    """The query with attributes that belong to a label put there ("potted" + "plant"), and what each noun can mean."""
    things = [_whole(thing, labels) for thing in query.things]
    likenesses = [_meant(thing, labels) for thing in things]
    notes = list(query.notes)
    for thing, found in zip(things, likenesses, strict=True):
        if found and max(found.values()) <= GENERAL:
            said = " or ".join(f"“{label}”" for label in list(found)[:3])
            notes.append(f"Nothing is called “{thing.label}”; {said} is looked for, of which it is a kind.")
    return query.replace(things=tuple(things), notes=tuple(dict.fromkeys(notes))), likenesses


def _meant(thing: WantedThing, labels: Collection[str]) -> dict[str, float]:
    """What the noun and the other nouns that will do can mean."""
    found: dict[str, float] = {}
    for noun in (*thing.also, thing.label):
        for label, grade in likeness(noun, labels).items():
            found[label] = max(found.get(label, 0.0), grade)
    return found


def _whole(thing: WantedThing, labels: Collection[str]) -> WantedThing:
    for start in range(len(thing.attributes)):
        name = " ".join((*thing.attributes[start:], thing.label))
        if name in labels:
            return thing.replace(label=name, attributes=thing.attributes[:start])
    return thing


def _stem(name: str) -> str:
    """Each word without its plural: "sports ball" and "sport ball" are one."""
    return " ".join(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in name.split())


def _misleading(label: str) -> bool:
    """Compounds that are no kind of their head: a hot dog is no dog, a teddy bear no bear."""
    return label in ("hot dog", "teddy bear", "sports ball", "baseball bat", "cell phone")
