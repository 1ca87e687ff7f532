"""What steers a picture, on the command line: it reaches the request, is replayed, and mistakes are sentences."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sd3studio.cli.main import main
from sd3studio.core.png import read_record
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.core.scene.json_form import write_scene

SCENE = Scene.of(
    [
        SceneObject(id="table", label="table", center=(0.0, 0.0, 0.4), size=(1.4, 0.8, 0.8)),
        SceneObject(id="chair", label="chair", center=(-1.6, 0.0, 0.45), size=(0.5, 0.5, 0.9)),
        SceneObject(id="chair-2", label="chair", center=(1.6, 0.0, 0.45), size=(0.5, 0.5, 0.9)),
    ],
    camera=Camera(width=192, height=128),
)


@pytest.fixture
def scene_file(tmp_path: Path) -> Path:
    path = tmp_path / "scene.json"
    path.write_text(write_scene(SCENE), encoding="utf-8")
    return path


def render(scene: Path, output: Path, *more: str) -> list[str]:
    return ["generate", str(scene), "-o", str(output), "--backend", "render", *more]


@pytest.mark.gl
def test_all_options_are_in_the_request_and_in_its_replay(scene_file, tmp_path, own_home, capsys) -> None:
    out, again, photo = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "photo.jpg"
    Image.new("RGB", (64, 48), (200, 50, 50)).save(photo)
    assert main(["styles", "--add", "Mine", "--prompt", "pastel", "--guidance", "3"]) == 0
    options = [
        "--style",
        "mine",
        "--negative",
        "fog",
        "--near",
        "0.5",
        "--far",
        "20",
        "--control",
        "depth=@0.7,0.1,0.9",
    ]
    options += ["--object-prompt", "table=red wood", "--reference", str(photo), "--reference-strength", "0.4"]
    assert main(render(scene_file, out, *options)) == 0
    request = read_record(out.read_bytes()).request
    assert request.style.prompt == "pastel" and request.unwanted == "fog"
    assert (request.depth_range.near_m, request.depth_range.far_m) == (0.5, 20.0)
    assert request.scene.objects["table"].prompt == "red wood"
    assert (request.controls[0].strength, request.controls[0].start, request.controls[0].end) == (0.7, 0.1, 0.9)
    assert request.reference.name == "photo.jpg" and request.reference.strength == 0.4
    photo.unlink()  # a replay needs no other file
    assert main(["generate", str(out), "-o", str(again)]) == 0
    assert again.read_bytes() == out.read_bytes()
    assert main(["styles", "--remove", "Mine", "--json"]) == 0
    assert "Mine" not in capsys.readouterr().out.split('"styles"')[1]


@pytest.mark.gl
def test_the_rest_of_a_picture_is_kept(scene_file, tmp_path, capsys) -> None:
    old, new, moved = tmp_path / "old.png", tmp_path / "new.png", tmp_path / "moved.json"
    assert main(render(scene_file, old)) == 0
    chair = SCENE.objects["chair"].replace(center=(-1.2, 0.3, 0.45))
    moved.write_text(write_scene(SCENE.with_objects(chair)), encoding="utf-8")
    capsys.readouterr()
    assert main(["generate", str(moved), "--keep-rest", str(old), "-o", str(new), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["backend"] == "render" and told["difference"]["largest"] == 0.0
    assert 0.01 < told["difference"]["redrawn"] < 0.6
    before, after = (np.asarray(Image.open(path).convert("RGB"), int) for path in (old, new))
    assert 0.005 < (np.abs(before - after).max(-1) > 0).mean() < 0.6
    assert read_record(new.read_bytes()).request.keep.name == "old.png"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--style", "No such style"], "There is no style"),
        (["--object-prompt", "lamp=red"], "There is no object 'lamp'"),
        (["--object-prompt", "CHAIR=red"], "2 objects are called"),
        (["--near", "3", "--far", "2"], "must be farther"),
        (["--reference", "nowhere.png"], "nowhere.png"),
        (["--ip-adapter", "folder"], "need a --reference"),
        (["--keep-rest", "scene"], "scene"),
    ],
)
def test_mistakes_are_sentences(scene_file, tmp_path, own_home, capsys, options, says) -> None:
    options = [str(scene_file) if word == "scene" else word for word in options]
    assert main(render(scene_file, tmp_path / "a.png", *options)) == 2
    said = capsys.readouterr().err
    assert says in said and "Traceback" not in said


@pytest.mark.gl
def test_boxes_and_prompt_are_written_and_near_and_far_act(scene_file, tmp_path) -> None:
    out, cut = tmp_path / "maps", tmp_path / "cut"
    assert main(["render", str(scene_file), "--maps", "depth,boxes,prompt", "-o", str(out), "--size", "96x64"]) == 0
    form = json.loads((out / "boxes.json").read_text())
    assert (form["width"], form["height"]) == (96, 64) and len(form["boxes"]) == 3
    table = next(box for box in form["boxes"] if box["id"] == "table")
    assert table["phrase"] == "a table" and 0 <= table["box_px"][0] < table["box_px"][2] <= 96
    assert "table" in (out / "prompt.txt").read_text()
    range_ = ["--near", "1", "--far", "50"]
    assert main(["render", str(scene_file), "--maps", "depth", "-o", str(cut), "--size", "96x64", *range_]) == 0
    usual, moved = (np.asarray(Image.open(folder / "depth_control.png")) for folder in (out, cut))
    assert usual.max() == 255 > moved.max() > 0
    exact, same = (np.asarray(Image.open(folder / "depth.png")) for folder in (out, cut))
    assert np.array_equal(exact, same)
