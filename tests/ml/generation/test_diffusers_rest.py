"""The Diffusers backend on tiny models: the rest of a picture is kept, a reference is looked at, depth has a range."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tiny_models
from PIL import Image

from sd3studio.core.errors import InputError, JobError, MissingModelError
from sd3studio.core.messages import Finished, ImageResult, Note
from sd3studio.core.picture_controls import DepthRange, Reference, Style
from sd3studio.core.png import read_record
from sd3studio.core.requests import Control, GenerateImage
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.ml.generation import diffusers_backend as backend
from sd3studio.ml.generation import diffusers_loading as loading
from sd3studio.ml.generation import run
from sd3studio.ml.generation.diffusers_controls import control_pictures
from sd3studio.services.picture_controls import rest_request

pytestmark = pytest.mark.gl

SCENE = Scene.of(
    [
        SceneObject(id="table", label="table", center=(0.6, 0.0, 0.4), size=(0.6, 0.5, 0.8)),
        SceneObject(id="chair", label="chair", center=(-1.2, 0.0, 0.5), size=(0.5, 0.5, 1.0)),
    ],
    camera=Camera(width=64, height=64),
)
MOVED = SCENE.with_objects(SCENE.objects["table"].replace(center=(1.0, 0.0, 0.4)))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_models.save_stable_diffusion(folder / "sd")
    tiny_models.save_controlnet(folder / "depth-net", seed=1)
    tiny_models.save_sdxl(folder / "sdxl")
    tiny_models.save_gligen(folder / "gligen")
    tiny_models.save_filling(folder / "filling")
    tiny_models.save_ip_adapter(folder / "adapter")
    return folder


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = tiny_models.torch.get_num_threads()
    tiny_models.torch.set_num_threads(1)
    yield
    tiny_models.torch.set_num_threads(before)
    loading.forget_model()


def ask(model: Path, *controls: Control, **changes: object) -> GenerateImage:
    fields = {"scene": SCENE, "backend": "diffusers", "width": 64, "height": 64, "steps": 2, "device": "cpu"}
    return GenerateImage.model_validate({**fields, "model": str(model), "controls": controls, **changes})


def made(request: GenerateImage) -> tuple[ImageResult, str]:
    messages = list(run(request))
    assert isinstance(messages[-1], Finished)
    return messages[-1].result, " ".join(message.text for message in messages if isinstance(message, Note))


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)


def reference(model: str = "", colour: tuple[int, int, int] = (200, 40, 40)) -> Reference:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(out, "PNG")
    return Reference(picture=base64.b64encode(out.getvalue()).decode(), name="red.png", model=model, strength=1.0)


@pytest.mark.parametrize("family", ["sd", "sdxl", "gligen", "controlled"])
def test_what_did_not_change_stays_to_the_pixel(models: Path, tmp_path: Path, family: str) -> None:
    depth = [Control(map="depth", model=str(models / "depth-net"))] if family == "controlled" else []
    first, _ = made(ask(models / ("sd" if depth else family), *depth))
    path = tmp_path / "old.png"
    path.write_bytes(first.png)
    again, said = made(rest_request(MOVED, path).replace(seed=5))
    assert again.difference is not None and 0.02 < again.difference.redrawn < 0.9
    assert again.difference.largest == 0.0 and again.difference.drawn_largest > 0.0
    assert read_record(again.png).difference == again.difference
    old, new = pixels(first.png), pixels(again.png)
    apart = np.abs(new - old).max(-1) > 0
    assert 0.01 < apart.mean() < again.difference.redrawn + 0.01  # some is drawn anew, all else is as it was
    assert ("fills in no masks" in said) == (family == "gligen")
    assert "drawn anew" in said


def test_a_model_made_for_filling_in_does_that_and_nothing_else(models: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.png"
    path.write_bytes(made(ask(models / "sd"))[0].png)
    filled, _ = made(rest_request(MOVED, path).replace(model=str(models / "filling")))
    assert filled.difference is not None and filled.difference.largest == 0.0
    with pytest.raises(JobError, match="only fills in"):
        list(run(ask(models / "filling")))


def test_a_camera_that_moved_is_a_sentence(models: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.png"
    path.write_bytes(made(ask(models / "sd"))[0].png)
    turned = SCENE.replace(camera=SCENE.camera.replace(position=(1.0, -5.0, 2.0)))
    with pytest.raises(InputError, match="camera has moved"):
        list(run(rest_request(turned, path)))


def test_an_ip_adapter_looks_at_the_reference_and_leaves_no_trace(models: Path) -> None:
    plain, _ = made(ask(models / "sd"))
    red, said = made(ask(models / "sd", reference=reference(str(models / "adapter"))))
    green, _ = made(ask(models / "sd", reference=reference(str(models / "adapter"), (20, 200, 60))))
    assert "is taken over by ip-adapter_sd15" in said
    assert not np.array_equal(pixels(plain.png), pixels(red.png))
    assert not np.array_equal(pixels(red.png), pixels(green.png))
    assert any(name.startswith("reference/") for name in read_record(red.png).weights)
    assert np.array_equal(pixels(made(ask(models / "sd"))[0].png), pixels(plain.png))


def test_without_an_ip_adapter_colours_are_matched_and_that_is_said(models: Path) -> None:
    result, said = made(ask(models / "sd", reference=reference()))
    assert "matched to red.png" in said and "IP-Adapter" in said
    red, green, _ = pixels(result.png).reshape(-1, 3).mean(0)
    assert red > green + 60


def test_a_folder_without_an_ip_adapter_is_named(models: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="no IP-Adapter in"):
        list(run(ask(models / "sd", reference=reference(str(tmp_path)))))
    (tmp_path / "ip-adapter_sd15.safetensors").write_bytes(b"\xff" * 32)
    with pytest.raises(MissingModelError, match="image_encoder"):
        list(run(ask(models / "sd", reference=reference(str(tmp_path)))))


def test_style_and_unwanted_words_reach_the_model(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    grey = np.full((64, 64, 3), 128, np.uint8)
    monkeypatch.setattr(backend, "_call", lambda pipeline, arguments, on_step: asked.append(arguments) or grey)
    style = Style(name="Oil", prompt="oil painting", negative="photo")
    made(ask(models / "sd", style=style, prompt="a room", negative_prompt="fog"))
    assert asked[0]["prompt"] == "a room, oil painting" and asked[0]["negative_prompt"] == "fog, photo"


def test_near_and_far_move_the_greys_of_the_depth_picture(models: Path) -> None:
    usual = control_pictures(SCENE, ("depth",))["depth"]
    cut = control_pictures(SCENE, ("depth",), DepthRange(near_m=0.5, far_m=200.0))["depth"]
    assert usual.max() == 255 and cut.max() < 200
    net = Control(map="depth", model=str(models / "depth-net"))
    request = ask(models / "sd", net, depth_range=DepthRange(near_m=0.5, far_m=200.0))
    narrow = made(request)[0]
    assert not np.array_equal(pixels(narrow.png), pixels(made(request.replace(depth_range=DepthRange()))[0].png))
    assert read_record(narrow.png).request == request
