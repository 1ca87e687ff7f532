"""Toys: beside a real train nothing is seen of a sandwich, so a toy train is meant.

Real sizes come first. Only where they leave one of a picture's few things too small to be made out, the large ones are
drawn as toys, as somebody does who has to show both. People and animals stay beside real things, and so does what is on
or in one. Groups, shares and sizes are ours.
"""

import re

from sd3studio.core.catalogue import CatalogueEntry, shipped_catalogue
from sd3studio.core.layout.showing import picture_shares
from sd3studio.core.layout.sizing import MOST_THINGS, TOLD, length_of
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import Size3
from sd3studio.core.scene.values import Scene, SceneObject

MADE_AS_TOYS = ("vehicles", "animals", "street")
"""Shelves of the catalogue whose things are often seen as toys or models."""
ALIVE = ("people", "animals")
JOINED = (Predicate.ON, Predicate.IN, Predicate.PART_OF)
TOY = re.compile(r"\b(?:toy|model|miniature)\b")
TOY_M = 0.35
"""Diagonal of a toy of which nothing else is told."""
SMALLEST_M, LARGEST_M = 0.15, 1.2
UNSEEN = 0.02
"""A thing that fills less of the picture can't be made out."""
UNLIKE = 7.0
"""So many times the size of the smallest thing is what becomes a toy, at least."""
TIMES = 2.5
"""Size of a toy in sizes of what it is shown with."""


def toy_size(entry: CatalogueEntry, diagonal_m: float = TOY_M) -> Size3 | None:
    """The size (m) of a toy of what an entry shows; None of what is no larger, or not made as a toy."""
    factor = diagonal_m / length_of(entry.size)
    if entry.group not in MADE_AS_TOYS or factor >= 1.0:
        return None
    width, depth, height = (round(side * factor, 4) for side in entry.size)
    return width, depth, height


def with_toys(scene: Scene, shown: Scene) -> Scene | None:
    """The scene with its large things as toys; None where that is not called for.

    Parameters
    ----------
    scene : before it was laid out
    shown : the same laid out at real sizes, with the camera of the picture
    """
    things = scene.solid_objects()
    if not 2 <= len(things) <= MOST_THINGS or min(picture_shares(shown).values()) >= UNSEEN:
        return None
    names = {thing.id for thing in things}
    small = min(things, key=lambda thing: length_of(thing.size))
    entry = shipped_catalogue().get(small.mesh)
    joined = any(r.predicate in JOINED and r.object in names for r in scene.relations)
    if joined or (entry is not None and entry.group in ALIVE):
        return None
    large = [thing for thing in things if length_of(thing.size) > UNLIKE * length_of(small.size)]
    toys = [toy for thing in large if (toy := _toy(thing, small)) is not None]
    return scene.with_objects(*toys) if toys and len(toys) == len(large) else None


def _toy(thing: SceneObject, small: SceneObject) -> SceneObject | None:
    entry = shipped_catalogue().get(thing.mesh)
    if entry is None or thing.locked or TOLD in thing.provenance.priors.get("size", ""):
        return None
    size = toy_size(entry, min(max(TIMES * length_of(small.size), SMALLEST_M), LARGEST_M))
    if size is None:
        return None
    why = f"{TOLD} it is a toy: beside a real {thing.label} the {small.label} could not be made out"
    told = thing.provenance.replace(priors={**thing.provenance.priors, "size": why})
    x, y, _ = thing.center
    label = f"toy {thing.label}"
    return thing.replace(label=label, size=size, center=(x, y, size[2] / 2.0), provenance=told)


def toy_note(toy: SceneObject) -> str:
    """What to tell of something that became a toy."""
    real, reason = toy.label.removeprefix("toy "), toy.provenance.priors["size"].partition(": ")[2]
    return f"The {real} is drawn as a toy, {max(toy.size):.2g} m long: {reason}."
