"""What a prompt says of the things of a scene: "a red sofa, at night" gives the sofa and the light their words.

Ours. Nouns are matched to labels exactly, by the catalogue's synonyms, or by the likeness of their embeddings.
"""

import re
from collections.abc import Sequence

import numpy as np

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.checking.colours import lab_of
from sd3studio.core.language.colours import COLOURS, SHADES, first_colour
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.synthesis.dressing import PAINTED
from sd3studio.ml.conditioning.layout_map import time_of

MATERIALS = ("wooden", "leather", "glass", "metal", "stone", "brick")
SYNONYMS = {"wood": "wooden", "grey": "gray", "golden": "gold", "metallic": "metal", "steel": "metal", "dark": "dark"}
TIME_WORDS = {"night": "at night", "evening": "in the evening", "day": ""}
"""As titles of composed scenes have it; by day they say nothing."""
ALIKE = 0.62
"""Cosine from which two nouns may mean the same thing ("sofa" and "couch": 0.86)."""
NOT_NOUNS = frozenset(
    ("a", "an", "the", "and", "with", "of", "in", "on", "at", "by", "to", "is", "are", "it", "night", "evening", "day")
)


def told_scene(scene: Scene, prompt: str) -> Scene:
    """The scene with the attributes and the time of day that a prompt names, for conditioning alone.

    A colour or a material replaces what the thing had of the same sort. An adjective without a noun ("wooden") is said
    of everything that comes in any colour. What the prompt doesn't speak of stays, and so do things of a name of which
    one has these looks already.
    """
    said, general = looks_in(prompt)
    things = [thing for thing in scene.objects.values() if thing.kind != "concept"]
    changed = {}
    for noun, looks in said:
        meant = called(noun, things)
        if any(set(looks) <= set(thing.attributes) for thing in meant):
            continue  # "a red chair and a blue one", as the scene has them
        for thing in meant:
            changed[thing.id] = _with_looks(changed.get(thing.id, thing), looks)
    for thing in things:
        own = looks_in(thing.prompt)
        words = (*(look for _, looks in own[0] for look in looks), *own[1]) if thing.prompt else ()
        if general and thing.id not in changed and thing.category in PAINTED:
            words = (*general, *words)
        if words:
            changed[thing.id] = _with_looks(changed.get(thing.id, thing), words)
    time = time_of(prompt)
    title = scene.title
    if time and time != (time_of(title) or "day"):
        place = re.sub(r"\s*(at night|in the evening)$", "", title)
        title = f"{place} {TIME_WORDS[time]}".strip()
    return scene.with_objects(*changed.values()).replace(title=title)


TINTS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "beige", "black", "gray", "white")
"""Words that a tint without a word is told by."""
WOODS = ("brown", "beige", "orange", "yellow")
"""Tints that "wooden" says already."""


ONE_COLOUR = frozenset(
    ("horse", "elephant", "bear", "bird", "teddy bear", "fire hydrant", "apple", "banana", "orange", "carrot")
)
"""Categories that come in no colour but their own, one all over: said, it keeps elephants from being orange."""


def tinted_scene(scene: Scene) -> Scene:
    """The scene where things that are called by no colour have the word for their tint or their natural colour."""
    names = lab_of(np.array([COLOURS[name] for name in TINTS]))
    changed = []
    for thing in scene.solid_objects():
        entry = shipped_catalogue().get(thing.mesh)
        if thing.colour is None and thing.category in ONE_COLOUR and entry is not None:
            own = [word for word in entry.attributes if word in COLOURS]
            if len(own) == 1 and first_colour(thing.attributes) is None:
                changed.append(_with_looks(thing, own))
        elif thing.colour is not None and first_colour(thing.attributes) is None:
            distance = np.linalg.norm(names - lab_of(np.array([thing.colour])), axis=1)
            word = TINTS[int(distance.argmin())]
            if "wooden" not in thing.attributes or word not in WOODS:
                changed.append(_with_looks(thing, (word,)))
    return scene.with_objects(*changed)


def unknown_words(scene: Scene) -> dict[str, str]:
    """Label -> own prompt of things whose prompt holds no colour and no material: SD3 mini knows no other looks."""
    return {
        thing.label: thing.prompt.strip()
        for thing in scene.solid_objects()
        if thing.prompt.strip() and looks_in(thing.prompt) == ([], ())
    }


def looks_in(prompt: str) -> tuple[list[tuple[str, tuple[str, ...]]], tuple[str, ...]]:
    """Nouns, each with the next word, and the looks said of them ("desk lamp", ("red",)); and looks without a noun."""
    found: list[tuple[str, tuple[str, ...]]] = []
    general: list[str] = []
    for clause in re.split(r"[,.;:\n]|\bwith\b", prompt.lower()):
        words = [SYNONYMS.get(word, word) for word in re.findall(r"[a-z]+", clause)]
        looks: list[str] = []
        for place, word in enumerate([*words, ""]):
            if word in COLOURS or word in MATERIALS:
                looks.append(word)
            elif looks and (word in SHADES or word == "and"):
                continue
            elif looks:
                if word and word not in NOT_NOUNS:
                    after = words[place + 1] if place + 1 < len(words) else ""
                    found.append((f"{word} {after}".strip(), tuple(looks)))
                else:
                    general += looks
                looks = []
    return found, tuple(general)


def called(noun: str, things: Sequence[SceneObject]) -> list[SceneObject]:
    """The things that a noun (with the word after it) may mean.

    Those so called, else those whose last word it is, else those of its category, else the most alike ones.
    """
    first = noun.split()[0]
    tried = [name for word in (noun, first) for name in (word, word.removesuffix("s"))]
    for name in tried:
        if exact := [thing for thing in things if thing.label.lower() == name]:
            return exact
    for name in tried:
        if heads := [thing for thing in things if thing.label.lower().split()[-1] == name]:
            return heads
        category = shipped_catalogue().category_of(name)
        if same := [thing for thing in things if thing.category is not None and thing.category == category]:
            return same
    if not things:
        return []
    from sd3studio.ml.embedding import embed

    labels = sorted({thing.label for thing in things})
    likeness = embed(labels) @ embed([tried[-1]])[0]
    best = labels[int(likeness.argmax())] if float(np.max(likeness)) >= ALIKE else None
    return [thing for thing in things if thing.label == best]


def _with_looks(thing: SceneObject, looks: Sequence[str]) -> SceneObject:
    kept = [word for word in thing.attributes if word not in COLOURS and word not in MATERIALS]
    return thing.replace(attributes=tuple(dict.fromkeys((*looks, *kept))))
