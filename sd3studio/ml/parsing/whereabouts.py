"""Where the things of a text stand when they are looked at: the place it names, or one where they are told best."""

from sd3studio.core.recognised import GROUNDS, OPEN_PLACES, telling_place
from sd3studio.core.scene.values import Provenance, Scene, SceneObject
from sd3studio.ml.conditioning.backdrop import SETTINGS, place_for

ENOUGH_BETTER = 0.25
"""By how much more, in summed logarithms, things must be told elsewhere (`telling_place`) to be put there."""


def place_of(scene: Scene) -> str:
    """The place for `core.recognised` that a scene names or that is painted around it; "" for the usual one."""
    named = [SETTINGS[thing.label][1] for thing in scene.objects.values() if thing.label in SETTINGS]
    named.sort(key=lambda place: place == OPEN_PLACES[0])  # a sky tells less than the snow under it
    place = named[0] if named else place_for(scene)
    return place if place in GROUNDS else ""


def open_ground(scene: Scene) -> tuple[str, SceneObject | None]:
    """A place under the sky where the scene's things are told best, and its ground; ("", None) where that is not open.

    It is open for things that are at home outside and not on a road, in a scene that has nothing else. The ground is
    marked as added by a model, and has no place of its own yet; None for the usual one, which is painted anyway.
    """
    things = scene.solid_objects()
    if len(things) < len(scene.objects) or place_for(scene) != "field":
        return "", None
    place = telling_place([thing.mesh for thing in things], ENOUGH_BETTER)
    if place == OPEN_PLACES[0]:
        return place, None
    label = GROUNDS[place]
    why = Provenance(source="model", detail="Nothing says where it is; things are told best there.")
    return place, SceneObject(id=scene.free_id(label), label=label, category=label, kind="stuff", provenance=why)
