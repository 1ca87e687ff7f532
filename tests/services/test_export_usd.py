"""USD export: opens in the library, with places, names, nesting, relationships, colours and camera."""

import math
import sys

import numpy as np
import pytest
from export_scenes import table_scene

from sd3studio.cli.main import main
from sd3studio.core.errors import MissingModelError
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.json_form import write_scene
from sd3studio.services.export import export_scene, make_export
from sd3studio.services.export.usd import _identifier

pxr = pytest.importorskip("pxr", reason="the package usd-core is not installed")


def opened(scene, path):
    from pxr import Usd

    (written,) = export_scene(scene, "usd", path)
    return Usd.Stage.Open(str(written))


@pytest.mark.parametrize("suffix", [".usda", ".usdc", ".usd"])
def test_all_geometry_is_where_the_boxes_are(tmp_path, suffix):
    from pxr import Usd, UsdGeom

    scene = table_scene()
    stage = opened(scene, tmp_path / f"scene{suffix}")
    assert UsdGeom.GetStageUpAxis(stage) == "Z" and UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), [UsdGeom.Tokens.default_])
    for thing in scene.objects.values():
        found = [prim for prim in stage.Traverse() if prim.GetCustomDataByKey("sd3studio:id") == thing.id]
        if thing.hidden:
            assert found == []
            continue
        (prim,) = found
        if thing.kind == "concept":
            continue
        box = cache.ComputeWorldBound(prim).ComputeAlignedRange()
        corners = Boxes.of([thing]).corners().reshape(-1, 3)
        np.testing.assert_allclose(box.GetMin(), corners.min(axis=0), atol=1e-4)
        np.testing.assert_allclose(box.GetMax(), corners.max(axis=0), atol=1e-4)


def test_names_nesting_relationships_and_custom_data(tmp_path):
    stage = opened(table_scene(), tmp_path / "scene.usda")
    table = stage.GetPrimAtPath("/World/room/table")
    assert table.GetDisplayName() == "wooden table"
    data = table.GetCustomDataByKey("sd3studio")
    assert list(data["attributes"]) == ["wooden"] and data["category"] == "dining table"
    cup = stage.GetPrimAtPath("/World/cup")
    assert [str(path) for path in cup.GetRelationship("sd3studio:on").GetTargets()] == ["/World/room/table"]
    left = stage.GetPrimAtPath("/World/chair").GetRelationship("sd3studio:to_the_left_of")
    assert [str(path) for path in left.GetTargets()] == ["/World/room/table"]
    assert stage.GetRootLayer().customLayerData["title"] == "test room"
    assert stage.GetDefaultPrim().GetPath() == "/World"


def test_equal_meshes_are_stored_once_and_tints_apart(tmp_path):
    from pxr import UsdGeom

    chairs = [
        SceneObject(id=f"c{n}", label="chair", mesh="chair", center=(n, 0, 0.5), colour=(0.5, 0, 0) if n == 2 else None)
        for n in range(3)
    ]
    stage = opened(Scene.of(chairs), tmp_path / "scene.usdc")
    bodies = [stage.GetPrimAtPath(f"/World/c{n}/Body") for n in range(3)]
    assert all(body.IsInstance() for body in bodies)
    assert bodies[0].GetPrototype() == bodies[1].GetPrototype() != bodies[2].GetPrototype()
    tinted = UsdGeom.Mesh(bodies[2].GetPrototype().GetChildren()[0])
    (colour,) = tinted.GetDisplayColorAttr().Get()
    assert colour[0] == pytest.approx(0.214, abs=1e-3) and colour[1] == 0.0  # sRGB 0.5 in linear light


def test_the_camera_sees_the_same(tmp_path):
    from pxr import Gf, Usd, UsdGeom

    camera = Camera(position=(1.0, -5.0, 2.0), target=(0.2, 0.5, 0.6), fov_y=0.6, width=600, height=400, roll=0.1)
    stage = opened(Scene(camera=camera), tmp_path / "scene.usda")
    found = UsdGeom.Camera(stage.GetPrimAtPath("/World/Camera")).GetCamera(Usd.TimeCode.Default())
    assert math.radians(found.GetFieldOfView(Gf.Camera.FOVVertical)) == pytest.approx(0.6, abs=1e-6)
    frustum = found.frustum
    matrix = np.array(frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix())
    point = np.array([0.7, 0.1, 0.9])
    clip = np.array([*point, 1.0]) @ matrix
    pixel, _ = camera.project(point)
    expected = [pixel[0] / 300.0 - 1.0, 1.0 - pixel[1] / 200.0]
    np.testing.assert_allclose(clip[:2] / clip[3], expected, atol=1e-5)


def test_what_is_lost_is_said(tmp_path):
    scene = Scene.of([SceneObject(id="a", label="a", mesh="no-such-mesh"), SceneObject(id="b", label="b", hidden=True)])
    notes = make_export(scene, "usd", tmp_path / "a.usda").notes
    assert any("no-such-mesh" in note for note in notes) and any("Hidden" in note for note in notes)


def test_those_who_made_the_meshes_are_named(tmp_path):
    scene = Scene.of([SceneObject(id="a", label="bear", mesh="bear"), SceneObject(id="b", label="box")])
    export = make_export(scene, "usd", tmp_path / "a.usda")
    ((_, content),) = export.files
    assert "bear by Wildfire Games (CC-BY-SA-3.0)" in content.decode()
    assert any("licence" in note for note in export.notes)


def test_the_same_scene_gives_the_same_text(tmp_path):
    first, second = (make_export(table_scene(), "usd", tmp_path / "a.usda").files[0][1] for _ in range(2))
    assert first == second


def test_names_stay_apart():
    names = ["a-b", "a b", "a.b", "a:b", "1a", "_1a", "床", "窗"]
    assert len({_identifier(name) for name in names}) == len(names)


def test_the_command_writes_it_and_a_missing_library_is_a_sentence(tmp_path, monkeypatch, capsys):
    path = tmp_path / "scene.json"
    path.write_text(write_scene(table_scene()), encoding="utf-8")
    assert main(["export", str(path), "--format", "usd", "-o", str(tmp_path / "scene.usda")]) == 0
    monkeypatch.setitem(sys.modules, "pxr", None)
    with pytest.raises(MissingModelError, match="pip install usd-core"):
        make_export(table_scene(), "usd", tmp_path / "a.usda")
