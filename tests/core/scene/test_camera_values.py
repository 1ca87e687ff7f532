"""The camera as a value."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sd3studio.core.scene.camera import Camera, FlatCamera

places = st.tuples(*[st.floats(-20.0, 20.0)] * 3)


def flat_camera(azimuth, elevation, span_m) -> FlatCamera:
    way = np.array(
        [math.sin(azimuth) * math.cos(elevation), math.cos(azimuth) * math.cos(elevation), math.sin(elevation)]
    )
    return FlatCamera(position=tuple(500.0 * way), target=(0, 0, 0), span_m=span_m, width=800, height=600)


flat_cameras = st.builds(flat_camera, st.floats(-3.0, 3.0), st.floats(-1.5, 1.5), st.floats(0.1, 100.0))


def test_cameras_compare_also_after_they_were_used():
    first, second = Camera(), Camera()
    assert np.allclose(first.axes @ first.axes.T, np.eye(3))
    second.project([[0.0, 0.0, 0.0]])
    assert first == second
    assert first != Camera(roll=0.1)


@given(flat_cameras, places, places)
def test_without_perspective_a_way_looks_as_long_wherever_it_is(camera, point, way):
    ends, _ = camera.project([point, np.add(point, way)])
    moved, _ = camera.project([np.zeros(3), way])
    assert ends[1] - ends[0] == pytest.approx(moved[1] - moved[0], abs=1e-4)


@given(flat_cameras, places)
def test_without_perspective_pixels_and_rays_lead_back_to_the_point(camera, point):
    pixel, depth = camera.project(point)
    assert camera.unproject(pixel, depth) == pytest.approx(point, abs=1e-6)
    origin, direction = camera.ray(pixel)
    assert origin + depth * direction == pytest.approx(point, abs=1e-6)
    clip = camera.projection_matrix(1.0, 1_000.0) @ camera.view_matrix() @ [*point, 1.0]
    assert clip[3] == 1.0
    assert (clip[:2] * (1, -1) + 1.0) * (400.0, 300.0) == pytest.approx(pixel, abs=1e-4)
    assert clip[2] == pytest.approx(2.0 * (depth - 1.0) / 999.0 - 1.0, abs=1e-9)
