"""Layout tags: to bins and back within half a bin, and bounded."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import SceneObject
from sd3studio.ml.training.data.tags import LayoutTags, TagBins

BINS = TagBins()
angles = st.floats(-math.pi, math.pi)
cameras = st.builds(
    lambda azimuth, height: Camera(
        position=(6.0 * math.sin(azimuth), -6.0 * math.cos(azimuth), height),
        target=(0.0, 0.0, 0.5),
        width=128,
        height=128,
    ),
    angles,
    st.floats(0.5, 4.0),
)
things = st.builds(
    lambda x, y, z, size, yaw: SceneObject(id="a", label="box", center=(x, y, z), size=size, yaw=yaw),
    st.floats(-1.5, 1.5), st.floats(-1.5, 1.5), st.floats(0.0, 1.5),
    st.tuples(*(st.floats(0.03, 15.0),) * 3), angles,
)  # fmt: skip


@given(things, cameras)
def test_the_way_back_is_off_by_at_most_half_a_bin(thing: SceneObject, camera: Camera) -> None:
    center, size, yaw = BINS.decode(BINS.encode(thing, camera), camera)
    before, depth = camera.project(np.array(thing.center))
    after, depth_after = camera.project(np.array(center))
    half_cell = camera.width * (1.0 + 2.0 * BINS.margin) / BINS.grid / 2.0
    assert (np.abs(after - before) <= half_cell + 1e-6).all()
    assert abs(math.log(depth_after / depth)) <= math.log(80.0 / 0.5) / BINS.depth / 2.0 + 1e-9
    assert all(
        abs(math.log(a / b)) <= math.log(1000.0) / BINS.size / 2.0 + 1e-9 for a, b in zip(size, thing.size, strict=True)
    )
    assert abs(math.remainder(yaw - thing.yaw, 2.0 * math.pi)) <= math.pi / BINS.yaw + 1e-9


@given(things, cameras)
def test_the_middle_of_a_bin_is_in_that_bin(thing: SceneObject, camera: Camera) -> None:
    tags = BINS.encode(thing, camera)
    center, size, yaw = BINS.decode(tags, camera)
    assert BINS.encode(thing.replace(center=center, size=size, yaw=yaw), camera) == tags


@given(things, cameras)
def test_every_word_is_in_the_vocabulary(thing: SceneObject, camera: Camera) -> None:
    assert set(BINS.encode(thing, camera).words()) <= set(BINS.vocabulary())


def test_turning_the_whole_scene_changes_no_tag() -> None:
    thing = SceneObject(id="a", label="box", center=(0.5, -0.4, 0.3), yaw=0.3)
    camera = Camera(position=(0.0, -6.0, 1.6), target=(0.0, 0.0, 0.8))
    turned = thing.replace(center=(0.4, 0.5, 0.3), yaw=0.3 + math.pi / 2.0)
    other = Camera(position=(6.0, 0.0, 1.6), target=(0.0, 0.0, 0.8))
    assert BINS.encode(thing, camera) == BINS.encode(turned, other)


def test_things_out_of_sight_are_put_at_the_edge() -> None:
    camera = Camera()
    far = SceneObject(id="a", label="box", center=(500.0, 400.0, 0.5))
    behind = SceneObject(id="b", label="box", center=(0.0, -50.0, 0.5))
    assert BINS.encode(far, camera).x == BINS.grid - 1
    assert BINS.encode(behind, camera).depth == 0


def test_a_tag_outside_the_bins_is_named() -> None:
    with pytest.raises(ValueError, match="the yaw tag 99 is outside its 16 bins"):
        BINS.decode(LayoutTags(x=0, y=0, depth=0, size=(0, 0, 0), yaw=99), Camera())
    with pytest.raises(ValidationError):
        TagBins(grid=1)
