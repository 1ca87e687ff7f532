"""The camera as a value."""

import numpy as np

from sd3studio.core.scene.camera import Camera


def test_cameras_compare_also_after_they_were_used():
    first, second = Camera(), Camera()
    assert np.allclose(first.axes @ first.axes.T, np.eye(3))
    second.project([[0.0, 0.0, 0.0]])
    assert first == second
    assert first != Camera(roll=0.1)
