"""The Diffusers backend on tiny models saved to disk: each family, controls, cancel, memory, and what is missing."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tiny_models
from PIL import Image

from sd3studio.core.errors import JobError, MissingModelError, OutOfMemoryError
from sd3studio.core.messages import Finished, ImageResult, JobMessage, Note, Progress
from sd3studio.core.png import read_record
from sd3studio.core.requests import Control, GenerateImage
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.ml.generation import diffusers_backend as backend
from sd3studio.ml.generation import diffusers_loading as loading
from sd3studio.ml.generation import run

pytestmark = pytest.mark.gl

SCENE = Scene.of(
    [
        SceneObject(id="table", label="table", center=(0.0, 0.0, 0.4), size=(1.2, 0.8, 0.8)),
        SceneObject(id="chair", label="chair", center=(-1.2, 0.0, 0.5), size=(0.5, 0.5, 1.0)),
    ],
    camera=Camera(width=64, height=64),
)
FAR_AWAY = Scene.of([SceneObject(id="table", label="table", center=(0.0, -500.0, 0.4))], camera=SCENE.camera)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_models.save_stable_diffusion(folder / "sd")
    tiny_models.save_with_controlnet(folder / "sd-control")
    tiny_models.save_controlnet(folder / "depth-net", seed=1)
    tiny_models.save_controlnet(folder / "normal-net", seed=2)
    tiny_models.save_sdxl(folder / "sdxl")
    tiny_models.save_sdxl_controlnet(folder / "sdxl-net")
    tiny_models.save_gligen(folder / "gligen")
    return folder


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Nets this small are faster on one thread, most of all on a busy machine."""
    before = tiny_models.torch.get_num_threads()
    tiny_models.torch.set_num_threads(1)
    yield
    tiny_models.torch.set_num_threads(before)
    loading.forget_model()


def ask(model: Path, *controls: Control, **changes: object) -> GenerateImage:
    fields = {"scene": SCENE, "backend": "diffusers", "width": 64, "height": 64, "steps": 2, "device": "cpu"}
    return GenerateImage.model_validate({**fields, "model": str(model), "controls": controls, **changes})


def made(request: GenerateImage) -> tuple[ImageResult, list[JobMessage]]:
    messages = list(run(request))
    assert isinstance(messages[-1], Finished)
    return messages[-1].result, messages


def pixels(result: ImageResult) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(result.png)).convert("RGB"), int)


def notes(messages: list[JobMessage]) -> str:
    return " ".join(message.text for message in messages if isinstance(message, Note))


def test_stable_diffusion_with_a_depth_controlnet(models: Path) -> None:
    request = ask(models / "sd", Control(map="depth", model=str(models / "depth-net")))
    result, messages = made(request)
    assert (result.width, result.height) == (64, 64) == Image.open(io.BytesIO(result.png)).size
    assert not result.is_render and result.backend == "diffusers"
    assert "table" in result.prompt and "chair" in result.prompt
    steps = [message for message in messages if isinstance(message, Progress) and message.step > 0]
    assert [message.step for message in steps] == [1, 2]
    assert all(Image.open(io.BytesIO(message.preview or b"")).size == (512, 512) for message in steps)


def test_the_picture_carries_its_request_and_the_hashes_of_all_weights(models: Path) -> None:
    request = ask(models / "sd", Control(map="depth", model=str(models / "depth-net")))
    record = read_record(made(request)[0].png)
    assert record.request == request
    assert {name.split("/")[0] for name in record.weights} == {"model", "depth"}
    assert "model/unet/diffusion_pytorch_model.safetensors" in record.weights
    assert all(len(value) == 64 for value in record.weights.values())


def test_the_same_request_gives_the_same_picture_and_another_seed_another(models: Path) -> None:
    request = ask(models / "sd", Control(map="depth", model=str(models / "depth-net")), seed=3)
    assert np.array_equal(pixels(made(request)[0]), pixels(made(request)[0]))
    assert not np.array_equal(pixels(made(request)[0]), pixels(made(request.replace(seed=4))[0]))


