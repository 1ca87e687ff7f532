"""What changed between two scenes, as plain JSON data: the unit of the journal.

A delta holds only what differs: changed or new objects, ids of removed ones, the order of ids if it is not the old
order with new ones appended, and each other field that differs.
"""

from typing import Any

from sd3studio.core.scene.values import Scene, SceneObject

_FIELDS = tuple(name for name in Scene.model_fields if name != "objects")


def scene_delta(old: Scene, new: Scene) -> dict[str, Any]:
    """Plain data from which `apply_delta` makes `new` out of `old`."""
    changed = [thing for key, thing in new.objects.items() if old.objects.get(key) is not thing]
    delta: dict[str, Any] = {}
    if changed:
        delta["objects"] = [thing.model_dump(mode="json", exclude_none=True) for thing in changed]
    removed = [key for key in old.objects if key not in new.objects]
    if removed:
        delta["removed"] = removed
    kept = [key for key in old.objects if key in new.objects]
    appended = [key for key in new.objects if key not in old.objects]
    if kept + appended != list(new.objects):
        delta["order"] = list(new.objects)
    fields = {name: getattr(new, name) for name in _FIELDS if getattr(new, name) != getattr(old, name)}
    if fields:
        whole = new.model_dump(mode="json", include=set(fields))
        delta["fields"] = {name: whole[name] for name in fields}
    return delta


def apply_delta(scene: Scene, delta: dict[str, Any]) -> Scene:
    """The scene after a delta. Raises `ValueError`, `KeyError` or `TypeError` if it does not fit."""
    removed = set(delta.get("removed", ()))
    objects = {key: thing for key, thing in scene.objects.items() if key not in removed}
    for data in delta.get("objects", ()):
        thing = SceneObject.model_validate(data)
        objects[thing.id] = thing
    if "order" in delta:
        objects = {key: objects[key] for key in delta["order"]}
    fields = delta.get("fields", {})
    read = Scene.model_validate({**fields, "objects": objects}) if fields else None
    changes = {name: getattr(read, name) for name in fields}
    return scene.replace(objects=objects, **changes)
