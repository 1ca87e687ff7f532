"""The paper's four steps and the table, two optimiser steps each, on a few scenes made here."""

import argparse
import json
import math
from pathlib import Path

import pytest
import torch

from sd3studio.ml.libraries import prepare_libraries
from sd3studio.ml.metrics import table
from sd3studio.ml.metrics.table_systems import LAST, SYSTEMS, config_of
from sd3studio.ml.training.config import TrainConfig, load_config
from sd3studio.ml.training.data.making import make_dataset
from sd3studio.ml.training.data.records import SampleSettings
from sd3studio.ml.training.data.shards import DatasetRecipe
from sd3studio.ml.training.metrics_log import MetricsLog
from sd3studio.ml.training.sources import open_source
from sd3studio.ml.training.sources.triples import TripleSource, graph_in, scenes_of

pytestmark = [pytest.mark.gl, pytest.mark.slow]

SCENES = 6
CHOSEN = ("singleton", "sd3")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    prepare_libraries()
    folder = tmp_path_factory.mktemp("scenes") / "set"
    settings = SampleSettings(size_px=64, captions=3, quality="draft")
    make_dataset(folder, DatasetRecipe(kind="mixed", count=SCENES, seed=7, settings=settings), workers=1)
    yield folder
    scenes_of.cache_clear()


@pytest.fixture(scope="module")
def run(data, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("table")
    path = out / "small.json"
    path.write_text(small(load_config("table")).model_dump_json())
    arguments = argparse.Namespace(
        **{"config": str(path), "data": data, "heldout": data, "out": out, "only": list(CHOSEN)},
        **{"limit": 4, "steps": 2, "threads": 1, "json": True},
    )
    table.evaluate(arguments)
    return out


def small(config: TrainConfig) -> TrainConfig:
    """Tinier nets, and batches of two."""
    parts = {
        name: part.replace(settings=part.settings | ({"width": 32, "depth": 1} if "depth" in part.settings else {}))
        for name, part in config.system.parts.items()
    }
    second = {"second_width": 32}
    parts["graph_diffusion"] = parts["graph_diffusion"].replace(settings=parts["graph_diffusion"].settings | second)
    stages = tuple(stage.replace(batch=2) for stage in config.stages)
    return config.replace(system=config.system.replace(parts=parts), stages=stages, min_free_mb=0.0)


def test_every_loss_of_every_step_is_a_number(run):
    lines = list(MetricsLog(run / "shared").lines()) + list(MetricsLog(run / "systems" / "sd3").lines())
    config = load_config("table")
    assert {line["stage"] for line in lines} == {stage.name for stage in config.stages}
    named = {name for line in lines for name in line["losses"]}
    assert {"dgae", "image_align", "text_align", "t23d", "i23d", "features_t23d", "features_i23d", "duality"} <= named
    assert all(math.isfinite(value) for line in lines for value in line["losses"].values())


def test_the_table_has_every_column_of_each_system(run):
    found = json.loads((run / "table.json").read_bytes())
    assert list(found["systems"]) == list(CHOSEN)
    lines = dict(table.printed(found))
    assert set(table.COLUMNS) <= set(found["systems"]["sd3"])
    assert "trirec_text" not in found["systems"]["singleton"]
    assert lines["singleton"].split()[-1].isdigit() and "[" in lines["sd3"]
    assert found["systems"]["sd3"]["scenes"] == 4


def test_a_row_that_is_there_is_not_done_again(run, data):
    row = run / "rows" / "sd3.json"
    before = row.stat().st_mtime_ns
    arguments = argparse.Namespace(
        **{"config": str(run / "small.json"), "data": data, "heldout": data, "out": run, "only": ["sd3"]},
        **{"limit": 4, "steps": 2, "threads": 1, "json": False},
    )
    printed = table.evaluate(arguments)
    assert row.stat().st_mtime_ns == before
    assert "sd3" in printed and "singleton" in printed


def test_systems_without_a_graph_do_not_learn_one():
    base = load_config("table")
    last = {name: config_of(row, base).stages[-1] for name, row in SYSTEMS.items()}
    assert all(stage.name == LAST for stage in last.values())
    assert "graph_diffusion" not in last["singleton"].learns and "graph_diffusion" in last["singleton_3d"].learns
    assert set(last["singleton"].losses) == {"st2i", "si2t"}
    assert set(last["vanilla_dual"].losses) == {"st2i", "si2t", "duality"}
    assert set(last["sd3"].losses) == set(base.stages[-1].losses)
    uniform = config_of(SYSTEMS["uniform"], base).system.transitions
    assert {transition.kind for transition in uniform.values()} == {"uniform"}


def test_the_graph_of_a_scene_holds_what_its_sentence_says(run, data):
    source, system = _source(run, data)
    batch = source.batch([0, 1, 2], torch.Generator().manual_seed(0))
    graphs, told = graph_in(batch, "graph"), batch["graph_told"]
    assert bool((told <= graphs.mask).all()) and bool(told.any(1).all())
    again = source.batch([0, 1, 2], torch.Generator().manual_seed(0))
    assert all(torch.equal(batch[name], again[name]) for name in batch)
    words = [system.vocabulary.words[tag][1] for tag in graphs.tag[0][told[0]].tolist()]
    chosen = [k for k in source.usable[source.rows[0]] if set(words) <= set(_words(source, 0, k))]
    assert chosen


def test_trimming_keeps_things_and_what_is_told(run, data):
    source, _ = _source(run, data)
    whole, short = source, TripleSource(source.scenes, source.system, nodes=16)
    before = whole.batch([0], torch.Generator().manual_seed(1))
    after = short.batch([0], torch.Generator().manual_seed(1))
    assert after["graph_mask"].shape == (1, 16)
    assert int(after["graph_told"].sum()) == min(int(before["graph_told"].sum()), 16)


def test_a_sample_of_a_stage_of_pictures_is_a_picture(run, data):
    from io import BytesIO

    from PIL import Image

    from sd3studio.ml.system import System
    from sd3studio.ml.training.showing import SHOWN, picture_sample

    system = System.load(run / "systems" / "sd3" / "system")
    source = TripleSource(_source(run, data)[0].scenes, system)
    stages = {stage.name: stage for stage in load_config("table").stages}
    numbers = list(range(len(source)))[:SHOWN]
    batch = source.batch(numbers, torch.Generator().manual_seed(0))
    drawn, rebuilt = (
        picture_sample(system, stages[name], source, numbers, batch, torch.Generator().manual_seed(0))
        for name in (LAST, "image_codec")
    )
    assert drawn is not None and rebuilt is not None and drawn != rebuilt
    assert Image.open(BytesIO(drawn)).size == (SHOWN * 64, 128)
    assert picture_sample(system, stages["dgae"], source, numbers, batch, torch.Generator()) is None


def _source(run: Path, data: Path):
    from sd3studio.ml.system import System

    system = System.load(run / "shared" / "system", ["graph_codec"])
    source = open_source("triples", data, system, cache=str((run / "cache").resolve()))
    assert isinstance(source, TripleSource)
    return source, system


def _words(source: TripleSource, index: int, k: int) -> list[str]:
    graph = source.scenes.said[source.rows[index]][k][1]
    names = [thing.tag for thing in graph.objects]
    names += [word for thing in graph.objects for word in thing.attributes]
    return names + [predicate.value for _, predicate, _ in graph.triples]
