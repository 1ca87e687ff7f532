"""Reading meshes: what is read is right, what can't be read is refused in a sentence."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from sd3studio.core.errors import MeshError
from sd3studio.render import mesh as mesh_module
from sd3studio.render.glb import MAX_FACES, UnsupportedGltfError, read_glb
from sd3studio.render.mesh import load_mesh, read_mesh
from sd3studio.render.mesh_data import corner_normals


def glb_bytes(tree: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    data += b"\0" * (-len(data) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\0") + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def triangle_tree(indices: list[int], **changes: Any) -> tuple[dict[str, Any], bytes]:
    positions = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0]], "<f4")
    data = positions.tobytes() + np.array(indices, "<u4").tobytes()
    tree = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(data)}],
        "bufferViews": [
            {"buffer": 0, "byteLength": 36},
            {"buffer": 0, "byteOffset": 36, "byteLength": 4 * len(indices)},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3},
            {"bufferView": 1, "componentType": 5125, "type": "SCALAR", "count": len(indices)},
        ],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [1.0, 0.5, 0.0, 1.0]}}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
    }
    return {**tree, **changes}, data


def write(path: Path, tree: dict[str, Any], data: bytes) -> Path:
    path.write_bytes(glb_bytes(tree, data))
    return path


def test_axes_are_turned_to_z_up_and_front_to_minus_y(tmp_path: Path) -> None:
    mesh = read_glb(write(tmp_path / "a.glb", *triangle_tree([0, 1, 2])))
    low, high = mesh.bounds
    assert low.tolist() == [0, 0, 0]
    assert high.tolist() == [1, 0, 2]
    # glTF's +Z, where the triangle looks, is the world's -Y
    assert np.allclose(mesh.normals, [0, -1, 0])


def test_linear_factors_become_srgb_bytes(tmp_path: Path) -> None:
    mesh = read_glb(write(tmp_path / "a.glb", *triangle_tree([0, 1, 2])))
    assert mesh.colours[0].tolist() == [255, 188, 0, 255]


def test_node_transforms_are_applied(tmp_path: Path) -> None:
    nodes = [{"children": [1], "translation": [5, 0, 0]}, {"mesh": 0, "scale": [2, 1, 1]}]
    mesh = read_glb(write(tmp_path / "a.glb", *triangle_tree([0, 1, 2], nodes=nodes)))
    assert mesh.bounds[0].tolist() == [5, 0, 0]
    assert mesh.bounds[1].tolist() == [7, 0, 2]


def test_agrees_with_trimesh_on_a_file_that_trimesh_wrote(tmp_path: Path) -> None:
    solid = trimesh.creation.icosphere(subdivisions=2, radius=0.7)
    path = tmp_path / "ball.glb"
    trimesh.Scene([solid]).export(path)
    mesh = read_glb(path)
    assert mesh.faces == len(solid.faces)
    ours = np.sort(mesh.positions[mesh.indices].mean(axis=1), axis=0)
    theirs = np.sort((solid.triangles_center[:, [0, 2, 1]] * [1, -1, 1]), axis=0)
    assert np.allclose(ours, theirs, atol=1e-6)


def test_obj_is_read_through_trimesh_in_the_same_axes(tmp_path: Path) -> None:
    path = tmp_path / "bar.obj"
    trimesh.creation.box(extents=(1, 2, 3)).export(path)
    mesh = read_mesh(path)
    assert mesh.faces == 12
    assert np.allclose(mesh.extent, [1, 3, 2])


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("not_a_glb", lambda data: b"hello world, this is no mesh"),
        ("cut_short", lambda data: data[: len(data) // 2]),
        ("empty", lambda data: b""),
        ("bad_json", lambda data: data.replace(b'"asset"', b'"asset')),
    ],
)
def test_damaged_file_is_refused_by_name(tmp_path: Path, name: str, damage: Any) -> None:
    path = tmp_path / f"{name}.glb"
    path.write_bytes(damage(glb_bytes(*triangle_tree([0, 1, 2]))))
    with pytest.raises(MeshError, match=name):
        read_mesh(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"nodes": [{"mesh": 0, "children": [0]}]},
        {"nodes": [{"mesh": 7}]},
        {"accessors": []},
        {"bufferViews": [{"buffer": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 4_000, "byteLength": 12}]},
        {"nodes": []},
        {"meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 99}]}]},
    ],
    ids=["cycle", "no mesh", "no accessors", "outside", "no nodes", "no material"],
)
def test_inconsistent_file_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = write(tmp_path / "bad.glb", *triangle_tree([0, 1, 2], **changes))
    with pytest.raises(MeshError, match=r"bad\.glb"):
        read_mesh(path)


def test_index_beyond_the_vertices_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeshError, match="vertex that is not there"):
        read_glb(write(tmp_path / "bad.glb", *triangle_tree([0, 1, 9])))


def test_position_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    tree, data = triangle_tree([0, 1, 2])
    with pytest.raises(MeshError, match="finite"):
        read_glb(write(tmp_path / "nan.glb", tree, struct.pack("<f", float("nan")) + data[4:]))


def test_more_than_a_million_faces_are_refused_in_a_sentence(tmp_path: Path) -> None:
    path = write(tmp_path / "huge.glb", *triangle_tree([0, 1, 2] * (MAX_FACES + 1)))
    with pytest.raises(MeshError, match=r"huge\.glb has more than 1,000,000 faces"):
        read_mesh(path)


def test_compressed_file_is_left_to_trimesh(tmp_path: Path) -> None:
    tree, data = triangle_tree([0, 1, 2], extensionsRequired=["KHR_draco_mesh_compression"])
    with pytest.raises(UnsupportedGltfError):
        read_glb(write(tmp_path / "a.glb", tree, data))


def test_missing_mesh_is_a_box_and_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    load_mesh.cache_clear()
    with caplog.at_level("WARNING"):
        assert load_mesh("no-such-thing") is load_mesh(None)
    assert "no-such-thing" in caplog.text


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "..", "x" * 300])
def test_mesh_ids_are_never_paths(name: str) -> None:
    assert mesh_module.mesh_path(name) is None


def test_loaded_arrays_can_not_be_written(tmp_path: Path) -> None:
    mesh = read_glb(write(tmp_path / "a.glb", *triangle_tree([0, 1, 2])))
    with pytest.raises(ValueError, match="read-only"):
        mesh.positions[0] = 1.0


def test_normals_are_shared_over_soft_edges_and_not_over_sharp_ones() -> None:
    soft = trimesh.creation.icosphere(subdivisions=3)
    normals = corner_normals(soft.triangles, soft.faces)
    assert np.abs(normals - soft.vertices[soft.faces]).max() < 0.06
    sharp = trimesh.creation.box()
    assert np.allclose(corner_normals(sharp.triangles, sharp.faces), sharp.face_normals[:, None], atol=1e-6)
