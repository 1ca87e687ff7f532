"""Project bundles: there and back, the same bytes each time, and no damaged one gets in."""

import hashlib
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sd3studio.cli.main import main
from sd3studio.core.document import Document
from sd3studio.core.edits import AddObjects
from sd3studio.core.errors import SceneError
from sd3studio.core.png import embed_record, read_record
from sd3studio.core.requests import GenerateImage, ParseText
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.services.journal import Journal, read_journal
from sd3studio.services.projects import Project, project_bytes, read_project, unpack_project, write_project
from sd3studio.services.scene_files import holds_scene, read_scene_file

SCENE = Scene.of([SceneObject(id="chair", label="chair"), SceneObject(id="床", label="床")], title="A room")


def picture(seed: int) -> bytes:
    png = io.BytesIO()
    Image.new("RGB", (8, 8), (seed, 0, 0)).save(png, "PNG")
    return embed_record(png.getvalue(), GenerateImage(scene=SCENE, seed=seed))


@pytest.fixture
def project(tmp_path) -> Project:
    document = Document()
    journal = Journal(tmp_path / "a.journal", document)
    document.apply(AddObjects(tuple(SCENE.objects.values())))
    journal.close()
    return Project(
        scene=SCENE,
        pictures={"one.png": picture(1), "zwei (2).png": picture(2)},
        requests={"000001": GenerateImage(scene=SCENE, seed=9), "000002": ParseText(text="a cup")},
        journal=(tmp_path / "a.journal").read_bytes(),
    )


def test_a_project_comes_back_equal(tmp_path, project):
    path = tmp_path / "room.sd3s"
    write_project(path, project)
    again = read_project(path)
    assert again.scene == project.scene and again.pictures == project.pictures
    assert again.requests == project.requests and again.journal == project.journal
    assert again.software.startswith("SD3 Studio")
    assert read_record(again.pictures["one.png"]).request.seed == 1


def test_the_same_project_gives_the_same_bytes(project):
    turned = Project(SCENE, dict(reversed(project.pictures.items())), dict(reversed(project.requests.items())),
                     project.journal)  # fmt: skip
    assert project_bytes(project) == project_bytes(turned)
    assert project_bytes(project) != project_bytes(Project(SCENE))


def test_a_project_opens_where_scenes_do(tmp_path, project):
    for name in ("room.sd3s", "renamed.zip"):
        write_project(tmp_path / name, project)
        assert read_scene_file(tmp_path / name) == SCENE and holds_scene(tmp_path / name)


def test_the_history_can_be_gone_back_in(tmp_path, project):
    write_project(tmp_path / "room.sd3s", project)
    unpack_project(tmp_path / "room.sd3s", tmp_path / "out")
    steps, position = read_journal(tmp_path / "out" / "journal.jsonl")
    assert len(steps) == 2 and position == 1 and set(steps[1].scene.objects) == {"chair", "床"}


def test_unpacking_never_replaces_a_file(tmp_path, project):
    write_project(tmp_path / "room.sd3s", project)
    written = unpack_project(tmp_path / "room.sd3s", tmp_path / "out")
    assert all(path.is_file() for path in written)
    (tmp_path / "out" / "scene.json").write_text("mine", encoding="utf-8")
    with pytest.raises(SceneError, match="there already"):
        unpack_project(tmp_path / "room.sd3s", tmp_path / "out")
    assert (tmp_path / "out" / "scene.json").read_text(encoding="utf-8") == "mine"


def test_what_a_project_cannot_hold_is_a_sentence(project):
    for name, data, said in (
        ("../a.png", picture(1), "can't have the name"),
        ("a.jpg", picture(1), "can't have the name"),
        ("a.png", b"no picture", "not a PNG"),
    ):
        with pytest.raises(SceneError, match=said):
            project_bytes(Project(SCENE, {name: data}))
    with pytest.raises(SceneError, match="can't have the name"):
        project_bytes(Project(SCENE, {"a.png": picture(1), "A.png": picture(1)}))


