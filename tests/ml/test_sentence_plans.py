"""Sentence plans by a small model made by hand: gaps are filled, nouns are chosen, files are checked."""

from pathlib import Path

import numpy as np
import pytest

from sd3studio.core.errors import MissingModelError
from sd3studio.core.scene.predicates import VSD_PREDICATES, Predicate
from sd3studio.ml.embedding import embed
from sd3studio.ml.sentence_plans import AXES, OTHER_NUMBER, SAME, Asked, SentencePlans, pair_rows

PLANS = ("the <obj0> is on the <obj1>", "the <obj1> is under a <obj0>")
LABELS = ("cup", "garbage can", "desk")
CUP_ON_DESK = Asked("cup", Predicate.ON, "desk", ((10.0, 10.0, 20.0, 20.0), (0.0, 18.0, 60.0, 40.0)))


def a_model(
    said: tuple[tuple[int, str], ...] = ((0, SAME), (1, "trash can"), (1, "trash can"), (2, SAME)),
) -> SentencePlans:
    """The first plan where the predicate is "on", else the second."""
    vectors = embed(LABELS)
    axes = {"axes.mean": np.zeros(384, np.float32), "axes.rows": np.eye(AXES, 384, dtype=np.float32)}
    rows = pair_rows([CUP_ON_DESK], dict(zip(LABELS, vectors, strict=True)), axes)
    weight = np.zeros((3, rows.shape[1]), np.float32)
    weight[0, 2 * AXES + VSD_PREDICATES.index(Predicate.ON)] = 4.0
    scale = {"scale.mean": np.zeros(rows.shape[1], np.float32), "scale.std": np.ones(rows.shape[1], np.float32)}
    net = {"net0.0.weight": weight, "net0.0.bias": np.array([-4.0, 1.0, -1.0], np.float32)}
    return SentencePlans(PLANS, LABELS, said, axes | scale | net | {"vectors": vectors})


def test_the_predicate_decides_which_plan_is_likely() -> None:
    on, under = a_model().sentences([CUP_ON_DESK, Asked("desk", Predicate.UNDER, "cup")])
    assert max(on, key=on.__getitem__) == "The cup is on the desk."
    assert max(under, key=under.__getitem__) == "The cup is under a desk."
    assert 0.0 < sum(on.values()) < 1.0


def test_a_thing_is_called_as_people_call_it_and_new_things_by_their_label() -> None:
    model = a_model()
    vectors = embed(["garbage can", "zebra"])
    assert next(iter(model.nouns("garbage can", vectors[0]))) == "trash can"
    assert next(iter(model.nouns("zebra", vectors[1]))) == "zebra"
    plural = a_model(((0, OTHER_NUMBER),) * 9)
    assert next(iter(plural.nouns("cup", embed(["cup"])[0]))) == "cups"


def test_unknown_boxes_change_nothing_but_the_geometry() -> None:
    model = a_model()
    bare = Asked("cup", Predicate.ON, "desk")
    assert model.sentences([bare])[0].keys() == model.sentences([CUP_ON_DESK])[0].keys()
    assert model.sentences([]) == []


def test_a_saved_model_says_the_same(tmp_path: Path) -> None:
    model = a_model()
    model.save(tmp_path / "plans", {"split": "train"})
    assert SentencePlans.load(tmp_path / "plans").sentences([CUP_ON_DESK]) == model.sentences([CUP_ON_DESK])
    (tmp_path / "plans" / "model.safetensors").write_bytes(b"no")
    with pytest.raises(MissingModelError, match="sentence plans"):
        SentencePlans.load(tmp_path / "plans")
