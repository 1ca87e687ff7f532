"""`sd3studio compare` and annotations on the command line."""

import json

import pytest

from sd3studio.cli.main import main
from sd3studio.core.scene import Camera, Predicate, Relation, Scene, SceneObject
from sd3studio.core.scene.json_form import read_scene, write_scene


@pytest.fixture
def two(tmp_path):
    cup = SceneObject(id="cup", label="cup", center=(0, 0, 0.5), photo_box=(300, 200, 340, 260), attributes=("red",))
    table = SceneObject(id="table", label="table", center=(1, 0, 0.5))
    a = Scene.of([cup, table], camera=Camera(width=640, height=480),
                 relations=(Relation(subject="cup", predicate=Predicate.ON, object="table"),))  # fmt: skip
    b = a.with_objects(cup.replace(label="mug", center=(0.2, 0, 0.5))).replace(relations=())
    paths = tmp_path / "a.json", tmp_path / "b.json"
    for path, scene in zip(paths, (a, b), strict=True):
        path.write_text(write_scene(scene))
    return paths


def test_compare_prints_numbers_and_items_and_tells_by_its_exit_code(two, capsys):
    a, b = map(str, two)
    assert main(["compare", a, a]) == 0
    capsys.readouterr()
    assert main(["compare", a, b, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["distance_m"] == pytest.approx(0.1)
    assert found["relation_recall"] == 0.0
    assert [item["kind"] for item in found["items"]] == ["changed", "relation only a"]


def test_taking_an_item_writes_the_adjudicated_scene(two, tmp_path, capsys):
    out = tmp_path / "both.json"
    main(["compare", *map(str, two), "--take", "1", "-o", str(out)])
    decided = read_scene(out.read_text())
    assert decided.objects["cup"].label == "mug" and len(decided.relations) == 1
    assert main(["compare", *map(str, two), "--take", "9", "-o", str(out)]) == 2
    assert "items 1 to 2" in capsys.readouterr().err


def test_folders_are_scored_against_the_truth(two, tmp_path, capsys):
    for name, source in (("truth", two[0]), ("mia", two[1])):
        (tmp_path / name).mkdir()
        for photo in ("p1", "p2"):
            (tmp_path / name / f"{photo}.json").write_text(source.read_text())
    folders = [str(tmp_path / "truth"), str(tmp_path / "mia")]
    assert main(["compare", *folders, "--json"]) == 0
    score = json.loads(capsys.readouterr().out)
    assert score["photos"] == 2 and score["object_f1"] == 1.0
    assert main(["compare", *folders, "--sample", "0.1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["photos"] == 1
    assert main(["compare", *folders, "--sample", "0.9"]) == 2


def test_annotations_go_out_and_come_in_and_losses_are_told(two, tmp_path, capsys):
    out = tmp_path / "coco.json"
    assert main(["export", str(two[0]), "--format", "label-studio", "-o", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "label" not in told["lost"] and "relations" not in told["lost"]
    assert main(["import", str(out), "--format", "label-studio", "-o", str(tmp_path / "again.json")]) == 0
    again = read_scene((tmp_path / "again.json").read_text())
    assert again.objects["cup"].center == (0, 0, 0.5) and len(again.relations) == 1
    assert main(["import", str(out), "--format", "coco", "-o", str(tmp_path / "x")]) == 2
    assert "not a COCO file" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_folder_of_scenes_goes_out_as_one_data_set_and_comes_back(two, tmp_path, capsys):
    out, again = tmp_path / "all" / "coco.json", tmp_path / "again"
    assert main(["export", str(two[0]), str(two[1]), "--format", "coco", "-o", str(out)]) == 0
    assert main(["import", str(out), "--format", "coco", "-o", str(again)]) == 0
    assert sorted(path.name for path in again.iterdir()) == ["a.json", "b.json"]
    assert main(["export", str(again), "--format", "kitti", "-o", str(tmp_path / "k")]) == 0
    assert {"a.txt", "b.txt"} <= {path.name for path in (tmp_path / "k").iterdir()}
    capsys.readouterr()
    assert main(["export", str(again), "--format", "glb", "-o", str(tmp_path / "all.glb")]) == 2
    assert "these hold several" in capsys.readouterr().err
