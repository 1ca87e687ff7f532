"""Batches: every combination once, names that sort and differ, bounds, paths into a request."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.batches import (
    Axis,
    Batch,
    make_batch,
    over_bookmarks,
    over_cameras,
    over_prompts,
    over_seeds,
    read_axis,
    with_field,
)
from sd3studio.core.errors import InputError
from sd3studio.core.requests import Control, GenerateImage
from sd3studio.core.scene import Bookmark, Camera, Scene, SceneObject

CHAIR = SceneObject(id="chair", label="chair", size=(0.5, 0.5, 0.9))
REQUEST = GenerateImage(
    scene=Scene.of([CHAIR]), controls=(Control(map="depth"), Control(map="boxes")), seed=5, guidance=3.0
)


def test_without_axes_a_batch_is_the_request_itself():
    (only,) = Batch(request=REQUEST).variants()
    assert only.request == REQUEST and only.name == "01"


def test_every_combination_is_made_once_and_the_last_axis_is_fastest():
    batch = make_batch(REQUEST, [over_seeds(2, first=7), read_axis("guidance=1,2.5")])
    made = [(variant.request.seed, variant.request.guidance, variant.name) for variant in batch.variants()]
    assert made == [
        (7, 1.0, "01-seed-7-guidance-1"),
        (7, 2.5, "02-seed-7-guidance-2.5"),
        (8, 1.0, "03-seed-8-guidance-1"),
        (8, 2.5, "04-seed-8-guidance-2.5"),
    ]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.lists(st.floats(0, 50), min_size=1, max_size=6, unique=True))
def test_names_differ_sort_in_order_and_only_the_varied_changes(seeds, guidances):
    batch = make_batch(REQUEST, [over_seeds(seeds), Axis(field="guidance", values=tuple(guidances))])
    variants = list(batch.variants())
    names = [variant.name for variant in variants]
    assert len(batch) == len(variants) == seeds * len(guidances)
    assert names == sorted(names) and len(set(names)) == len(names)
    for variant in variants:
        assert variant.request.replace(seed=5, guidance=3.0) == REQUEST
        assert variant.request.seed == variant.changed["seed"] and variant.request.scene is REQUEST.scene


def test_a_batch_goes_to_json_and_back():
    cameras = {"from the door": Camera(position=(1.0, -3.0, 2.0)), "top": Camera(position=(0.1, 0.0, 9.0))}
    batch = make_batch(REQUEST, [over_cameras(cameras), over_prompts(["", "a chair at night"])])
    again = Batch.model_validate_json(batch.model_dump_json())
    assert again == batch
    variants = list(again.variants())
    assert [variant.name for variant in variants][:2] == ["01-from-the-door-prompt-1", "02-from-the-door-prompt-2"]
    assert variants[2].request.scene.camera == cameras["top"]
    assert variants[3].request.prompt == "a chair at night"


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("guidance=1,2,4", (1, 2, 4)),
        ("steps=4..8", (4, 5, 6, 7, 8)),
        ("guidance=1..2:0.25", (1.0, 1.25, 1.5, 1.75, 2.0)),
        ("steps=4,10..12", (4, 10, 11, 12)),
        ("backend=render,sd3-mini", ("render", "sd3-mini")),
    ],
)
def test_axes_are_read_from_text(said, values):
    assert read_axis(said).values == values


def test_fields_deep_in_a_request_are_reached():
    assert with_field(REQUEST, "controls.boxes.strength", 0.5).controls[1].strength == 0.5
    assert with_field(REQUEST, "controls.0.end", 0.5).controls[0].end == 0.5
    assert with_field(REQUEST, "camera.fov_y", 0.7).scene.camera.fov_y == 0.7
    assert with_field(REQUEST, "light.sun", 0.2).scene.light.sun == 0.2
    assert with_field(REQUEST, "scene.objects.chair.yaw", math.pi).scene.objects["chair"].yaw == math.pi


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("guidence", 1, "no field 'guidence'.*guidance"),
        ("kind", 1, "no field 'kind'"),
        ("guidance", 99, "guidance can't be 99: .*less than or equal to 50"),
        ("steps", 1.5, "steps can't be 1.5"),
        ("controls.normal.strength", 1, "no 'normal' in controls.normal.strength; there are 2"),
        ("scene.objects.lamp.yaw", 1, "no 'lamp'"),
        ("seed.more", 1, "nothing below 'more'"),
    ],
)
def test_what_cannot_be_varied_is_a_sentence(field, value, said):
    with pytest.raises(InputError, match=said):
        with_field(REQUEST, field, value)


@pytest.mark.parametrize("said", ["guidance", "=1", "guidance=", "steps=5..1", "steps=1..9:0", "steps=a..b", "a b=1"])
def test_text_that_is_no_axis_is_a_sentence(said):
    with pytest.raises(InputError):
        read_axis(said)


def test_the_cameras_kept_with_a_scene_are_gone_through():
    kept = (Bookmark(name="door", camera=Camera(position=(1, -3, 2))), Bookmark(name="top", camera=Camera()))
    scene = REQUEST.scene.replace(bookmarks=kept)
    assert over_bookmarks(scene).names == ("door", "top")
    assert over_bookmarks(scene, ["top"]).values == (Camera(),)
    with pytest.raises(InputError, match="keeps no camera 'sofa'; it keeps: door, top"):
        over_bookmarks(scene, ["sofa"])
    with pytest.raises(InputError, match="bookmark"):
        over_bookmarks(REQUEST.scene)


def test_a_batch_is_bounded():
    with pytest.raises(InputError, match=r"would be 20,000 pictures; at most 10,000"):
        make_batch(REQUEST, [over_seeds(10_000), read_axis("guidance=1,2")])
    with pytest.raises(InputError, match=r"1 to 10,000 seeds, not 10,001"):
        over_seeds(10_001)
    with pytest.raises(InputError, match="at most 10,000"):
        read_axis("steps=1..99999999")
    with pytest.raises(InputError, match="varied twice"):
        make_batch(REQUEST, [over_seeds(2), read_axis("seed=1,2")])
    with pytest.raises(InputError, match="bookmark"):
        over_cameras({})
    with pytest.raises(InputError, match="prompt"):
        over_prompts([])
