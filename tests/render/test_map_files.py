"""Control maps as files."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from sd3studio.core.errors import DataError, StudioError
from sd3studio.render.map_files import (
    depth_control,
    depth_limits,
    depth_mm,
    normal_control,
    png_bytes,
    read_depth_png,
    write_maps,
)
from sd3studio.render.maps import RenderedMaps

depths = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
    elements=st.one_of(st.floats(0.0009765625, 65.0, width=32), st.just(float("inf"))),
)


@given(depths)
def test_depth_survives_a_16_bit_png_to_half_a_millimetre(tmp_path_factory: pytest.TempPathFactory, depth) -> None:
    path = tmp_path_factory.mktemp("depth") / "depth.png"
    path.write_bytes(png_bytes(depth_mm(depth)))
    back = read_depth_png(path)
    assert back.shape == depth.shape
    assert np.array_equal(np.isinf(back), np.isinf(depth))
    shown = np.isfinite(depth)
    assert np.abs(back[shown] - depth[shown]).max(initial=0.0) <= 0.00051


def test_depth_beyond_16_bits_is_clipped_not_wrapped() -> None:
    assert depth_mm(np.float32([[70.0, 1e6]])).tolist() == [[65_535, 65_535]]


def test_a_colour_picture_is_not_a_depth_map(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "photo.png")
    with pytest.raises(DataError, match=r"photo\.png is not a 16-bit depth map"):
        read_depth_png(tmp_path / "photo.png")


@given(depths)
def test_depth_control_is_brighter_where_it_is_nearer(depth) -> None:
    grey = depth_control(depth).astype(int)
    assert (grey[np.isinf(depth)] == 0).all()
    order = np.argsort(depth[np.isfinite(depth)], kind="stable")
    assert (np.diff(grey[np.isfinite(depth)][order]) <= 0).all()


def test_depth_control_obeys_its_handles() -> None:
    depth = np.float32([[1.0, 2.0, 4.0, np.inf]])
    assert depth_control(depth, near_m=2.0, far_m=4.0).tolist() == [[255, 255, 1, 0]]
    assert depth_control(depth, near_m=1.0, far_m=5.0, inverse=False).tolist() == [[255, 192, 64, 0]]


def test_a_few_pixels_beside_a_wall_take_no_contrast_from_the_room() -> None:
    depth = np.linspace(2.0, 8.0, 38_400, dtype=np.float32).reshape(160, 240)
    room = depth_control(depth).astype(int)
    gap = depth.copy()
    gap[70, :31] = 18.0
    near, far = depth_limits(gap)
    assert (near, far) == pytest.approx((2.0, 8.0), abs=0.03)
    grey = depth_control(gap).astype(int)
    seen = gap < 18.0
    assert np.abs(grey - room)[seen].max() <= 2 and (grey[~seen] == 1).all()
    assert (depth_control(gap, far_m=18.0)[~seen] == 1).all() and depth_control(gap, far_m=18.0)[seen].min() > 1


@given(depths)
def test_limits_are_depths_of_the_map_or_nothing(depth) -> None:
    near, far = depth_limits(depth)
    shown = depth[np.isfinite(depth)]
    assert (near in shown and far in shown and near <= far) if len(shown) else (near, far) == (0.0, 0.0)


def test_normal_control_shows_nothing_as_facing_the_viewer() -> None:
    normal = np.float32([[[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]])
    assert normal_control(normal).tolist() == [[[128, 128, 255], [255, 128, 128], [128, 255, 128], [128, 128, 255]]]


def some_maps() -> RenderedMaps:
    return RenderedMaps(
        ids=("a", "b"),
        labels=("椅子", "table"),
        width=3,
        height=2,
        near_m=1.0,
        far_m=2.0,
        rgb=np.zeros((2, 3, 3), np.uint8),
        depth_m=np.float32([[1, 2, np.inf]] * 2),
        normal=np.zeros((2, 3, 3), np.float32),
        id=np.int32([[1, 2, 0]] * 2),
        class_rgb=np.full((2, 3, 3), 7, np.uint8),
    )


def test_written_folder_holds_every_map_and_its_key(tmp_path: Path) -> None:
    files = write_maps(some_maps(), tmp_path / "out")
    assert set(files) == {"rgb", "depth", "depth_control", "normal", "id", "class", "key"}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in files.values())
    key = json.loads(files["key"].read_text(encoding="utf-8"))
    assert key["objects"][0] == {"number": 1, "id": "a", "label": "椅子"}
    assert key["depth_control_m"] == [1.0, 2.0]
    assert np.asarray(Image.open(files["id"])).tolist() == [[1, 2, 0]] * 2


def test_maps_that_were_not_made_are_not_written(tmp_path: Path) -> None:
    only = RenderedMaps(ids=(), labels=(), width=1, height=1, near_m=0, far_m=0, rgb=np.zeros((1, 1, 3), np.uint8))
    assert set(write_maps(only, tmp_path)) == {"rgb", "key"}


def test_a_folder_that_can_not_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StudioError, match="Can't write"):
        write_maps(some_maps(), tmp_path / "file" / "out")
