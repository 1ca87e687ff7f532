"""Camera bookmarks: kept with the scene, gone back to, absent from the files of scenes without them."""

import json

import pytest

from sd3studio.core.edits import AddBookmark, GoToBookmark, RemoveBookmark, RenameBookmark
from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Bookmark, Camera, Scene
from sd3studio.core.scene.delta import apply_delta, scene_delta
from sd3studio.core.scene.json_form import read_scene, write_scene

CLOSE = Bookmark(name="close", camera=Camera(position=(0.0, -2.0, 1.0)))
FAR = Bookmark(name="far", camera=Camera(position=(0.0, -20.0, 5.0), width=64, height=64))


def kept(*bookmarks):
    scene = Scene()
    for bookmark in bookmarks:
        scene = AddBookmark(bookmark).apply(scene)
    return scene


def test_bookmarks_survive_the_file_and_the_journal():
    scene = kept(CLOSE, FAR)
    assert read_scene(write_scene(scene)) == scene
    assert apply_delta(Scene(), json.loads(json.dumps(scene_delta(Scene(), scene)))) == scene


def test_scene_without_bookmarks_is_written_as_before():
    assert "bookmarks" not in json.loads(write_scene(Scene()))


def test_same_name_is_replaced_in_its_place():
    other = CLOSE.replace(camera=Camera(position=(1.0, -2.0, 1.0)))
    assert kept(CLOSE, FAR, other).bookmarks == (other, FAR)


def test_going_there_keeps_the_size_of_the_picture():
    camera = GoToBookmark("far").apply(kept(CLOSE, FAR)).camera
    assert camera.position == FAR.camera.position and (camera.width, camera.height) == (768, 512)


def test_removed_bookmark_is_gone():
    assert RemoveBookmark("close").apply(kept(CLOSE, FAR)).bookmarks == (FAR,)


def test_renamed_bookmark_stays_in_its_place_and_takes_no_other_ones_name():
    assert RenameBookmark("close", "near").apply(kept(CLOSE, FAR)).bookmarks == (CLOSE.replace(name="near"), FAR)
    with pytest.raises(SceneError, match="already a camera bookmark “far”"):
        RenameBookmark("close", "far").apply(kept(CLOSE, FAR))


@pytest.mark.parametrize("edit", [RemoveBookmark("no"), GoToBookmark("no"), RenameBookmark("no", "yes")])
def test_unknown_name_is_told(edit):
    with pytest.raises(SceneError, match="“no”"):
        edit.apply(kept(CLOSE))


def test_focal_length_and_field_of_view_agree():
    camera = Camera().with_focal_mm(50.0)
    assert camera.focal_mm == pytest.approx(50.0)
    assert camera.fov_y == pytest.approx(0.4710, abs=1e-4)
