"""Devices, previews, stepping and folders of the Diffusers backend, each on its own."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
import tiny_models
from tiny_models import torch

from sd3studio.core.errors import MissingModelError
from sd3studio.core.requests import Control, GenerateImage
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.ml.generation.diffusers_backend import choose_steering, object_words
from sd3studio.ml.generation.diffusers_devices import Placement, choose_placement, is_out_of_memory, out_of_memory
from sd3studio.ml.generation.diffusers_folders import ModelFolder, _family, find_controlnet, hashes_of, variant_of
from sd3studio.ml.generation.diffusers_preview import LatentPreview
from sd3studio.ml.generation.diffusers_stepping import stepped


def test_the_cpu_always_gets_float32() -> None:
    for dtype in ("auto", "float32", "float16", "bfloat16"):
        placement = choose_placement("cpu", dtype)
        assert placement.dtype is torch.float32
        assert bool(placement.note) == (dtype in ("float16", "bfloat16"))


def test_cuda_comes_before_apple_and_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert choose_placement("auto", "auto") == Placement("cuda", torch.float16)
    assert choose_placement("cuda:0", "bfloat16") == Placement("cuda:0", torch.bfloat16)
    with pytest.raises(MissingModelError, match="cuda:1 is not available"):
        choose_placement("cuda:1", "auto")


def test_apple_gets_float32_unless_asked_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_placement("auto", "auto") == Placement("mps", torch.float32)
    assert choose_placement("mps", "float16") == Placement("mps", torch.float16)


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("The size of tensor a (3) must match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_out_of_memory_is_recognised(error: Exception, is_one: bool) -> None:
    assert is_out_of_memory(error) is is_one


def test_the_hint_is_a_smaller_request() -> None:
    controls = (Control(map="depth"), Control(map="normal"))
    request = GenerateImage(scene=Scene(), width=1024, height=512, controls=controls)
    error = out_of_memory(request, Placement("cuda", torch.float32))
    assert error.hint["width"] == 768 and error.hint["height"] == 384 and error.hint["dtype"] == "float16"
    assert GenerateImage.model_validate({**request.model_dump(), **error.hint}).controls == controls[:1]
    small = out_of_memory(request.replace(width=128, height=300), Placement("cpu", torch.float32))
    assert small.hint == {"width": 128, "height": 256, "controls": [controls[0].model_dump()]}


class PatchAutoencoder(torch.nn.Module):
    """An "autoencoder" whose latents are a known linear map of 2 x 2 patches' mean colour."""

    dtype = torch.float32
    device = torch.device("cpu")

    def __init__(self) -> None:
        super().__init__()
        self.config = type("Config", (), {"block_out_channels": (1, 1), "scaling_factor": 0.5, "shift_factor": 0.25})()
        self.mix = torch.tensor([[1.0, 0.5, 0.0], [0.0, 1.0, -0.5], [0.3, 0.0, 1.0], [0.2, 0.2, 0.2]])

    def encode(self, pixels):  # (1, 3, H, W) -> (1, 4, H / 2, W / 2)
        small = torch.nn.functional.avg_pool2d(pixels, 2)
        mean = torch.einsum("cd,bdhw->bchw", self.mix, small) + 0.1
        return type("Out", (), {"latent_dist": type("Dist", (), {"mean": mean})()})()


def test_the_preview_recovers_the_colours_of_an_autoencoder_that_is_linear() -> None:
    vae = PatchAutoencoder()
    colours = torch.rand(1, 3, 6, 10) * 2 - 1
    latents = (vae.encode(colours).latent_dist.mean - 0.25) * 0.5
    shown = LatentPreview(vae)(latents)
    wanted = (torch.nn.functional.avg_pool2d(colours, 2)[0].permute(1, 2, 0).numpy() + 1) * 127.5
    assert shown is not None and np.abs(shown - wanted).max() < 1.0


def test_latents_of_another_shape_or_broken_ones_do_no_harm() -> None:
    preview = LatentPreview(PatchAutoencoder())
    assert preview(torch.zeros(1, 16, 4, 4)) is None
    assert preview(torch.zeros(1, 64, 4)) is None
    assert preview(torch.full((1, 4, 2, 3), float("nan"))).shape == (2, 3, 3)


