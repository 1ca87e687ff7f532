"""A small street and its boxes, without a renderer: what the tests of the check look at."""

from dataclasses import replace

from sd3studio.core.checking.expecting import Expected, Sighting, area_px, detector_names
from sd3studio.core.relations.apparent import projected_boxes
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.core.scene.boxes import Boxes

CAMERA = Camera(position=(0.0, -9.0, 1.8), target=(0.0, 0.0, 0.8), width=600, height=400)
CLASSES = ("person", "car", "dog", "chair", "couch", "dining table", "potted plant", "cup", "cat", "truck")


def thing(name: str, at: tuple[float, float], size: tuple[float, float, float], **fields: object) -> SceneObject:
    """An object on the ground."""
    label = name.split("-")[0]
    return SceneObject(id=name, label=label, category=label, center=(*at, size[2] / 2), size=size, **fields)


CAR = thing("car", (-2.0, 0.0), (4.0, 1.8, 1.5))
PERSON = thing("person", (1.6, -1.0), (0.5, 0.4, 1.7))
DOG = thing("dog", (2.7, -1.2), (0.4, 0.8, 0.6))
STREET = Scene.of([CAR, PERSON, DOG], camera=CAMERA)


def box_of(item: SceneObject, camera: Camera = CAMERA) -> tuple[float, float, float, float]:
    """Box around the projection of an object, px."""
    x0, y0, x1, y1 = (float(v) for v in projected_boxes(Boxes.of([item]), camera)[0])
    return x0, y0, x1, y1


def expect(item: SceneObject, control: float = 0.98) -> Expected:
    """An object that is wholly visible and that the detectors see in a true render."""
    box = box_of(item)
    pixels = round(area_px(box))
    plain = Expected(item, box, box, pixels, pixels, detector_names(item, CLASSES))
    return replace(plain, control=box, control_score=control) if control else plain


def see(item: SceneObject, score: float = 0.9, label: str = "") -> Sighting:
    """The object as a perfect detector sees it."""
    return Sighting(label or item.label, score, box_of(item))
