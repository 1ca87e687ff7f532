"""Loaders of VSD, Visual Genome and COCO: their public forms, and sentences about what is wrong with a file."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sd3studio.core.errors import DataError
from sd3studio.ml.training.data.annotated import LabelledBox, split_of
from sd3studio.ml.training.data.coco import load_coco
from sd3studio.ml.training.data.json_stream import stream_list
from sd3studio.ml.training.data.visual_genome import load_visual_genome
from sd3studio.ml.training.data.vsd import load_vsd

DATA = Path(os.environ.get("SD3STUDIO_TEST_DATA", Path(__file__).parents[4].parent / "shared" / "data"))

CAT = {"object_id": 7, "names": ["cat"], "x": 10, "y": 20, "w": 30, "h": 40, "attributes": ["black", " small "]}
MAT = {"object_id": 9, "names": ["mat", "rug"], "x": 0, "y": 50, "w": 90, "h": 20, "synsets": ["mat.n.01"]}
SCENE_GRAPH = {
    "image_id": 12,
    "objects": [CAT, MAT],
    "relationships": [{"relationship_id": 1, "predicate": "ON ", "subject_id": 7, "object_id": 9, "synsets": []}],
}


def written(path: Path, data: Any) -> Path:
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_scene_graph_of_visual_genome(tmp_path: Path) -> None:
    (image,) = load_visual_genome(written(tmp_path / "scene_graphs.json", [SCENE_GRAPH]))
    assert image.image_id == "12"
    assert image.boxes[0] == LabelledBox(label="cat", box=(10, 20, 40, 60), attributes=("black", "small"))
    assert image.triples == ((0, "on", 1),)


def test_relationships_and_objects_of_visual_genome(tmp_path: Path) -> None:
    older = {**MAT, "name": "mat"}
    del older["names"]
    relation = {"relationship_id": 1, "predicate": "on", "subject": CAT, "object": older}
    both = [relation, {**relation, "predicate": "near"}]
    (image,) = load_visual_genome(written(tmp_path / "relationships.json", [{"image_id": 12, "relationships": both}]))
    assert [box.label for box in image.boxes] == ["cat", "mat"]
    assert image.triples == ((0, "on", 1), (0, "near", 1))
    (image,) = load_visual_genome(written(tmp_path / "objects.json", [{"image_id": 5, "objects": [CAT]}]))
    assert (image.image_id, len(image.boxes), image.triples) == ("5", 1, ())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"relationships": [{"predicate": "on", "subject_id": 7, "object_id": 8}]},
            r"relationships\.0\.object_id names no",
        ),
        ({"objects": [{**CAT, "w": "wide"}]}, r"entry 0: objects\.0\.w"),
        ({"objects": [{**CAT, "x": 1e300}]}, r"objects\.0\.x"),
        ({"image_id": None}, "image_id"),
    ],
)
def test_what_is_wrong_in_visual_genome_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = written(tmp_path / "scene_graphs.json", [{**SCENE_GRAPH, **change}])
    with pytest.raises(DataError, match=message) as caught:
        list(load_visual_genome(path))
    assert str(path) in str(caught.value)


def test_a_file_that_does_not_say_which_part_it_is(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="which part of Visual Genome"):
        list(load_visual_genome(tmp_path / "vg.json"))


def test_a_long_list_is_read_item_by_item(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sd3studio.ml.training.data.json_stream.CHUNK_CHARS", 7)
    items = [{"a": [1, 2.5, 'x,]}\\" é']}, 12345678901, [], "text", None, True, {"b": {}}]
    assert list(stream_list(written(tmp_path / "list.json", items), "a list")) == items
    indented = tmp_path / "indented.json"
    indented.write_text(json.dumps(items, indent=3, ensure_ascii=False), encoding="utf-8")
    assert list(stream_list(indented, "a list")) == items


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", r"should begin with '\['"),
        ("", r"should begin with '\['"),
        ('[{"a": 1}, {"a"', "breaks off"),
        ("[1, 2", "breaks off"),
        ('[{"a": 1} {"a": 2}]', "comma is missing"),
        ('[{"a": nonsense, "b": "and much more text after it"}]', "item 0"),
        ("[" + "[" * 200_000, "too deep|breaks off"),
    ],
)
def test_a_broken_list_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        list(stream_list(path, "a list"))


IMAGES = [{"id": 3, "width": 640, "height": 480, "file_name": "3.jpg"}, {"id": 4, "width": 100, "height": 50}]
CATEGORIES = [{"id": 1, "name": "person"}, {"id": 18, "name": "dog", "supercategory": "animal"}]


def test_instances_and_captions_of_coco_are_joined(tmp_path: Path) -> None:
    boxes = [
        {"id": 1, "image_id": 3, "category_id": 18, "bbox": [10, 20, 30, 40], "iscrowd": 0, "segmentation": []},
        {"id": 2, "image_id": 3, "category_id": 1, "bbox": [0, 0, 600, 400], "iscrowd": 1},
    ]
    said = [{"id": 1, "image_id": 4, "caption": "A cup. "}, {"id": 2, "image_id": 3, "caption": "A dog."}]
    images = load_coco(
        instances=written(tmp_path / "i.json", {"images": IMAGES, "annotations": boxes, "categories": CATEGORIES}),
        captions=written(tmp_path / "c.json", {"images": IMAGES, "annotations": said}),
    )
    assert [(image.image_id, image.width, image.captions) for image in images] == [
        ("3", 640, ("A dog.",)),
        ("4", 100, ("A cup.",)),
    ]
    assert images[0].boxes == (LabelledBox(label="dog", box=(10, 20, 40, 60)),)


def test_panoptic_segments_of_coco(tmp_path: Path) -> None:
    categories = [*CATEGORIES, {"id": 100, "name": "grass", "isthing": 0}]
    segments = [{"id": 5, "category_id": 100, "bbox": [0, 0, 9, 9], "iscrowd": 0, "area": 3}]
    data = {"images": IMAGES, "annotations": [{"image_id": 4, "segments_info": segments}], "categories": categories}
    images = load_coco(panoptic=written(tmp_path / "p.json", data))
    assert images[1].boxes == (LabelledBox(label="grass", box=(0, 0, 9, 9), stuff=True),)


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ({"image_id": 99, "category_id": 1, "bbox": [0, 0, 1, 1]}, r"annotations\.0\.image_id is 99"),
        ({"image_id": 3, "category_id": 77, "bbox": [0, 0, 1, 1]}, "category_id 77 is not among"),
        ({"image_id": 3, "category_id": 1, "bbox": [0, 0, 1]}, r"annotations\.0\.bbox"),
    ],
)
def test_what_is_wrong_in_coco_is_named(tmp_path: Path, box: dict[str, Any], message: str) -> None:
    path = written(tmp_path / "i.json", {"images": IMAGES, "annotations": [box], "categories": CATEGORIES})
    with pytest.raises(DataError, match=message) as caught:
        load_coco(instances=path)
    assert str(path) in str(caught.value)


def test_coco_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[1, 2]")
    with pytest.raises(DataError, match="should be a JSON object"):
        load_coco(captions=tmp_path / "x.json")
    (tmp_path / "y.json").write_text("<html>")
    with pytest.raises(DataError, match="not JSON"):
        load_coco(captions=tmp_path / "y.json")
    with pytest.raises(DataError, match="Can't read"):
        load_coco(captions=tmp_path / "none.json")


def test_a_vsd_file(tmp_path: Path) -> None:
    one = {"s": "Cat", "p": "on", "o": "mat", "s_bbox": [20, 60, 10, 40], "o_bbox": [50, 70, 0, 90]}
    two = {**one, "s": "mat", "p": "under", "o": "cat", "s_bbox": one["o_bbox"], "o_bbox": one["s_bbox"]}
    items = [{"img_id": "a.jpg", "triple_list": [one, two], "captions": ["A cat on a mat."]}]
    (image,) = load_vsd(written(tmp_path / "vsd.json", items))
    assert image.boxes == (
        LabelledBox(label="cat", box=(10, 20, 40, 60)),
        LabelledBox(label="mat", box=(0, 50, 90, 70)),
    )
    assert image.triples == ((0, "on", 1), (1, "under", 0))
    assert image.captions == ("A cat on a mat.",)
    items[0]["triple_list"][0]["p"] = "beside"
    with pytest.raises(DataError, match="beside"):
        load_vsd(written(tmp_path / "vsd.json", items))


def test_one_image_in_five_is_for_development() -> None:
    parts = [split_of(str(number)) for number in range(5_000)]
    assert parts.count("dev") / len(parts) == pytest.approx(0.2, abs=0.02)
    assert (split_of("2670"), split_of("2394395")) == (split_of("2670"), split_of("2394395"))
    assert [split_of(str(number)) for number in range(8)] == parts[:8]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_real_vsd(version: str) -> None:
    path = DATA / "vsd" / f"vsd_{version}_val.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    images = load_vsd(path)
    assert len(images) == 2_927
    assert sum(len(image.triples) for image in images) == {"v1": 3_138, "v2": 2_931}[version]
    assert sum(len(image.captions) for image in images) == {"v1": 16_823, "v2": 3_140}[version]
    assert sum(image.split == "dev" for image in images) / len(images) == pytest.approx(0.2, abs=0.02)
    # the same triples as in the file, with boxes turned from ymin, ymax, xmin, xmax
    raw = json.loads(path.read_text(encoding="utf-8"))
    for item, image in zip(raw, images, strict=True):
        for triple, (s, p, o) in zip(item["triple_list"], image.triples, strict=True):
            assert (triple["s"].lower(), triple["p"], triple["o"].lower()) == (
                image.boxes[s].label,
                p,
                image.boxes[o].label,
            )
            y0, y1, x0, x1 = triple["s_bbox"]
            assert image.boxes[s].box == (x0, y0, x1, y1)


def test_the_real_panoptic_segments() -> None:
    path = DATA / "coco128" / "panoptic_train2017.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    images = load_coco(panoptic=path)
    assert len(images) == 100
    assert any(box.stuff for image in images for box in image.boxes)
