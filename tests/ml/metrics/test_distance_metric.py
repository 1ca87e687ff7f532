"""The measure of distances against stereo depth."""

import json

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.errors import DataError
from sd3studio.ml.metrics.distance import CALIBRATION, packaged_photos, stereo_distance, stereo_folder, summary
from sd3studio.ml.parsing.detection import Detection


def test_stereo_depth_comes_from_the_mask_where_there_is_one():
    depth = np.full((40, 60), 5.0)
    depth[10:30, 20:40] = 2.0
    thing = Detection("cup", 0.9, (15.0, 5.0, 55.0, 35.0))
    mask = np.zeros((40, 60), bool)
    mask[10:30, 20:40] = True
    assert stereo_distance(depth, thing, mask) == 2.0
    assert stereo_distance(depth, Detection("cup", 0.9, (20.0, 10.0, 40.0, 30.0)), None) == 2.0


def test_things_without_stereo_depth_are_left_out():
    thing = Detection("cup", 0.9, (0.0, 0.0, 60.0, 40.0))
    depth = np.full((40, 60), np.nan)
    assert stereo_distance(depth, thing, None) is None
    depth[20, 20] = 3.0
    assert stereo_distance(depth, thing, None) is None


def row(distance, assumed, stereo, cut=False):
    return {
        "distance_m": distance,
        "stereo_m": stereo,
        "relative_error": abs(distance / stereo - 1),
        "relative_error_assumed": abs(assumed / stereo - 1),
        "cut": cut,
    }


def test_the_summary_holds_the_medians():
    result = summary([row(1.1, 1.2, 1.0), row(3.0, 2.0, 2.0, cut=True), row(0.7, 1.0, 1.0)])
    assert result["median_relative_error"] == pytest.approx(0.3)
    assert result["median_relative_error_assumed"] == pytest.approx(0.0)
    assert result["median_relative_error_cut"] == pytest.approx(0.5)
    assert (result["count"], result["count_cut"]) == (3, 1)
    assert summary([])["median_relative_error"] is None


def test_a_pair_with_a_known_shift_gives_its_depth(tmp_path):
    rng = np.random.default_rng(1)
    texture = rng.integers(0, 256, (120, 260), np.uint8)
    Image.fromarray(texture[:, :200]).save(tmp_path / "wall_left.png")
    Image.fromarray(texture[:, 20:220]).save(tmp_path / "wall_right.png")
    calibration = {"fx": 400.0, "baseline_meters": 0.1, "cx0": 100.0, "cx1": 100.0}
    (tmp_path / CALIBRATION).write_text(json.dumps(calibration))
    (photo,) = stereo_folder(tmp_path)
    assert photo.name == "wall"
    assert np.nanmedian(photo.depth_m) == pytest.approx(2.0, rel=0.02)


def test_a_folder_without_calibration_is_a_sentence(tmp_path):
    with pytest.raises(DataError, match="calibration"):
        list(stereo_folder(tmp_path))


def test_the_packaged_photos_are_read_with_plausible_depth():
    pytest.importorskip("skimage", reason="scikit-image ships the motorcycle")
    photos = {photo.name: photo for photo in packaged_photos()}
    assert photos["motorcycle"].pixels.shape == (500, 741, 3)
    assert 2.0 < np.nanmedian(photos["motorcycle"].depth_m) < 5.0