def test_moving_an_object_and_strength_change_the_picture(models: Path) -> None:
    depth = Control(map="depth", model=str(models / "depth-net"), strength=1.0)
    request = ask(models / "sd", depth, prompt="a room")
    first = pixels(made(request)[0])
    moved = SCENE.objects["table"].replace(center=(1.0, 0.0, 0.4))
    assert not np.array_equal(first, pixels(made(request.replace(scene=SCENE.with_objects(moved)))[0]))
    weaker = depth.replace(strength=0.2)
    assert not np.array_equal(first, pixels(made(request.replace(controls=(weaker,)))[0]))
    late = depth.replace(start=0.9)
    assert not np.array_equal(first, pixels(made(request.replace(controls=(late,)))[0]))


def test_two_controlnets_act_together(models: Path) -> None:
    depth = Control(map="depth", model=str(models / "depth-net"))
    normal = Control(map="normal", model=str(models / "normal-net"), strength=0.5, end=0.8)
    both = pixels(made(ask(models / "sd", depth, normal))[0])
    assert not np.array_equal(both, pixels(made(ask(models / "sd", depth))[0]))


def test_a_controlnet_inside_the_model_folder_is_found(models: Path) -> None:
    result, messages = made(ask(models / "sd-control", Control(map="class")))
    assert any(name.startswith("class/") for name in read_record(result.png).weights)
    assert "does not act" not in notes(messages)


def test_a_control_without_a_network_is_said_not_to_act(models: Path) -> None:
    _, messages = made(ask(models / "sd", Control(map="depth"), Control(map="boxes")))
    assert "The depth map does not act" in notes(messages)
    assert "The boxes do not act" in notes(messages)


def test_stable_diffusion_xl_plain_and_with_a_controlnet(models: Path) -> None:
    plain = pixels(made(ask(models / "sdxl"))[0])
    steered, messages = made(ask(models / "sdxl", Control(map="depth", model=str(models / "sdxl-net"))))
    assert plain.shape == (64, 64, 3) and not np.array_equal(plain, pixels(steered))
    assert any(isinstance(message, Progress) and message.preview for message in messages)


