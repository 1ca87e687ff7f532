"""Reading a relation from labels and boxes: features, counts and the shipped model."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.errors import MissingModelError
from sd3studio.core.scene.predicates import VSD_PREDICATES, Predicate
from sd3studio.ml.parsing.relation_features import CaptionCounts, box_features, lemma
from sd3studio.ml.parsing.relation_model import RelationModel, predict_relation, shipped_model

corners = st.tuples(st.integers(4, 300), st.integers(4, 300), st.integers(5, 300), st.integers(5, 300)).map(
    lambda v: (v[0], v[1], v[0] + v[2], v[1] + v[3])
)


@settings(deadline=None, max_examples=50)
@given(corners, corners, st.integers(1, 8))
def test_features_do_not_depend_on_the_scale_of_the_picture(a: tuple, b: tuple, scale: int) -> None:
    small = box_features(np.array([a]), np.array([b]))
    large = box_features(np.array([a]) * scale, np.array([b]) * scale)
    assert small.shape == (1, 48) and np.isfinite(small).all()
    np.testing.assert_allclose(small, large, atol=1e-6)


def test_labels_are_counted_by_their_head_noun() -> None:
    known = frozenset({"chair", "glass", "bus", "city", "person", "bench"})
    said = {"dining chairs": "chair", "glass of wines": "glass", "buses": "buse", "cities": "city", "benches": "bench"}
    assert {label: lemma(label, known) for label in said if label != "buses"} == {
        k: v for k, v in said.items() if k != "buses"
    }
    assert lemma("people", known) == "person" and lemma("", known) == ""


def test_what_captions_say_often_gets_the_greatest_share() -> None:
    counts = CaptionCounts(["cup", "dog", "table"], np.array([[0, 0, 2], [1, 2, 2], [0, 1, 2]]), np.array([50, 20, 3]))
    rows = counts.features(["cups", "dog", "unicorn"], ["table", "table", "rainbow"])
    assert rows.shape == (3, 30)
    assert rows[0, :7].argmax() == 0 and rows[1, :7].argmax() == 2
    assert np.isfinite(rows).all() and rows[2, -2:].tolist() == [0.0, 0.0]


def test_probabilities_add_up_and_come_sorted() -> None:
    read = predict_relation("cup", (120, 60, 160, 100), "table", (50, 90, 400, 300))
    assert set(read) == set(VSD_PREDICATES)
    assert sum(read.values()) == pytest.approx(1.0)
    assert list(read.values()) == sorted(read.values(), reverse=True)


@pytest.mark.parametrize(
    ("a", "box_a", "b", "box_b", "expected"),
    [
        ("cup", (120, 60, 160, 100), "table", (50, 90, 400, 300), Predicate.ON),
        ("boat", (100, 120, 200, 160), "water", (0, 100, 500, 300), Predicate.IN),
        ("clouds", (0, 0, 500, 100), "mountain", (50, 90, 450, 300), Predicate.ABOVE),
        ("table", (50, 150, 400, 300), "lamp", (180, 10, 240, 80), Predicate.UNDER),
    ],
)
def test_plain_cases_are_read_right(a: str, box_a: tuple, b: str, box_b: tuple, expected: Predicate) -> None:
    assert next(iter(predict_relation(a, box_a, b, box_b))) is expected


def test_a_saved_model_gives_the_same_probabilities(tmp_path: Path) -> None:
    model = shipped_model()
    model.save(tmp_path / "copy", {"pairs": 1})
    pair = (["dog"], [(10, 10, 60, 80)], ["car"], [(100, 20, 300, 90)])
    np.testing.assert_allclose(
        RelationModel.load(tmp_path / "copy").probabilities(*pair), model.probabilities(*pair), atol=1e-6
    )


def test_a_missing_or_broken_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="models/relations"):
        RelationModel.load(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(MissingModelError):
        RelationModel.load(tmp_path)
