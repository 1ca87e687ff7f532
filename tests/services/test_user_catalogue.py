"""Sweet Home 3D libraries of the user's own: entries with sizes and meshes, bad models left out, tricks refused."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sd3studio.cli.main import main
from sd3studio.core.errors import DataError, StudioError
from sd3studio.core.requests import ImportLibrary
from sd3studio.core.scene import Scene
from sd3studio.render.mesh import load_mesh
from sd3studio.services.export import make_export
from sd3studio.services.own_catalogue import remove_entries, user_catalogue, whole_catalogue
from sd3studio.services.user_catalogue import import_library, run

CUBE = b"""mtllib cube.mtl
v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 2\nv 1 0 2\nv 1 1 2\nv 0 1 2
vt 0 0\nvt 1 0\nvt 1 1
usemtl red
f 1/1 2/2 3/3 4/1\nf 5/1 6/2 7/3 8/1\nf 1/1 2/2 6/3 5/1\nf 4/1 3/2 7/3 8/1
usemtl wood
f 1/1 4/2 8/3 5/1\nf 2/1 3/2 7/3 6/1
"""
MTL = b"newmtl red\nKd 1 0 0\nnewmtl wood\nmap_Kd C:\\\\author\\\\wood.png\n"

LIST = """id=Tester#small
name=Small library
license=CC0 1.0
provider=A tester
id#1=Tester#stool
name#1=Garden stool
category#1=Seats
icon#1=/stool.png
model#1=/stool/cube.obj
width#1=40
depth#1=50
height#1=60
movable#1=true
id#2=Tester#shelf
name#2=Wall \\u0043hair
model#2=/shelf.obj
width#2=100
depth#2=20
height#2=30
elevation#2=150
modelRotation#2=0 0 1 0 1 0 -1 0 0
creator#2=Somebody
"""


def library(folder, text=LIST, **changed: bytes):
    picture = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (32, 32), np.uint8)
    Image.fromarray(noise).save(picture, "PNG")
    members = {
        "PluginFurnitureCatalog.properties": text.encode("latin-1"),
        "stool/cube.obj": CUBE,
        "stool/cube.mtl": MTL,
        "stool/wood.png": picture.getvalue(),
        "shelf.obj": CUBE,
        **changed,
    }
    path = folder / "Small.sh3f"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_models_become_entries_with_their_sizes_and_credits(tmp_path, own_home):
    imported = import_library(library(tmp_path), own_home)
    stool, shelf = imported.entries
    assert imported.skipped == ()
    assert (stool.name, stool.size, stool.licence, stool.author) == (
        "Garden stool",
        (0.4, 0.5, 0.6),
        "CC0 1.0",
        "A tester",
    )
    assert (shelf.name, shelf.category, shelf.elevation_m, shelf.author) == ("Wall Chair", "chair", 1.5, "Somebody")
    assert user_catalogue(own_home).entries == {stool.id: stool, shelf.id: shelf}
    assert whole_catalogue(own_home).get(stool.id) == stool and len(whole_catalogue(own_home)) > 400


def test_the_meshes_are_drawn_and_exported(tmp_path, own_home):
    stool = import_library(library(tmp_path), own_home).entries[0]
    mesh = load_mesh(stool.id)
    np.testing.assert_allclose(mesh.extent, stool.size, atol=1e-5)
    np.testing.assert_allclose(mesh.bounds[0][2], 0.0, atol=1e-6)
    assert len(mesh.textures) == 1
    scene = Scene.of([stool.as_object("stool")])
    assert make_export(scene, "glb", tmp_path / "a.glb").notes == ()


def test_a_model_that_cannot_be_used_is_left_out_with_a_sentence(tmp_path, own_home):
    lines = [line for line in LIST.splitlines() if not line.startswith("width#2")]
    imported = import_library(library(tmp_path, "\n".join(lines)), own_home)
    assert len(imported.entries) == 1 and "is not complete" in imported.skipped[0]
    imported = import_library(library(tmp_path, **{"shelf.obj": b"v a b c\nf 1 1 1"}), own_home)
    assert len(imported.entries) == 1 and imported.skipped[0].startswith("Wall Chair is left out:")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LIST.replace("shelf.obj", "../../../etc/passwd"), "is not an OBJ"),
        (LIST.replace("shelf.obj", "nothing.obj"), "holds no nothing.obj"),
        (LIST.replace("width#2=100", "width#2=nan"), "is not one of a thing"),
        (LIST.replace("width#2=100", "width#2=-5"), "is not one of a thing"),
        (LIST.replace("0 0 1 0 1 0 -1 0 0", "0 0 1"), "left out"),
        (LIST.replace("0 0 1 0 1 0 -1 0 0", "nan 0 1 0 1 0 -1 0 0"), "left out"),
    ],
)
def test_odd_values_are_left_out_with_a_sentence(tmp_path, own_home, text, said):
    imported = import_library(library(tmp_path, text), own_home)
    assert len(imported.entries) == 1 and said in imported.skipped[0]


def test_what_is_no_library_is_a_sentence(tmp_path, own_home):
    path = tmp_path / "a.sh3f"
    path.write_bytes(b"hello")
    with pytest.raises(DataError, match="not a zip file"):
        import_library(path, own_home)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(DataError, match="not a furniture library"):
        import_library(path, own_home)
    with pytest.raises(DataError, match="holds no model that can be used"):
        import_library(library(tmp_path, "id=x\n"), own_home)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../a.obj", "hello")
    with pytest.raises(DataError, match="can't be a file in a folder"):
        import_library(path, own_home)


def test_importing_twice_keeps_one_of_each_and_entries_can_go(tmp_path, own_home):
    first = import_library(library(tmp_path), own_home).entries
    assert import_library(library(tmp_path), own_home).entries == first
    assert remove_entries(own_home, frozenset({first[0].id})) == 1
    assert set(user_catalogue(own_home).entries) == {first[1].id}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(CUBE) - 1), st.binary(min_size=1, max_size=6), st.sampled_from(["obj", "mtl", "list"]))
def test_any_damaged_model_is_a_sentence_or_comes_in(tmp_path_factory, at, noise, where):
    folder = tmp_path_factory.mktemp("library")
    parts = {"obj": CUBE, "mtl": MTL, "list": LIST.encode()}
    at %= len(parts[where])
    damaged = parts[where][:at] + noise + parts[where][at + len(noise) :]
    changed = {"obj": {"stool/cube.obj": damaged}, "mtl": {"stool/cube.mtl": damaged}, "list": {}}[where]
    text = damaged.decode("latin-1") if where == "list" else LIST
    try:
        import_library(library(folder, text, **changed), folder / "home")
    except StudioError as error:
        assert "Small.sh3f" in str(error)


def test_the_command_adds_a_library(tmp_path, capsys, own_home):
    assert main(["import", str(library(tmp_path))]) == 0
    assert capsys.readouterr().out.count("own-small-") == 2
    assert main(["import", str(tmp_path / "a.glb")]) == 2
    assert "-o" in capsys.readouterr().err


def test_the_job_tells_how_far_it_is(tmp_path, own_home):
    *steps, end = run(ImportLibrary(library=str(library(tmp_path)), home=str(own_home)))
    assert [(step.step, step.total, step.text) for step in steps] == [(0, 2, "Garden stool"), (1, 2, "Wall Chair")]
    assert set(end.result.entries) == set(user_catalogue(own_home).entries) and end.result.skipped == ()


def test_a_job_that_is_stopped_leaves_the_list_as_it_was(tmp_path, own_home):
    steps = run(ImportLibrary(library=str(library(tmp_path)), home=str(own_home)))
    next(steps)
    next(steps)
    steps.close()
    assert not user_catalogue(own_home).entries
