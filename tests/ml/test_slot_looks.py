"""Looks read from pictures and taken over by other scenes; colours of photos."""

import numpy as np
import pytest

from sd3studio.core.scene import Scene, SceneObject
from sd3studio.ml.image_path import sample_picture
from sd3studio.ml.looks import looks_like, matched_colours, read_tokens
from sd3studio.ml.system import System
from tests.tiny_painter import room, tiny_painter


@pytest.fixture(scope="module")
def tiny() -> System:
    return tiny_painter()


@pytest.mark.gl
def test_looks_of_a_picture_are_read_by_the_ids_of_its_things(tiny: System) -> None:
    scene = room()
    pixels = list(sample_picture(scene, "", 0, 4, 4.0, 64, 64, tiny))[-1].pixels
    assert pixels is not None
    found = read_tokens(pixels, scene.replace(camera=scene.camera.replace(width=64, height=64)), tiny)
    assert {"", "floor", "wall", "couch"} <= found.keys()
    assert all(len(codes) == 6 and set(codes) <= set(range(5)) for codes in found.values())


def test_like_things_take_over_looks_unless_the_scene_names_another_colour() -> None:
    reference = Scene.of(
        [
            SceneObject(id="r-couch", label="couch", category="couch", attributes=("red",)),
            SceneObject(id="r-seat", label="stool", category="chair"),
            SceneObject(id="r-wall", label="wall", category="wall", kind="stuff"),
        ]
    )
    tokens = {"": (0,), "r-couch": (1,), "r-seat": (2,), "r-wall": (3,), "stand-in-floor": (4,)}
    scene = Scene.of(
        [
            SceneObject(id="couch", label="couch"),
            SceneObject(id="blue", label="couch", attributes=("blue",)),
            SceneObject(id="chair", label="chair", category="chair"),
            SceneObject(id="wall", label="wall", category="wall", kind="stuff"),
            SceneObject(id="lamp", label="lamp"),
        ]
    )
    assert looks_like(scene, reference, tokens) == {
        "": (0,), "couch": (1,), "chair": (2,), "wall": (3,), "stand-in-floor": (4,),
    }  # fmt: skip


def test_colours_are_matched_as_far_as_asked() -> None:
    rng = np.random.default_rng(0)
    grey = rng.integers(100, 150, (16, 16, 1)).repeat(3, 2).astype(np.uint8)
    red = np.clip(rng.normal((180, 60, 50), 10, (20, 20, 3)), 0, 255).astype(np.uint8)
    whole = matched_colours(grey, red, 1.0).reshape(-1, 3).mean(0)
    half = matched_colours(grey, red, 0.5).reshape(-1, 3).mean(0)
    assert np.abs(whole - red.reshape(-1, 3).mean(0)).max() < 12
    assert whole[0] > half[0] > 130
    assert np.abs(matched_colours(grey, red, 0.0).astype(int) - grey).max() <= 1
