"""Camera control: what a mouse movement does to what is seen."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sd3studio.core.scene import Camera
from sd3studio.ui.canvas.navigation import FRAME_SHARE, STANDARD_VIEWS, Orbit, fitted

angles = st.floats(-3.0, 3.0)
heights = st.floats(-1.4, 1.4)


@given(angles, heights, st.floats(0.5, 50.0))
def test_orbit_of_its_camera_is_the_same_view(azimuth, elevation, distance):
    orbit = Orbit((1.0, -2.0, 0.5), distance, azimuth, elevation)
    again = Orbit.of_camera(orbit.camera(800, 600))
    assert again.camera(800, 600).position == pytest.approx(orbit.camera(800, 600).position, abs=1e-6)
    assert again.forward == pytest.approx(orbit.forward, abs=1e-6)


@given(angles, heights)
def test_target_stays_in_the_middle_when_turning(azimuth, elevation):
    orbit = Orbit((1.0, 2.0, 0.3), 5.0, azimuth, elevation).turned(37.0, -22.0)
    pixel, _ = orbit.camera(640, 480).project(orbit.target)
    assert pixel == pytest.approx([320.0, 240.0], abs=1e-6)


def test_panning_moves_the_target_with_the_mouse():
    orbit = Orbit(elevation_rad=0.4)
    pixel, _ = orbit.panned(30.0, 12.0, 480).camera(640, 480).project(orbit.target)
    assert pixel == pytest.approx([350.0, 252.0], abs=0.01)


def test_zoom_keeps_the_point_under_the_cursor():
    orbit = Orbit(azimuth_rad=0.7, elevation_rad=0.5)
    camera = orbit.camera(640, 480)
    origin, direction = camera.ray((500.0, 100.0))
    point = origin + direction * orbit.distance_m
    pixel, _ = orbit.zoomed(0.5, point).camera(640, 480).project(point)
    assert pixel == pytest.approx([500.0, 100.0], abs=1e-6)


@pytest.mark.parametrize("name", STANDARD_VIEWS)
def test_framing_brings_all_corners_into_sight(name):
    low, high = np.array([-1.0, -2.0, 0.0]), np.array([3.0, 1.0, 1.8])
    orbit = Orbit().looking(*STANDARD_VIEWS[name]).framing(low, high, 640 / 480)
    corners = [[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    pixels, depth = orbit.camera(640, 480).project(corners)
    assert (depth > 0).all()
    assert (pixels >= 0).all() and (pixels <= [640, 480]).all()


def test_looking_from_the_front_looks_along_y():
    assert Orbit(elevation_rad=0.0).forward == pytest.approx([0.0, 1.0, 0.0])


@pytest.mark.parametrize(("width", "height"), [(1000, 400), (300, 900), (640, 480)])
def test_fitted_camera_shows_the_picture_inside_the_frame(width, height):
    camera = Camera(width=768, height=512, fov_y=math.radians(50))
    fit = fitted(camera, width, height)
    x0, y0, x1, y1 = fit.frame_px
    assert (x1 - x0) / (y1 - y0) == pytest.approx(768 / 512)
    assert max((x1 - x0) / width, (y1 - y0) / height) == pytest.approx(FRAME_SHARE)
    corner = camera.unproject((768.0, 512.0), 4.0)
    assert fit.camera.project(corner)[0] == pytest.approx([x1, y1], abs=1e-6)