def test_gligen_gets_a_phrase_and_a_box_per_object(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(backend, "_call", lambda pipeline, arguments, on_step: asked.append(arguments) or _grey())
    made(ask(models / "gligen", Control(map="boxes", end=0.7)))
    (arguments,) = asked
    assert len(arguments["gligen_phrases"]) == len(arguments["gligen_boxes"]) == 2
    assert {"a table", "a chair"} == set(arguments["gligen_phrases"])
    table = arguments["gligen_boxes"][arguments["gligen_phrases"].index("a table")]
    chair = arguments["gligen_boxes"][arguments["gligen_phrases"].index("a chair")]
    assert 0.0 <= chair[0] < table[0] < table[2] <= 1.0
    assert arguments["gligen_scheduled_sampling_beta"] == 0.7


def test_gligen_runs(models: Path) -> None:
    result, messages = made(ask(models / "gligen", Control(map="boxes")))
    assert pixels(result).shape == (64, 64, 3)
    assert [m.step for m in messages if isinstance(m, Progress) and m.step] == [1, 2]


def test_gligen_without_anything_in_the_picture_is_plain_text_to_image(models: Path) -> None:
    result, _ = made(ask(models / "gligen", scene=FAR_AWAY, prompt="an empty room"))
    assert pixels(result).shape == (64, 64, 3)


def test_a_size_that_the_model_can_not_draw_is_rounded_and_said(models: Path) -> None:
    result, messages = made(ask(models / "sd", width=71, height=66))
    assert (result.width, result.height) == (64, 64)
    assert "The picture is 64 x 64" in notes(messages)


def test_half_precision_on_a_cpu_becomes_float32_and_is_said(models: Path) -> None:
    _, messages = made(ask(models / "sd", dtype="float16"))
    assert "float32 is used" in notes(messages)


def test_the_model_is_loaded_once(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(ask(models / "sd"))
    first = loading._kept[0].pipeline
    monkeypatch.setattr(loading, "_load_pipeline", lambda *_: pytest.fail("loaded again"))
    made(ask(models / "sd", seed=1))
    assert loading._kept[0].pipeline is first


def test_closing_the_job_leaves_the_pipeline_between_two_steps(models: Path) -> None:
    messages = run(ask(models / "sd", steps=500))
    for message in messages:
        if isinstance(message, Progress) and message.step == 2:
            break
    messages.close()  # type: ignore[attr-defined]
    assert not any(net._forward_pre_hooks for net in loading._kept[0].pipeline.unet.modules())
    made(ask(models / "sd"))


def test_running_out_of_memory_names_smaller_settings(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(backend, "_call", full)
    with pytest.raises(OutOfMemoryError, match="Try 768 x 576") as caught:
        list(run(ask(models / "sd", width=1024, height=768)))
    assert caught.value.hint["width"] == 768 and caught.value.hint["height"] == 576
    GenerateImage.model_validate({**ask(models / "sd").model_dump(), **caught.value.hint})
    assert loading._kept == []


def test_numbers_that_overflow_are_a_sentence(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = ask(models / "sd")
    made(request)
    pipeline = loading._kept[0].pipeline
    next(pipeline.unet.conv_out.parameters()).data.fill_(float("nan"))
    with pytest.raises(JobError, match="overflowed"):
        list(run(request))
    loading.forget_model()


@pytest.mark.parametrize("name", ["", "/no/such/folder", "no-such-owner/no-such-model", "x" * 300, "../up", "a/b/c"])
def test_a_model_that_is_not_there_says_what_to_get(name: str) -> None:
    with pytest.raises(MissingModelError, match=r"Preferences > (Models|Engine)"):
        list(run(ask(Path()).replace(model=name)))


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match=r"no model_index\.json"):
        list(run(ask(tmp_path)))


@pytest.mark.parametrize("text", ["", "[]", '{"_class_name": 3}', "[" * 50_000, '{"_class_name": "NoPipeline"}'])
def test_a_broken_description_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "model_index.json").write_text(text)
    with pytest.raises(MissingModelError, match=str(tmp_path)):
        list(run(ask(tmp_path)))


def test_code_of_its_own_is_refused(tmp_path: Path) -> None:
    index = {"_class_name": "StableDiffusionPipeline", "unet": ["evil", "Net"]}
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(MissingModelError, match="evil"):
        list(run(ask(tmp_path)))


def test_pickled_weights_are_refused(models: Path, tmp_path: Path) -> None:
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x04.")
    index = {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(MissingModelError, match="pickled"):
        list(run(ask(tmp_path)))


def test_weights_that_are_damaged_are_a_sentence(tmp_path: Path) -> None:
    folder = tiny_models.save_stable_diffusion(tmp_path / "sd")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"\xff" * 64)
    with pytest.raises(MissingModelError, match="can't be loaded"):
        list(run(ask(folder)))


def test_a_controlnet_of_another_family_is_refused(models: Path) -> None:
    with pytest.raises(MissingModelError, match="another family"):
        list(run(ask(models / "sd", Control(map="depth", model=str(models / "sdxl-net")))))


def test_a_pipeline_given_as_controlnet_is_refused(models: Path) -> None:
    with pytest.raises(MissingModelError):
        list(run(ask(models / "sd", Control(map="depth", model=str(models / "sd")))))


def test_a_device_that_is_not_there_is_a_sentence(models: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(MissingModelError, match="cuda is not available"):
        list(run(ask(models / "sd", device="cuda")))


def _grey() -> np.ndarray:
    return np.full((64, 64, 3), 128, np.uint8)
