"""KITTI export: the label line, read by KITTI's own rules, gives the object and its 2D box back."""

import math

import numpy as np
import pytest
from export_scenes import table_scene
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.core.scene.boxes import Boxes
from sd3studio.services.export import export_scene, make_export


def read_labels(text):
    lines = [line.split() for line in text.splitlines()]
    return [(columns[0], np.array(columns[1:], float)) for columns in lines]


def read_p2(text):
    rows = dict(line.split(": ") for line in text.splitlines() if line)
    return np.array(rows["P2"].split(), float).reshape(3, 4)


def devkit_corners(numbers):
    """(8, 3) box corners in the camera frame, as in the devkit's computeBox3D.m."""
    h, w, length, x, y, z, ry = numbers[7:14]
    turn = np.array([[math.cos(ry), 0, math.sin(ry)], [0, 1, 0], [-math.sin(ry), 0, math.cos(ry)]])
    xs = np.array([1, 1, -1, -1, 1, 1, -1, -1]) * length / 2
    ys = np.array([0, 0, 0, 0, -1, -1, -1, -1]) * h
    zs = np.array([1, -1, -1, 1, 1, -1, -1, 1]) * w / 2
    return (turn @ np.stack([xs, ys, zs])).T + np.array([x, y, z])


def exported(scene, tmp_path):
    export = make_export(scene, "kitti", tmp_path / "000000.txt")
    return read_labels(export.files[0][1].decode()), read_p2(export.files[1][1].decode())


yaws = st.floats(-3.1, 3.1)


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(-1.5, 1.5),
    y=st.floats(-1.0, 6.0),
    yaw=yaws,
    size=st.tuples(*[st.floats(0.2, 1.5)] * 3),
    up=st.floats(0.3, 3.0),
    look=st.floats(0.2, 2.0),
    roll=st.sampled_from([0.0, 0.15]),
)
def test_the_3d_box_projects_onto_the_2d_box(tmp_path_factory, x, y, yaw, size, up, look, roll):
    camera = Camera(position=(0.5, -6.0, up), target=(0.0, 0.0, look), roll=roll)
    thing = SceneObject(id="car", label="car", category="car", center=(x, y, size[2] / 2), size=size, yaw=yaw)
    labels, p2 = exported(Scene.of([thing], camera=camera), tmp_path_factory.mktemp("kitti"))
    ((name, numbers),) = labels
    homogeneous = np.c_[devkit_corners(numbers), np.ones(8)] @ p2.T
    pixels = homogeneous[:, :2] / homogeneous[:, 2:]
    low = np.clip(pixels.min(axis=0), 0, (camera.width, camera.height))
    high = np.clip(pixels.max(axis=0), 0, (camera.width, camera.height))
    assert name == "Car"
    np.testing.assert_allclose(numbers[3:7], [*low, *high], atol=0.01)


def test_a_level_camera_has_the_plain_matrix_and_corners_are_those_of_the_object(tmp_path):
    camera = Camera(position=(0, -6, 1.5), target=(0, 0, 1.5))
    thing = SceneObject(id="car", label="car", center=(1, 2, 0.7), size=(1.8, 4.2, 1.4), yaw=0.7)
    ((_, numbers),), p2 = exported(Scene.of([thing], camera=camera), tmp_path)
    f = camera.focal_px
    np.testing.assert_allclose(p2, [[f, 0, 384, 0], [0, f, 256, 0], [0, 0, 1, 0]], atol=1e-9)
    ours = camera.to_camera(Boxes.of([thing]).corners()[0])
    theirs = devkit_corners(numbers)
    nearest = np.linalg.norm(ours[:, None] - theirs[None], axis=2).min(axis=1)
    assert nearest.max() < 1e-5


def test_a_car_that_drives_away_has_kittis_angle(tmp_path):
    """KITTI: rotation_y is 0 for a car that heads to the right, -pi/2 for one that heads away from the camera."""
    camera = Camera(position=(0, -6, 1.5), target=(0, 0, 1.5))
    away = SceneObject(id="car", label="car", size=(1.8, 4.2, 1.4), center=(0, 4, 0.7), yaw=math.pi)
    ((_, numbers),), _ = exported(Scene.of([away], camera=camera), tmp_path)
    assert numbers[13] == pytest.approx(-math.pi / 2, abs=1e-6)
    assert numbers[2] == pytest.approx(-math.pi / 2, abs=1e-6)


def test_what_is_hidden_behind_something_is_occluded(tmp_path):
    near = SceneObject(id="wall", label="wall", center=(0, -2, 1), size=(3, 0.2, 2))
    far = SceneObject(id="dog", label="dog", center=(0, 2, 0.3), size=(0.3, 0.8, 0.6))
    labels, _ = exported(Scene.of([near, far]), tmp_path)
    assert [int(numbers[1]) for _, numbers in labels] == [0, 2]


def test_truncation_is_the_share_outside_the_picture(tmp_path):
    camera = Camera(position=(0, -6, 0.8))
    edge = camera.width / 2 / camera.focal_px * 6.0
    half_out = SceneObject(id="pole", label="pole", center=(edge, 0, 0.8), size=(0.1, 0.01, 1.0))
    ((_, numbers),), _ = exported(Scene.of([half_out], camera=camera), tmp_path)
    assert numbers[0] == pytest.approx(0.5, abs=0.02)


def test_a_folder_gets_the_layout_of_the_benchmark(tmp_path):
    paths = export_scene(table_scene(), "kitti", tmp_path / "out")
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "out/label_2/000000.txt",
        "out/calib/000000.txt",
    ]
    names = [name for name, _ in read_labels(paths[0].read_text())]
    assert names == ["Dining_table", "Cup", "Chair", "Ladder"]
