"""Photo boxes that follow their boxes in space: one truth on the photo and in the 3D view."""

from sd3studio.core.scene.picture_boxes import picture_camera, visible_box
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Scene, SceneObject

SAME_PX = 0.05
"""Boxes that were fitted to each other are off by less."""

PLACE = ("center", "size", "yaw", "pitch", "roll")


def with_photo_boxes(old: Scene, new: Scene) -> Scene:
    """`new` with the photo boxes of the things that stand elsewhere than in `old` (or are seen by another camera).

    Things without a photo box get none; a photo box that `new` itself has changed is left alone, and so is that of a
    thing which is out of sight now.
    """
    if new.photo is None:
        return new
    moved = [
        thing
        for key, thing in new.objects.items()
        if thing.photo_box is not None
        and (before := old.objects.get(key)) is not None
        and before.photo_box == thing.photo_box
        and (old.camera != new.camera or _is_elsewhere(before, thing))
    ]
    camera = picture_camera(new)
    boxes = {thing.id: visible_box(camera, thing) for thing in moved}
    changed = [
        thing.replace(photo_box=box)
        for thing in moved
        if (box := boxes[thing.id]) is not None and thing.photo_box and _off(box, thing.photo_box) > SAME_PX
    ]
    return new.with_objects(*changed) if changed else new


def _off(a: BoxPx, b: BoxPx) -> float:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def _is_elsewhere(before: SceneObject, thing: SceneObject) -> bool:
    return before is not thing and any(getattr(before, name) != getattr(thing, name) for name in PLACE)
