"""Hypothesis strategies for things that a photo shows, and for cameras that take photos."""

import math

from hypothesis import strategies as st

from sd3studio.core.scene import Camera, SceneObject


@st.composite
def cameras(draw):
    """Cameras at eye height that look ahead and a little down, with a horizon that may lean."""
    height, pitch = draw(st.floats(0.8, 4.0)), draw(st.floats(0.02, 0.5))
    return Camera(
        position=(0.0, 0.0, height),
        target=(0.0, 10.0 * math.cos(pitch), height - 10.0 * math.sin(pitch)),
        fov_y=draw(st.floats(0.5, 1.2)),
        width=640,
        height=480,
        roll=draw(st.floats(-0.1, 0.1)),
    )


@st.composite
def standing_things(draw, key="thing"):
    """Upright things on the ground, some way before such a camera."""
    size = draw(st.tuples(*[st.floats(0.3, 1.5)] * 3))
    distance, bearing = draw(st.floats(5.0, 15.0)), draw(st.floats(-0.15, 0.15))
    return SceneObject(
        id=key,
        label="chair",
        center=(distance * math.sin(bearing), distance * math.cos(bearing), size[2] / 2.0),
        size=size,
        yaw=draw(st.floats(-3.1, 3.1)),
    )
