"""The SD3 mini backend: sizes, missing weights, and with the shipped weights a whole request."""

import io

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.errors import MissingModelError
from sd3studio.core.locations import SD3_MINI
from sd3studio.core.messages import Finished, Note, Progress
from sd3studio.core.png import read_record
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.ml.generation import run
from sd3studio.ml.generation.sd3_mini import PARTS, picture_size
from sd3studio.render.maps import render_maps

SCENE = Scene.of(
    [SceneObject(id="chair", label="chair", category="chair", mesh="chair", attributes=("red",))],
    camera=Camera(width=160, height=128),
)


def test_sizes_are_whole_blocks_and_bounded() -> None:
    assert picture_size(256, 256) == (256, 256)
    assert picture_size(301, 203) == (304, 200)
    assert picture_size(4096, 2048) == (1024, 512)
    assert picture_size(4096, 64) == (1024, 64)


def test_missing_weights_are_a_sentence(tmp_path) -> None:
    with pytest.raises(MissingModelError, match="image_diffusion"):
        list(run(GenerateImage(scene=SCENE, backend="sd3-mini", model=str(tmp_path))))


@pytest.mark.gl
@pytest.mark.skipif(
    not all((SD3_MINI / part).is_dir() for part in PARTS), reason="the weights of SD3 mini are not there"
)
def test_a_request_gives_previews_and_a_picture_that_carries_the_weights() -> None:
    request = GenerateImage(
        scene=SCENE, backend="sd3-mini", width=160, height=130, steps=6, seed=3, guidance=1.0, negative_prompt="fog"
    )
    messages = list(run(request))
    assert isinstance(messages[-1], Finished)
    result = messages[-1].result
    assert not result.is_render and result.backend == "sd3-mini" and (result.width, result.height) == (160, 128)
    assert any(isinstance(message, Progress) and message.preview for message in messages)
    notes = [message.text for message in messages if isinstance(message, Note)]
    assert any("160 x 128" in text for text in notes) and any("negative prompt" in text for text in notes)
    record = read_record(result.png)
    assert record.request == request and len(record.weights) == len(PARTS)
    again = list(run(request))[-1]
    assert isinstance(again, Finished) and again.result.png == result.png
    assert np.asarray(Image.open(io.BytesIO(result.png))).std() > 5.0


@pytest.mark.gl
@pytest.mark.skipif(
    not all((SD3_MINI / part).is_dir() for part in PARTS), reason="the weights of SD3 mini are not there"
)
def test_words_that_should_not_come_true_do_not() -> None:
    """A chair that comes out gray is led away from pale colours; words of its own make it red."""
    plain = SCENE.with_objects(SCENE.objects["chair"].replace(attributes=()))
    ids = render_maps(plain, maps=("id",), width=128, height=128).id
    assert ids is not None

    def colour(**changes: object) -> np.ndarray:
        request = GenerateImage(scene=plain, width=128, height=128, steps=6, seed=5).replace(**changes)
        *_, last = run(request)
        assert isinstance(last, Finished)
        return np.asarray(Image.open(io.BytesIO(last.result.png)).convert("RGB"), float)[ids == 1].mean(0)

    usual = colour()
    away = colour(negative_prompt="white chair, beige chair, gray chair")
    assert np.ptp(usual) < 40 and np.ptp(away) > np.ptp(usual) + 30
    own = colour(scene=plain.with_objects(plain.objects["chair"].replace(prompt="red")))
    assert own[0] - own[1] > usual[0] - usual[1] + 40


@pytest.mark.gl
@pytest.mark.skipif(
    not all((SD3_MINI / part).is_dir() for part in PARTS), reason="the weights of SD3 mini are not there"
)
def test_a_place_that_no_one_spoke_of_is_a_plain_one() -> None:
    """Sampled on nothing, a car would stand under a green or a black sky."""
    car = SceneObject(id="car", label="car", category="car", center=(0.0, 0.0, 0.7), size=(1.9, 4.2, 1.4))
    scene = Scene.of([car], camera=Camera(position=(0.0, -9.0, 1.6), target=(0.0, 0.0, 0.8)))
    for seed in (1, 2, 3):
        *_, last = run(GenerateImage(scene=scene, width=128, height=128, steps=6, seed=seed))
        assert isinstance(last, Finished)
        sky = np.asarray(Image.open(io.BytesIO(last.result.png)).convert("RGB"), float)[:12].reshape(-1, 3).mean(0)
        assert sky.mean() > 150 and sky[2] >= sky[1] >= sky[0]


@pytest.mark.gl
@pytest.mark.skipif(
    not all((SD3_MINI / part).is_dir() for part in PARTS), reason="the weights of SD3 mini are not there"
)
def test_what_nobody_said_is_drawn_freely_if_that_is_asked_for() -> None:
    bus = Scene.of([SceneObject(id="bus", label="bus", category="bus", mesh="bus")], camera=Camera(width=96, height=96))

    def looks(freedom: float) -> set[tuple[int, ...]]:
        asked = GenerateImage(scene=bus, backend="sd3-mini", width=96, height=96, steps=6, freedom=freedom)
        pictures = [list(run(asked.replace(seed=seed)))[-1].result for seed in range(4)]
        tokens = [read_record(picture.png).tokens for picture in pictures]
        return {told[key] for told in tokens for key in ("bus", "")}

    usual, free = looks(0.0), looks(1.0)
    assert len(free) > len(usual)
