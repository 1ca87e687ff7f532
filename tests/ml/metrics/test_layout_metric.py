"""Layout of pictures: what the detectors find in the render is what a picture owes."""

import numpy as np
import pytest

from sd3studio.core.scene import Scene, SceneObject
from sd3studio.ml.metrics.layout import alike, exact_detections, figures, relations_kept, tally_of, wanted_of
from sd3studio.ml.parsing.detection import Detection

SIZE = (100, 100)
BOXES = {"cup": (10.0, 10.0, 20.0, 20.0), "dog": (60.0, 50.0, 90.0, 90.0), "globe": (70.0, 10.0, 80.0, 20.0)}
FOUND = [
    Detection("cup", 0.9, (10.0, 10.0, 20.0, 21.0)),
    Detection("dog", 0.8, (61.0, 50.0, 90.0, 90.0)),
    Detection("sports ball", 0.7, (70.0, 10.0, 80.0, 20.0)),
    Detection("person", 0.95, (0.0, 60.0, 20.0, 100.0)),  # nothing of the scene is there
    Detection("cat", 0.5, (60.0, 50.0, 90.0, 90.0)),  # the dog once more
]
WANTED = wanted_of(BOXES, FOUND, SIZE)


def test_findings_on_objects_of_the_scene_are_wanted_once_each():
    assert sorted(WANTED.labels) == ["cup", "dog", "sports ball"]


def test_the_same_findings_score_in_full():
    found = figures([tally_of(WANTED, FOUND, SIZE)])
    assert found["object_recall"] == found["relation_accuracy"] == 1.0
    assert found["layout_iou"] == pytest.approx((100 / 110 + 1160 / 1200 + 1) / 3)
    assert (found["objects_wanted"], found["objects_found"], found["pairs"]) == (3, 3, 3)


def test_a_picture_of_another_size_is_compared_in_shares():
    larger = [Detection(d.label, d.score, tuple(2 * side for side in d.box)) for d in FOUND]
    assert tally_of(WANTED, larger, (200, 200)) == tally_of(WANTED, FOUND, SIZE)


def test_a_moved_object_is_not_found_but_its_relation_is_judged():
    moved = [FOUND[0], Detection("dog", 0.9, (5.0, 50.0, 35.0, 90.0)), FOUND[2]]
    found = figures([tally_of(WANTED, moved, SIZE)])
    assert found["object_recall"] == pytest.approx(2 / 3)
    assert found["relation_accuracy"] == 1.0 and found["pairs"] == 1
    # the dog was right of the cup and under the ball; now it is under the cup and left of the ball
    assert found["relation_accuracy_anywhere"] == pytest.approx(1 / 3)
    assert found["layout_iou"] < 0.7


def test_labels_of_a_group_are_alike_and_counted_apart():
    named = [Detection("vase", 0.9, FOUND[0].box), *FOUND[1:]]
    found = figures([tally_of(WANTED, named, SIZE)])
    assert found["object_recall"] == 1.0
    assert found["object_recall_same_label"] == pytest.approx(2 / 3)
    assert alike("cup", "vase") and not alike("cup", "dog") and alike("zebra", "zebra")


def test_an_empty_picture_shows_nothing():
    found = figures([tally_of(WANTED, [], SIZE)])
    assert found["object_recall"] == found["layout_iou_all"] == 0.0
    assert found["relation_accuracy"] is None and found["layout_iou"] is None


def test_two_of_a_kind_are_not_both_found_by_one_finding():
    twins = {"a": (0.0, 0.0, 20.0, 20.0), "b": (10.0, 0.0, 30.0, 20.0)}
    both = [Detection("cup", 0.9, box) for box in twins.values()]
    wanted = wanted_of(twins, both, SIZE)
    assert tally_of(wanted, both, SIZE).found == 2
    assert tally_of(wanted, [Detection("cup", 0.9, (5.0, 0.0, 25.0, 20.0))], SIZE).found == 1


def test_the_id_map_finds_everything():
    things = [SceneObject(id=key, label=key) for key in BOXES]
    exact = exact_detections(BOXES, Scene.of(things))
    found = figures([tally_of(wanted_of(BOXES, exact, SIZE), exact, SIZE)])
    assert {found[name] for name in ("object_recall", "relation_accuracy", "layout_iou")} == {1.0}
    assert found["objects_wanted"] == len(BOXES)


def test_figures_are_over_all_objects_and_have_intervals():
    full, empty = tally_of(WANTED, FOUND, SIZE), tally_of(WANTED, [], SIZE)
    found = figures([full] * 30 + [empty] * 10)
    assert found["object_recall"] == 0.75
    low, high = found["intervals"]["object_recall"]
    assert 0.55 < low < 0.75 < high < 0.95


def test_overlapping_objects_have_no_relation_to_keep():
    boxes = np.array([[0.0, 0.0, 10.0, 10.0], [2.0, 2.0, 9.0, 9.0]])
    assert relations_kept(boxes, boxes, [(0, 0), (1, 1)]) == (0, 0)
    assert relations_kept(boxes, boxes, []) == (0, 0)
