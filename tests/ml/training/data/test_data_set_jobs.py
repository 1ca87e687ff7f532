"""Data sets as the window asks for them: composed by a recipe, shown first, and looked through for problems."""

import json

import pytest

from sd3studio.core.errors import DataError
from sd3studio.core.messages import Finished
from sd3studio.core.scene.predicates import VSD_PREDICATES, Predicate
from sd3studio.core.scene.values import PhotoRef
from sd3studio.core.training.requests import ComposeDataset, DescribeDataset, ShowComposed
from sd3studio.ml.training.data.jobs import compose, describe, show_composed
from sd3studio.ml.training.data.public_pairs import public_pairs
from sd3studio.ml.training.data.records import Sample, SampleSettings, make_sample
from sd3studio.ml.training.data.shards import DatasetRecipe, write_index, write_shard


def result(job):
    return next(message.result for message in job if isinstance(message, Finished))


@pytest.mark.gl
def test_a_recipe_is_shown_and_made(tmp_path):
    shown = result(show_composed(ShowComposed(places="rooms", seed=4, count=1, size_px=64)))
    png, caption = shown.pictures[0]
    assert png.startswith(b"\x89PNG") and len(caption.split()) > 2
    folder = tmp_path / "set"
    made = result(compose(ComposeDataset(places="rooms", seed=4, count=2, output=str(folder), size_px=64, captions=1)))
    assert made.scenes == {"all": 2} and len(made.version) == 64
    told = result(describe(DescribeDataset(folder=str(folder))))
    assert told.parts["all"]["scenes"] == 2 and not any("both sides" in problem for problem in told.problems)


@pytest.mark.gl
def test_of_enough_composed_scenes_some_are_kept_to_judge_by(tmp_path):
    folder = tmp_path / "set"
    wanted = ComposeDataset(places="rooms", count=10, output=str(folder), size_px=64, captions=1)
    made = result(compose(wanted))
    assert made.scenes == {"train": 8, "dev": 2}
    told = result(describe(DescribeDataset(folder=str(folder))))
    assert set(told.parts) == {"train", "dev"} and not any("both sides" in problem for problem in told.problems)
    assert sum(told.parts["train"]["sizes_m"].values()) and told.parts["train"]["caption_words"]
    with pytest.raises(DataError, match="not an empty folder"):
        result(compose(wanted))


def part(folder, records):
    settings = SampleSettings(size_px=64, maps=False)
    recipe = DatasetRecipe(kind="own", count=len(records), settings=settings)
    write_index(folder, recipe, [write_shard(folder, 0, [Sample(record, {}) for record in records])], complete=True)


@pytest.mark.gl
def test_a_photo_on_both_sides_silence_and_lost_photos_are_told(tmp_path):
    record = make_sample("rooms", 1, SampleSettings(size_px=64, maps=False, captions=1)).record
    photo = PhotoRef(path=str(tmp_path / "gone.jpg"), width=64, height=64, sha256="a" * 64)
    seen = record.replace(scene=record.scene.replace(photo=photo), sentences=())
    part(tmp_path / "set" / "train", [seen, record])
    part(tmp_path / "set" / "dev", [seen.replace(seed=9)])
    told = " ".join(result(describe(DescribeDataset(folder=str(tmp_path / "set")))).problems)
    for words in ("1 photos or scenes are on both sides", "2 of 3 scenes have no caption", "not where they were"):
        assert words in told


def test_relations_of_visual_genome_are_read_where_their_words_are_ours(tmp_path):
    def thing(number, name, x):
        return {"object_id": number, "names": [name], "x": x, "y": 0, "w": 10, "h": 20}

    relations = [("ON top of", 1, 2), ("wearing", 1, 2), ("left of", 2, 1)]
    image = {
        "image_id": 7,
        "objects": [thing(1, "Cat", 0), thing(2, "mat", 30)],
        "relationships": [{"predicate": p, "subject_id": s, "object_id": o} for p, s, o in relations],
    }
    (tmp_path / "scene_graphs.json").write_text(json.dumps([image]))
    pairs = public_pairs(tmp_path)
    assert pairs.subjects == ("cat", "mat") and pairs.first[0].tolist() == [0, 0, 10, 20]
    assert [VSD_PREDICATES[k] for k in pairs.predicates] == [Predicate.ON, Predicate.LEFT_OF]


def test_a_folder_without_relations_is_a_sentence(tmp_path):
    (tmp_path / "instances_val2017.json").write_text("{}")
    with pytest.raises(DataError, match="COCO has boxes, but no relations"):
        public_pairs(tmp_path)
