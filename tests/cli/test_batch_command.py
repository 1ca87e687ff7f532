"""`sd3studio generate --seeds --vary --prompts`: numbered pictures, each with its own request."""

import json
from pathlib import Path

import pytest
from fake_jobs import fail_with

from sd3studio.cli import console
from sd3studio.cli.main import main
from sd3studio.core.errors import MissingModelError
from sd3studio.core.png import read_record
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.core.scene.json_form import write_scene


@pytest.fixture
def scene_file(tmp_path, monkeypatch):
    monkeypatch.setattr(console, "JOBS", {"generate_image": "fake_jobs:generate_image"})
    scene = Scene.of([SceneObject(id="chair", label="chair")], camera=Camera(width=128, height=64))
    path = tmp_path / "scene.json"
    path.write_text(write_scene(scene), encoding="utf-8")
    return path


def test_a_picture_for_each_seed_and_value(scene_file, tmp_path, capsys):
    out = tmp_path / "out.png"
    assert (
        main(["generate", str(scene_file), "-o", str(out), "--seed", "3", "--seeds", "2", "--vary", "guidance=1,2.5"])
        == 0
    )
    paths = capsys.readouterr().out.split()
    assert [path.rpartition("/")[2] for path in paths] == [
        "out-01-guidance-1-seed-3.png",
        "out-02-guidance-1-seed-4.png",
        "out-03-guidance-2.5-seed-3.png",
        "out-04-guidance-2.5-seed-4.png",
    ]
    request = read_record(Path(paths[3]).read_bytes()).request
    assert (request.seed, request.guidance) == (4, 2.5)
    assert not out.exists()


def test_a_line_of_a_file_is_a_prompt_and_a_folder_takes_the_pictures(scene_file, tmp_path, capsys):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a chair at night\n\na chair in the snow\n", encoding="utf-8")
    assert main(["generate", str(scene_file), "-o", str(tmp_path / "many"), "--prompts", str(prompts), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [item["changed"]["prompt"] for item in told["pictures"]] == ["a chair at night", "a chair in the snow"]
    assert sorted(path.name for path in (tmp_path / "many").iterdir()) == ["01-prompt-1.png", "02-prompt-2.png"]


def test_one_that_fails_is_said_and_the_others_are_made(scene_file, tmp_path, capsys):
    fail_with.append(MissingModelError("There is no model there."))
    assert main(["generate", str(scene_file), "-o", str(tmp_path / "out.png"), "--seeds", "2", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert len(told["pictures"]) == 1 and told["failed"][0]["reason"] == "There is no model there."


@pytest.mark.parametrize("options", [["--seeds", "0"], ["--vary", "guidence=1,2"], ["--vary", "steps=9..1"]])
def test_a_batch_that_cannot_be_is_one_sentence(scene_file, tmp_path, capsys, options):
    assert main(["generate", str(scene_file), "-o", str(tmp_path / "out.png"), *options]) == 2
    said = capsys.readouterr().err
    assert said.startswith("sd3studio generate: ") and "Traceback" not in said
    assert not list(tmp_path.glob("out*.png"))
