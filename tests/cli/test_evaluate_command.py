"""`sd3studio evaluate text|image` on bad input: exit code 2, one sentence that names the file, nothing on stdout."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sd3studio.cli.evaluate import EVALUATIONS
from sd3studio.cli.main import main
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.core.scene.json_form import write_scene

ITEM = {
    "img_id": "1",
    "triple_list": [{"s": "cup", "p": "on", "o": "table", "s_bbox": [8, 12, 5, 8], "o_bbox": [11, 30, 1, 20]}],
    "captions": ["a cup is on the table"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with good and bad data, whose names are relative."""
    monkeypatch.chdir(tmp_path)
    files = {
        "vsd.json": json.dumps([ITEM]),
        "words.json": "hello",
        "no_box.json": json.dumps([{**ITEM, "triple_list": [{"s": "cup", "p": "on", "o": "table"}]}]),
        "strange.json": json.dumps([{**ITEM, "triple_list": [{**ITEM["triple_list"][0], "p": "eats"}]}]),
        "silent.json": json.dumps([{**ITEM, "captions": [" "]}]),
        "captions.json": json.dumps({"2": "a cat"}),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    for name in ("empty", "notes", "pictures", "broken", "scenes"):
        (tmp_path / name).mkdir()
    (tmp_path / "notes" / "notes.txt").write_text("no picture")
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "pictures" / "kitchen.png")
    (tmp_path / "broken" / "room.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (tmp_path / "scenes" / "room.json").write_text(write_scene(Scene.of([SceneObject(id="a", label="chair")])))
    return tmp_path


TEXT = {
    "no such file": ("--data nowhere.json", "nowhere.json"),
    "no JSON": ("--data words.json", "words.json is not a VSD file"),
    "no boxes": ("--data no_box.json", "no_box.json"),
    "unknown predicate": ("--data strange.json", "'eats'"),
    "no captions": ("--data silent.json", "silent.json has no image with a triple and a caption"),
    "captions of others": (
        "--data vsd.json --predictions captions.json",
        "captions.json has no caption for 1 of the 1",
    ),
    "no such captions": ("--data vsd.json --predictions nowhere.json", "nowhere.json"),
    "no networks": ("--data vsd.json --system empty", "text_codec"),
}

IMAGE = {
    "no folder of pictures": ("--pictures nowhere --scenes scenes", "no folder nowhere"),
    "no pictures": ("--pictures notes --scenes scenes", "The folder notes has no pictures"),
    "no folder of scenes": ("--pictures pictures --scenes nowhere", "no folder nowhere"),
    "no scenes": ("--pictures pictures --scenes empty", "empty is no data set"),
    "a broken picture": ("--pictures broken --scenes scenes", "broken/room.png"),
    "pictures without scene": ("--pictures pictures", "pictures/kitchen.png does not hold a scene"),
    "other names": ("--pictures pictures --scenes scenes", "room.png was expected"),
    "no CLIP": ("--pictures pictures --scenes scenes --clip empty", "empty is no CLIP model"),
}


@pytest.mark.parametrize("what", TEXT)
def test_bad_input_to_the_text_evaluation_is_one_sentence(what, folder, capsys):
    words, expected = TEXT[what]
    assert main(["evaluate", "text", "--split", "all", *words.split()]) == 2
    assert expected in sentence_of(capsys)


@pytest.mark.gl
@pytest.mark.parametrize("what", IMAGE)
def test_bad_input_to_the_image_evaluation_is_one_sentence(what, folder, capsys):
    words, expected = IMAGE[what]
    assert main(["evaluate", "image", *words.split()]) == 2
    assert expected in sentence_of(capsys)


def sentence_of(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    lines = said.err.strip().splitlines()
    assert said.out == "" and len(lines) == 1, said
    assert "Traceback" not in lines[0] and lines[0].startswith("sd3studio evaluate: ")
    return lines[0]


@pytest.mark.parametrize("name", EVALUATIONS)
def test_every_evaluation_has_help_and_json(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", name, "--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out
