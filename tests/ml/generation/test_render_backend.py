"""The Render backend, and the table of backends."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.errors import MissingModelError
from sd3studio.core.messages import Finished, Note
from sd3studio.core.png import read_record
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.ml.generation import BACKENDS, run

SCENE = Scene.of([SceneObject(id="box", label="box", colour=(1.0, 0.0, 0.0))], camera=Camera(width=320, height=200))


@pytest.mark.gl
def test_a_render_says_that_it_is_one_and_carries_its_request() -> None:
    request = GenerateImage(scene=SCENE, backend="render", width=120, height=80)
    messages = list(run(request))
    assert isinstance(messages[-1], Finished)
    result = messages[-1].result
    assert result.is_render and result.backend == "render"
    assert any(isinstance(message, Note) and "not made by a network" in message.text for message in messages)
    assert read_record(result.png).request == request and read_record(result.png).weights == {}
    pixels = np.asarray(Image.open(io.BytesIO(result.png)).convert("RGB"), int)
    assert pixels.shape == (80, 120, 3)
    red = (pixels[..., 0] > 90) & (pixels[..., 0] > 2 * pixels[..., 1])
    assert red[35:50, 55:65].mean() > 0.5


def test_an_unknown_backend_says_which_there_are() -> None:
    request = GenerateImage(scene=SCENE).model_copy(update={"backend": "elsewhere"})
    with pytest.raises(MissingModelError, match=r"elsewhere.*not installed.*render, diffusers, sd3-mini"):
        list(run(request))


def test_importing_the_backends_is_cheap() -> None:
    import subprocess
    import sys

    code = "import sys, sd3studio.ml.generation; sys.exit(bool({'torch', 'diffusers', 'OpenGL'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert set(BACKENDS) == {"render", "diffusers", "sd3-mini"}


def test_shadows_of_what_is_kept_need_no_diffusers():
    code = (
        "import sys\n"
        "from sd3studio.core.scene import Scene, SceneObject\n"
        "from sd3studio.ml.generation.keeping import _shadow\n"
        "_shadow(Scene.of([SceneObject(id='box', label='box')]), None)\n"
        "assert 'diffusers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
