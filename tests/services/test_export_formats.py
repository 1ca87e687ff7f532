"""What all exports have in common."""

import importlib.util

import pytest
from export_scenes import photo_scene, table_scene

from sd3studio.core.errors import SceneError, StudioError
from sd3studio.core.scene import Scene
from sd3studio.core.scene.json_form import read_scene
from sd3studio.services.export import EXPORTERS, export_scene, make_export

NEEDS_USD = pytest.mark.skipif(importlib.util.find_spec("pxr") is None, reason="the package usd-core is not installed")
FORMATS = [pytest.param(name, marks=NEEDS_USD) if name == "usd" else name for name in EXPORTERS]


def test_json_gives_the_equal_scene_back(tmp_path):
    for scene in (table_scene(), photo_scene()):
        (path,) = export_scene(scene, "json", tmp_path / "scene.json")
        assert read_scene(path.read_text()) == scene


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_scene_is_written_too(format, tmp_path):
    for path in export_scene(Scene(), format, tmp_path / f"empty{EXPORTERS[format].suffix}"):
        assert path.is_file()


@pytest.mark.parametrize("format", FORMATS)
def test_only_the_named_files_appear(format, tmp_path):
    paths = export_scene(table_scene(), format, tmp_path / "out" / f"scene{EXPORTERS[format].suffix}")
    assert sorted(paths) == sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_scene_gives_the_same_bytes(format, tmp_path):
    assert make_export(table_scene(), format, tmp_path / "a.x") == make_export(table_scene(), format, tmp_path / "a.x")


def test_an_unknown_format_is_named(tmp_path):
    with pytest.raises(SceneError, match="obj"):
        export_scene(table_scene(), "obj", tmp_path / "a.obj")


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match="file"):
        export_scene(table_scene(), "json", tmp_path / "file" / "scene.json")
