"""`sd3studio export` writes files, prints their paths, and refuses bad input in one sentence."""

import json

import pytest

from sd3studio.cli.main import main
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.core.scene.json_form import write_scene


@pytest.fixture
def scene_path(tmp_path):
    path = tmp_path / "scene.json"
    path.write_text(
        write_scene(Scene.of([SceneObject(id="a", label="box"), SceneObject(id="b", label="b", hidden=True)]))
    )
    return path


@pytest.mark.parametrize("format", ["glb", "json", "coco", "vg", "kitti"])
def test_each_format_is_written_and_named_on_stdout(format, scene_path, tmp_path, capsys):
    assert main(["export", str(scene_path), "--format", format, "-o", str(tmp_path / "out.txt")]) == 0
    printed = capsys.readouterr().out.split()
    assert printed[0] == str(tmp_path / "out.txt")
    assert (tmp_path / "out.txt").stat().st_size > 0


def test_json_output_holds_the_notes(scene_path, tmp_path, capsys):
    assert main(["export", str(scene_path), "--format", "coco", "-o", str(tmp_path / "o.json"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["files"] == [str(tmp_path / "o.json")] and "Hidden" in answer["notes"][0]


def test_a_broken_scene_is_one_sentence_and_exit_code_2(tmp_path, capsys):
    (tmp_path / "bad.json").write_text(
        '{"format": "sd3studio-scene", "version": 1, "objects": [{"id": "a", "size": 1}]}'
    )
    assert main(["export", str(tmp_path / "bad.json"), "--format", "glb", "-o", str(tmp_path / "o.glb")]) == 2
    message = capsys.readouterr().err
    assert "bad.json" in message and message.count("\n") == 1
    assert not (tmp_path / "o.glb").exists()
