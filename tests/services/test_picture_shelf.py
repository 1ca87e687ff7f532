"""Pictures in a folder: read by their beginning, grouped by the version of their scene, starred."""

import io
import os

from PIL import Image

from sd3studio.core.png import embed_record
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.services.pictures import PictureFolder, by_scene, kept_picture


def write_picture(path, scene, seed=0, width=128, at_s=1_000_000.0):
    """A picture of ours with noise in it, so that its pixels are longer than what is read of it."""
    drawn = io.BytesIO()
    Image.frombytes("RGB", (width, 128), os.urandom(3 * width * 128)).resize((512, 512)).save(drawn, "PNG")
    camera = scene.camera.replace(width=width, height=128)
    request = GenerateImage(scene=scene.replace(camera=camera), seed=seed, width=width, height=128)
    path.write_bytes(embed_record(drawn.getvalue(), request))
    os.utime(path, (at_s, at_s))
    return path


def room(x_m=0.0):
    return Scene.of([SceneObject(id="box", label="box", center=(x_m, 0.0, 0.5))], title="A box")


def test_pictures_of_one_version_are_together_whatever_their_size(tmp_path):
    write_picture(tmp_path / "a.png", room(), seed=1, at_s=100)
    write_picture(tmp_path / "b.png", room(1.0), seed=2, at_s=200)
    write_picture(tmp_path / "c.png", room(), seed=3, width=256, at_s=300)
    first, second = by_scene(PictureFolder(tmp_path).pictures(10))
    assert [picture.seed for picture in first.pictures] == [3, 1]
    assert [picture.seed for picture in second.pictures] == [2]
    assert (first.title, first.made_s) == ("A box", 100)


def test_what_is_not_ours_damaged_or_gone_is_listed_or_left_out(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "foreign.png")
    (tmp_path / "torn.png").write_bytes(write_picture(tmp_path / "whole.png", room()).read_bytes()[:300])
    assert kept_picture(tmp_path / "foreign.png").scene_key == ""
    assert kept_picture(tmp_path / "torn.png").scene_key == ""
    assert kept_picture(tmp_path / "gone.png") is None
    assert kept_picture(tmp_path / "whole.png").scene_key


def test_a_scene_longer_than_the_beginning_is_read_all_the_same(tmp_path):
    labels = [os.urandom(40).hex() for _ in range(4_000)]
    big = Scene.of(SceneObject(id=f"o{k}", label=label) for k, label in enumerate(labels))
    picture = kept_picture(write_picture(tmp_path / "big.png", big, seed=9))
    assert picture.seed == 9 and picture.scene_key


def test_starred_pictures_are_never_left_out(tmp_path):
    paths = [write_picture(tmp_path / f"{k}.png", room(), seed=k, at_s=100 + k) for k in range(4)]
    folder = PictureFolder(tmp_path)
    folder.set_stars([paths[0]], True)
    assert {picture.seed for picture in folder.pictures(2)} == {3, 2, 0}
    folder.set_stars([paths[0]], False)
    assert {picture.seed for picture in PictureFolder(tmp_path).pictures(2)} == {3, 2}
    (tmp_path / "stars.json").write_text("{broken")
    assert folder.stars() == frozenset()
