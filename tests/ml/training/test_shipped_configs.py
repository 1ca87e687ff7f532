"""The configurations that come with the program: their sizes, and that each part's settings make it."""

import inspect

import pytest
import torch

from sd3studio.ml.libraries import prepare_libraries
from sd3studio.ml.system import System
from sd3studio.ml.training.config import load_config
from sd3studio.ml.training.sources.pictures import PictureSource

MILLION = 1e6


def sizes(name: str) -> dict[str, float]:
    """Millions of weights of each part, none of which takes memory."""
    prepare_libraries()
    with torch.device("meta"):
        system = System.build(load_config(name).system, 0)
    return {part: sum(weight.numel() for weight in net.parameters()) / MILLION for part, net in system.parts.items()}


def test_the_large_one_has_the_papers_diffusions():
    found = sizes("paper")
    for name in ("graph_diffusion", "image_diffusion", "text_diffusion"):
        assert found[name] == pytest.approx(350.0, rel=0.05)
    config = load_config("paper").system
    assert config.parts["image_diffusion"].settings["positions"] == [32, 32]
    codec = config.parts["image_codec"].settings
    assert codec["levels"] ** codec["fields"] == pytest.approx(2886, rel=0.1)


def test_the_shipped_one_fits_into_a_hundred_megabytes(tmp_path):
    system = System.build(load_config("mini").system, 0)
    wanted = {"graph_codec", "graph_diffusion", "image_codec", "image_diffusion", "text_codec", "text_diffusion"}
    assert wanted <= set(system.parts)
    system.save(tmp_path)
    sizes_mb = [path.stat().st_size / MILLION for path in tmp_path.rglob("*.safetensors")]
    assert sum(sizes_mb) < 97.0  # the relation model and the sentence plans, which are no nets of it, have the rest
    assert max(sizes_mb) < 45.0


@pytest.mark.parametrize("name", ["mini", "paper"])
def test_all_four_steps_are_there_in_order(name):
    steps = [stage.step for stage in load_config(name).stages]
    assert list(dict.fromkeys(steps)) == ["dgae", "align", "graph", "all"]


@pytest.mark.parametrize("name", ["mini", "paper", "table"])
def test_where_the_duality_is_learnt_the_marginals_are_there_and_stay(name):
    config = load_config(name)
    last = config.stages[-1] if name != "mini" else config.chosen("all", "dual")[0]
    before = {part for stage in config.stages if stage is not last for part in stage.learns}
    assert {"duality", "pair_duality"} & set(last.losses) and last.step == "all"
    assert {"image_diffusion", "text_diffusion"} <= set(last.learns)
    assert {"image_prior", "text_prior"} <= before - set(last.learns)


def test_the_marginal_of_pictures_is_small_and_holds_every_slot_that_is_trained_on():
    prior = System.build(load_config("mini").system, 0, ["image_prior"]).parts["image_prior"]
    assert 4.0 * sum(weight.numel() for weight in prior.parameters()) / MILLION < 2.5
    assert prior.config.length >= inspect.signature(PictureSource).parameters["slots"].default
