"""`sd3studio relations`: what is listed, asserted, kept, clashing, repaired; bad input is a sentence."""

import json
from pathlib import Path

import pytest

from sd3studio.cli.main import main
from sd3studio.core.relations import conflicts
from sd3studio.core.scene import Predicate, Relation, Scene, SceneObject
from sd3studio.core.scene.json_form import read_scene, write_scene


@pytest.fixture
def row_file(tmp_path: Path) -> Path:
    things = [
        SceneObject(id=key, label=key, center=(2.0 * k, 0.0, 0.5), size=(0.8, 0.8, 1.0)) for k, key in enumerate("abc")
    ]
    path = tmp_path / "row.json"
    told = (Relation(subject="a", predicate=Predicate.LEFT_OF, object="b"),)
    path.write_text(write_scene(Scene.of(things, relations=told)), encoding="utf-8")
    return path


def listed(capsys, *words):
    assert main(["relations", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_list_with_filters(row_file, capsys):
    assert {row["from"] for row in listed(capsys, row_file)["relations"]} == {"user", "geometry"}
    (row,) = listed(capsys, row_file, "--asserted")["relations"]
    assert (row["subject"], row["predicate"], row["object"], row["states"]) == (
        "a",
        "to the left of",
        "b",
        ["asserted"],
    )
    assert all("c" in (r["subject"], r["object"]) for r in listed(capsys, row_file, "--of", "c")["relations"])


def test_what_is_asserted_holds_and_is_kept(row_file, tmp_path, capsys):
    out = tmp_path / "out.json"
    listed(capsys, row_file, "--assert", "c left of a", "--keep", "-o", out)
    scene = read_scene(out.read_text(encoding="utf-8"))
    assert not conflicts(scene) and scene.relations[-1].kept
    assert [row["subject"] for row in listed(capsys, out, "--kept")["relations"]] == ["c"]
    listed(capsys, out, "--release", "c left of a", "--forget", "a left of b", "-o", out)
    (left,) = read_scene(out.read_text(encoding="utf-8")).relations
    assert left.subject == "c" and not left.kept


def test_once_moves_and_stores_nothing(row_file, tmp_path, capsys):
    out = tmp_path / "out.json"
    listed(capsys, row_file, "--assert", "c left of a", "--once", "-o", out)
    scene = read_scene(out.read_text(encoding="utf-8"))
    assert len(scene.relations) == 1 and scene.objects["c"].center[0] < 0.0


def test_a_clash_is_explained_and_repaired(row_file, tmp_path, capsys):
    out = tmp_path / "out.json"
    found = listed(capsys, row_file, "--assert", "b left of c", "--assert", "c left of a", "-o", out)["conflict"]
    assert len(found["clash"]) == 3 and found["proven"] and found["repairs"]
    assert main(["relations", str(out), "--conflicts"]) == 0
    assert "--repair 1: " in capsys.readouterr().out
    assert listed(capsys, out, "--repair", "-o", out)["conflict"] is None
    assert not conflicts(read_scene(out.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--assert", "x on a"], "no “x”"),
        (["--forget", "a right of b"], "does not store"),
        (["--of", "x"], "no object with this id"),
        (["--assert", "a right of b", "--repair", "40"], "repairs"),
    ],
)
def test_bad_input_is_a_sentence(row_file, capsys, words, reason):
    assert main(["relations", str(row_file), *words]) == 2
    said = capsys.readouterr().err
    assert reason in said and "Traceback" not in said
