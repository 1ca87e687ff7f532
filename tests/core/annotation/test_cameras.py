"""The camera from lines on the photo, the scale from a known length, and what stays while they change."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sd3studio.core.annotation.cameras import (
    camera_from_horizon,
    camera_from_lines,
    horizon_of,
    lines_of,
    vanishing_point,
)
from sd3studio.core.annotation.following import with_photo_boxes
from sd3studio.core.edits import CorrectCamera, MoveObjects, ScaleWorld, known_size
from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Bookmark, Camera, PhotoRef, Scene, SceneObject
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.picture_boxes import projected_box
from tests.core.annotation.photo_scenes import cameras, standing_things

LARGEST_STEP_PX = 100.0
"""The horizon is corrected by so much at a time; a rigid box can't follow a camera that is tilted by twenty degrees."""
PHOTO = PhotoRef(path="photo.jpg", width=640, height=480, sha256="0" * 64)
LEVEL = Camera(position=(0, -6, 1.6), target=(0, 0, 1.6), width=640, height=480)


def same_look(a, b, tolerance=1e-6):
    assert a.axes == pytest.approx(b.axes, abs=tolerance)
    assert a.fov_y == pytest.approx(b.fov_y, abs=tolerance)
    assert a.position == b.position


def drawn(camera, heading, rows=((-0.4, 6.0), (0.6, 7.0), (0.1, 9.0))):
    """Pixels (N, 2, 2) of level segments along a direction, seen by a camera."""
    way = np.array([math.sin(heading), math.cos(heading), 0.0])
    starts = np.array([(x, y, 0.3 * k) for k, (x, y) in enumerate(rows)])
    return camera.project(np.stack([starts, starts + way], axis=1))[0]


@given(cameras(), st.floats(0.35, 1.2))
@settings(max_examples=60, deadline=None)
def test_two_directions_at_right_angles_give_the_whole_camera(camera, heading):
    wrong = LEVEL.replace(position=camera.position, target=(0.0, 10.0, camera.position[2]), fov_y=0.9)
    found = camera_from_lines(wrong, drawn(camera, heading), drawn(camera, heading - math.pi / 2.0))
    same_look(found, camera, 1e-5)


@given(cameras())
@settings(max_examples=40, deadline=None)
def test_a_horizon_gives_tilt_and_roll(camera):
    start = LEVEL.replace(position=camera.position, target=(0.0, 10.0, camera.position[2]), fov_y=camera.fov_y)
    same_look(camera_from_horizon(start, *horizon_of(camera)), camera)


@given(cameras())
@settings(max_examples=40, deadline=None)
def test_the_lines_to_be_dragged_say_what_the_camera_is(camera):
    same_look(camera_from_lines(camera, *lines_of(camera)), camera, 1e-5)


def test_lines_parallel_to_the_picture_keep_the_focal_length():
    camera = LEVEL.replace(target=(0.0, 0.0, 0.6))
    found = camera_from_lines(camera.replace(target=(0.0, 0.0, 1.0)), drawn(camera, 0.0), drawn(camera, math.pi / 2.0))
    same_look(found, camera, 1e-6)


def test_impossible_lines_are_refused_with_a_sentence():
    across = [[[100, 100], [300, 100]], [[100, 300], [300, 300]]]
    up = [[[100, 100], [100, 300]], [[300, 100], [300, 300]]]
    with pytest.raises(SceneError, match="parallel"):
        camera_from_lines(LEVEL, across, up)
    with pytest.raises(SceneError, match="right angles"):
        camera_from_lines(LEVEL, drawn(LEVEL, 0.5), drawn(LEVEL, 0.7))
    with pytest.raises(SceneError, match="upright"):
        camera_from_horizon(LEVEL, (300, 10), (300, 200))
    with pytest.raises(SceneError, match="Two lines"):
        vanishing_point(LEVEL, [[[1, 1], [2, 2]]])


