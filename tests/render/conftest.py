"""Scenes and a GL context for the tests of the renderer."""

from collections.abc import Iterator

import pytest

from sd3studio.core.errors import MissingModelError
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Scene, SceneObject


@pytest.fixture
def gl() -> Iterator[None]:
    """A current off-screen context, or a skip where there is no EGL."""
    from sd3studio.render.maps import offscreen_renderer

    try:
        offscreen_renderer()
    except MissingModelError as error:
        pytest.skip(str(error))
    yield


@pytest.fixture
def boxes_scene() -> Scene:
    """Two boxes, one turned, one standing behind and above, seen by a camera that looks along +Y."""
    objects = [
        SceneObject(id="near", label="box", center=(0.0, 0.0, 0.5), size=(1.0, 1.0, 1.0)),
        SceneObject(id="far", label="chair", center=(1.4, 2.0, 1.0), size=(0.8, 0.6, 2.0), yaw=0.6),
    ]
    return Scene.of(objects, camera=Camera(position=(0.0, -5.0, 0.5), target=(0.0, 0.0, 0.5), width=160, height=120))
