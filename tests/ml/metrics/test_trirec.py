"""TriRec: exact triples, their converses, what layout implies, and the report of a trained system."""

import argparse
from pathlib import Path

import numpy as np
import pytest
from tiny_graphs import record, records, tiny_system, vocabulary

from sd3studio.core.errors import DataError
from sd3studio.ml.conditioning.graph_boxes import implied_triples
from sd3studio.ml.generation.holistic import Whole
from sd3studio.ml.metrics.graph import (
    Found,
    add_arguments,
    bootstrap,
    closure,
    description_of,
    evaluate,
    gold_triples,
    scored,
    true_triples,
)
from sd3studio.ml.training.data.records import Sample
from sd3studio.ml.training.data.shards import DatasetRecipe, SampleSettings, write_index, write_shard


def test_recall_precision_and_truth_are_shares_of_exact_triples():
    gold = {("cup", "on", "table"), ("chair", "behind", "table")}
    predicted = {("cup", "on", "table"), ("cup", "next to", "chair"), ("mug", "on", "table")}
    found = Found(predicted, gold, {("cup", "next to", "chair")})
    assert (found.recall, found.precision, found.truth) == (0.5, 1 / 3, 2 / 3)
    assert found.f1 == pytest.approx(2 * 0.5 / 3 / (0.5 + 1 / 3))


def test_a_triple_says_its_converse_too():
    assert closure({("a", "to the left of", "b"), ("a", "on", "b")}) == {
        ("a", "to the left of", "b"),
        ("b", "to the right of", "a"),
        ("a", "on", "b"),
    }


def test_small_things_are_not_in_the_gold_but_room_and_floor_are():
    one = record(0)
    everything, salient, nothing = (gold_triples(one, share) for share in (0.0, 0.02, 1.0))
    assert nothing < salient < everything or nothing <= salient <= everything
    kinds = {thing.tag: thing.kind for thing in one.gold.objects}
    assert nothing and all(kinds[s] != "object" and kinds[o] != "object" for s, _, o in nothing)


def test_the_gold_graph_itself_scores_full_marks_and_its_layout_implies_most():
    some = records(4)
    whole = [Whole(one.gold, (), (), one.gold) for one in some]
    rows = scored(some, [one.gold for one in some], whole, vocabulary().bins, visible=0.0)
    assert rows["trirec"] == rows["nodes_trirec"] == rows["initial_trirec"] == rows["within_reach"] == 100.0
    assert set(rows["recall_by_predicate"].values()) == {100.0}
    implied = [implied_triples(one.gold, vocabulary().bins, 0.3) & true_triples(one) for one in some]
    told = [{t for t in true_triples(one) & gold_triples(one, 0.0)} for one in some]
    assert sum(len(a & b) for a, b in zip(implied, told, strict=True)) >= 0.6 * sum(map(len, told))


def test_longer_descriptions_tell_more():
    one = record(1)
    few, many = (len(description_of(one, count, setting=False).triples) for count in (1, 12))
    assert many > few
    assert description_of(one, 12, setting=False) == description_of(one, 12, setting=False)


def test_the_interval_holds_the_mean():
    values = np.array([0.0, 1.0, 1.0, 0.5] * 20)
    low, high = (float(side[0]) for side in bootstrap(values))
    assert low < values.mean() < high and high - low < 0.3


def test_a_system_is_evaluated_on_a_data_set(tmp_path: Path):
    data, weights = tmp_path / "data", tmp_path / "system"
    data.mkdir()
    samples = [Sample(one, {}) for one in records(2)]
    recipe = DatasetRecipe(kind="mixed", count=2, shard_scenes=2, settings=SampleSettings(size_px=64, maps=False))
    write_index(data, recipe, [write_shard(data, 0, samples)], complete=True)
    tiny_system().save(weights)
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    report = evaluate(parser.parse_args(["--data", str(data), "--weights", str(weights), "--sentences", "4"]))
    assert report["scenes"] == 2 and 0.0 <= report["trirec"] <= 100.0
    assert report["trirec"] == min(report["tsg_trirec"], report["vsg_trirec"])
    assert not report["photo"] and report["tsg_initial_trirec"] > 0.0
    with pytest.raises(DataError, match="no scene"):
        evaluate(parser.parse_args(["--data", str(data), "--weights", str(weights), "--limit", "0"]))
