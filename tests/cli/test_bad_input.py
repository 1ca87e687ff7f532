"""Bad input on the command line: exit code 2, one sentence that names the file, no traceback, nothing written."""

import json
from pathlib import Path
from typing import Any

import pytest

from sd3studio.cli.main import main
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.core.scene.json_form import scene_to_data

GOOD = scene_to_data(Scene.of([SceneObject(id="a", label="chair"), SceneObject(id="b", label="table")]))


def changed(**fields: Any) -> str:
    return json.dumps({**GOOD, **fields})


def with_object(**fields: Any) -> str:
    first, *rest = GOOD["objects"]
    return changed(objects=[{**first, **fields}, *rest])


BROKEN: dict[str, str] = {
    "NaN size": with_object(size=[1.0, float("nan"), 1.0]),
    "infinite centre": with_object(center=[0.0, float("inf"), 1.0]),
    "negative size": with_object(size=[1.0, -1.0, 1.0]),
    "unknown key of an object": with_object(weight=3),
    "unknown key": changed(mood="blue"),
    "future version": changed(version=999),
    "no version": json.dumps({key: value for key, value in GOOD.items() if key != "version"}),
    "cycle of parents": changed(objects=[{**GOOD["objects"][0], "parent": "b"}, {**GOOD["objects"][1], "parent": "a"}]),
    "same id twice": changed(objects=[GOOD["objects"][0]] * 2),
    "relation to nobody": changed(relations=[{"subject": "a", "predicate": "on", "object": "zz"}]),
    "truncated": changed()[:-40],
    "not JSON": "hello",
    "empty": "",
    "a list": "[]",
    "deep": "[" * 100_000,
    "another format": "{}",
}


def sentence_of(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.strip().splitlines()
    assert len(lines) == 1, said.err
    assert "Traceback" not in said.err and "unexpected" not in said.err and len(lines[0]) < 600
    return lines[0]


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_scene_is_one_sentence(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scene.json"
    path.write_text(BROKEN[what], encoding="utf-8")
    assert main(["caption", str(path)]) == 2
    assert sentence_of(capsys).startswith(f"sd3studio caption: {path}")


@pytest.mark.parametrize("command", ["caption", "render", "generate", "export"])
def test_every_command_that_reads_a_scene_refuses_a_broken_one(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "scene.json", tmp_path / "out"
    path.write_text(BROKEN["NaN size"], encoding="utf-8")
    more = {"caption": [], "export": ["--format", "glb", "-o", str(out)]}.get(command, ["-o", str(out)])
    assert main([command, str(path), *more]) == 2
    assert str(path) in sentence_of(capsys)
    assert not out.exists()


@pytest.mark.parametrize("command", ["caption", "render", "generate", "export", "parse"])
def test_a_file_that_is_not_there_is_named(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "nothing.json"
    more = {"caption": [], "parse": [], "export": ["--format", "glb", "-o", str(tmp_path / "o")]}
    assert main([command, str(path), *more.get(command, ["-o", str(tmp_path / "o")])]) == 2
    assert str(path) in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01", "!!!", "word " * 5_000, "a" * 30_000])
def test_a_sentence_that_says_nothing_is_one_sentence(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", "--text", text]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "Traceback" not in said.err and "unexpected" not in said.err
    assert said.err.strip().splitlines()[-1].startswith("sd3studio parse: ")


def test_neither_photo_nor_sentence_and_both_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse"]) == 2
    assert "either photos or --text" in sentence_of(capsys)
    assert main(["parse", "x.jpg", "--text", "a chair"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--width", "3"],
        ["--steps", "0"],
        ["--seed", "-1"],
        ["--device", "toaster"],
        ["--backend", "sd3-mini", "--model", "/no/such/model"],
        ["--backend", "diffusers"],
        ["--backend", "diffusers", "--model", "/no/such/model"],
    ],
)
def test_a_request_that_can_not_be_met_is_a_sentence(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "scene.json"
    path.write_text(changed(), encoding="utf-8")
    assert main(["generate", str(path), "-o", str(tmp_path / "p.png"), *arguments]) == 2
    assert sentence_of(capsys).startswith("sd3studio generate: ")
    assert not (tmp_path / "p.png").exists()


def test_an_output_that_can_not_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["parse", "--text", "a chair", "-o", str(tmp_path / "file" / "scene.json")]) == 2
    assert "Can't write" in capsys.readouterr().err
