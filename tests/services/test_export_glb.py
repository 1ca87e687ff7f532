"""GLB export: loads elsewhere, with the right places, names, nesting, materials and extras."""

import json
import struct

import numpy as np
import pytest
from export_scenes import table_scene

from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.core.scene.boxes import Boxes
from sd3studio.services.export import export_scene, glb, make_export
from sd3studio.services.export.glb import TO_GLTF
from sd3studio.services.export.gltf_parts import GlbSource, node_matrix, read_glb

trimesh = pytest.importorskip("trimesh")


def loaded(scene, tmp_path):
    (path,) = export_scene(scene, "glb", tmp_path / "scene.glb")
    return path, trimesh.load_scene(path)


@pytest.fixture
def wedge_catalogue(tmp_path, monkeypatch):
    """A catalogue folder with one mesh: a textured wedge, base centre at the origin, not symmetric."""
    from PIL import Image

    folder = tmp_path / "catalogue"
    (folder / "meshes").mkdir(parents=True)
    corners = np.array([[-1, 0, -0.5], [1, 0, -0.5], [1, 0, 0.5], [-1, 0, 0.5], [-1, 3, -0.5], [1, 3, -0.5]], float)
    faces = [[0, 1, 2], [0, 2, 3], [0, 4, 5], [0, 5, 1], [3, 2, 5], [3, 5, 4], [0, 3, 4], [1, 5, 2]]
    visual = trimesh.visual.TextureVisuals(uv=corners[:, :2], image=Image.new("RGB", (4, 4), (200, 30, 30)))
    trimesh.Trimesh(corners, faces, visual=visual, process=False).export(folder / "meshes" / "wedge.glb")
    monkeypatch.setattr(glb, "CATALOGUE_FOLDER", folder)
    return folder


def test_all_geometry_is_where_the_boxes_are(tmp_path):
    scene = table_scene()
    _, found = loaded(scene, tmp_path)
    shown = [thing for thing in scene.objects.values() if not thing.hidden and thing.kind != "concept"]
    corners = Boxes.of(shown).corners().reshape(-1, 3) @ TO_GLTF.T
    np.testing.assert_allclose(found.bounds, [corners.min(axis=0), corners.max(axis=0)], atol=1e-5)


def test_each_object_is_a_named_node_with_extras_under_its_concept(tmp_path):
    path, _ = loaded(table_scene(), tmp_path)
    tree, _ = read_glb(path)
    by_id = {node["extras"]["id"]: node for node in tree["nodes"] if "id" in node.get("extras", {})}
    assert set(by_id) == {"room", "table", "cup", "chair", "ladder", "floor", "tree"}
    inside = {tree["nodes"][child]["name"] for child in by_id["room"]["children"]}
    assert inside == {"wooden table"}
    assert by_id["table"]["extras"]["attributes"] == ["wooden"]
    assert by_id["cup"]["extras"]["relations"] == [{"predicate": "on", "object": "table", "frame": "camera"}]


def test_the_header_counts_its_bytes_and_chunks_are_aligned(tmp_path):
    path, _ = loaded(table_scene(), tmp_path)
    data = path.read_bytes()
    magic, version, length = struct.unpack_from("<4sII", data)
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert (magic, version, length, kind, size % 4) == (b"glTF", 2, len(data), b"JSON", 0)
    tree = json.loads(data[20 : 20 + size])
    for view in tree["bufferViews"]:
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + view["byteLength"] <= tree["buffers"][0]["byteLength"]


def test_box_faces_look_outwards(tmp_path):
    _, found = loaded(Scene.of([SceneObject(id="a", label="a", yaw=0.3)]), tmp_path)
    mesh = found.to_mesh()
    mesh.merge_vertices(merge_norm=True)
    assert mesh.volume == pytest.approx(1.0, rel=1e-5)


def test_the_camera_sees_what_ours_sees(tmp_path):
    camera = Camera(position=(2, -5, 3), target=(0, 1, 0.5), fov_y=0.7, width=640, height=480)
    path, _ = loaded(Scene.of([SceneObject(id="a", label="a")], camera=camera), tmp_path)
    tree, _ = read_glb(path)
    (node,) = [node for node in tree["nodes"] if "camera" in node]
    perspective = tree["cameras"][node["camera"]]["perspective"]
    point = np.array([0.4, 0.3, 0.9])
    local = np.linalg.inv(node_matrix(node)) @ [*(TO_GLTF @ point), 1.0]
    ours = camera.to_camera(point)
    np.testing.assert_allclose(local[:3], ours * (1, -1, -1), atol=1e-9)
    assert perspective["yfov"] == 0.7 and perspective["aspectRatio"] == pytest.approx(640 / 480)


