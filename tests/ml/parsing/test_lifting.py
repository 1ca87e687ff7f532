"""Metric scenes from boxes: things of known place are projected, and lifted back."""

import math

import numpy as np
import pytest

from sd3studio.core.scene.boxes import CORNER_SIGNS
from sd3studio.core.size_priors import prior_of, size_priors
from sd3studio.ml.parsing.detection import Detection
from sd3studio.ml.parsing.lifting import heading_of, lift, outline_px
from sd3studio.ml.parsing.placing import camera_of

WIDTH, HEIGHT, FOCAL_PX = 1200, 800, 900.0
FOCAL_MM = FOCAL_PX / HEIGHT * 24.0


def corners_of(center, size, yaw=0.0):
    """(1, 8, 3) corners of one box."""
    local = CORNER_SIGNS * (np.asarray(size) / 2.0)
    c, s = math.cos(yaw), math.sin(yaw)
    turned = np.stack([c * local[:, 0] - s * local[:, 1], s * local[:, 0] + c * local[:, 1], local[:, 2]], axis=-1)
    return (turned + np.asarray(center))[None]


def detected(camera, label, center, size, yaw=0.0, score=0.9):
    """What a perfect detector says of a thing; sides beyond the frame are clipped to it.

    People don't fill the front and back corners of their boxes, so that their outlines are those of flatter ones.
    """
    if label == "person":
        size = (size[0], 0.3 * size[1], size[2])
    box = outline_px(camera, corners_of(center, size, yaw))[0]
    return Detection(label, score, tuple(float(v) for v in box))


def size_of(label, pose=0):
    """The typical size of a class."""
    return prior_of(label).poses[pose].size_m


def standing(label, x, y, pose=0):
    """Centre and size of a typical thing that stands at (x, y)."""
    size = size_of(label, pose)
    return (x, y, size[2] / 2.0), size


def depth_of(lifted, index):
    return float(lifted.camera.to_camera(lifted.placed.center[index])[2])


def placed_outline(lifted):
    boxes = lifted.placed
    corners = np.concatenate([corners_of(c, s, y) for c, s, y in zip(boxes.center, boxes.size, boxes.yaw, strict=True)])
    return outline_px(lifted.camera, corners)


@pytest.fixture
def camera():
    return camera_of(1.5, math.radians(8.0), 0.0, FOCAL_PX, WIDTH, HEIGHT)


def test_typical_people_on_a_plain_come_back_at_their_distances(camera):
    places = [(-1.5, 5.0), (0.3, 7.0), (2.5, 10.0), (-5.0, 14.0)]
    boxes = [standing("person", x, y) for x, y in places]
    lifted = lift([detected(camera, "person", *box) for box in boxes], WIDTH, HEIGHT, FOCAL_MM)
    for index, (center, _) in enumerate(boxes):
        assert depth_of(lifted, index) == pytest.approx(float(camera.to_camera(center)[2]), rel=0.3)


@pytest.mark.parametrize(("height_m", "pitch_deg"), [(0.9, 3.0), (1.6, 12.0), (3.5, 20.0), (1.5, -6.0)])
def test_height_and_pitch_of_the_camera_are_read_from_people(height_m, pitch_deg):
    camera = camera_of(height_m, math.radians(pitch_deg), 0.0, FOCAL_PX, WIDTH, HEIGHT)
    spots = [(-1.5, 6.0), (0.3, 8.0), (2.5, 10.0), (-5.0, 14.0), (-1.2, 18.0), (6.0, 16.0), (2.2, 20.0)]
    found = [detected(camera, "person", *standing("person", x, y)) for x, y in spots]
    view = lift(found, WIDTH, HEIGHT, FOCAL_MM).viewpoint
    assert abs(math.log(view.height_m / height_m)) < 0.4
    assert math.degrees(view.pitch_rad) == pytest.approx(pitch_deg, abs=2.5)


