"""Sentences as batches: the training part only, the same numbers the same batch, like lengths together."""

import json
from pathlib import Path

import pytest
import torch

from sd3studio.core.errors import DataError
from sd3studio.ml.conditioning.text_tokens import PAD_ID, TextTokenizer
from sd3studio.ml.system import System, SystemConfig
from sd3studio.ml.training.data.annotated import split_of
from sd3studio.ml.training.sources import texts
from sd3studio.ml.training.sources.texts import TextSource


@pytest.fixture
def system() -> System:
    return System(SystemConfig(), {}, None, TextTokenizer.train(["a <obj0> is on the <obj1>"], 80))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two VSD files of ten images, some of each split."""
    box = [0, 10, 0, 10]
    triple = {"s": "cup", "p": "on", "o": "table", "s_bbox": box, "o_bbox": [5, 40, 0, 60]}
    folder = tmp_path / "vsd"
    folder.mkdir()
    for name, words in (("vsd_v1", "sitting"), ("vsd_v2", "put down")):
        items = [
            {"img_id": str(k), "triple_list": [triple], "captions": [f"a cup is {words} on a table, image {k}."]}
            for k in range(10)
        ]
        (folder / f"{name}_val.json").write_text(json.dumps(items))
    return tmp_path


def test_only_the_training_part_is_read(system: System, data: Path) -> None:
    source = TextSource.open(data, system, scenes="", repeat_v2=2)
    train = [k for k in range(10) if split_of(str(k)) == "train"]
    assert 0 < len(train) < 10
    assert len(source) == 3 * len(train)
    said = {one.text.rstrip(".").rsplit(" ", 1)[-1] for one in source.texts}
    assert said == {str(k) for k in train}


def test_the_same_numbers_give_the_same_batch(system: System, data: Path) -> None:
    source = TextSource.open(data, system, scenes="")
    one, two = (source.batch([0, 5, 3], torch.Generator().manual_seed(1)) for _ in range(2))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert one["text"].shape[0] == 3
    assert one["said"].shape[:2] == one["said_mask"].shape


def test_a_batch_is_of_the_first_numbers_bucket(system: System, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "BUCKET", 4)
    source = TextSource.open(data, system, scenes="")
    lengths = [len(row) for row in source.ids]
    assert lengths == sorted(lengths)
    batch = source.batch([1, len(source) - 1, 6], torch.Generator())
    longest = int((batch["text"] != PAD_ID).sum(1).max())
    assert longest <= max(lengths[:4])


def test_missing_data_is_named(system: System, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="vsd_v1_val"):
        TextSource.open(tmp_path, system, scenes="")
