"""Sizes that a sentence leaves open: of a chair and an airplane a large chair and a light aircraft are meant.

Things keep to what such things measure (the catalogue's bounds); only those of very unlike sizes come nearer to each
other, so that both can be made out in one picture.
"""

import math

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.scene.value import Size3
from sd3studio.core.scene.values import Scene, SceneObject

ALIKE = 4.0
"""So many times the size of another thing may a thing have and both are seen well; ours."""
MOST_THINGS = 4
TOLD = "changed because"
"""In what is said of a size that the text gives ("small")."""


def sized_alike(scene: Scene) -> Scene:
    """The scene with the largest and the smallest of its few things at sizes nearer to each other, if they differ much.

    What is locked, has a told size or is no mesh of the catalogue keeps its size, and so does everything where more
    than `MOST_THINGS` are together.
    """
    things = scene.solid_objects()
    if not 2 <= len(things) <= MOST_THINGS:
        return scene
    big, small = max(things, key=_length), min(things, key=_length)
    needed = _length(big) / max(_length(small), 1e-6) / ALIKE
    if needed <= 1.0:
        return scene
    least, most = _bounds(big)[0], _bounds(small)[1]
    growth = min(most, math.sqrt(needed))
    shrinking = min(1.0 / least, needed / growth)
    growth = min(most, needed / shrinking)
    return scene.with_objects(_scaled(big, 1.0 / shrinking, small), _scaled(small, growth, big))


def length_of(size: Size3) -> float:
    """The diagonal (m) of a box of this size."""
    return math.dist((0.0, 0.0, 0.0), size)


def _length(thing: SceneObject) -> float:
    return length_of(thing.size)


def _bounds(thing: SceneObject) -> tuple[float, float]:
    """By which factors a thing may be scaled as a whole and stay within what such things measure."""
    entry = shipped_catalogue().get(thing.mesh)
    if entry is None or thing.locked or TOLD in thing.provenance.priors.get("size", ""):
        return 1.0, 1.0
    least = max(low / own for low, own in zip(entry.size_low, thing.size, strict=True))
    most = min(high / own for high, own in zip(entry.size_high, thing.size, strict=True))
    return min(least, 1.0), max(most, 1.0)


def _scaled(thing: SceneObject, factor: float, other: SceneObject) -> SceneObject:
    if abs(factor - 1.0) < 0.01:
        return thing
    width, depth, height = (round(side * factor, 4) for side in thing.size)
    x, y, z = thing.center
    base = z - thing.size[2] / 2.0
    kind = "large" if factor > 1.0 else "small"
    said = f"that of a {kind} {thing.label}, so that it can be seen beside the {other.label}"
    priors = {**thing.provenance.priors, "size": said}
    return thing.replace(
        size=(width, depth, height),
        center=(x, y, base + height / 2.0),
        provenance=thing.provenance.replace(priors=priors),
    )
