"""`sd3studio edit`: a sentence in, a changed scene file out; bad input is one sentence and exit code 2."""

import json
from pathlib import Path

import pytest

from sd3studio.cli.main import main
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.core.scene.json_form import read_scene, write_scene


@pytest.fixture
def room_file(tmp_path: Path) -> Path:
    things = [
        SceneObject(id="sofa", label="sofa", category="couch", center=(0.0, 0.0, 0.4), size=(1.9, 0.9, 0.8)),
        SceneObject(id="dog", label="dog", category="dog", center=(2.0, 0.0, 0.3), size=(0.3, 0.8, 0.6)),
    ]
    path = tmp_path / "room.json"
    path.write_text(write_scene(Scene.of(things)), encoding="utf-8")
    return path


def test_sentence_changes_the_scene_file(room_file, tmp_path, capsys):
    out = tmp_path / "out.json"
    assert main(["edit", str(room_file), "--say", "remove the dog", "--say", "paint the sofa red", "-o", str(out)]) == 0
    scene = read_scene(out.read_text(encoding="utf-8"))
    assert set(scene.objects) == {"sofa"} and scene.objects["sofa"].attributes == ("red",)
    assert capsys.readouterr().out == f"{out}\n"


def test_what_was_done_as_json(room_file, capsys):
    assert main(["edit", str(room_file), "--say", "删掉狗", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["removed"] == ["dog"] and report["steps"][0]["done"] == "Removed the dog."


def test_selection_is_what_this_means(room_file, capsys):
    assert main(["edit", str(room_file), "--say", "lock this", "--select", "dog"]) == 0
    assert read_scene(capsys.readouterr().out).objects["dog"].locked


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--say", "remove the cat"], "no “cat”"),
        (["--say", ""], "empty"),
        (["--say", "lock this", "--select", "x"], "x"),
    ],
)
def test_bad_input_is_a_sentence(room_file, capsys, words, reason):
    assert main(["edit", str(room_file), *words]) == 2
    said = capsys.readouterr().err
    assert reason in said and "Traceback" not in said
