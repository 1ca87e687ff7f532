"""Saving and loading nets: exact round trip, safetensors only, and a sentence for each kind of broken folder."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.diffusion.scheduler import DiscreteDiffusionScheduler
from sd3studio.ml.libraries import quiet
from sd3studio.ml.nets.denoiser import Denoiser
from sd3studio.ml.pretrained import WEIGHTS_NAME


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("net")
    Denoiser(5, 6, positions=(3, 3), width=16, depth=1, heads=2, condition_width=4).save_pretrained(folder)
    return folder


@pytest.fixture
def folder(saved, tmp_path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def test_a_round_trip_is_exact_and_has_no_pickle(saved):
    assert sorted(path.name for path in saved.iterdir()) == ["config.json", WEIGHTS_NAME]
    one, two = Denoiser.from_pretrained(saved), Denoiser.from_pretrained(saved.parent, subfolder=saved.name)
    torch.manual_seed(0)
    original = Denoiser(5, 6, positions=(3, 3), width=16, depth=1, heads=2, condition_width=4)
    for weight, first, second in zip(original.parameters(), one.parameters(), two.parameters(), strict=True):
        assert torch.equal(weight, first) and torch.equal(weight, second)
    assert not one.training and tuple(one.config.positions) == (3, 3)


def test_a_pickled_file_is_refused(folder):
    torch.save({"absent": torch.zeros(2, 16)}, folder / "diffusion_pytorch_model.bin")
    (folder / WEIGHTS_NAME).unlink()
    with pytest.raises(MissingModelError, match="pickled file"):
        Denoiser.from_pretrained(folder)
    with pytest.raises(MissingModelError, match="pickled file"):
        Denoiser.from_pretrained(folder, use_safetensors=False)


def test_pickles_are_not_written(tmp_path):
    net = Denoiser(5, 6, width=16, depth=1, heads=2)
    with pytest.raises(ValueError, match="safetensors only"):
        net.save_pretrained(tmp_path, safe_serialization=False)


def test_missing_weights_are_told(folder):
    (folder / WEIGHTS_NAME).unlink()
    with pytest.raises(MissingModelError, match="no safetensors weights"):
        Denoiser.from_pretrained(folder)


@pytest.mark.parametrize("length", (0, 5, 200, -40))
def test_truncated_weights_are_told(folder, length):
    path = folder / WEIGHTS_NAME
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(MissingModelError, match=f"{WEIGHTS_NAME} is damaged or cut short"):
        Denoiser.from_pretrained(folder)


def test_unknown_settings_are_told(folder):
    rewrite(folder, attention_kind="flash")
    with pytest.raises(MissingModelError, match="doesn't know: attention_kind"):
        Denoiser.from_pretrained(folder)


def test_settings_that_do_not_fit_the_weights_are_told(folder):
    rewrite(folder, depth=2)
    with pytest.raises(MissingModelError, match=r"missing blocks\.1"):
        Denoiser.from_pretrained(folder)


@pytest.mark.parametrize("settings", ({"width": 32}, {"width": "wide"}, {"classes": 0}))
def test_impossible_settings_are_told(folder, settings):
    rewrite(folder, **settings)
    with pytest.raises(MissingModelError, match=r"can't be loaded|don't fit"):
        Denoiser.from_pretrained(folder)


def test_another_class_is_told(folder):
    rewrite(folder, _class_name="UNet2DModel")
    with pytest.raises(MissingModelError, match="describes a 'UNet2DModel'; a Denoiser is needed"):
        Denoiser.from_pretrained(folder)


def test_a_config_that_is_not_json_is_told(folder):
    (folder / "config.json").write_text("{")
    with pytest.raises(MissingModelError, match="not valid JSON"):
        Denoiser.from_pretrained(folder)


def test_a_missing_folder_is_told_and_the_network_is_not_asked(tmp_path):
    with pytest.raises(MissingModelError, match="no model folder"):
        Denoiser.from_pretrained("someone/some-net")


def test_a_diffusers_pipeline_of_our_parts_saves_and_loads_by_its_index(saved, tmp_path):
    with quiet():
        from diffusers import DiffusionPipeline

    class TokenPipeline(DiffusionPipeline):
        def __init__(self, denoiser: Denoiser, scheduler: DiscreteDiffusionScheduler) -> None:
            super().__init__()
            self.register_modules(denoiser=denoiser, scheduler=scheduler)

    net = Denoiser.from_pretrained(saved)
    TokenPipeline(net, DiscreteDiffusionScheduler(5, "absorbing")).save_pretrained(tmp_path)
    assert (tmp_path / "model_index.json").is_file()
    loaded = TokenPipeline.from_pretrained(tmp_path)
    assert torch.equal(loaded.denoiser.head.weight, net.head.weight)
    assert loaded.scheduler.transition.config.kind == "absorbing"


def rewrite(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
