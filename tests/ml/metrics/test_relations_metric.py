"""The evaluation of relation reading: what it counts, on what split."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from sd3studio.core.errors import DataError
from sd3studio.core.scene.predicates import VSD_PREDICATES, Predicate
from sd3studio.ml.metrics.relations import add_arguments, evaluate, score
from sd3studio.ml.parsing.relation_rules import rule_relation
from sd3studio.ml.training.vsd import read_pairs

BROKEN = """[{"img_id": "1", "triple_list":
[{"s": "a", "p": "on", "o": "b", "s_bbox": [0, 1, 0, 1], "o_bbox": [0, 1, 0, 1]}]}]"""


def vsd_file(folder: Path, count: int = 24) -> Path:
    """Cups on tables and lamps left of sofas, two pairs an image."""
    rng = np.random.default_rng(0)
    items = []
    for k in range(count):
        dx, dy = rng.integers(0, 40, 2).tolist()
        cup = {
            "s": "cup",
            "p": "on",
            "o": "table",
            "s_bbox": [80 + dy, 120 + dy, 50 + dx, 80 + dx],
            "o_bbox": [110, 300, 10, 200],
        }
        lamp = {
            "s": "lamp",
            "p": "to the left of",
            "o": "sofa",
            "s_bbox": [50, 200, 5, 40 + dx],
            "o_bbox": [90, 250, 120, 400],
        }
        items.append({"img_id": f"i{k}", "triple_list": [cup, lamp], "captions": ["a cup on a table"]})
    path = folder / "pairs.json"
    path.write_text(json.dumps(items))
    return path


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_boxes_come_out_as_corners_and_images_never_straddle_folds(tmp_path: Path) -> None:
    pairs = read_pairs(vsd_file(tmp_path))
    assert pairs.first[1].tolist()[1::2] == [50, 200] and pairs.second[0].tolist() == [10, 110, 200, 300]
    folds = pairs.image_folds(5)
    assert set(folds.tolist()) == {0, 1, 2, 3, 4}
    for image in set(pairs.images):
        assert len({f for f, name in zip(folds.tolist(), pairs.images, strict=True) if name == image}) == 1


def test_the_score_counts_hits_and_confusions(tmp_path: Path) -> None:
    pairs = read_pairs(vsd_file(tmp_path))
    read = pairs.predicates.copy()
    read[1::4] = VSD_PREDICATES.index(Predicate.NEXT_TO)  # half of the lamps
    report = score(pairs, read)
    assert report["accuracy"] == 0.75 and report["majority"] == 0.5
    assert report["recall"] == {"on": 1.0, "to the left of": 0.5}
    assert np.sum(report["confusion"]) == len(pairs) == 48


def test_easy_pairs_are_learnt_from_other_images(tmp_path: Path) -> None:
    report = evaluate(arguments("--data", str(vsd_file(tmp_path)), "--folds", "2", "--nets", "1"))
    assert report["accuracy"] > 0.9
    assert "2 folds" in str(report["protocol"])


@pytest.mark.slow
def test_real_pairs_are_read_better_than_a_plain_fit(real_data: Path) -> None:
    report = evaluate(arguments("--data", str(real_data / "vsd" / "vsd_v1_val.json"), "--nets", "1"))
    assert report["accuracy"] > 0.47 > report["accuracy_rules"] > report["majority"]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 50, 40, 100), Predicate.LEFT_OF),
        ((300, 50, 340, 100), Predicate.RIGHT_OF),
        ((120, 0, 160, 30), Predicate.ABOVE),
        ((120, 220, 160, 260), Predicate.UNDER),
        ((130, 80, 150, 110), Predicate.IN),
        ((90, 60, 170, 260), Predicate.IN_FRONT_OF),
    ],
)
def test_rules_read_plain_layouts(box: tuple[float, ...], expected: Predicate) -> None:
    assert rule_relation(box, (100, 40, 200, 200)) is expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[]", "no triples"),
        ("{", "not a VSD file"),
        (BROKEN.replace(', "s_bbox": [0, 1, 0, 1]', ""), "s_bbox"),
        (BROKEN.replace('"on"', '"by"'), "'by'"),
        (BROKEN.replace("[0, 1, 0, 1]", "[0, 1, 0, NaN]"), "not a VSD file"),
    ],
)
def test_files_that_are_no_vsd_are_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(DataError, match=named):
        read_pairs(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="can't be read"):
        read_pairs(tmp_path / "none.json")
