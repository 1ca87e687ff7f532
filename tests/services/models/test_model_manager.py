"""What is installed, what runs where and why not, hashes, downloads from a hub that is a fake."""

import json
import struct
from pathlib import Path

import pytest

from sd3studio.cli.main import main
from sd3studio.core.errors import DataError, InputError, JobError, MissingModelError
from sd3studio.core.messages import Finished, Progress
from sd3studio.core.requests import DownloadModel, VerifyModels
from sd3studio.core.settings import Models, Settings
from sd3studio.services.models import (
    NEEDS,
    Machine,
    add_folder,
    downloading,
    fitness,
    installed_models,
    machine,
    remember_hashes,
    remove_folder,
    this_machine,
    verify,
    verifying,
)
from sd3studio.services.models.downloading import HubFile, run
from sd3studio.services.models.machine import Gpu
from sd3studio.services.weights import sha256_of

HEADER = b"{}"
SMALL = struct.pack("<Q", len(HEADER)) + HEADER


@pytest.fixture
def pipeline(tmp_path) -> Path:
    folder = tmp_path / "my-sd"
    (folder / "unet").mkdir(parents=True)
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}', encoding="utf-8")
    (folder / "unet" / "model.safetensors").write_bytes(SMALL + bytes(1_000))
    (folder / "README.md").write_text("---\nlicense: creativeml-openrail-m\n---\n# SD", encoding="utf-8")
    return folder


def test_shipped_models_and_the_users_are_listed(pipeline):
    settings = add_folder(Settings(), pipeline)
    found = {model.name: model for model in installed_models(settings)}
    assert found["nanodet"].origin == "shipped" and found["nanodet"].size_bytes > 1_000_000
    mine = found["my-sd"]
    assert (mine.origin, mine.kind, mine.licence) == ("chosen", "StableDiffusionPipeline", "creativeml-openrail-m")
    assert mine.size_in_half_bytes == (len(SMALL) + 1_000) // 2 and mine.problems == ()
    assert add_folder(settings, pipeline) == settings


def test_every_shipped_model_tells_its_licence():
    told = {model.name: model.licence for model in installed_models(Settings())}
    assert set(told.values()) == {"MIT", "Apache-2.0", "MIT of its package - upstream unknown"}, told


def test_a_folder_of_pickles_or_of_nothing_is_not_taken(tmp_path):
    folder = tmp_path / "old"
    folder.mkdir()
    with pytest.raises(InputError, match="no weights"):
        add_folder(Settings(), folder)
    (folder / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(InputError, match="pickled file"):
        add_folder(Settings(), folder)
    with pytest.raises(InputError, match="not a folder"):
        add_folder(Settings(), tmp_path / "none")


def test_a_folder_is_forgotten_by_name_or_path(pipeline, tmp_path):
    settings = add_folder(Settings(), pipeline)
    assert remove_folder(settings, "my-sd") == (Settings(), pipeline)
    assert remove_folder(settings, str(pipeline))[0] == Settings()
    with pytest.raises(InputError, match="no folder 'other'"):
        remove_folder(settings, "other")


def test_a_folder_that_went_away_says_so(pipeline):
    settings = add_folder(Settings(), pipeline)
    pipeline.rename(pipeline.with_name("moved"))
    (gone,) = [model for model in installed_models(settings) if model.name == "my-sd"]
    assert "not there" in gone.problems[0]


def test_every_backend_gives_its_reasons(pipeline, tmp_path):
    large = Machine(memory_bytes=64_000_000_000)
    for key in NEEDS:
        found = fitness(key, Settings(), large)
        assert found.runs or all(reason.endswith(".") for reason in found.reasons)
    chosen = Settings(models=Models(diffusers=str(pipeline)))
    assert fitness("diffusers", chosen, large).runs
    (reason,) = fitness("diffusers", chosen, Machine(memory_bytes=1_000_000_000)).reasons
    assert "takes about 2.0 GB of memory, and this machine has 1.0 GB" in reason
    (reason,) = fitness("diffusers", Settings(models=Models(diffusers="some/model")), large).reasons
    assert "not a folder on this machine" in reason
    (reason,) = fitness("sd3-mini", Settings(), large, shipped=tmp_path).reasons
    assert "sd3-mini is missing" in reason


def test_a_missing_package_is_named(monkeypatch):
    from sd3studio.services.models import needs

    monkeypatch.setattr(needs, "_is_importable", lambda module: module != "cv2")
    (reason,) = fitness("detector", Settings(), Machine(10**12)).reasons
    assert reason == "The package opencv-python-headless is missing; get it with: pip install opencv-python-headless."


def test_without_a_gpu_a_large_model_is_slow_and_with_a_small_one_does_not_fit(pipeline, monkeypatch):
    from sd3studio.services.models import needs

    monkeypatch.setattr(needs, "SLOW_FROM_BYTES", 100)
    chosen = Settings(models=Models(diffusers=str(pipeline)))
    assert fitness("diffusers", chosen, Machine(10**11)).advice == ("There is no GPU, so a picture takes minutes.",)
    small = Machine(10**11, (Gpu("small", 10**9),))
    assert "the GPU has 1.0 GB" in fitness("diffusers", chosen, small).reasons[0]


def test_the_machine_is_looked_at_without_a_learning_library(monkeypatch, tmp_path):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA H200, 143771'\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setattr(machine.shutil, "which", lambda name: str(tool))
    found = this_machine()
    assert found.memory_bytes > 10**8
    assert found.gpus == (Gpu("NVIDIA H200", 143_771 * 2**20),) and found.best_memory_bytes == 143_771 * 2**20
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    assert this_machine().gpus == ()


def test_changed_lost_and_new_weights_are_told(pipeline, tmp_path):
    settings = add_folder(Settings(), pipeline)
    (model,) = [model for model in installed_models(settings) if model.origin == "chosen"]
    (pipeline / "vae.safetensors").write_bytes(SMALL)
    assert remember_hashes(tmp_path, pipeline) == 2
    assert [verdict.ok for verdict in verify(tmp_path, model)] == [True, True]
    (pipeline / "unet" / "model.safetensors").write_bytes(SMALL + b"other")
    (pipeline / "vae.safetensors").unlink()
    (pipeline / "new.onnx").write_bytes(b"x")
    assert {verdict.name: verdict.ok for verdict in verify(tmp_path, model)} == {
        "unet/model.safetensors": False,
        "vae.safetensors": False,
        "new.onnx": None,
    }


class FakeHub:
    """A hub with some files; `damage` is a file that comes wrong, `fail` one that doesn't come."""

    def __init__(self, files: dict[str, bytes], damage: str = "", fail: str = "") -> None:
        self.contents, self.damage, self.fail = files, damage, fail
        self.got: list[str] = []

    def files(self, name, revision):
        import hashlib

        listed = [HubFile(key, len(data), hashlib.sha256(data).hexdigest()) for key, data in self.contents.items()]
        return listed, "apache-2.0", "c0ffee"

    def get(self, name, revision, file, folder):
        assert revision == "c0ffee"
        if file.name == self.fail:
            raise ConnectionError("the line broke")
        self.got.append(file.name)
        target = folder / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"x" if file.name == self.damage else self.contents[file.name])