def rewritten(path, change) -> None:
    """The bundle with its members changed by `change` (name -> bytes), the manifest's hashes brought up to date."""
    with zipfile.ZipFile(path) as bundle:
        members = {name: bundle.read(name) for name in bundle.namelist()}
    manifest = json.loads(members["manifest.json"])
    change(members, manifest)
    for name in manifest.get("files", {}):
        if name in members and manifest["files"][name] != "kept":
            manifest["files"][name] = hashlib.sha256(members[name]).hexdigest()
    if "manifest.json" in members:
        members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as bundle:
        for name, data in members.items():
            bundle.writestr(name, data)


def _drop(name):
    return lambda members, manifest: members.pop(name)


def _put(name, data):
    return lambda members, manifest: (members.update({name: data}), manifest["files"].update({name: ""}))


TRICKS = {
    "no manifest": (_drop("manifest.json"), "holds no manifest.json"),
    "no scene": (_drop("scene.json"), "lacks scene.json"),
    "newer": (lambda members, manifest: manifest.update(version=2), "newer SD3 Studio"),
    "odd version": (lambda members, manifest: manifest.update(version="x"), "version"),
    "other format": (lambda members, manifest: manifest.update(format="zip"), "format"),
    "no list": (lambda members, manifest: manifest.pop("files"), "files"),
    "a stranger": (_put("run.sh", b"rm"), "'run.sh', which does not belong"),
    "not listed": (lambda members, manifest: members.update({"pictures/x.png": b""}), "does not belong"),
    "changed": (lambda members, manifest: manifest["files"].update({"scene.json": "kept"}), "not what the manifest"),
    "no picture": (_put("pictures/x.png", b"GIF"), "not a PNG"),
    "broken request": (_put("requests/x.json", b'{"kind": "parse_text"}'), r"requests/x.json: parse_text.text"),
    "broken scene": (_put("scene.json", b"[]"), "not an SD3 Studio scene"),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_damaged_bundle_is_a_sentence(tmp_path, project, trick):
    change, said = TRICKS[trick]
    path = tmp_path / "room.sd3s"
    write_project(path, project)
    rewritten(path, change)
    with pytest.raises(SceneError, match=said) as caught:
        read_project(path)
    assert str(path) in str(caught.value)
    with pytest.raises(SceneError):
        unpack_project(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


WHOLE = project_bytes(Project(SCENE, {"one.png": picture(1)}))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=5))
def test_any_damage_is_a_sentence_or_the_same_project(tmp_path_factory, changes):
    data = bytearray(WHOLE)
    for at, value in changes:
        data[at] = value
    path = tmp_path_factory.getbasetemp() / "damaged.sd3s"
    path.write_bytes(bytes(data))
    try:
        assert read_project(path).scene == SCENE
    except SceneError as error:
        assert str(path) in str(error)


def test_packing_showing_and_unpacking_on_the_command_line(tmp_path, capsys):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "one.png").write_bytes(picture(1))
    plain = io.BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "PNG")
    (tmp_path / "pictures" / "holiday.png").write_bytes(plain.getvalue())
    bundle, source = tmp_path / "room.sd3s", tmp_path / "pictures" / "one.png"
    assert main(["queue", "add", str(source)]) == 0
    capsys.readouterr()
    command = ["project", "pack", str(source), "--pictures", str(source.parent), "--queued", "-o", str(bundle)]
    assert main(command) == 0
    assert "holiday.png does not hold a scene" in capsys.readouterr().err
    assert main(["project", "show", str(bundle), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["title"], told["objects"], told["requests"]) == ("A room", 2, ["000001"])
    assert [(item["name"], item["seed"]) for item in told["pictures"]] == [("one.png", 1)]
    assert main(["project", "unpack", str(bundle), "-o", str(tmp_path / "out")]) == 0
    assert main(["project", "show", str(tmp_path / "out" / "scene.json")]) == 2
    assert "not a zip file" in capsys.readouterr().err
