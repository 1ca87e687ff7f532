"""Folders of VSD, Visual Genome and COCO as scenes to train on, with the captions of people."""

import json

import pytest

from sd3studio.core.errors import DataError
from sd3studio.core.scene.json_form import read_scene, write_scene
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.training.requests import MakeDataset
from sd3studio.services.import_.gathering import annotation_files
from sd3studio.services.library.datasets import gathered

VSD = [
    {
        "img_id": str(k),
        "triple_list": [{"s": "dog", "p": "under", "o": "table", "s_bbox": [200, 260, 60, 130],
                         "o_bbox": [100, 200, 40, 200]}],
        "captions": ["A dog is under\n the table.", ""],
    }
    for k in (7, 8)
]  # fmt: skip
GENOME = [
    {
        "image_id": 3,
        "objects": [{"object_id": k, "names": [name], "x": 40 * k, "y": 20, "w": 30, "h": 60}
                    for k, name in enumerate(("cup", "plate"))],
        "relationships": [{"subject_id": 0, "predicate": "next to", "object_id": 1}],
    }
]  # fmt: skip
COCO = {
    "info": {},
    "images": [{"id": 5, "file_name": "five.jpg", "width": 640, "height": 480}],
    "annotations": [{"image_id": 5, "category_id": 1, "bbox": [10, 10, 100, 200]}],
    "categories": [{"id": 1, "name": "person"}],
}


def nothing(text, labels):
    raise AssertionError("no library is asked")


@pytest.fixture
def sources(tmp_path):
    for name, data in {
        "vsd/vsd_v1_val.json": VSD, "vg/scene_graphs.json": GENOME, "vg/image_data.json": [],
        "coco/instances_val.json": COCO,
        "coco/captions_val.json": {"annotations": [{"image_id": 5, "caption": "Somebody stands there."}]},
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(data))
    (tmp_path / "own").mkdir()
    room = Scene.of([SceneObject(id="a", label="chair", center=(0, 0, 0.5))])
    (tmp_path / "own" / "room.json").write_text(write_scene(room))
    return tmp_path


def test_each_format_is_told_by_what_is_in_it(sources):
    found = {name: [format for _, format in annotation_files(sources / name)] for name in ("vsd", "vg", "coco", "own")}
    assert found == {"vsd": ["vsd"], "vg": ["vg"], "coco": ["coco"], "own": []}


def test_annotations_become_scenes_with_captions_beside_own_ones(sources):
    wanted = MakeDataset(sources=tuple(str(sources / name) for name in ("vsd", "vg/scene_graphs.json", "coco", "own")))
    ready, problems = gathered(wanted, sources / "gathered", nothing)
    assert str(sources / "own") in ready.sources
    scenes = {path.stem: read_scene(path.read_text(), path.name) for path in (sources / "gathered").rglob("*.json")}
    assert set(scenes) == {"7", "8", "3", "five"}
    relation = scenes["7"].relations[0]
    assert relation.predicate is Predicate.UNDER and relation.provenance.source == "user"
    said = {path.stem: path.read_text() for path in (sources / "gathered").rglob("*.txt")}
    assert said == {
        "7": "A dog is under the table.",
        "8": "A dog is under the table.",
        "five": "Somebody stands there.",
    }
    assert any("scene_graphs.json" in problem for problem in problems)  # a picture of unknown size is told


def test_what_is_wrong_with_a_file_names_it_and_the_field(sources):
    bad = json.loads(json.dumps(VSD))
    del bad[1]["triple_list"][0]["o_bbox"]
    (sources / "vsd" / "vsd_v1_val.json").write_text(json.dumps(bad))
    wanted = MakeDataset(sources=(str(sources / "vsd"),))
    with pytest.raises(DataError, match=r"vsd_v1_val.json.*1\.triple_list\.0\.o_bbox"):
        gathered(wanted, sources / "gathered", nothing)