FILES = {
    "model_index.json": b"{}",
    "unet/model.safetensors": SMALL + bytes(99),
    "unet/model.fp16.safetensors": SMALL,
    "unet/pytorch_model.bin": b"pickle",
    "handler.py": b"import os",
    "../../evil.json": b"{}",
}


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setattr(downloading, "LOOK_S", 0.01)

    def use(fake: FakeHub) -> FakeHub:
        monkeypatch.setattr(downloading, "_hub", lambda: fake)
        return fake

    return use


def test_a_model_of_a_hub_comes_without_pickles_code_and_tricks(hub, tmp_path):
    fake = hub(FakeHub(FILES))
    messages = list(run(DownloadModel(name="owner/model", folder=str(tmp_path / "m"))))
    assert fake.got == ["model_index.json", "unet/model.fp16.safetensors"]
    assert messages[-1] == Finished(str(tmp_path / "m")) and any(isinstance(m, Progress) for m in messages)
    (model,) = [m for m in installed_models(Settings(model_folders=(str(tmp_path / "m"),))) if m.origin == "chosen"]
    assert model.licence == "apache-2.0" and model.problems == ()


def test_damaged_and_missing_parts_are_sentences(hub, tmp_path):
    hub(FakeHub(FILES, damage="unet/model.fp16.safetensors"))
    with pytest.raises(DataError, match="came damaged"):
        list(run(DownloadModel(name="owner/model", folder=str(tmp_path / "m"))))
    assert not list((tmp_path / "m").rglob("*.safetensors"))
    hub(FakeHub(FILES, fail="model_index.json"))
    with pytest.raises(JobError, match=r"the line broke.*kept"):
        list(run(DownloadModel(name="owner/model", folder=str(tmp_path / "m"))))
    hub(FakeHub({"model.bin": b"pickle"}))
    with pytest.raises(MissingModelError, match="no weights in the safetensors"):
        list(run(DownloadModel(name="owner/model", folder=str(tmp_path / "m"))))


def test_the_command_adds_verifies_lists_and_removes(pipeline, capsys, own_home):
    assert main(["models", "add", str(pipeline)]) == 0
    assert main(["models", "verify", "my-sd"]) == 0
    (pipeline / "unet" / "model.safetensors").write_bytes(SMALL)
    assert main(["models", "verify", "my-sd"]) == 1
    capsys.readouterr()
    assert main(["models", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {backend["key"] for backend in told["backends"]} == set(NEEDS)
    assert told["models"][-1]["path"] == str(pipeline)
    assert main(["models", "remove", "my-sd", "--delete"]) == 2
    assert main(["models", "remove", "my-sd"]) == 0 and pipeline.is_dir()
    assert main(["models", "verify", "my-sd"]) == 2


def test_a_downloaded_model_is_added_and_can_be_deleted(hub, capsys, own_home):
    hub(FakeHub(FILES))
    assert main(["models", "download", "owner/model"]) == 0
    folder = own_home / "models" / "owner--model"
    assert capsys.readouterr().out == f"{folder}\n" and folder.is_dir()
    assert main(["models", "verify", str(folder)]) == 0
    assert main(["models", "remove", "owner--model", "--delete"]) == 0 and not folder.exists()


def test_the_job_keeps_hashes_and_then_compares_with_them(pipeline, own_home):
    def verified(remember: bool) -> list[bool | None]:
        request = VerifyModels(home=str(own_home), folders=(str(pipeline),), remember=remember)
        *steps, end = verifying.run(request)
        assert all(isinstance(step, Progress) and step.step <= step.total for step in steps)
        return [ok for _, _, ok, _ in end.result.files]

    assert verified(False) == [None]
    assert verified(True) == [True]
    (pipeline / "unet" / "model.safetensors").write_bytes(SMALL)
    assert verified(False) == [False]


def test_shipped_weights_are_as_on_their_cards():
    from sd3studio.core.locations import MODELS

    (model,) = [model for model in installed_models(Settings()) if model.name == "relations"]
    (verdict,) = verify(Path("unused"), model)
    assert verdict.ok is True and sha256_of(MODELS / "relations" / verdict.name)
