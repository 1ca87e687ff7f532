"""Slots of a view, tokens of a light, phrases of a prompt."""

import math

import numpy as np
import pytest
import torch

from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.core.scene.values import Light
from sd3studio.ml.conditioning.layout_map import (
    GEOMETRY,
    LAYOUT_WIDTH,
    camera_numbers,
    layout_rows,
    light_codes,
    phrases_of_prompt,
    slots_of,
    time_of,
)
from sd3studio.ml.nets.surface import light_of


def scene_of(count: int = 3) -> Scene:
    things = [SceneObject(id=f"thing-{k}", label="cup", category="cup", center=(k, 0, 1)) for k in range(count)]
    return Scene.of(things, camera=Camera(width=32, height=32), title="kitchen at night")


def test_slots_are_the_light_and_then_what_is_seen_by_area() -> None:
    ids = np.zeros((32, 32), int)
    ids[:4], ids[4:20] = 1, 3
    slots = slots_of(scene_of(), ids, np.where(ids > 0, 5.0, np.inf))
    assert slots.keys == ("", "thing-2", "stand-in-sky", "thing-0")
    assert slots.looks[0] == "night" and slots.labels[0] == "light"
    assert (slots.slot_map[0] == 3).all() and (slots.slot_map[4] == 1).all() and (slots.slot_map[31] == 2).all()
    assert slots.stuff.tolist() == [True, False, True, False]
    assert slots.geometry.shape == (4, GEOMETRY) and np.isfinite(slots.geometry).all()


def test_ground_that_is_no_object_gets_a_slot_of_its_own() -> None:
    ids = np.zeros((32, 32), int)
    slots = slots_of(scene_of(), ids, np.full((32, 32), 4.0))
    assert slots.labels == ("light", "floor") and (slots.slot_map == 1).all()


def test_more_things_than_slots_share_the_last_one() -> None:
    ids = np.repeat(np.arange(1, 33), 32).reshape(32, 32)
    slots = slots_of(scene_of(32), ids, np.full((32, 32), 4.0), max_slots=5)
    assert len(slots) == 5 and slots.slot_map.max() == 4 and slots.slot_map.min() == 1


def test_frames_bring_a_box_to_a_unit_cube() -> None:
    thing = SceneObject(id="a", label="table", center=(1.0, 2.0, 0.4), size=(2.0, 1.0, 0.8), yaw=0.7)
    scene = Scene.of([thing], camera=Camera(width=32, height=32))
    frame = slots_of(scene, np.ones((32, 32), int), np.full((32, 32), 3.0)).frames[1]
    corner = np.array([1.0, 0.5, 0.4])
    turn = np.array([[math.cos(0.7), -math.sin(0.7), 0], [math.sin(0.7), math.cos(0.7), 0], [0, 0, 1]])
    world = turn @ corner + np.array(thing.center)
    np.testing.assert_allclose(frame[:, :3] @ world + frame[:, 3], np.ones(3), atol=1e-5)


@pytest.mark.parametrize("azimuth", [-2.8, -1.0, 0.3, 3.0])
@pytest.mark.parametrize("elevation", [0.25, 1.2])
def test_a_light_comes_back_from_its_tokens(azimuth: float, elevation: float) -> None:
    camera = Camera(position=(2.0, -5.0, 2.0), width=64, height=64)
    light = Light(azimuth=azimuth, elevation=elevation, sun=0.8, ambient=0.4)
    codes = torch.from_numpy(light_codes(light, camera)).unsqueeze(0)
    direction, sun, ambient = light_of(codes, torch.from_numpy(camera_numbers(camera)).unsqueeze(0))
    level = math.cos(elevation)
    true = torch.tensor([math.cos(azimuth) * level, math.sin(azimuth) * level, math.sin(elevation)])
    assert float((direction[0] * true).sum()) > math.cos(math.radians(9.0))
    assert abs(float(sun) - 0.8) < 0.13 and abs(float(ambient) - 0.4) < 0.07


def test_layout_rows_hold_noun_looks_and_geometry() -> None:
    slots = slots_of(scene_of(), np.ones((32, 32), int), np.full((32, 32), 3.0))
    words = {text: np.full(384, k, np.float32) for k, text in enumerate(("", "light", "cup", "night"))}
    rows = layout_rows(slots, words)
    assert rows.shape == (2, LAYOUT_WIDTH)
    assert rows[0, 0] == 1.0 and rows[0, 384] == 3.0 and rows[1, 0] == 2.0 and rows[1, 384] == 0.0


def test_words_name_the_time_of_day_and_prompts_are_cut_into_phrases() -> None:
    assert [time_of(text) for text in ("a street at night", "sunset over a park", "a sunny room", "a knight")] == [
        *("night", "evening", "day", ""),
    ]
    assert phrases_of_prompt("a room with a red sofa and a lamp, at night.") == (
        "a room",
        "a red sofa",
        "a lamp",
        "at night",
    )
