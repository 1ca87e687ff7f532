"""Renders of the sample street, right and damaged: pictures whose truth is known."""

from functools import cache
from pathlib import Path

import numpy as np

from sd3studio.core.locations import RESOURCES
from sd3studio.core.png import embed_record
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene import Relation, Scene
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.checking.layout import layout_of
from sd3studio.ml.generation.pictures import png_of
from sd3studio.render.maps import render_maps
from sd3studio.services.scene_files import read_scene_file

WIDTH, HEIGHT = 640, 448
RED = (0.75, 0.08, 0.08)
BLUE = (0.10, 0.20, 0.75)


@cache
def street() -> Scene:
    """The sample street without its trees, with a red car and three asserted relations."""
    scene = read_scene_file(RESOURCES / "samples" / "street.json")
    kept = {name: thing for name, thing in scene.objects.items() if thing.label != "tree"}
    kept["car"] = kept["car"].replace(colour=RED, attributes=("red",))
    relations = (
        Relation(subject="person-2", predicate=Predicate.RIGHT_OF, object="bicycle"),
        Relation(subject="person-2", predicate=Predicate.IN_FRONT_OF, object="bus"),
        Relation(subject="car", predicate=Predicate.LEFT_OF, object="bus"),
    )
    return scene.replace(objects=kept, relations=relations)


def without(scene: Scene, name: str) -> Scene:
    """The scene without an object and its relations."""
    kept = {key: thing for key, thing in scene.objects.items() if key != name}
    return scene.replace(objects=kept, relations=tuple(r for r in scene.relations if name not in (r.subject, r.object)))


def moved(scene: Scene, name: str, x: float, y: float) -> Scene:
    """The scene with an object moved over the ground to (x, y), metres."""
    thing = scene.objects[name]
    return scene.with_objects(thing.replace(center=(x, y, thing.center[2])))


@cache
def _drawn(key: str, width: int, height: int) -> np.ndarray:
    scene = _SCENES[key]
    camera = scene.camera.replace(width=width, height=height)
    return render_maps(scene.replace(camera=camera), maps=("rgb",), quality="final").rgb


_SCENES: dict[str, Scene] = {}


def pixels_of(scene: Scene) -> np.ndarray:
    """(H, W, 3) the scene as the Render backend draws it."""
    key = scene.model_dump_json()
    _SCENES[key] = scene
    return _drawn(key, WIDTH, HEIGHT)


def painted_over(scene: Scene, name: str) -> np.ndarray:
    """A render of the scene in which somebody painted over an object with what is behind it."""
    pixels = pixels_of(scene).copy()
    mask = layout_of(scene, WIDTH, HEIGHT).mask(name)
    pixels[mask] = pixels_of(without(scene, name))[mask]
    return pixels


def save(path: Path, pixels: np.ndarray, scene: Scene, backend: str = "render") -> str:
    """Write a picture with the record of its request; returns the path."""
    request = GenerateImage(scene=scene, backend=backend, width=WIDTH, height=HEIGHT)
    path.write_bytes(embed_record(png_of(pixels), request))
    return str(path)
