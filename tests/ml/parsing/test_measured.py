"""Distances from depth maps, with and without a scale."""

import math

import numpy as np
import pytest

from sd3studio.ml.parsing.detection import Detection
from sd3studio.ml.parsing.distance import Distances
from sd3studio.ml.parsing.lifting import lift
from sd3studio.ml.parsing.measured import FRONT, measure
from sd3studio.ml.parsing.placing import camera_of

BOXES = [(0.0, 0.0, 20.0, 20.0), (20.0, 0.0, 40.0, 20.0), (40.0, 0.0, 60.0, 20.0), (60.0, 0.0, 80.0, 20.0)]
TRUE_M = np.array([2.0, 4.0, 5.0, 10.0])
ALONG_M = np.array([0.4, 0.4, 0.8, 2.0])


def own(depth_m, spread=0.2):
    n = len(depth_m)
    return Distances(np.array(depth_m), np.full(n, spread), np.zeros(n, np.int64), np.ones(n), ("its size",) * n)


def depth_map(values):
    picture = np.full((20, 80), np.nan, np.float32)
    for (x0, _, x1, _), value in zip(BOXES, values, strict=True):
        picture[:, int(x0) : int(x1)] = value
    return picture


def test_a_metric_map_gives_the_centres_behind_the_visible_surface():
    found = measure(depth_map(TRUE_M), True, BOXES, [None] * 4, own([1.0] * 4), ALONG_M)
    assert found == pytest.approx(TRUE_M + FRONT * ALONG_M)


def test_a_map_without_scale_is_scaled_by_the_priors():
    relative = 7.0 * (1.0 / TRUE_M) + 3.0
    guess = (TRUE_M + FRONT * ALONG_M) * np.array([1.1, 0.93, 1.05, 0.95])
    found = measure(depth_map(relative), False, BOXES, [None] * 4, own(guess), ALONG_M)
    assert found == pytest.approx(TRUE_M + FRONT * ALONG_M, rel=0.15)


def test_one_wrong_prior_does_not_spoil_the_scale():
    relative = 7.0 * (1.0 / TRUE_M) + 3.0
    guess = TRUE_M + FRONT * ALONG_M
    guess[1] *= 3.0
    found = measure(depth_map(relative), False, BOXES, [None] * 4, own(guess, 0.1), ALONG_M)
    assert found == pytest.approx(TRUE_M + FRONT * ALONG_M, rel=0.25)


def test_the_mask_decides_which_pixels_count():
    values = depth_map(TRUE_M)
    values[:, :10] = 50.0
    mask = np.zeros((20, 80), bool)
    mask[:, 10:20] = True
    found = measure(values, True, BOXES, [mask, None, None, None], own([1.0] * 4), ALONG_M)
    assert found[0] == pytest.approx(2.0 + FRONT * 0.4)


def test_holes_in_the_map_give_no_distance():
    values = depth_map(TRUE_M)
    values[:, :20] = np.nan
    found = measure(values, True, BOXES, [None] * 4, own([1.0] * 4), ALONG_M)
    assert math.isnan(found[0])
    assert np.isfinite(found[1:]).all()


def test_measured_distances_move_the_camera_so_that_things_stand_on_the_ground():
    camera = camera_of(2.4, math.radians(15.0), 0.0, 900.0, 1200, 800)
    spots = [(-1.5, 5.0), (0.5, 7.0), (2.5, 10.0)]
    found, depth_m = [], []
    for x, y in spots:
        corners, depth = camera.project([[x - 0.3, y, 0.0], [x + 0.3, y, 1.68]])
        box = (corners[0, 0], corners[1, 1], corners[1, 0], corners[0, 1])
        found.append(Detection("person", 0.9, tuple(float(v) for v in box)))
        depth_m.append(float(depth.mean()))
    lifted = lift(found, 1200, 800, 27.0, depth_m=np.array(depth_m))
    assert lifted.viewpoint.height_m == pytest.approx(2.4, rel=0.15)
    base = lifted.placed.center[:, 2] - lifted.placed.size[:, 2] / 2.0
    assert base == pytest.approx(np.zeros(3), abs=0.02)
    assert lifted.camera.to_camera(lifted.placed.center)[:, 2] == pytest.approx(np.array(depth_m), rel=0.1)
