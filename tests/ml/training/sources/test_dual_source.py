"""The source of pairs: pictures with one of their own sentences, and what is told of them."""

from pathlib import Path

import pytest
import torch

from sd3studio.core.errors import DataError
from sd3studio.ml.conditioning.layout_map import WORD_WIDTH
from sd3studio.ml.conditioning.text_tokens import PAD_ID
from sd3studio.ml.drafts import CANVASES
from sd3studio.ml.nets.object_codec import ObjectCodec
from sd3studio.ml.system import System, SystemConfig
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph
from sd3studio.ml.training.data.making import make_dataset
from sd3studio.ml.training.data.records import SampleSettings
from sd3studio.ml.training.data.shards import Dataset, DatasetRecipe
from sd3studio.ml.training.sources import open_source
from sd3studio.ml.training.sources.dual import DualSource, looks_said

pytestmark = pytest.mark.gl


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scenes of 64 px with captions, below a folder."""
    folder = tmp_path_factory.mktemp("pairs")
    settings = SampleSettings(size_px=64, captions=6, quality="draft")
    recipe = DatasetRecipe(kind="mixed", count=4, seed=3, shard_scenes=2, settings=settings)
    make_dataset(folder / "pictures", recipe, workers=1)
    return folder


@pytest.fixture(scope="module")
def system() -> System:
    torch.manual_seed(0)
    small = {"width": 16, "context_width": 16, "shader_width": 16, "texture_px": 4, "texture_width": 4}
    codec = ObjectCodec(**ObjectCodec.sizes(None, None), **small).eval()
    config = SystemConfig(vocabulary="graph_vocabulary.json", tokenizer="text_tokenizer.json")
    made = System.build(config, 0)
    made.parts["image_codec"] = codec
    return made


def opened(data: Path, system: System, **texts: object) -> DualSource:
    source = open_source("dual", data, system, folders=["pictures"], **texts)
    assert isinstance(source, DualSource)
    return source


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_same_numbers_give_the_same_batch_in_a_new_process(data: Path, system: System) -> None:
    texts = {"texts": {"scenes": "pictures", "vsd": ""}}
    one, other = (opened(data, system, **texts).batch([3, 0, 1], seeded(2)) for _ in range(2))
    assert one.keys() == other.keys()
    assert all(torch.equal(value, other[name]) and len(value) == 3 for name, value in one.items())
    assert {"codes", "words", "layout", "graph_tag", "text", "said", "pair_words", "pair_layout"} <= set(one)
    assert {"pair_text", "pair_said", "pair_said_tag", "pair_graph_tag"} <= set(one)


def test_sentences_are_the_pictures_own_and_of_one_canvas(data: Path, system: System) -> None:
    source = opened(data, system)
    short = 0
    for seed in range(8):
        batch = source.batch(range(4), seeded(seed))
        longest = int((batch["pair_text"] != PAD_ID).sum(1).max())
        short += longest <= CANVASES[0]
        assert "text" not in batch
        for k, row in enumerate(batch["pair_text"].tolist()):
            own = [source.sentences.ids[number] for number in source.sentences_of[k]]
            assert [token for token in row if token != PAD_ID] in own
            captions = [one.caption.text for one in source.record(k).sentences]
            assert {source.sentences.texts[number].text for number in source.sentences_of[k]} <= set(captions)
    assert 0 < short < 8


def test_a_picture_is_told_of_the_sentence_alone(data: Path, system: System) -> None:
    source = opened(data, system)
    k, number = next(
        (k, number)
        for k in range(4)
        for number in source.sentences_of[k]
        if any(thing.attributes for thing in source.sentences.texts[number].graph.objects)
    )
    pair = source.pairs([k], [number])
    named = {thing.key for thing in source.sentences.texts[number].graph.objects if thing.attributes}
    seen = pair["pair_layout"][0, :, WORD_WIDTH : 2 * WORD_WIDTH].any(1).tolist()
    keys = source.slots_of(k).keys
    assert {key for key, looks in zip(keys, seen, strict=False) if looks} == named & set(keys)
    assert pair["pair_words_mask"].sum() >= 1
    # the graph is the whole 3DSG with what is said
    assert int(pair["pair_graph_mask"].sum()) >= len(source.record(k).gold.objects)


def test_looks_are_those_that_are_named() -> None:
    said = SceneGraph(source="tsg", objects=(GraphObject(key="a", tag="cup", attributes=("big", "red")),))
    assert looks_said(said, ["", "b", "a"]) == ["", "", "big red"]


def test_pictures_without_a_sentence_are_left_out(data: Path, system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    records = list(Dataset(data / "pictures").records())
    dumb = [records[0], records[1].replace(sentences=()), *records[2:]]
    monkeypatch.setattr(Dataset, "records", lambda self: iter(dumb))
    source = opened(data, system)
    assert len(source) == 3
    assert [source.record(k).seed for k in range(3)] == [records[k].seed for k in (0, 2, 3)]
    monkeypatch.setattr(Dataset, "records", lambda self: iter([one.replace(sentences=()) for one in records]))
    with pytest.raises(DataError, match=r"No scene of .* has a caption"):
        opened(data, system)
