"""Control pictures follow the conventions of the networks that read them."""

import numpy as np
import pytest

from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.ml.generation.diffusers_controls import (
    MAX_BOXES,
    class_picture,
    control_pictures,
    grounding,
    normal_picture,
)
from sd3studio.render.palette import class_colour


@pytest.mark.parametrize(
    ("normal", "colour"),
    [
        ((0, 0, 1), (128, 128, 255)),  # towards the viewer
        ((0, 1, 0), (128, 255, 128)),  # up
        ((-1, 0, 0), (255, 128, 128)),  # left
        ((1, 0, 0), (0, 128, 128)),  # right
        ((0, 0, 0), (128, 128, 255)),  # nothing there
    ],
)
def test_normals_are_red_left_green_up_blue_towards_the_viewer(normal: tuple, colour: tuple) -> None:
    assert normal_picture(np.array([[normal]], np.float32))[0, 0].tolist() == pytest.approx(colour, abs=1)


def test_unnamed_ground_is_floor_and_emptiness_black() -> None:
    classes = np.array([[[0, 0, 0], [0, 0, 0], [9, 8, 7]]], np.uint8)
    depth = np.array([[2.0, np.inf, 2.0]], np.float32)
    assert class_picture(classes, depth)[0].tolist() == [list(class_colour("floor")), [0, 0, 0], [9, 8, 7]]


@pytest.mark.gl
def test_maps_of_a_scene_agree_with_each_other() -> None:
    chair = SceneObject(id="chair", label="chair", category="chair", center=(0.0, 0.0, 0.8), size=(1.5, 1.5, 1.6))
    scene = Scene.of([chair], camera=Camera(width=96, height=64))
    drawn = control_pictures(scene, ("depth", "normal", "class"))
    assert {name: picture.shape for name, picture in drawn.items()} == dict.fromkeys(drawn, (64, 96, 3))
    chairs = (drawn["class"] == class_colour("chair")).all(axis=-1)
    assert 200 < chairs.sum() < 64 * 96 / 2 and chairs[32, 48]
    assert (drawn["depth"][..., :1] == drawn["depth"]).all()
    assert drawn["depth"][chairs].mean() > drawn["depth"][:20].mean()
    assert drawn["normal"][chairs][:, 2].mean() > 150


def test_no_maps_are_drawn_for_no_controls() -> None:
    assert control_pictures(Scene(), ()) == {}


def test_only_the_nearest_things_get_a_box_when_there_are_too_many() -> None:
    things = [SceneObject(id=f"t{n}", label=f"thing {n}", center=(0.0, float(n), 0.5)) for n in range(MAX_BOXES + 5)]
    phrases, boxes = grounding(Scene.of(things))
    assert len(phrases) == len(boxes) == MAX_BOXES
    assert "a thing 0" in phrases and f"a thing {MAX_BOXES + 4}" not in phrases
