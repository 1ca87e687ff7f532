"""A scene comes from a JSON file or from a picture of ours; anything else is a photo or a sentence about it."""

import io
from pathlib import Path

import pytest
from PIL import Image

from sd3studio.core.errors import StudioError
from sd3studio.core.png import embed_record
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.core.scene.json_form import write_scene
from sd3studio.services.scene_files import holds_scene, read_png_record, read_png_request, read_scene_file

SCENE = Scene.of([SceneObject(id="a", label="chair")])


def plain_png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    return out.getvalue()


def test_the_same_scene_from_json_and_from_a_picture(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(write_scene(SCENE), encoding="utf-8")
    (tmp_path / "p.png").write_bytes(embed_record(plain_png(), GenerateImage(scene=SCENE, seed=9), {"a": "b"}))
    assert read_scene_file(tmp_path / "s.json") == read_scene_file(tmp_path / "p.png") == SCENE
    assert read_png_request(tmp_path / "p.png").seed == 9
    assert read_png_record(tmp_path / "p.png").weights == {"a": "b"}


def test_scenes_are_told_from_photos(tmp_path: Path) -> None:
    files = {
        "scene.txt": write_scene(SCENE).encode(),
        "ours.png": embed_record(plain_png(), GenerateImage(scene=SCENE)),
        "photo.png": plain_png(),
        "photo.jpg": b"\xff\xd8\xff\xe0 and so on",
        "broken.json": b"\x00\x01",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    told = {name: holds_scene(tmp_path / name) for name in files}
    assert told == {"scene.txt": True, "ours.png": True, "photo.png": False, "photo.jpg": False, "broken.json": True}
    assert holds_scene(tmp_path / "absent.json") and not holds_scene(tmp_path / "absent.jpg")


def test_a_picture_of_somebody_else_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(plain_png())
    with pytest.raises(StudioError, match=r"p\.png does not hold a scene"):
        read_scene_file(tmp_path / "p.png")
