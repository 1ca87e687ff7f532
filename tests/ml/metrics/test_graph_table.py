"""The graph rows of the paper's ablation: what is trained once, what each row goes through, and the report."""

import argparse
from pathlib import Path

import pytest
from tiny_graphs import records

from sd3studio.core.errors import InputError
from sd3studio.ml.metrics.graph_table import ROWS, add_arguments, evaluate
from sd3studio.ml.training.data.records import Sample
from sd3studio.ml.training.data.shards import DatasetRecipe, SampleSettings, write_index, write_shard


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    recipe = DatasetRecipe(kind="mixed", count=2, shard_scenes=2, settings=SampleSettings(size_px=64, maps=False))
    write_index(folder, recipe, [write_shard(folder, 0, [Sample(one, {}) for one in records(2)])], complete=True)
    return folder


def asked(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def test_rows_share_the_first_stage_and_differ_by_the_alignment_terms(data: Path, tmp_path: Path):
    run = tmp_path / "run"
    table = evaluate(asked("--heldout", data, "--data", data, "--out", run, "--steps", 1))
    assert {f"{name}_{kind}" for name in (*ROWS, "initial") for kind in ("tsg", "vsg")} <= set(table)
    losses = {name: (run / name / "config.json").read_text() for name in ROWS}
    assert "align_text" in losses["full"] and "align_text" not in losses["without_features"]
    assert '"graph"' in (run / "graph" / "config.json").read_text()
    again = evaluate(asked("--heldout", data, "--data", data, "--out", run, "--steps", 1))
    assert again == table


def test_without_data_to_train_on_it_says_what_is_missing(data: Path):
    with pytest.raises(InputError, match="--shipped"):
        evaluate(asked("--heldout", data))
