import json
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

from sd3studio.core.errors import InputError, MissingModelError
from sd3studio.ml.system import INDEX, PartConfig, System, SystemConfig, TransitionSettings, part_class

WEIGHTS = "graph_diffusion/diffusion_pytorch_model.safetensors"


def small(kind: str = "absorbing", **settings: object) -> SystemConfig:
    part = PartConfig(kind="Denoiser", settings={"fields": 2, "width": 16, "depth": 1, "heads": 2} | settings)
    prior = PartConfig(kind="TokenPrior", settings={"fields": 2, "width": 16, "depth": 1, "heads": 2})
    transitions = {"graph": TransitionSettings(kind=kind, classes=5), "image": TransitionSettings(classes=7)}
    return SystemConfig(parts={"graph_diffusion": part, "image_prior": prior}, transitions=transitions)


def weights(system: System, name: str = "graph_diffusion") -> list[torch.Tensor]:
    return [value.clone() for value in system.parts[name].state_dict().values()]


@pytest.fixture
def folder(tmp_path) -> Path:
    System.build(small(), 3).save(tmp_path)
    return tmp_path


def test_a_saved_system_loads_the_same(folder):
    loaded, made = System.load(folder), System.build(small(), 3)
    assert loaded.config == small()
    assert all(torch.equal(a, b) for a, b in zip(weights(loaded), weights(made), strict=True))
    index = json.loads((folder / INDEX).read_bytes())
    assert index["graph_diffusion"] == ["sd3studio.ml.nets.denoiser", "Denoiser"]


def test_weights_depend_on_the_seed_and_not_on_the_other_parts():
    whole, other = System.build(small(), 3), System.build(small(), 4)
    alone = System.build(small(), 3, ["graph_diffusion"])
    assert list(alone.parts) == ["graph_diffusion"]
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(alone), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(weights(whole), weights(other), strict=True))


def test_only_the_named_parts_are_loaded(folder):
    assert list(System.load(folder, ["image_prior"]).parts) == ["image_prior"]
    with pytest.raises(InputError, match="no part 'text_codec'"):
        System.load(folder, ["text_codec"])


def test_diffusions_and_priors_take_their_classes_from_the_transition():
    system = System.build(small("uniform"), 0)
    assert (system.parts["graph_diffusion"].config.classes, system.parts["graph_diffusion"].config.states) == (5, 5)
    assert System.build(small("absorbing"), 0).parts["graph_diffusion"].config.states == 6
    assert system.parts["image_prior"].config.classes == 7


def test_recorded_losses_are_taken_once():
    system = System.build(small(), 0)
    system.record("graph", torch.tensor([1, 2]), torch.tensor([0.5, 0.25]))
    system.record("graph", torch.tensor([3]), torch.tensor([1.0]))
    index, losses = system.take_recorded()["graph"]
    assert index.tolist() == [1, 2, 3] and losses.tolist() == [0.5, 0.25, 1.0]
    assert system.take_recorded() == {}


def test_what_losses_share_is_made_once_a_batch():
    system, made = System.build(small(), 0, []), []

    def make() -> int:
        made.append(len(made))
        return made[-1]

    first, second = {"x": 1}, {"x": 1}
    assert [system.shared(batch, make) for batch in (first, first, second, first)] == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda folder: (folder / INDEX).unlink(), "model_index.json is missing"),
        (lambda folder: (folder / INDEX).write_text("{"), "not valid JSON"),
        (lambda folder: (folder / INDEX).write_text("[]"), "must hold a JSON object"),
        (lambda folder: (folder / "system.json").write_text('{"wrong": 1}'), "system.json: wrong"),
        (lambda folder: (folder / WEIGHTS).unlink(), "no safetensors weights"),
        (lambda folder: (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-9]), "damaged or cut short"),
        (lambda folder: (folder / WEIGHTS).rename(folder / "graph_diffusion" / "model.bin"), "pickled file"),
        (lambda folder: (folder / "graph_diffusion" / "config.json").unlink(), "is missing or can't be read"),
    ],
)
def test_a_damaged_folder_is_a_sentence(folder, harm, message):
    harm(folder)
    with pytest.raises(MissingModelError, match=message):
        System.load(folder)


def test_unknown_settings_are_refused():
    with pytest.raises(InputError, match=r"graph_diffusion.settings don't make a Denoiser"):
        System.build(small(wrong=1), 0)
    with pytest.raises(InputError, match="no part 'Wrong'"):
        part_class("Wrong")
    with pytest.raises(ValidationError, match="must be one of"):
        SystemConfig(parts={"graph_codec": PartConfig(kind="Wrong")})
    with pytest.raises(ValidationError, match=r"transitions\.graph is missing"):
        SystemConfig(parts={"graph_diffusion": PartConfig(kind="Denoiser")})
    with pytest.raises(InputError, match="no tokenizer"):
        System.build(SystemConfig(transitions={"text": TransitionSettings()}), 0)


def test_a_vocabulary_that_is_not_there_is_a_sentence():
    with pytest.raises(MissingModelError, match=r"nowhere\.json, which is not there"):
        System.build(SystemConfig(vocabulary="nowhere.json"), 0)
