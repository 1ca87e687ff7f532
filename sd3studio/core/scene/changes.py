"""Which things differ between two scenes, in looks and in place: what a picture of the one tells of the other."""

from collections.abc import Collection

from sd3studio.core.picture_controls import SlotTokens
from sd3studio.core.scene.values import Scene, SceneObject

LOOKS = ("label", "category", "kind", "attributes", "mesh", "colour", "prompt")
"""Fields that say how a thing looks."""
PLACES = ("center", "size", "yaw", "pitch", "roll", "hidden")
"""Fields that say where it is."""


def changed_ids(old: Scene, new: Scene, fields: Collection[str] = (*LOOKS, *PLACES)) -> frozenset[str]:
    """Ids of things that came, went, or differ in one of these fields."""
    both = old.objects.keys() & new.objects.keys()
    differ = {key for key in both if not _same(old.objects[key], new.objects[key], fields)}
    return frozenset(differ | (old.objects.keys() ^ new.objects.keys()))


def held_tokens(old: Scene, new: Scene, tokens: SlotTokens) -> SlotTokens:
    """The looks in a picture of `old` that `new` leaves as they were, the light's among them.

    A thing that only moved keeps its look.
    """
    relooked = changed_ids(old, new, LOOKS)
    return {key: codes for key, codes in tokens.items() if key not in relooked}


def _same(one: SceneObject, other: SceneObject, fields: Collection[str]) -> bool:
    return one is other or all(getattr(one, name) == getattr(other, name) for name in fields)
