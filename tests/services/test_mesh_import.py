"""Models of the user's own: kept once, placed with their real size, refused with one sentence."""

import numpy as np
import pytest
import trimesh

from sd3studio.cli.main import main
from sd3studio.core.errors import MeshError
from sd3studio.core.scene import Scene
from sd3studio.core.scene.json_form import read_scene
from sd3studio.render.mesh import load_mesh, mesh_path
from sd3studio.services.mesh_import import guessed, import_mesh, is_kept, keep_mesh, let_go, own_mesh_name


@pytest.fixture
def model(tmp_path):
    """A box 0.4 m wide, 0.9 m high and 0.2 m deep, Y up."""
    path = tmp_path / "My Shelf.glb"
    trimesh.creation.box(extents=(0.4, 0.9, 0.2)).export(path)
    return path


def test_model_keeps_its_size_and_stands_on_the_ground(model):
    thing = import_mesh(model, Scene())
    assert thing.size == pytest.approx((0.4, 0.2, 0.9), abs=1e-5)
    assert thing.center[2] == pytest.approx(0.45, abs=1e-5)
    assert thing.label == "my shelf"
    assert mesh_path(thing.mesh).is_file()


def test_the_same_file_is_kept_once(model, own_home):
    first, second = (import_mesh(model, Scene()) for _ in range(2))
    assert first.mesh == second.mesh
    assert len(list((own_home / "meshes").iterdir())) == 1


def test_a_form_that_is_let_go_leaves_the_others(model, own_home):
    upright, lying = keep_mesh(model, "y"), keep_mesh(model, "z")
    assert upright.new and lying.new and upright.mesh != lying.mesh and not keep_mesh(model, "y").new
    let_go(lying.mesh)
    let_go(lying.mesh)
    assert is_kept(upright.mesh) and not is_kept(lying.mesh)


def test_obj_becomes_glb(tmp_path):
    path = tmp_path / "cube.obj"
    trimesh.creation.box(extents=(1.0, 1.0, 1.0)).export(path)
    assert mesh_path(import_mesh(path, Scene()).mesh).suffix == ".glb"


def test_a_million_faces_are_refused_with_one_sentence(tmp_path, capsys):
    side = 720
    y, x = np.mgrid[0:side, 0:side]
    corner = (y[:-1, :-1] * side + x[:-1, :-1]).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + side], 1), np.stack([corner + 1, corner + side + 1, corner + side], 1)]
    )
    vertices = np.stack([x.ravel() / side, np.zeros(side * side), y.ravel() / side], 1)
    path = tmp_path / "huge.ply"
    trimesh.Trimesh(vertices, faces, process=False).export(path)
    assert len(faces) > 1_000_000
    with pytest.raises(MeshError, match="faces"):
        import_mesh(path, Scene())
    assert main(["import", str(path), "-o", str(tmp_path / "s.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "s.json").exists()


def test_kilometres_are_doubted(tmp_path):
    path = tmp_path / "millimetres.stl"
    trimesh.creation.box(extents=(900.0, 400.0, 400.0)).export(path)
    with pytest.raises(MeshError, match="--unit mm"):
        import_mesh(path, Scene())
    assert import_mesh(path, Scene(), "mm").size == pytest.approx((0.9, 0.4, 0.4), abs=1e-5)


def test_a_model_with_z_up_stands_and_keeps_its_front(tmp_path):
    path = tmp_path / "Chair.stl"
    seat, back = trimesh.creation.box(extents=(40, 30, 2)), trimesh.creation.box(extents=(40, 2, 60))
    back.apply_translation((0, 14, 30))  # behind, as seen from -Y
    trimesh.util.concatenate([seat, back]).export(path)
    kept = keep_mesh(path, "z")
    assert guessed(path, kept.extent) == ("cm", "z") and own_mesh_name(kept.mesh) == "chair"
    thing = import_mesh(path, Scene(), "cm", "z")
    assert thing.size == pytest.approx((0.4, 0.3, 0.61), abs=1e-5)
    mesh = load_mesh(thing.mesh)
    upper = mesh.unit_positions[mesh.unit_positions[:, 2] > 0.4]
    assert upper[:, 1].min() > 0.3  # the back is at the back


@pytest.mark.parametrize(
    ("longest", "unit"), [(0.5, "m"), (8.0, "m"), (80.0, "cm"), (900.0, "mm"), (2_400.0, "mm"), (9e9, "mm")]
)
def test_the_unit_is_guessed_by_the_length(tmp_path, longest, unit):
    assert guessed(tmp_path / "a.obj", (longest, 0.1, 0.1)) == (unit, "y")


@pytest.mark.parametrize("name", ["broken.glb", "broken.obj", "broken.stl"])
def test_broken_file_is_one_sentence(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"glTF\x02\x00\x00\x00 this is not a model")
    with pytest.raises(MeshError, match=name):
        import_mesh(path, Scene())


def test_command_adds_to_a_scene(model, tmp_path, capsys):
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    assert main(["import", str(model), "-o", str(first), "--name", "shelf"]) == 0
    assert main(["import", str(model), "--into", str(first), "-o", str(second)]) == 0
    scene = read_scene(second.read_bytes())
    assert [thing.label for thing in scene.objects.values()] == ["shelf", "my shelf"]