def test_people_tell_how_tall_an_unusual_one_of_them_is(camera):
    spots = [(-1.5, 6.0), (0.3, 8.0), (2.9, 10.0), (-4.0, 12.0)]
    found = [detected(camera, "person", *standing("person", x, y)) for x, y in spots]
    child = ((1.2, 6.0, 0.6), (0.35, 0.25, 1.2))
    lifted = lift([*found, detected(camera, "person", *child)], WIDTH, HEIGHT, FOCAL_MM)
    assert depth_of(lifted, 4) == pytest.approx(6.0, rel=0.15)
    assert lifted.placed.size[4, 2] == pytest.approx(1.2, rel=0.15)


def test_a_person_cut_by_the_lower_edge_is_near_and_keeps_a_whole_body(camera):
    center, size = standing("person", 0.1, 1.1)
    found = detected(camera, "person", center, size)
    assert found.box[3] == HEIGHT
    lifted = lift([found], WIDTH, HEIGHT, FOCAL_MM)
    assert lifted.evidence.cut[0].tolist() == [False, False, False, True]
    assert depth_of(lifted, 0) == pytest.approx(float(camera.to_camera(center)[2]), rel=0.3)
    assert lifted.placed.size[0, 2] == pytest.approx(size[2], rel=0.2)


def test_a_car_half_outside_keeps_its_length_and_distance(camera):
    center, size = standing("car", -5.2, 9.0)
    found = detected(camera, "car", center, size, yaw=math.pi / 2)
    assert found.box[0] == 0
    lifted = lift([found], WIDTH, HEIGHT, FOCAL_MM)
    assert depth_of(lifted, 0) == pytest.approx(float(camera.to_camera(center)[2]), rel=0.2)
    assert lifted.placed.size[0, 1] == pytest.approx(4.4, rel=0.2)


def test_a_cup_on_a_table_stands_on_the_table(camera):
    table, table_size = standing("dining table", 0.2, 2.6)
    cup_size = size_of("cup")
    cup = (0.25, 2.5, table_size[2] + cup_size[2] / 2.0)
    found = [detected(camera, "dining table", table, table_size), detected(camera, "cup", cup, cup_size)]
    lifted = lift(found, WIDTH, HEIGHT, FOCAL_MM)
    bottom = lifted.placed.center[:, 2] - lifted.placed.size[:, 2] / 2.0
    assert lifted.evidence.on.tolist() == [-1, 0]
    assert bottom[0] == pytest.approx(0.0, abs=0.02)
    assert bottom[1] == pytest.approx(lifted.placed.size[0, 2], abs=0.02)
    assert depth_of(lifted, 1) == pytest.approx(float(camera.to_camera(cup)[2]), rel=0.15)


def test_a_person_behind_a_car_is_farther_though_the_feet_are_hidden(camera):
    car = detected(camera, "car", *standing("car", 0.0, 7.0), yaw=math.pi / 2)
    person = detected(camera, "person", *standing("person", 0.5, 10.0))
    seen = Detection("person", 0.9, (*person.box[:3], car.box[1] + 40.0))
    lifted = lift([seen, car], WIDTH, HEIGHT, FOCAL_MM)
    assert lifted.evidence.hidden_feet.tolist() == [True, False]
    assert depth_of(lifted, 0) > depth_of(lifted, 1)
    assert lifted.placed.size[0, 2] > 1.3


def test_a_rider_is_where_the_bicycle_is(camera):
    bicycle, size = standing("bicycle", 0.0, 6.0)
    rider = ((0.0, 6.0, 1.1), (0.55, 0.5, 1.6))
    found = [detected(camera, "bicycle", bicycle, size, yaw=math.pi / 2), detected(camera, "person", *rider)]
    lifted = lift(found, WIDTH, HEIGHT, FOCAL_MM)
    assert lifted.evidence.on.tolist() == [-1, 0]
    assert depth_of(lifted, 1) == pytest.approx(depth_of(lifted, 0), rel=0.12)


