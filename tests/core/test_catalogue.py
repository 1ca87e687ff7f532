"""The shipped catalogue: complete, in range, credited, and covering the classes that photos are searched for."""

import json

import pytest

from sd3studio.core.catalogue import CATALOGUE_FOLDER, Catalogue, read_catalogue, shipped_catalogue
from sd3studio.core.errors import MeshError
from sd3studio.render.mesh import read_mesh

COCO = """
person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign, parking
meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, handbag, tie,
suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis
racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot
dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv, laptop, mouse, remote, keyboard,
cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear, hair drier,
toothbrush
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shipped_catalogue()


def test_all_80_coco_classes_are_there(catalogue: Catalogue) -> None:
    names = [name.strip() for name in COCO.replace("\n", " ").split(",")]
    assert len(names) == 80
    assert [name for name in names if not catalogue.of_category(name)] == []


def test_there_are_hundreds_of_meshes_in_bounded_space(catalogue: Catalogue) -> None:
    files = [path for path in CATALOGUE_FOLDER.rglob("*") if path.is_file()]
    assert len(catalogue) >= 250
    assert sum(path.stat().st_size for path in files) < 60e6


def test_every_entry_has_its_files_and_no_file_is_without_entry(catalogue: Catalogue) -> None:
    identities = set(catalogue.entries)
    assert {path.stem for path in (CATALOGUE_FOLDER / "meshes").iterdir()} == identities
    assert {path.stem for path in (CATALOGUE_FOLDER / "thumbnails").iterdir()} == identities


def test_meshes_have_the_size_and_place_the_index_says(catalogue: Catalogue) -> None:
    wrong = []
    for entry in catalogue:
        mesh = read_mesh(CATALOGUE_FOLDER / "meshes" / f"{entry.id}.glb")
        low, high = mesh.bounds
        sizes_agree = (abs((high - low) / entry.size - 1.0) < 0.01).all()
        base_is_the_origin = abs(low[2]) < 1e-3 * entry.size[2] and (abs(low + high)[:2] < 0.01 * max(entry.size)).all()
        if not (sizes_agree and base_is_the_origin and mesh.faces == entry.faces <= 4200):
            wrong.append((entry.id, entry.size, low, high, mesh.faces))
    assert wrong == []


def test_sizes_lie_in_their_ranges(catalogue: Catalogue) -> None:
    outside = [
        entry.id
        for entry in catalogue
        for low, value, high in zip(entry.size_low, entry.size, entry.size_high, strict=True)
        if not low * 0.999 <= value <= high * 1.001
    ]
    assert outside == []


def test_authors_and_licences_are_named_and_credited(catalogue: Catalogue) -> None:
    text = (CATALOGUE_FOLDER / "CREDITS.md").read_text(encoding="utf-8")
    licences = {licence for entry in catalogue for licence in entry.licence.split(" AND ")}
    assert licences == {"CC0-1.0", "CC-BY-3.0", "CC-BY-3.0-US", "CC-BY-SA-3.0"}
    assert [entry.id for entry in catalogue if not entry.author or f"| {entry.id} | {entry.author} |" not in text] == []


@pytest.mark.parametrize(
    ("noun", "category"),
    [
        ("sofa", "couch"), ("Man", "person"), ("bike", "bicycle"), ("television", "tv"), ("table", "dining table"),
        ("plane", "airplane"), ("mobile phone", "cell phone"), ("railway tracks", "railway track"),
        ("plant", "potted plant"),
        ("motorbike", "motorcycle"), ("weeds", "weeds"), ("doughnut", "donut"), ("sink", "sink"), ("tree", "tree"),
    ],
)  # fmt: skip
def test_everyday_nouns_find_their_category(catalogue: Catalogue, noun: str, category: str) -> None:
    assert catalogue.category_of(noun) == category


def test_people_come_standing_sitting_and_lying(catalogue: Catalogue) -> None:
    people = catalogue.of_category("person")
    for who in ("man", "woman", "child"):
        poses = {pose for entry in people if who in entry.attributes for pose in entry.attributes}
        assert {"standing", "sitting", "lying"} <= poses
    assert people[0].size[2] == pytest.approx(1.7, abs=0.01)
    assert "standing" in people[0].attributes


def test_round_things_have_no_front(catalogue: Catalogue) -> None:
    assert not catalogue.of_category("sports ball")[0].front_known
    assert catalogue.of_category("chair")[0].front_known


def test_a_noun_that_is_a_category_means_that_category(catalogue: Catalogue) -> None:
    assert [name for name in catalogue.categories if catalogue.category_of(name) != name] == []


def test_a_broken_index_is_one_sentence_that_names_the_file(tmp_path) -> None:
    (tmp_path / "index.json").write_text(json.dumps({"entries": [{"id": "x"}]}))
    with pytest.raises(MeshError, match=r"index\.json"):
        read_catalogue(tmp_path)
    with pytest.raises(MeshError, match="no catalogue"):
        read_catalogue(tmp_path / "elsewhere")
