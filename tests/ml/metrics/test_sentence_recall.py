"""Recall of gold triples: what counts as said."""

import json
from pathlib import Path

import pytest

from sd3studio.core.errors import DataError
from sd3studio.ml.metrics.sentences import GoldItem, nouns_match, read_vsd, score
from sd3studio.ml.parsing.english import parse_many_english


def report_of(caption: str, *triples: tuple[str, str, str]) -> dict[str, object]:
    item = GoldItem.model_validate(
        {"img_id": "1", "triple_list": [{"s": s, "p": p, "o": o} for s, p, o in triples], "captions": [caption]}
    )
    return score([item], parse_many_english([caption]))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("couch", "sofa"),
        ("man", "person"),
        ("car", "vehicle"),
        ("zebra", "animal"),
        ("surf board", "surfboard"),
        ("hyrdant", "hydrant"),
        ("cap", "hat"),
    ],
)
def test_nouns_for_the_same_thing_match(first: str, second: str) -> None:
    assert nouns_match(first, second)
    assert nouns_match(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("man", "woman"),
        ("table", "chair"),
        ("dog", "cat"),
        ("left", "right"),
        ("car", "bus"),
        ("board", "bread"),
        ("house", "horse"),
    ],
)
def test_nouns_for_different_things_do_not_match(first: str, second: str) -> None:
    assert not nouns_match(first, second)


def test_the_gold_triple_counts() -> None:
    report = report_of("The cup is on the table.", ("cup", "on", "table"))
    assert (report["triple_recall"], report["pair_recall"], report["linked_recall"]) == (1.0, 1.0, 1.0)


def test_the_inverse_says_the_same() -> None:
    assert report_of("The tree is behind the car.", ("car", "in front of", "tree"))["triple_recall"] == 1.0


def test_another_predicate_is_only_a_pair() -> None:
    report = report_of("The cup is next to the table.", ("cup", "on", "table"))
    assert (report["triple_recall"], report["pair_recall"], report["linked_recall"]) == (0.0, 1.0, 1.0)


def test_exchanged_ends_do_not_count() -> None:
    assert report_of("The table is on the cup.", ("cup", "on", "table"))["triple_recall"] == 0.0


def test_a_pair_needs_two_mentions() -> None:
    assert report_of("The man is on the table.", ("man", "next to", "person"))["pair_recall"] == 0.0


def test_any_of_several_gold_triples_counts() -> None:
    assert report_of("A cup on a table.", ("dog", "in", "car"), ("cup", "on", "table"))["triple_recall"] == 1.0


def test_a_file_that_is_not_vsd_is_named(tmp_path: Path) -> None:
    path = tmp_path / "vsd.json"
    path.write_text(json.dumps([{"img_id": "1", "triple_list": [], "captions": []}]))
    with pytest.raises(DataError, match="triple_list"):
        read_vsd(path)
    with pytest.raises(DataError, match="can't be read"):
        read_vsd(tmp_path / "missing.json")
