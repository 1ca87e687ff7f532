"""A relation of a scene as a person types it: "lamp on table", "the cup to the left of chair-2", "椅子 左侧 桌子"."""

import re

from sd3studio.core.errors import InputError
from sd3studio.core.language.vocabulary import find_phrase
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Frame, Relation, Scene, SceneObject

FILLERS = ("the", "a", "an", "is", "are")
"""Words that say nothing, unless an object has one of them as its id."""
_NAMES = {predicate.value: predicate for predicate in Predicate}


def relation_told(scene: Scene, text: str, frame: Frame = "camera") -> Relation:
    """The relation between two objects of the scene that a text names by id or label.

    Any spatial phrase that the program understands may stand between them. Raises `InputError` that says which part of
    the text was not understood, or which objects a label may mean.
    """
    words = [word for word in text.split() if word in scene.objects or word.lower() not in FILLERS]
    reasons = []
    for length in range(min(6, len(words) - 2), 0, -1):
        for start in range(1, len(words) - length):
            found = _predicate(" ".join(words[start : start + length]))
            if found is None:
                continue
            predicate, inverse = found
            ends = (" ".join(words[:start]), " ".join(words[start + length :]))
            try:
                first, second = (_object_named(scene, name) for name in ends)
            except InputError as error:
                reasons.append(error)
                continue
            subject, other = (second, first) if inverse else (first, second)
            if subject == other:
                raise InputError(f"“{text}” relates {subject!r} with itself.")
            return Relation(subject=subject, predicate=predicate, object=other, frame=frame)
    if reasons:
        raise reasons[0]
    known = ", ".join(predicate.value for predicate in Predicate)
    raise InputError(f"“{text}” is not “THING PREDICATE THING”. Predicates are: {known}.")


def _predicate(phrase: str) -> tuple[Predicate, bool] | None:
    """What a phrase means, and whether subject and object change places."""
    if phrase.lower() in _NAMES:
        return _NAMES[phrase.lower()], False
    rule = find_phrase(phrase)
    if rule is None or rule.manner not in ("place", "verb") or not rule.certain:
        return None
    return rule.predicate, rule.inverse


def _object_named(scene: Scene, name: str) -> str:
    """Id of the object with this id, or with this label if only one has it; "blue car" names a car that is blue."""
    if name in scene.objects:
        return name
    wanted = re.sub(r"\s+", " ", name).casefold()
    found = [thing.id for thing in scene.objects.values() if wanted in _names_of(thing)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"“{name}” may be any of {', '.join(found[:8])}. Name it by its id.")
    there = ", ".join(list(scene.objects)[:12]) or "nothing"
    raise InputError(f"The scene has no “{name}”. It has: {there}.")


def _names_of(thing: SceneObject) -> set[str]:
    label = thing.label.casefold()
    return {label, *(f"{word.casefold()} {label}" for word in thing.attributes), thing.id.replace("-", " ").casefold()}