@given(cameras(), standing_things("a"), standing_things("b"), st.floats(0.05, 20.0))
@settings(max_examples=40, deadline=None)
def test_scaling_the_world_changes_no_pixel(camera, a, b, factor):
    scene = Scene.of([a, b], camera=camera, bookmarks=(Bookmark(name="here", camera=camera),))
    scaled = ScaleWorld(factor).apply(scene)
    corners = [Boxes.of(s.objects.values()).corners() for s in (scene, scaled)]
    assert corners[1] == pytest.approx(corners[0] * factor, rel=1e-6)
    for taken in (scaled.camera, scaled.bookmarks[0].camera):
        assert taken.project(corners[1])[0] == pytest.approx(camera.project(corners[0])[0], abs=1e-5)


@given(standing_things("door"), st.sampled_from([0, 1, 2]), st.floats(0.5, 4.0))
@settings(max_examples=30, deadline=None)
def test_a_known_size_comes_out(thing, axis, length):
    scene = Scene.of([thing])
    assert known_size(scene, "door", axis, length).apply(scene).objects["door"].size[axis] == pytest.approx(length)


@given(cameras(), cameras(), standing_things())
@settings(max_examples=40, deadline=None)
def test_another_camera_keeps_the_photo_boxes_or_the_places(camera, other, thing):
    box = projected_box(camera, thing)
    assume(box is not None and box[0] > 2 and box[1] > 2 and box[2] < 638 and box[3] < 478)
    row = horizon_of(other)[:, 1].max()
    assume(box[3] > row + 25)
    assume(abs(horizon_of(camera)[:, 1].mean() - horizon_of(other)[:, 1].mean()) < LARGEST_STEP_PX)
    scene = Scene.of([thing.replace(photo_box=box)], camera=camera, photo=PHOTO)
    kept = CorrectCamera(other, "photo").apply(scene)
    assert projected_box(other, kept.objects["thing"]) == pytest.approx(box, abs=1.0)
    stays = CorrectCamera(other, "3d").apply(scene)
    assert stays.objects == scene.objects
    assert stays.camera == kept.camera == other


def test_photo_boxes_follow_what_is_moved_and_nothing_else():
    things = [
        SceneObject(id=k, label="chair", center=(x, 0, 0.5), photo_box=(1, 2, 3, 4)) for k, x in (("a", 0), ("b", 1))
    ]
    scene = Scene.of(things, photo=PHOTO, camera=LEVEL)
    moved = MoveObjects(("a",), (0.3, 0.0, 0.0)).apply(scene)
    followed = with_photo_boxes(scene, moved)
    assert followed.objects["a"].photo_box == pytest.approx(projected_box(LEVEL, moved.objects["a"]))
    assert followed.objects["b"] is scene.objects["b"]
    assert with_photo_boxes(scene.replace(photo=None), moved.replace(photo=None)).objects["a"].photo_box == (1, 2, 3, 4)


def test_a_cup_stays_on_its_table_when_the_camera_is_corrected():
    camera = Camera(position=(0, -3, 1.7), target=(0, 0, 0.7), width=640, height=480)
    table = SceneObject(id="table", label="dining table", category="dining table", center=(0, 0, 0.37),
                        size=(1.6, 0.9, 0.74))  # fmt: skip
    cup = SceneObject(id="cup", label="cup", center=(0.2, 0.0, 0.79), size=(0.09, 0.09, 0.1))
    scene = Scene.of([cup, table], camera=camera, photo=PHOTO)
    higher = camera.replace(position=(0, -3, 2.1), target=(0, 0, 0.8))
    kept = CorrectCamera(higher).apply(scene)
    top = kept.objects["table"].center[2] + kept.objects["table"].size[2] / 2.0
    assert kept.objects["cup"].center[2] - kept.objects["cup"].size[2] / 2.0 == pytest.approx(top, abs=1e-6)
