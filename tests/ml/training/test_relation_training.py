"""Fitting the relation model: counting captions, and that the nets learn."""

import json
from pathlib import Path

import numpy as np
import pytest

from sd3studio.core.errors import DataError
from sd3studio.ml.training.caption_counts import count_triples, read_captions
from sd3studio.ml.training.relation_model import Recipe, fit_net

NOUNS = {
    "cup": "cup",
    "table": "table",
    "tables": "table",
    "dog": "dog",
    "top": "top",
    "kitchen": "kitchen",
    "car": "car",
}
VERBS = frozenset({"sitting", "is"})


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("A cup sitting on top of a small table.", {("cup", "on", "table")}),
        ("two dogs and a dog in front of a red car", {("dog", "in front of", "car")}),
        ("a cup on a kitchen table next to a dog", {("cup", "on", "table"), ("table", "next to", "dog")}),
        ("A dog, on top, is sitting in", set()),
    ],
)
def test_captions_are_counted_by_the_nouns_around_prepositions(caption: str, expected: set) -> None:
    assert set(count_triples([caption], NOUNS, VERBS)) == expected


def test_captions_are_read_from_coco_files_only(tmp_path: Path) -> None:
    path = tmp_path / "captions_x.json"
    path.write_text(json.dumps({"annotations": [{"caption": "a cup"}]}))
    assert read_captions(path) == ["a cup"]
    path.write_text("[1]")
    with pytest.raises(DataError):
        read_captions(path)
    with pytest.raises(DataError):
        read_captions(tmp_path / "missing.whl")


def test_a_net_learns_four_samples_and_is_the_same_for_the_same_seed() -> None:
    x, classes = np.eye(4), np.arange(4)
    recipe = Recipe(hidden=(16,), epochs=200, batch=4, dropout=0.0, input_dropout=0.0, smoothing=0.0, decay=0.0)
    net, again = fit_net(x, classes, 4, recipe, seed=1), fit_net(x, classes, 4, recipe, seed=1)
    hidden = x @ net["0.weight"].T + net["0.bias"]
    logits = (hidden / (1 + np.exp(-hidden))) @ net["1.weight"].T + net["1.bias"]
    assert (logits.argmax(axis=1) == classes).all()
    assert all((net[name] == again[name]).all() for name in net)
