"""The source of pictures: the same again for the same numbers, and tokens in place of pixels."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch

from sd3studio.core.errors import DataError
from sd3studio.ml.conditioning.graph_tensors import GraphTensors
from sd3studio.ml.conditioning.graph_vocabulary import GraphVocabulary
from sd3studio.ml.nets.object_codec import ObjectCodec
from sd3studio.ml.system import CONFIGS, read_value
from sd3studio.ml.training.data.making import make_dataset
from sd3studio.ml.training.data.records import SampleSettings
from sd3studio.ml.training.data.shards import Dataset, DatasetRecipe
from sd3studio.ml.training.sources.pictures import PictureSource, padded, prompt_phrases

pytestmark = pytest.mark.gl


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scenes of 64 px in two shards."""
    folder = tmp_path_factory.mktemp("pictures")
    settings = SampleSettings(size_px=64, captions=1, quality="draft")
    make_dataset(folder, DatasetRecipe(kind="mixed", count=4, seed=3, shard_scenes=2, settings=settings), workers=1)
    return folder


@pytest.fixture(scope="module")
def codec() -> ObjectCodec:
    torch.manual_seed(0)
    small = {"width": 16, "context_width": 16, "shader_width": 16, "texture_px": 4, "texture_width": 4}
    return ObjectCodec(**ObjectCodec.sizes(None, None), **small).eval()


def vocabulary() -> GraphVocabulary:
    return read_value(GraphVocabulary, CONFIGS / "graph_vocabulary.json")


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_the_same_numbers_give_the_same_batch_in_a_new_process(folder: Path, codec: ObjectCodec) -> None:
    batches = [
        PictureSource(Dataset(folder), codec, vocabulary(), words=True, graphs=True).batch([3, 0], seeded())
        for _ in range(2)
    ]
    assert {"pixels", "slot_map", "depth", "normal", "shadow", "words", "layout", "graph_tag"} <= set(batches[0])
    for name, value in batches[0].items():
        assert torch.equal(value, batches[1][name]), name
        assert len(value) == 2


def test_several_data_sets_are_read_one_after_the_other(folder: Path, codec: ObjectCodec, tmp_path: Path) -> None:
    settings = SampleSettings(size_px=64, captions=1, quality="draft")
    make_dataset(tmp_path, DatasetRecipe(kind="things", count=2, seed=5, shard_scenes=2, settings=settings), workers=1)
    source = PictureSource([Dataset(folder), Dataset(tmp_path)], codec)
    one, other = PictureSource(Dataset(folder), codec), PictureSource(Dataset(tmp_path), codec)
    assert len(source) == len(one) + len(other) == 6
    assert source.record(5) == other.record(1)
    both = source.pictures([3, 5])
    for name in ("pixels", "part_map", "chart_map", "slot_map"):
        assert torch.equal(both[name][0], one.pictures([3])[name][0]), name
        assert torch.equal(both[name][1], other.pictures([1])[name][0]), name
    assert both["chart_map"].any() and both["part_map"].any()


def test_maps_and_slots_belong_together(folder: Path, codec: ObjectCodec) -> None:
    source = PictureSource(Dataset(folder), codec)
    batch = source.batch(range(4), seeded())
    for k in range(4):
        seen = torch.unique(batch["slot_map"][k]).tolist()
        assert min(seen) >= 1 and batch["slot_mask"][k, seen].all()
        areas = np.bincount(batch["slot_map"][k].numpy().ravel(), minlength=20)[1:]
        assert (np.diff(areas) <= 0).all()
    # things are inside their boxes, but for what is stored with few digits
    record = source.record(0)
    assert {key for key in record.pixels} <= {*record.scene.objects}


def test_tokens_are_those_of_the_codec(folder: Path, codec: ObjectCodec) -> None:
    source = PictureSource(Dataset(folder), codec, tokens=True)
    batch = source.batch([1, 2], seeded())
    assert set(batch) == {"codes", "slot_mask"}
    pictures = PictureSource(Dataset(folder), codec).pictures([1, 2])
    assert torch.equal(batch["codes"], codec.encode(pictures))


def test_graphs_are_the_gold_ones(folder: Path, codec: ObjectCodec) -> None:
    source = PictureSource(Dataset(folder), codec, vocabulary(), graphs=True, tokens=True)
    batch = source.batch([0], seeded())
    assert {f"graph_{one.name}" for one in fields(GraphTensors)} <= set(batch)
    assert int(batch["graph_mask"].sum()) >= len(source.record(0).gold.objects)


def test_a_data_set_without_pictures_is_refused(tmp_path: Path) -> None:
    settings = SampleSettings(size_px=32, captions=1, maps=False)
    make_dataset(tmp_path, DatasetRecipe(kind="rooms", count=1, shard_scenes=1, settings=settings), workers=1)
    with pytest.raises(DataError, match="no pictures"):
        PictureSource(Dataset(tmp_path), None)


def test_prompts_begin_with_the_place_and_its_time(folder: Path) -> None:
    scene = PictureSource(Dataset(folder), None).record(0).scene
    assert prompt_phrases(scene)[0] == scene.title


def test_rows_are_padded_to_the_longest() -> None:
    values, mask = padded([np.ones((2, 3)), np.ones((0, 3))])
    assert values.shape == (2, 2, 3) and mask.tolist() == [[True, True], [False, False]]
