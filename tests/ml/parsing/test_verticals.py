"""Tilt of the camera from vertical edges."""

import math

import numpy as np
import pytest

from sd3studio.ml.parsing.placing import camera_of
from sd3studio.ml.parsing.verticals import find_verticals, log_likelihood, tilt_of_verticals
from sd3studio.ml.parsing.viewpoint import PITCHES_RAD, ROLLS_RAD


@pytest.mark.parametrize(("pitch", "roll"), [(0.0, 0.0), (0.4, 0.0), (-0.2, 0.1), (0.5, -0.15)])
def test_the_tilt_is_that_of_projected_vertical_lines(pitch, roll):
    camera = camera_of(1.5, pitch, roll, 500.0, 640, 480)
    low = np.array([[-1.0, 4.0, 0.8], [0.7, 5.0, 1.0], [1.5, 6.0, 1.5]])
    ends = [camera.project(low + np.array([0.0, 0.0, up]))[0] for up in (0.0005, -0.0005)]
    delta = ends[1] - ends[0]
    middle = ((ends[0] + ends[1]) / 2.0 - [320.0, 240.0]) / 500.0
    expected = np.arctan2(-delta[:, 0], delta[:, 1])
    assert tilt_of_verticals(middle, np.array(pitch), np.array(roll)) == pytest.approx(expected, abs=1e-5)


def test_drawn_posts_give_pitch_and_roll():
    import cv2

    camera = camera_of(1.5, math.radians(15.0), math.radians(3.0), 500.0, 640, 480)
    picture = np.full((480, 640, 3), 235, np.uint8)
    for x in np.linspace(-2.5, 2.5, 9):
        ends, _ = camera.project([[x, 4.0, 2.5], [x, 4.0, 0.0]])
        cv2.line(picture, *(tuple(int(v) for v in end) for end in ends), (40, 40, 40), 5)
    score = log_likelihood(find_verticals(picture), 500.0, PITCHES_RAD, ROLLS_RAD)
    pitch, roll = np.unravel_index(int(score.argmax()), score.shape)
    assert math.degrees(PITCHES_RAD[pitch]) == pytest.approx(15.0, abs=3.0)
    assert math.degrees(ROLLS_RAD[roll]) == pytest.approx(3.0, abs=1.6)


def test_a_plain_picture_says_nothing():
    score = log_likelihood(find_verticals(np.full((100, 150, 3), 128, np.uint8)), 200.0, PITCHES_RAD, ROLLS_RAD)
    assert np.ptp(score) == 0.0