@pytest.mark.parametrize(("yaw", "heading"), [(0.0, "front"), (math.pi / 2, "side")])
def test_a_car_shows_whether_it_is_seen_from_the_front_or_the_side(camera, yaw, heading):
    found = detected(camera, "car", *standing("car", 0.0, 12.0), yaw=yaw)
    assert heading_of(lift([found], WIDTH, HEIGHT, FOCAL_MM), 0) == heading


def test_every_box_projects_onto_its_photo_box(camera):
    rng = np.random.default_rng(5)
    labels = ["person", "car", "dog", "chair", "bench", "bicycle", "potted plant", "cow"]
    found = [
        detected(camera, label, *standing(label, float(rng.uniform(-3, 3)), float(rng.uniform(5, 15))))
        for label in labels
    ]
    lifted = lift(found, WIDTH, HEIGHT, FOCAL_MM)
    visible = ~lifted.evidence.hidden_feet
    boxes = np.array([d.box for d in found])
    off = np.abs(placed_outline(lifted) - boxes).max(axis=1) / (boxes[:, 3] - boxes[:, 1])
    assert (off[visible] < 0.12).all()


def test_distances_scale_with_the_focal_length(camera):
    found = [detected(camera, "person", *standing("person", x, 8.0)) for x in (-2.0, 0.0, 2.0)]
    near, far = (lift(found, WIDTH, HEIGHT, focal) for focal in (FOCAL_MM, 1.5 * FOCAL_MM))
    assert depth_of(far, 1) / depth_of(near, 1) == pytest.approx(1.5, rel=0.15)


def test_without_a_focal_length_one_is_assumed_and_said_so(camera):
    found = [detected(camera, "person", *standing("person", 0.0, 6.0))]
    assert lift(found, WIDTH, HEIGHT, FOCAL_MM).viewpoint.focal_known
    assumed = lift(found, WIDTH, HEIGHT, None).viewpoint
    assert not assumed.focal_known
    assert assumed.focal_px == pytest.approx(30.0 / math.hypot(36.0, 24.0) * math.hypot(WIDTH, HEIGHT))


def test_nothing_found_still_gives_a_camera():
    lifted = lift([], 640, 480)
    assert lifted.placed.center.shape == (0, 3)
    assert not lifted.viewpoint.informed
    assert (lifted.camera.width, lifted.camera.height) == (640, 480)


@pytest.mark.parametrize(
    "box",
    [(0.0, 0.0, 640.0, 480.0), (0.0, 0.0, 1.0, 1.0), (639.0, 479.0, 640.0, 480.0), (10.0, 200.0, 630.0, 202.0)],
)
@pytest.mark.parametrize("label", ["person", "kite", "knife", "something unheard of"])
def test_odd_boxes_give_finite_scenes(box, label):
    lifted = lift([Detection(label, 0.5, box)], 640, 480)
    assert np.isfinite(lifted.placed.center).all()
    assert np.isfinite(lifted.placed.size).all()
    assert (lifted.placed.size > 0).all()


def test_measured_depths_replace_our_own(camera):
    found = [detected(camera, "person", *standing("person", x, 6.0)) for x in (-1.0, 1.0)]
    lifted = lift(found, WIDTH, HEIGHT, FOCAL_MM, depth_m=np.array([7.5, 7.5]))
    assert [depth_of(lifted, i) for i in (0, 1)] == pytest.approx([7.5, 7.5], rel=0.1)
    assert lifted.distances.reasons[0] == "a depth network"


def test_every_coco_class_has_a_prior():
    from sd3studio.ml.parsing.coco_classes import COCO_CLASSES

    assert set(size_priors()) == set(COCO_CLASSES)
    for prior in size_priors().values():
        assert sum(pose.weight for pose in prior.poses) == pytest.approx(1.0)
        assert 0.0 <= prior.ground <= 1.0
