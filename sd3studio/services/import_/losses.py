"""What a format loses, measured: the scene is written, read again, and compared field by field."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sd3studio.core.checking.expecting import iou
from sd3studio.core.errors import StudioError
from sd3studio.core.scene.picture_boxes import picture_camera, visible_box
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.services.export import make_export
from sd3studio.services.import_ import IMPORTERS

FIELDS = (
    "label", "category", "attributes", "center", "size", "yaw", "pitch", "roll", "photo_box", "mask", "truncated",
    "occluded", "checked", "score", "mesh", "colour", "prompt", "parent", "locked",
)  # fmt: skip
WHOLE = ("sentence", "title", "comments", "rejected", "bookmarks", "camera")
NEAR = 1e-4
HUNDREDTH_PX = 0.011
"""Photo boxes are written with two digits after the point."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A field that does not come back: of `count` of those `of` objects (or relations) that said something there."""

    field: str
    count: int
    of: int

    @property
    def sentence(self) -> str:
        """For a person."""
        return f"{self.field}: {self.count} of {self.of}"


def measured_losses(scene: Scene, format: str) -> tuple[Loss, ...] | None:
    """What of `scene` a round trip through `format` loses; None for formats that are not read again."""
    if format not in IMPORTERS:
        return None
    path = Path(f"/nowhere/scene{IMPORTERS[format].suffixes[0]}")
    files = dict(make_export(scene, format, path).files)
    others = {other.name: data for other, data in files.items()}
    try:
        again = IMPORTERS[format].read(files[path], path.name, lambda name: others.get(Path(name).name)).scenes[0].scene
    except (StudioError, KeyError, IndexError):
        return (Loss("everything", len(scene.objects), len(scene.objects)),)
    return compared(scene, again)


def compared(scene: Scene, again: Scene) -> tuple[Loss, ...]:
    """Fields in which a scene that came back says less or something else."""
    pairs = {thing.id: _same(again, scene, thing) for thing in scene.objects.values()}
    gone = sum(other is None for other in pairs.values())
    losses = [Loss("objects", gone, len(pairs))] if gone else []
    for field in FIELDS:
        said = [(scene.objects[key], other) for key, other in pairs.items() if other is not None]
        spoken = [(a, b) for a, b in said if _value(a, field) != _usual(field)]
        near = HUNDREDTH_PX if field == "photo_box" else NEAR
        lost = sum(not _equal(_value(a, field), _value(b, field), near) for a, b in spoken)
        if lost:
            losses.append(Loss(field, lost, len(spoken)))
    names = {key: other.id for key, other in pairs.items() if other is not None}
    kept = {(r.subject, r.predicate, r.object, r.frame) for r in again.relations}
    missing = sum(
        (names.get(r.subject), r.predicate, names.get(r.object), r.frame) not in kept for r in scene.relations
    )
    if missing:
        losses.append(Loss("relations", missing, len(scene.relations)))
    for field in WHOLE:
        value = getattr(scene, field)
        if value and not _equal_whole(field, value, getattr(again, field)):
            losses.append(Loss(field, 1, 1))
    if scene.photo is not None and again.photo is None:
        losses.append(Loss("photo", 1, 1))
    return tuple(losses)


def _same(again: Scene, scene: Scene, thing: SceneObject) -> SceneObject | None:
    """The object that came back: by id, else by label and box."""
    other = again.objects.get(thing.id)
    if other is not None and other.label == thing.label:
        return other
    box = thing.photo_box or visible_box(picture_camera(scene), thing)
    alike = [o for o in again.objects.values() if o.label.lower() == thing.label.lower() or o.label == thing.category]
    ranked = [(iou(box, o.photo_box) if box and o.photo_box else _near(thing, o), o.id) for o in alike]
    best = max(ranked, default=(0.0, ""))
    return again.objects[best[1]] if best[0] > 0.3 else None


def _near(a: SceneObject, b: SceneObject) -> float:
    return 1.0 / (1.0 + sum(abs(x - y) for x, y in zip(a.center, b.center, strict=True)))


def _value(thing: SceneObject, field: str) -> Any:
    return thing.provenance.score if field == "score" else getattr(thing, field)


def _usual(field: str) -> Any:
    if field in ("label", "center", "size"):
        return None
    return None if field == "score" else SceneObject.model_fields[field].get_default()


def _equal_whole(field: str, a: Any, b: Any) -> bool:
    if field != "camera":
        return bool(a == b)
    same = all(_equal(getattr(a, name), getattr(b, name)) for name in ("position", "fov_y", "roll", "width", "height"))
    return same and all(abs(x - y) < NEAR for x, y in zip(a.axes.ravel(), b.axes.ravel(), strict=True))


def _equal(a: Any, b: Any, near: float = NEAR) -> bool:
    if isinstance(a, float) and isinstance(b, int | float):
        return abs(a - b) <= near * (max(1.0, abs(a)) if near == NEAR else 1.0)
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return all(_equal(x, y, near) for x, y in zip(a, b, strict=True))
    return bool(a == b)
