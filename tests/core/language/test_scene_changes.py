"""What changed between two versions of a scene, in words."""

from sd3studio.core.language.scene_changes import said_changes
from sd3studio.core.scene import Scene, SceneObject


def chair(number, **fields):
    return SceneObject(id=f"chair-{number}", label="chair", **fields)


LAMP = SceneObject(id="lamp", label="lamp")


def test_what_was_done_is_named():
    old = Scene.of([LAMP, chair(1)])
    assert said_changes(old, old) == ""
    moved = Scene.of([LAMP.replace(center=(1.0, 0.0, 0.5)), chair(1)])
    assert said_changes(old, moved) == "moved lamp"
    assert said_changes(old, Scene.of([chair(1)])) == "removed lamp"
    assert said_changes(old, Scene.of([LAMP, *(chair(k) for k in range(1, 5))])) == "added 3 of chair"
    assert said_changes(old, Scene.of([LAMP.replace(colour=(1.0, 0.0, 0.0)), chair(1)])) == "changed lamp"


def test_the_size_of_the_picture_is_no_change_of_the_camera():
    old = Scene.of([LAMP])
    wide = old.replace(camera=old.camera.replace(width=1024))
    assert said_changes(old, wide) == ""
    assert said_changes(old, old.replace(camera=old.camera.replace(fov_y=0.3))) == "camera"
