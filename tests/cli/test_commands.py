"""The commands on small inputs: data on stdout, progress on stderr, exit codes."""

import argparse
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sd3studio.cli import demo, doctor, window
from sd3studio.cli.console import size_px
from sd3studio.cli.generate import _control, default_size
from sd3studio.cli.main import COMMANDS, main
from sd3studio.core.png import read_record
from sd3studio.core.requests import Control
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.core.scene.json_form import read_scene, write_scene

SCENE = Scene.of(
    [
        SceneObject(id="table", label="table", category="table", center=(0.0, 0.0, 0.4), size=(1.4, 0.8, 0.8)),
        SceneObject(id="chair", label="chair", category="chair", center=(-1.6, 0.0, 0.45), size=(0.5, 0.5, 0.9)),
    ],
    camera=Camera(width=192, height=128),
)


@pytest.fixture
def scene_file(tmp_path: Path) -> Path:
    path = tmp_path / "scene.json"
    path.write_text(write_scene(SCENE), encoding="utf-8")
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert "usage: sd3studio " + command in capsys.readouterr().out


def test_a_sentence_becomes_a_scene_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "scene.json"
    assert main(["parse", "--text", "A book on a table.", "-o", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out == f"{out}\n" and "Reading the sentence" in said.err
    assert {thing.label for thing in read_scene(out.read_text(encoding="utf-8")).solid_objects()} == {"book", "table"}


def test_without_a_file_the_scene_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", "--text", "A book on a table."]) == 0
    assert len(read_scene(capsys.readouterr().out).objects) >= 2


def test_what_was_parsed_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", "--text", "A book on a table.", "-o", str(tmp_path / "s.json"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert ["book", "on", "table"] in report["relations"] and report["captions"]


def test_a_photo_becomes_a_scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(photo(tmp_path / "p.jpg")), "-o", str(tmp_path / "s.json")]) == 0
    scene = read_scene((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert scene.photo is not None and (scene.photo.width, scene.photo.height) == (160, 120)


def test_a_photo_that_can_not_be_read_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "photos"
    photo(folder / "good.jpg")
    (folder / "bad.jpg").write_text("no picture")
    assert main(["parse", str(folder), "-o", str(tmp_path / "scenes"), "--json"]) == 2
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert (report["read"], report["failed"]) == (1, 1)
    assert (tmp_path / "scenes" / "good.json").is_file() and not (tmp_path / "scenes" / "bad.json").exists()
    assert "bad.jpg" in said.err and "Traceback" not in said.err


def test_captions_of_a_scene(scene_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["caption", str(scene_file), "--by", "rule"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines and any("chair" in line and "left" in line for line in lines)
    assert main(["caption", str(scene_file), "--json", "--limit", "2", "--by", "rule"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["by"] == "rule" and len(report["captions"]) == 2
    assert {"subject", "predicate", "object", "grade"} <= set(report["captions"][1]["facts"][0])


def test_captions_by_the_network_are_the_default_and_say_who_made_each(
    scene_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["caption", str(scene_file), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    makers = {caption["maker"] for caption in report["captions"]}
    assert report["by"] == "sd3-mini" and "model" in makers and makers <= {"model", "rule"}


@pytest.mark.gl
def test_maps_are_drawn_at_the_size_asked_for(
    scene_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "maps"
    assert main(["render", str(scene_file), "--maps", "rgb,depth", "--size", "96x64", "-o", str(out), "--json"]) == 0
    files = [Path(name) for name in json.loads(capsys.readouterr().out)["files"]]
    pictures = [file for file in files if file.suffix == ".png"]
    assert len(pictures) >= 2
    assert all(Image.open(io.BytesIO(file.read_bytes())).size == (96, 64) for file in pictures)


@pytest.mark.gl
def test_a_picture_is_made_and_made_again_from_itself(
    scene_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, again, other = (tmp_path / f"{name}.png" for name in ("first", "again", "other"))
    assert main(["generate", str(scene_file), "-o", str(first), "--seed", "7"]) == 0
    assert capsys.readouterr().out == f"{first}\n"
    assert main(["generate", str(first), "-o", str(again), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["seed"] == 7 and report["is_render"] is False and report["backend"] == "sd3-mini"
    assert first.read_bytes() == again.read_bytes()
    assert main(["generate", str(first), "-o", str(other), "--width", "96"]) == 0
    request = read_record(other.read_bytes()).request
    assert (request.width, request.seed, request.scene) == (96, 7, SCENE)


@pytest.mark.gl
def test_a_picture_of_ours_serves_as_a_scene(scene_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["generate", str(scene_file), "-o", str(tmp_path / "p.png"), "--backend", "render"]) == 0
    capsys.readouterr()
    assert main(["caption", str(tmp_path / "p.png"), "--by", "rule"]) == 0
    assert "chair" in capsys.readouterr().out


def test_the_size_follows_the_camera() -> None:
    assert default_size(Scene(camera=Camera(width=4000, height=3000)), 1024) == (1024, 768)
    assert default_size(Scene(camera=Camera(width=100, height=3000)), 1024) == (64, 1024)
    assert default_size(SCENE, 1024) == (192, 128)


def test_controls_are_read_from_the_command_line() -> None:
    assert _control("depth") == Control(map="depth")
    assert _control("normal=/nets/a@0.5,0,0.7") == Control(map="normal", model="/nets/a", strength=0.5, end=0.7)
    assert _control("class=owner/net") == Control(map="class", model="owner/net")
    for text in ("colour", "depth=x@high", "depth=x@9"):
        with pytest.raises(argparse.ArgumentTypeError):
            _control(text)


@pytest.mark.parametrize("text", ["", "12", "0x5", "12x", "99999x10", "9000x10", "-1x4"])
def test_a_size_must_be_a_size(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="not a size"):
        size_px(text)
    assert size_px("12x34") == (12, 34)


def test_the_doctor_tells_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report) == ["program", "packages", "graphics", "torch", "weights", "catalogue", "disk"]
    assert report["packages"]["numpy"] == np.__version__
    assert not [section for section, found in report.items() if "problem" in found]


def test_the_doctor_never_faints(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> dict:
        raise RuntimeError("no such thing")

    for name in ("_torch", "_weights", "_catalogue", "_disk", "_graphics"):
        monkeypatch.setattr(doctor, name, broken)
    assert main(["doctor"]) == 0
    assert "RuntimeError: no such thing" in capsys.readouterr().out


def test_without_a_display_the_window_is_the_demo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(window, "has_display", lambda *_: False)
    monkeypatch.setattr(demo, "show", lambda folder: shown.append(folder) or 0)
    assert main([]) == 0
    assert shown == [Path("sd3studio-demo")]
    assert capsys.readouterr().err.startswith("There is no display here")


@pytest.mark.parametrize(
    ("environment", "platform", "there"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_a_display_is_told_by_the_environment(environment: dict, platform: str, there: bool) -> None:
    assert window.has_display(environment, platform) is there


@pytest.mark.gl
@pytest.mark.slow
def test_the_demo_goes_round_the_whole_loop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "-o", str(tmp_path / "demo")]) == 0
    said = capsys.readouterr()
    paths = [Path(line) for line in said.out.splitlines()]
    assert paths and all(path.is_file() for path in paths)
    for name in ("sentence", "photo"):
        mine = [path for path in paths if (tmp_path / "demo" / name) in path.parents]
        assert {"scene.json", "captions.txt", "picture.png"} <= {path.name for path in mine}
        assert {path.suffix for path in mine} >= {".json", ".png", ".glb", ".txt"}
    scene = read_scene((tmp_path / "demo" / "sentence" / "scene.json").read_text(encoding="utf-8"))
    assert len(scene.solid_objects()) == 3


def photo(path: Path) -> Path:
    """A small photo with a gradient and some noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.linspace(220, 90, 120)[:, None, None] * np.ones((120, 160, 3))
    noise = np.random.default_rng(0).normal(0, 6, rows.shape)
    out = io.BytesIO()
    Image.fromarray(np.clip(rows + noise, 0, 255).astype(np.uint8)).save(out, "JPEG")
    path.write_bytes(out.getvalue())
    return path


def test_with_a_display_the_window_gets_the_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[list[Path]] = []
    (tmp_path / "stand_in_window.py").write_text("def main(paths):\n    main.opened.append(paths)\n    return 5\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import stand_in_window

    stand_in_window.main.opened = opened
    monkeypatch.setattr(window, "WINDOW", "stand_in_window")
    monkeypatch.setattr(window, "has_display", lambda *_: True)
    assert main(["window", "a.jpg", "b.json"]) == 5
    assert main([]) == 5
    assert opened == [[Path("a.jpg"), Path("b.json")], []]