def test_a_catalogue_mesh_keeps_its_texture_and_fills_the_box_turned(tmp_path, wedge_catalogue):
    thing = SceneObject(id="w", label="wedge", mesh="wedge", center=(1, 2, 1.5), size=(2, 1, 3), yaw=0.5)
    _, found = loaded(Scene.of([thing]), tmp_path)
    mesh = found.to_mesh()
    # The tall edge is at glTF -Z in the mesh, which is our +Y: the back of the object.
    top = mesh.vertices[mesh.vertices[:, 1] > 2.9].mean(axis=0) @ TO_GLTF
    back = np.array([1, 2, 3]) + 0.5 * np.array([-np.sin(0.5), np.cos(0.5), 0])
    np.testing.assert_allclose(top, back, atol=1e-5)
    (geometry,) = found.geometry.values()
    assert geometry.visual.material.baseColorTexture.getpixel((1, 1))[:3] == (200, 30, 30)


def test_a_mesh_is_stored_once_for_many_objects_and_again_for_a_tint(tmp_path, wedge_catalogue):
    things = [SceneObject(id=f"w{i}", label="wedge", mesh="wedge", center=(i * 3, 0, 1)) for i in range(4)]
    path, _ = loaded(Scene.of([*things, things[0].replace(id="red", colour=(1, 0, 0))]), tmp_path)
    tree, _ = read_glb(path)
    assert len(tree["meshes"]) == 2 and len(tree["images"]) == 1
    red = next(material for material in tree["materials"] if material.get("name") == "colour")
    assert red["pbrMetallicRoughness"]["baseColorFactor"] == [1.0, 0.0, 0.0, 1.0]


def test_a_mesh_that_is_not_there_becomes_a_box_and_is_named(tmp_path):
    export = make_export(Scene.of([SceneObject(id="a", label="a", mesh="no-such-mesh")]), "glb", tmp_path / "a.glb")
    assert "no-such-mesh" in " ".join(export.notes)


def test_those_who_made_the_meshes_are_named(tmp_path):
    things = [SceneObject(id=f"t{k}", label="t", mesh=mesh) for k, mesh in enumerate(("bear", "bear", "car", "apple"))]
    path, _ = loaded(Scene.of([*things, SceneObject(id="x", label="x", mesh="zebra", hidden=True)]), tmp_path)
    tree, _ = read_glb(path)
    assert tree["asset"]["copyright"] == "bear by Wildfire Games (CC-BY-SA-3.0); car by Ruff (CC-BY-3.0)"
    path, _ = loaded(Scene.of([SceneObject(id="a", label="apple", mesh="apple")]), tmp_path)
    assert "copyright" not in read_glb(path)[0]["asset"]


def test_bounds_of_a_source_follow_its_node_matrices(tmp_path):
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.creation.box((2, 2, 2)), transform=trimesh.transformations.translation_matrix((5, 0, 0)))
    scene.export(tmp_path / "moved.glb")
    low, high = GlbSource(tmp_path / "moved.glb").bounds()
    np.testing.assert_allclose([low, high], [[4, -1, -1], [6, 1, 1]])


def test_real_catalogue_meshes_load_with_their_bounds(tmp_path):
    from sd3studio.core.catalogue import CATALOGUE_FOLDER, shipped_catalogue

    if not (CATALOGUE_FOLDER / "index.json").is_file():
        pytest.skip("the catalogue has not been built")
    entries = list(shipped_catalogue())[::40]
    things = [
        SceneObject(id=e.id, label=e.name, mesh=e.id, size=e.size, center=(3.0 * i, 0, e.size[2] / 2), yaw=0.4)
        for i, e in enumerate(entries)
    ]
    scene = Scene.of(things)
    _, found = loaded(scene, tmp_path)
    corners = Boxes.of(things).corners().reshape(-1, 3) @ TO_GLTF.T
    low, high = found.bounds
    assert (low >= corners.min(axis=0) - 0.01).all() and (high <= corners.max(axis=0) + 0.01).all()
    assert abs(high[1] - max(thing.size[2] for thing in things)) < 0.01
