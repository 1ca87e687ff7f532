"""`sd3studio evaluate duality`: its figures go together and repeat; a system without marginals is told so."""

import argparse
import math
from pathlib import Path

import pytest
import torch

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.conditioning.said import SAID_WIDTH
from sd3studio.ml.metrics.duality import PARTS, evaluate
from sd3studio.ml.system import PartConfig, System, SystemConfig, TransitionSettings
from sd3studio.ml.training.data.making import make_dataset
from sd3studio.ml.training.data.records import SampleSettings
from sd3studio.ml.training.data.shards import DatasetRecipe

SMALL = {"width": 16, "depth": 1, "heads": 2}


def tiny_config() -> SystemConfig:
    codec = {"width": 16, "context_width": 16, "shader_width": 16, "texture_px": 4, "texture_width": 4}
    graphs = {"width": 16, "feature_width": 16, "depth": 1, "heads": 2}
    picture = {"fields": 6, "layout_width": 788, "condition_width": 16, "second_width": 384}
    settings = {
        "graph_codec": ("GraphCodec", graphs),
        "image_codec": ("ObjectCodec", codec | {"graph_width": 16}),
        "image_diffusion": ("Denoiser", SMALL | picture),
        "image_prior": ("TokenPrior", SMALL | {"fields": 6, "length": 20}),
        "text_diffusion": ("Denoiser", SMALL | {"positions": [32], "condition_width": SAID_WIDTH + 16}),
        "text_prior": ("TokenPrior", SMALL | {"length": 33}),
    }
    return SystemConfig(
        parts={name: PartConfig(kind=kind, settings=own) for name, (kind, own) in settings.items()},
        transitions={"image": TransitionSettings(classes=5, steps=5), "text": TransitionSettings(steps=5)},
        vocabulary="graph_vocabulary.json",
        tokenizer="text_tokenizer.json",
    )


def arguments(data: Path, weights: Path) -> argparse.Namespace:
    return argparse.Namespace(data=data, weights=weights, against=None, limit=3, draws=5, seed=0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("heldout")
    settings = SampleSettings(size_px=64, captions=3, quality="draft")
    make_dataset(folder, DatasetRecipe(kind="mixed", count=4, seed=3, settings=settings), workers=1)
    return folder


@pytest.mark.gl
def test_the_figures_of_untrained_nets_are_those_of_guessing(data: Path, tmp_path: Path) -> None:
    System.build(tiny_config(), 0).save(tmp_path / "system")
    report = evaluate(arguments(data, tmp_path / "system"))
    assert report["scenes"] == 3
    assert report["picture"] == pytest.approx(math.log(5.0), abs=1e-4)
    assert report["gap"] >= abs(report["gap_signed"])
    assert report["picture_given_sentence"] >= 0.9 * math.log(5.0)  # a bound, from a few draws
    low, high = report["intervals"]["gap"]
    assert low <= report["gap"] <= high
    assert evaluate(arguments(data, tmp_path / "system")) == report


@pytest.mark.gl
def test_a_change_is_that_of_the_same_scenes_and_draws(data: Path, tmp_path: Path) -> None:
    system = System.build(tiny_config(), 0)
    system.save(tmp_path / "0")
    asked = arguments(data, tmp_path / "0")
    asked.against = tmp_path / "0"
    assert all(change == (0.0, (0.0, 0.0)) for change in evaluate(asked)["change"].values())
    with torch.no_grad():
        system.parts["image_prior"].head.bias[0] = 1.0
    system.save(tmp_path / "1")
    asked.weights = tmp_path / "1"
    change = evaluate(asked)["change"]
    assert change["picture"][0] != 0.0 and change["sentence"][0] == change["picture_told"][0] == 0.0


def test_a_system_without_marginals_is_told_what_it_lacks(tmp_path: Path) -> None:
    for name in PARTS[:3]:
        (tmp_path / name).mkdir()
    with pytest.raises(MissingModelError, match="image_prior, text_diffusion, text_prior"):
        evaluate(arguments(tmp_path, tmp_path))
