"""The ground and the backdrop of scenes that name neither."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Camera, Scene, SceneObject
from sd3studio.ml.conditioning.backdrop import with_backdrop


def scene_of(*categories: str, camera: Camera | None = None) -> Scene:
    things = [
        SceneObject(id=f"{name}-{k}", label=name, category=name, center=(2.0 * k, 0.5 * k, 0.5), size=(1.0, 1.0, 1.0))
        for k, name in enumerate(categories)
    ]
    return Scene(objects={thing.id: thing for thing in things}, camera=camera or Camera())


def stuff_of(scene: Scene) -> set[str]:
    return {thing.label for thing in scene.objects.values() if thing.kind == "stuff"}


@pytest.mark.parametrize(
    ("categories", "stuff", "title"),
    [
        (("couch", "lamp"), {"floor", "wall"}, "room"),
        (("cup", "bench"), {"floor", "wall"}, "room"),
        (("car", "house"), {"road", "sky"}, "street"),
        (("dog", "tree"), {"grass", "sky"}, "field"),
        (("horse", "chair"), {"grass", "sky"}, "field"),
    ],
)
def test_things_on_nothing_get_the_place_that_suits_them(categories, stuff, title) -> None:
    placed = with_backdrop(scene_of(*categories))
    assert stuff_of(placed) == stuff
    assert placed.title == title


@pytest.mark.parametrize(("label", "stuff"), [("kitchen", {"floor", "wall"}), ("park", {"grass", "sky"})])
def test_a_named_place_decides_and_stays_the_title(label: str, stuff: set[str]) -> None:
    scene = scene_of("dog").with_objects(SceneObject(id=label, label=label, kind="concept"))
    placed = with_backdrop(scene)
    assert (stuff_of(placed), placed.title) == (stuff, label)


def test_the_time_of_day_is_kept() -> None:
    assert with_backdrop(scene_of("car").replace(title="a car at night")).title == "street at night"


def stretch(label: str, size: tuple[float, float, float]) -> SceneObject:
    return SceneObject(id=label, label=label, kind="stuff", center=(0.0, 0.0, -0.01), size=size)


def test_a_scene_with_ground_and_backdrop_stays_as_it_is() -> None:
    scene = scene_of("car").with_objects(stretch("snow", (9.0, 9.0, 0.02)), stretch("sky", (90.0, 0.1, 40.0)))
    assert with_backdrop(scene) is scene
    assert with_backdrop(Scene()).objects == {}


@pytest.mark.parametrize(
    ("label", "added", "title"),
    [
        ("beach", {"sky", "water"}, "beach"),
        ("snow", {"sky"}, "snowfield"),
        ("carpet", {"floor", "wall"}, "room"),
    ],
)
def test_a_patch_of_ground_goes_on_and_gets_a_backdrop(label: str, added: set[str], title: str) -> None:
    scene = scene_of("dog").with_objects(stretch(label, (3.0, 3.0, 0.02)))
    placed = with_backdrop(scene)
    new = [thing for key, thing in placed.objects.items() if key not in scene.objects]
    assert ({thing.label for thing in new}, placed.title) == (added, title)
    ground = placed.objects[label] if label != "carpet" else next(thing for thing in new if thing.label == "floor")
    assert ground.center[2] + ground.size[2] / 2.0 <= 0.0
    assert ground.size[0] > 20.0


def test_a_wall_alone_gets_a_floor() -> None:
    placed = with_backdrop(scene_of("couch").with_objects(stretch("wall", (6.0, 0.1, 2.6))))
    assert stuff_of(placed) == {"wall", "floor"}


@given(st.floats(-math.pi, math.pi), st.floats(-0.2, 1.4), st.floats(3.0, 30.0))
def test_the_wall_is_behind_everything_from_wherever_one_looks(azimuth, elevation, distance) -> None:
    flat = distance * math.cos(elevation)
    position = (flat * math.cos(azimuth), flat * math.sin(azimuth), distance * math.sin(elevation))
    scene = scene_of("couch", "lamp", camera=Camera(position=position, target=(1.0, 0.0, 0.5)))
    wall = next(thing for thing in with_backdrop(scene).objects.values() if thing.label == "wall")
    ahead = np.array(scene.camera.axes[2][:2])
    ahead /= np.linalg.norm(ahead)
    things = Boxes.of(scene.solid_objects()).corners()[..., :2] @ ahead
    assert things.max() < (Boxes.of([wall]).corners()[..., :2] @ ahead).min()
