"""The framing camera from other sides than the front."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sd3studio.core.layout import framing_camera
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Scene, SceneObject

SCENE = Scene.of(
    [
        SceneObject(id="a", label="box", center=(1.0, 2.0, 0.5), size=(1.0, 2.0, 1.0)),
        SceneObject(id="b", label="box", center=(-1.5, 0.0, 0.3), size=(0.5, 0.5, 0.6)),
    ]
)


@given(st.floats(-3.1, 3.1), st.floats(0.05, 1.2), st.floats(0.4, 1.2))
def test_all_is_in_view_from_every_side(azimuth: float, elevation: float, fov: float) -> None:
    camera = framing_camera(SCENE, 128, 128, elevation_rad=elevation, margin=0.05, azimuth_rad=azimuth, fov_y=fov)
    pixels, depth = camera.project(Boxes.of(SCENE.solid_objects()).corners())
    assert (depth > 0.0).all()
    assert (pixels > 128 * 0.05 - 0.1).all()
    assert (pixels < 128 * 0.95 + 0.1).all()


def test_a_positive_azimuth_goes_around_to_the_right() -> None:
    camera = framing_camera(SCENE, azimuth_rad=math.radians(40.0))
    assert camera.position[0] > camera.target[0] + 0.5
    assert np.isclose(
        math.atan2(camera.position[0] - camera.target[0], camera.target[1] - camera.position[1]), 0.698, atol=1e-3
    )
