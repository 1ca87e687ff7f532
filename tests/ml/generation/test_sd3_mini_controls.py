"""SD3 mini with all that steers it, on fresh weights: the rest is kept, references, unwanted words, drafts, replay."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.errors import InputError, PhotoError
from sd3studio.core.messages import DraftResult, Finished, ImageResult, Note
from sd3studio.core.picture_controls import Style
from sd3studio.core.png import read_record
from sd3studio.core.requests import DraftImage, GenerateImage
from sd3studio.core.scene import SceneObject
from sd3studio.ml.generation import drafts, run
from sd3studio.services.picture_controls import reference_from, rest_request
from tests.tiny_painter import room, tiny_painter

pytestmark = pytest.mark.gl


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("mini")
    tiny_painter().save(folder)
    return str(folder)


@pytest.fixture
def ask(model: str):
    fields = {"scene": room(), "model": model, "width": 64, "height": 64, "steps": 4, "seed": 1}
    return lambda **changes: GenerateImage(**{**fields, **changes})


def made(request: GenerateImage) -> tuple[ImageResult, str]:
    messages = list(run(request))
    assert isinstance(messages[-1], Finished)
    return messages[-1].result, " ".join(message.text for message in messages if isinstance(message, Note))


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)


def written(result: ImageResult, folder: Path, name: str = "old.png") -> Path:
    (folder / name).write_bytes(result.png)
    return folder / name


def test_moving_one_thing_keeps_the_other_pixels_and_all_looks(ask, tmp_path) -> None:
    old, _ = made(ask())
    new, said = made(rest_request(room(0.6), written(old, tmp_path)).replace(seed=9))
    assert new.difference is not None and 0.05 < new.difference.redrawn < 0.95
    assert new.difference.largest == 0.0 and "drawn anew" in said
    tokens, before = read_record(new.png).tokens, read_record(old.png).tokens
    assert tokens == before and tokens["couch"] and tokens[""]
    again, _ = made(read_record(new.png).request)
    assert again.png == new.png
    fresh, _ = made(read_record(new.png).request.replace(keep=None))
    assert np.abs(pixels(fresh.png) - pixels(old.png)).mean() > np.abs(pixels(new.png) - pixels(old.png)).mean()


def test_a_recoloured_and_an_added_thing_get_looks_of_their_own(ask, tmp_path) -> None:
    old, _ = made(ask())
    box = SceneObject(id="box", label="box", center=(1.4, -0.6, 0.3), size=(0.6, 0.6, 0.6))
    scene = room().with_objects(room().objects["couch"].replace(attributes=("red",)), box)
    new, _ = made(rest_request(scene, written(old, tmp_path)).replace(seed=9))
    tokens, before = read_record(new.png).tokens, read_record(old.png).tokens
    assert "box" in tokens and tokens["couch"] != before["couch"]
    assert {key: tokens[key] for key in ("", "wall", "floor")} == {key: before[key] for key in ("", "wall", "floor")}


def test_the_rest_of_a_render_is_kept_too(ask, tmp_path) -> None:
    path = written(made(ask(backend="render", model=""))[0], tmp_path)
    asked = rest_request(room(0.6), path)
    rendered, _ = made(asked)
    painted, _ = made(asked.replace(backend="sd3-mini", model=ask().model, steps=4))
    assert rendered.difference is not None and painted.difference is not None
    assert rendered.difference.largest == painted.difference.largest == 0.0
    assert painted.difference.redrawn == pytest.approx(rendered.difference.redrawn, abs=0.1)


def test_a_moved_camera_and_a_picture_that_is_none_are_sentences(ask, tmp_path) -> None:
    path = written(made(ask())[0], tmp_path)
    scene = room(0.6)
    with pytest.raises(InputError, match="camera has moved"):
        list(run(rest_request(scene.replace(camera=scene.camera.replace(fov_y=1.0)), path)))
    request = rest_request(scene, path)
    broken = request.replace(keep=request.keep.replace(picture="AAAA"))
    with pytest.raises(PhotoError, match="can't be read"):
        list(run(broken))


def test_nothing_changed_is_said_and_gives_the_same_picture(ask, tmp_path) -> None:
    old, _ = made(ask())
    new, said = made(rest_request(room(), written(old, tmp_path)))
    assert "Nothing that is in the picture has changed" in said
    assert np.array_equal(pixels(new.png), pixels(old.png))


def test_a_picture_of_ours_as_reference_gives_its_looks(ask, tmp_path) -> None:
    old, _ = made(ask())
    new, said = made(ask(scene=room(0.8), seed=5, reference=reference_from(written(old, tmp_path))))
    assert read_record(new.png).tokens == read_record(old.png).tokens
    assert "look as in old.png" in said


def test_a_photo_as_reference_gives_its_colours(ask, tmp_path) -> None:
    Image.new("RGB", (900, 600), (210, 40, 40)).save(tmp_path / "photo.jpg")
    reference = reference_from(tmp_path / "photo.jpg", strength=1.0)
    assert reference.scene is None and len(reference.picture) < 40_000
    plain, (red, said) = made(ask())[0], made(ask(reference=reference))
    assert "no scene is known" in said
    assert pixels(red.png)[..., 0].mean() - pixels(red.png)[..., 1].mean() > 60
    assert not np.array_equal(pixels(plain.png), pixels(red.png))


def test_words_for_one_thing_and_unwanted_words_act(ask) -> None:
    plain, _ = made(ask())
    own, said = made(ask(scene=room().with_objects(room().objects["couch"].replace(prompt="red leather"))))
    assert not np.array_equal(pixels(plain.png), pixels(own.png)) and "none acts" not in said
    _, said = made(ask(scene=room().with_objects(room().objects["couch"].replace(prompt="very comfy"))))
    assert "the couch (very comfy) none acts" in said
    without, said = made(ask(negative_prompt="red"))
    assert not np.array_equal(pixels(plain.png), pixels(without.png)) and "does not act" not in said
    _, said = made(ask(negative_prompt="red", guidance=1.0))
    assert "needs a guidance above 1" in said
    styled, said = made(ask(style=Style(name="Oil", prompt="oil painting")))
    assert "style Oil hardly acts" in said and styled.prompt.endswith("oil painting")


def test_drafts_are_small_and_keep_the_looks_that_they_are_given(ask) -> None:
    first = draft(DraftImage(request=ask(width=512, height=384)))
    assert (first.width, first.height) == (160, 120) and first.picture.startswith(b"\xff\xd8")
    moved = draft(DraftImage(request=ask(scene=room(0.5), seed=8), tokens=first.tokens))
    assert moved.tokens == first.tokens and moved.picture != first.picture


def draft(request: DraftImage) -> DraftResult:
    (message,) = drafts.run(request)
    assert isinstance(message, Finished)
    return message.result
