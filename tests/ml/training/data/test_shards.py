"""Data sets on disk: the same bytes for the same recipe, resumable, streamed, and clear about what is broken."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sd3studio.core.errors import DataError
from sd3studio.core.relations import grade_of
from sd3studio.ml.training.data.making import make_dataset
from sd3studio.ml.training.data.records import MAP_TYPES, SampleSettings, class_names, make_sample
from sd3studio.ml.training.data.shards import Dataset, DatasetRecipe, read_index
from sd3studio.ml.training.data.summary import summarise

pytestmark = pytest.mark.gl

SETTINGS = SampleSettings(size_px=64, captions=2, quality="draft")
RECIPE = DatasetRecipe(kind="mixed", count=7, seed=40, shard_scenes=3, settings=SETTINGS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("data") / "set"
    make_dataset(place, RECIPE, workers=1)
    return place


def test_a_data_set_reads_back_what_was_made(folder: Path) -> None:
    data = Dataset.complete(folder)
    samples = list(data.samples())
    assert len(data) == len(samples) == 7
    assert [sample.record.seed for sample in samples] == list(range(40, 47))
    again = make_sample("mixed", 44, SETTINGS)
    assert samples[4].record == again.record
    for name, dtype in MAP_TYPES.items():
        assert samples[4].maps[name].dtype == dtype
        assert samples[4].maps[name].shape[:2] == (64, 64)
    np.testing.assert_array_equal(samples[4].maps["id"], again.maps["id"])


def test_the_same_recipe_gives_the_same_records(folder: Path, tmp_path: Path) -> None:
    other = make_dataset(tmp_path / "again", RECIPE, workers=1)
    assert [s.records_sha256 for s in other.shards] == [s.records_sha256 for s in read_index(folder).shards]


def test_maps_agree_with_the_record(folder: Path) -> None:
    for sample in Dataset(folder).samples(("id", "class", "depth", "normal", "rgb")):
        things = list(sample.record.scene.objects.values())
        for key, pixels in sample.record.pixels.items():
            number = [thing.id for thing in things].index(key) + 1
            mask = sample.maps["id"] == number
            assert mask.sum() == pixels
            name = things[number - 1].category or things[number - 1].label
            assert set(sample.maps["class"][mask].tolist()) == {class_names().index(name) + 1}
            if things[number - 1].kind == "object":
                assert np.isfinite(sample.maps["depth"][mask]).all()
                lengths = np.linalg.norm(sample.maps["normal"][mask].astype(float) / 127.0, axis=1)
                assert np.allclose(lengths, 1.0, atol=0.05)
        assert sample.maps["rgb"].std() > 5.0


def test_most_things_are_drawn_where_the_camera_sees_them(folder: Path) -> None:
    shares = [
        sum(thing.id in record.pixels for thing in record.scene.solid_objects()) / len(record.scene.solid_objects())
        for record in Dataset(folder).records()
    ]
    assert np.mean(shares) > 0.85


def test_views_are_parts_of_the_gold_graph(folder: Path) -> None:
    for record in Dataset(folder).records():
        gold = {node.key for node in record.gold.objects}
        for one in record.sentences:
            assert {node.key for node in one.graph.objects} <= gold
            for fact in one.caption.facts:
                assert grade_of(record.scene, fact.subject, fact.predicate, fact.object) > 0.5
        assert {node.key for node in record.detected.objects if node.key} <= set(record.scene.objects)


def test_a_stopped_run_goes_on_and_gives_the_same(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "stopped"

    class StopError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done >= 3:
            raise StopError

    with pytest.raises(StopError):
        make_dataset(place, RECIPE, workers=1, told=stop)
    assert not read_index(place).complete
    with pytest.raises(DataError, match="not finished"):
        Dataset.complete(place)
    (place / "shard-00001.jsonl").write_text("half a sh")  # a shard without its entry does not count
    told: list[int] = []
    index = make_dataset(place, RECIPE, resume=True, workers=1, told=lambda done, total: told.append(done))
    assert told[0] == 3
    assert [s.records_sha256 for s in index.shards] == [s.records_sha256 for s in read_index(folder).shards]


@pytest.mark.slow
def test_a_killed_run_leaves_only_whole_shards(tmp_path: Path) -> None:
    place = tmp_path / "killed"
    words = (
        f"dataset make --kind streets --count 40 --shard 4 --size 64 --quality draft --captions 1 -o {place}".split()
    )
    run = [sys.executable, "-m", "sd3studio.cli.main", *words]
    process = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 120.0
    while not list(place.glob("shard-*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for entry in place.glob("shard-*.json"):
        assert json.loads(entry.read_text())["scenes"] == 4
    recipe = read_index(place).recipe
    index = make_dataset(place, recipe, resume=True, workers=1)
    assert index.complete
    assert sum(1 for _ in Dataset.complete(place).samples(("id",))) == 40
    assert not list(place.glob(".*.part"))


def test_another_recipe_or_a_folder_in_use_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has a data set already"):
        make_dataset(folder, RECIPE, workers=1)
    with pytest.raises(DataError, match="begun with another seed"):
        make_dataset(folder, RECIPE.replace(seed=41), resume=True, workers=1)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    with pytest.raises(DataError, match="not an empty folder"):
        make_dataset(tmp_path / "full", RECIPE, workers=1)


def test_a_changed_or_missing_file_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"index\.json is missing"):
        Dataset(tmp_path)
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in folder.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    (broken / "shard-00000.jsonl").write_text("{}\n")
    with pytest.raises(DataError, match=r"shard-00000\.jsonl is not what the index says"):
        list(Dataset(broken).records())
    (broken / "shard-00001.safetensors").write_bytes(b"\x08\x00\x00\x00")
    with pytest.raises(DataError, match=r"shard-00001\.safetensors"):
        list(Dataset(broken).samples(("rgb",), shards=[1]))
    (broken / "index.json").write_text('{"recipe": {"kind": "caves"}, "classes": []}')
    with pytest.raises(DataError, match=r"index\.json: recipe\.kind"):
        Dataset(broken)


def test_without_maps_there_are_graphs_only(tmp_path: Path) -> None:
    recipe = RECIPE.replace(count=2, settings=SETTINGS.replace(maps=False))
    make_dataset(tmp_path / "graphs", recipe, workers=1)
    assert not list((tmp_path / "graphs").glob("*.safetensors"))
    assert sum(1 for _ in Dataset(tmp_path / "graphs").records()) == 2


def test_the_summary_counts(folder: Path) -> None:
    summary = summarise(folder)
    assert summary["scenes"] == 7
    assert summary["captions"] == 14
    assert summary["predicates_gold"]["part of"] > 7  # type: ignore[index]
    assert 3 <= summary["objects_per_scene"] <= 14  # type: ignore[operator]
