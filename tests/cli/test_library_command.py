"""`sd3studio library` on real photos, from the folder to the export and back; twice, the second time does nothing."""

import json
import shutil

import pytest

from sd3studio.cli.main import main

PHOTOS = ("000000000025.jpg", "000000000049.jpg", "000000000074.jpg")


@pytest.fixture
def run(capsys):
    def call(*words: str, code: int = 0):
        assert main(["library", *words]) == code
        printed = capsys.readouterr().out
        return json.loads(printed) if "--json" in words else printed

    return call


@pytest.fixture
def photos(real_data, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in PHOTOS:
        if not (real_data / "coco128" / "images" / name).is_file():
            pytest.skip(f"{name} of coco128 is not there")
        shutil.copy(real_data / "coco128" / "images" / name, folder)
    (folder / "damaged.jpg").write_bytes(b"no picture")
    return folder


@pytest.mark.slow
def test_from_a_folder_to_an_export_and_back(run, photos):
    assert run("add", str(photos), "--workers", "1", "--json", code=2)["folders"][0]["added"] == 4
    run("parse", "--caption", "sentence", "--workers", "1")
    told = run("status", "--json")
    assert told["states"]["parsed"] == 3 and "damaged.jpg" in told["problems"][0]["photo"]
    assert run("add", "--json")["folders"][0]["same"] == 4
    assert run("parse", "--caption", "sentence", "--json") == {"failed": []}
    found = run("search", "dog left of a person", "--json")
    assert found["query"] == "dog to the left of person"
    for hit in found["photos"]:
        assert {thing["label"] for thing in hit["things"]} == {"dog", "person"}
    two = run("search", "two giraffes", "--json")["photos"]
    assert [hit["path"] for hit in two] == [str(photos / PHOTOS[0])]
    assert run("ask", str(photos / PHOTOS[0]), "How many giraffes are there?").startswith("Two")
    run("caption", "--style", "tags", "--workers", "1")
    captions = run("captions", "1", "--json")["captions"]
    assert {caption["style"] for caption in captions if not caption["flags"]} >= {"sentence", "tags"}
    assert json.loads(json.dumps(run("facets", "--json")))["labels"]["giraffe"] == 1
    plan = run("export", "--format", "txt", "--dry-run")
    assert "+++" in plan and not list(photos.glob("*.txt"))
    assert run("export", "--format", "txt", "--json")["written"] == 3
    assert run("export", "--format", "txt", "--json")["written"] == 0
    assert len(list(photos.glob("*.txt"))) == 3
    assert run("undo", "--json")["back"] == 3 and not list(photos.glob("*.txt"))
    assert "export-" not in run("undo", "--list")
    out = photos.parent / "scenes.json"
    assert run("export", "--format", "coco", "--where", "two giraffes", "-o", str(out), "--json")["written"] == 1
    assert run("import", str(out), "--format", "coco", "--author", "anna", "--json")["stored"] == 1
    run("caption", "--style", "facts", "--where", "two giraffes", "--workers", "1")
    styled = [n for n in "123" if "facts" in {c["style"] for c in run("captions", n, "--json")["captions"]}]
    assert len(styled) == 1


def test_what_cant_be_is_a_sentence(run, tmp_path, capsys):
    for words in (
        ["add", str(tmp_path / "nowhere")],
        ["search", "state:finished"],
        ["ask", "7", "What is there?"],
        ["undo"],
    ):
        assert main(["library", "--library", str(tmp_path / "library"), *words]) == 2
        assert "sd3studio library:" in capsys.readouterr().err
    assert main(["library", "--library", "mysql://host/name", "status"]) == 2
