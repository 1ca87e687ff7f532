"""What differs between two versions of a scene, in a few words."""

from collections.abc import Sequence

from sd3studio.core.scene.changes import LOOKS, changed_ids
from sd3studio.core.scene.values import Scene, SceneObject

MOST_NAMED = 2
"""So many things are named; of more, only how many."""


def said_changes(old: Scene, new: Scene) -> str:
    """What was done between two versions: ``moved lamp, added 2 chairs``. Empty if it is nothing that can be seen."""
    added = [thing for key, thing in new.objects.items() if key not in old.objects]
    removed = [thing for key, thing in old.objects.items() if key not in new.objects]
    looks = changed_ids(old, new, (*LOOKS, "hidden"))
    both = [(old.objects[key], thing) for key, thing in new.objects.items() if key in old.objects]
    said = [
        *_listed("added", added),
        *_listed("removed", removed),
        *_listed("moved", [b for a, b in both if _place(a) != _place(b) and a.size == b.size]),
        *_listed("resized", [b for a, b in both if a.size != b.size]),
        *_listed("changed", [b for _, b in both if b.id in looks]),
    ]
    if old.relations != new.relations:
        said.append("relations")
    if old.camera.replace(width=64, height=64) != new.camera.replace(width=64, height=64):
        said.append("camera")
    if old.light != new.light:
        said.append("light")
    return ", ".join(said)


def _listed(what: str, things: Sequence[SceneObject]) -> list[str]:
    if not things:
        return []
    if len(things) <= MOST_NAMED:
        return [f"{what} {' and '.join(thing.label for thing in things)}"]
    same = {thing.label for thing in things}
    return [f"{what} {len(things)} {f'of {same.pop()}' if len(same) == 1 else 'things'}"]


def _place(thing: SceneObject) -> tuple[object, ...]:
    return thing.center, thing.yaw, thing.pitch, thing.roll
