"""A picture as a billboard: real size, alpha kept, seen in the renderer as it is, exported, on the command line."""

import numpy as np
import pytest
from PIL import Image

from sd3studio.cli.main import main
from sd3studio.core.errors import PhotoError
from sd3studio.core.scene import Scene
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.json_form import read_scene
from sd3studio.render.mesh import load_mesh
from sd3studio.services.billboards import import_picture


@pytest.fixture
def flag(tmp_path):
    """600 x 300: red left, green right, in a see-through margin of 50 pixels."""
    pixels = np.zeros((400, 700, 4), np.uint8)
    pixels[50:350, 50:350] = (200, 30, 30, 255)
    pixels[50:350, 350:650] = (30, 180, 40, 255)
    path = tmp_path / "My Flag.png"
    Image.fromarray(pixels).save(path)
    return path


def test_it_is_as_tall_as_asked_without_its_margin(flag):
    thing = import_picture(flag, Scene(), 1.5)
    assert thing.size == pytest.approx((3.0, 0.02, 1.5))
    assert thing.center == pytest.approx((0.0, 0.0, 0.75))
    assert (thing.id, thing.label) == ("my-flag", "my flag")
    assert import_picture(flag, Scene.of([thing]), 1.5).mesh == thing.mesh


@pytest.mark.gl
def test_the_renderer_shows_the_picture_upright_and_unmirrored(flag):
    from sd3studio.render.maps import render_maps

    thing = import_picture(flag, Scene(), 1.5)
    camera = Camera(position=(0.0, -4.0, 0.75), target=(0.0, 0.0, 0.75), width=256, height=192)
    maps = render_maps(Scene.of([thing], camera=camera), ("rgb", "id"), ground="none")
    left, right = maps.rgb[96, 80].astype(int), maps.rgb[96, 176].astype(int)
    assert left[0] > left[1] + 60 and right[1] > right[0] + 60
    columns = np.flatnonzero((maps.id > 0).any(axis=0))
    rows = np.flatnonzero((maps.id > 0).any(axis=1))
    assert len(columns) / len(rows) == pytest.approx(2.0, abs=0.1)


@pytest.mark.gl
def test_what_is_see_through_stays_so(tmp_path):
    from sd3studio.render.maps import render_maps

    pixels = np.zeros((300, 300, 4), np.uint8)
    pixels[:] = (40, 60, 200, 255)
    pixels[100:200, 100:200] = 0
    Image.fromarray(pixels).save(tmp_path / "ring.png")
    thing = import_picture(tmp_path / "ring.png", Scene(), 1.0)
    camera = Camera(position=(0.0, -3.0, 0.5), target=(0.0, 0.0, 0.5), width=128, height=128)
    maps = render_maps(Scene.of([thing], camera=camera), ("id",), ground="none")
    assert maps.id[64, 64] == 0 and (maps.id > 0).sum() > 500


def test_a_large_picture_is_kept_in_several_tiles(tmp_path):
    Image.new("RGB", (3_000, 1_500), (10, 20, 30)).save(tmp_path / "wide.jpg")
    mesh = load_mesh(import_picture(tmp_path / "wide.jpg", Scene(), 1.0).mesh)
    assert mesh.faces == 16 and len(mesh.textures) == 8
    assert mesh.extent[0] / mesh.extent[2] == pytest.approx(2.0, rel=0.01)


def test_export_holds_the_picture(flag):
    from sd3studio.services.export import make_export

    thing = import_picture(flag, Scene(), 1.5)
    export = make_export(Scene.of([thing]), "glb", flag.with_suffix(".glb"))
    assert export.files[0][1].count(b"\xff\xd8\xff") == 6
    assert not any("boxes" in note for note in export.notes)


def test_what_is_no_picture_is_one_sentence(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    Image.new("RGBA", (8, 8)).save(tmp_path / "clear.png")
    with pytest.raises(PhotoError, match=r"bad\.png"):
        import_picture(tmp_path / "bad.png", Scene())
    with pytest.raises(PhotoError, match="see-through"):
        import_picture(tmp_path / "clear.png", Scene())
    with pytest.raises(PhotoError, match="not 0 m"):
        import_picture(tmp_path / "bad.png", Scene(), 0.0)


def test_command_places_it(flag, tmp_path):
    out = tmp_path / "scene.json"
    assert main(["import", str(flag), "--height", "2", "-o", str(out)]) == 0
    (thing,) = read_scene(out.read_bytes()).objects.values()
    assert thing.size[2] == 2.0