def test_steps_come_in_order_and_the_result_is_returned() -> None:
    def call(on_step):
        for number in (1, 2, 3):
            on_step(number, number * 10)
        return "picture"

    seen = []

    def consume():
        return (yield from stepped(call, lambda latents: str(latents).encode()))

    steps = consume()
    with pytest.raises(StopIteration) as end:
        while True:
            seen.append(next(steps))
    assert seen == [(1, b"10"), (2, b"20"), (3, b"30")] and end.value.value == "picture"


def test_what_the_pipeline_raises_is_raised() -> None:
    def call(on_step):
        on_step(1, None)
        raise ZeroDivisionError("inside")

    steps = stepped(call, lambda latents: None)
    assert next(steps) == (1, None)
    with pytest.raises(ZeroDivisionError, match="inside"):
        next(steps)


def test_closing_stops_within_a_step_at_the_next_block() -> None:
    class SlowBlock(torch.nn.Module):
        def forward(self, x):
            time.sleep(0.01)
            return x

    net = torch.nn.Sequential(*(SlowBlock() for _ in range(1_000)))

    def call(on_step):
        on_step(1, None)
        net(torch.zeros(1))
        return "never"

    steps = stepped(call, lambda latents: None, net)
    next(steps)
    start = time.monotonic()
    steps.close()
    assert time.monotonic() - start < 2.0
    assert not any(thread.name == "pipeline" for thread in threading.enumerate())
    assert not any(block._forward_pre_hooks for block in net)


@pytest.mark.parametrize(
    ("pipeline", "family"),
    [
        ("StableDiffusionPipeline", "sd"),
        ("StableDiffusionControlNetPipeline", "sd"),
        ("StableDiffusionXLPipeline", "sdxl"),
        ("StableDiffusionXLControlNetPipeline", "sdxl"),
        ("StableDiffusionGLIGENPipeline", "gligen"),
        ("StableDiffusion3Pipeline", "other"),
        ("FluxPipeline", "other"),
    ],
)
def test_families_are_told_by_the_pipeline(pipeline: str, family: str) -> None:
    assert _family(pipeline) == family


def test_variants_of_weights(tmp_path: Path) -> None:
    (tmp_path / "model.fp16.safetensors").touch()
    assert variant_of(tmp_path) == "fp16"
    (tmp_path / "model.safetensors").touch()
    assert variant_of(tmp_path) is None


def test_a_folder_with_pickled_weights_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="no safetensors weights"):
        variant_of(tmp_path)
    (tmp_path / "model.ckpt").touch()
    with pytest.raises(MissingModelError, match="pickled"):
        variant_of(tmp_path)


def test_hashes_follow_the_files(tmp_path: Path) -> None:
    file = tmp_path / "unet" / "x.safetensors"
    file.parent.mkdir()
    file.write_bytes(b"one")
    first = hashes_of(tmp_path)
    assert list(first) == ["unet/x.safetensors"]
    file.write_bytes(b"other")
    assert hashes_of(tmp_path) != first


def test_a_controlnet_is_told_by_its_config(tmp_path: Path) -> None:
    folder = tiny_models.save_controlnet(tmp_path / "net")
    assert find_controlnet(str(folder)) == folder


def test_a_model_that_takes_no_controlnet_says_so() -> None:
    folder = ModelFolder(Path("/m"), "FluxPipeline", "other", None, (), False)
    request = GenerateImage(scene=Scene(), controls=(Control(map="depth"), Control(map="normal", strength=0.0)))
    steering, notes = choose_steering(request, folder)
    assert steering == [] and len(notes) == 1 and "FluxPipeline takes no ControlNet" in notes[0]


def test_words_for_one_thing_are_never_lost_and_their_limits_are_told() -> None:
    lamp = SceneObject(id="lamp", label="lamp", prompt="red glass")
    plain = ModelFolder(Path("/m"), "StableDiffusionPipeline", "sd", None, (), False)
    grounded = ModelFolder(Path("/m"), "StableDiffusionGLIGENPipeline", "gligen", None, (), False)
    own = GenerateImage(scene=Scene.of([lamp]), prompt="a dark room")
    prompt, notes = object_words(own, plain)
    assert prompt == "a dark room, red glass" and "only a GLIGEN model ties them" in notes[0]
    written, notes = object_words(own.replace(prompt=""), plain)
    assert written.count("red glass") == 1 and notes
    assert object_words(own, grounded) == ("a dark room", [])
    assert object_words(own.replace(scene=Scene()), plain)[1] == []
