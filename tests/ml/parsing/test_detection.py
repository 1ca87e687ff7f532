"""The built-in detectors: on photos that scikit-image ships, and the laws of overlap, fusion and calibration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.parsing import onnx_net
from sd3studio.ml.parsing.boxes import ious, suppressed
from sd3studio.ml.parsing.calibration import Calibration, fitted_weights, shipped_calibration
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES
from sd3studio.ml.parsing.detection import Candidates, load_detector
from sd3studio.ml.parsing.fusion import Fused, fuse
from sd3studio.ml.parsing.merging import LOOKS

skimage_data = pytest.importorskip("skimage.data", reason="the photos come from scikit-image")

sides = st.integers(0, 50).map(float)  # whole numbers: no doubt about which side of a threshold an overlap lies
boxes = st.tuples(sides, sides, sides, sides).map(lambda b: (b[0], b[1], b[0] + b[2] + 1, b[1] + b[3] + 1))
findings = st.lists(st.tuples(boxes, st.integers(1, 64).map(lambda n: n / 64), st.integers(0, 2)), max_size=12)


def candidates(found):
    return Candidates(
        np.array([box for box, _, _ in found], np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in found], np.float32),
        np.array([index for _, _, index in found], np.int64),
    )


def overlap_slowly(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(width, 0.0) * max(height, 0.0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common
    return common / union if union > 0 else 0.0


@pytest.mark.parametrize("name", ["nanodet", "centernet", "builtin"])
def test_a_cat_is_found_where_it_is(name):
    pixels = skimage_data.chelsea()
    found = load_detector(name, 1).detect(pixels)
    cat = next(d for d in found if d.label == "cat")
    assert ious([cat.box], [[1, 0, 430, 298]])[0, 0] > 0.7


def test_the_cup_of_coffee_is_found():
    best = max(
        (d for d in load_detector("builtin", 1).detect(skimage_data.coffee()) if d.label == "cup"),
        key=lambda d: d.score,
    )
    assert ious([best.box], [[169, 11, 415, 270]])[0, 0] > 0.6


def test_detections_are_sorted_probabilities_with_boxes_in_the_picture():
    pixels = skimage_data.astronaut()
    found = load_detector("builtin", 1).detect(pixels, threshold=0.02)
    assert len(found) > 1
    assert [d.score for d in found] == sorted((d.score for d in found), reverse=True)
    for d in found:
        assert d.label in COCO_CLASSES and 0.02 <= d.score <= 1.0
        assert 0 <= d.box[0] < d.box[2] <= 512 and 0 <= d.box[1] < d.box[3] <= 512


def test_two_threads_find_the_same_as_one():
    pixels = skimage_data.coffee()
    assert load_detector("builtin").detect(pixels) == load_detector("builtin", 1).detect(pixels)


@pytest.mark.parametrize("shape", [(8, 8), (8, 900), (900, 8)])
def test_nothing_is_seen_in_black_pictures_of_odd_shapes(shape):
    assert load_detector("builtin", 1).detect(np.zeros((*shape, 3), np.uint8)) == []


def test_missing_weights_are_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_net, "MODELS", tmp_path)
    with pytest.raises(MissingModelError, match="are not there"):
        onnx_net.open_net("nanodet")


@given(findings, findings)
def test_ious_agree_with_a_slow_reference(first, second):
    a, b = [box for box, _, _ in first], [box for box, _, _ in second]
    expected = np.array([[overlap_slowly(x, y) for y in b] for x in a]).reshape(len(a), len(b))
    np.testing.assert_allclose(ious(a, b), expected, atol=1e-6)


@given(findings)
def test_suppression_agrees_with_a_slow_reference(found):
    kept = []
    for box, score, index in sorted(found, key=lambda item: -item[1]):
        if all(index != other or overlap_slowly(box, b) <= 0.5 for b, _, other in kept):
            kept.append((box, score, index))
    result = suppressed(candidates(found), 0.5)
    assert list(
        zip(map(tuple, result.boxes.tolist()), result.scores.tolist(), result.classes.tolist(), strict=True)
    ) == [(pytest.approx(box, rel=1e-6), pytest.approx(score), index) for box, score, index in kept]


@given(findings)
def test_a_look_joined_with_itself_changes_nothing(found):
    look = candidates(found)
    once, twice = fuse([look], [1.0]), fuse([look, look], [1.0, 1.0])
    np.testing.assert_allclose(once.boxes, twice.boxes, atol=1e-4)
    np.testing.assert_array_equal(once.classes, twice.classes)
    np.testing.assert_array_equal(twice.scores[:, 0], twice.scores[:, 1])


def test_a_box_without_area_is_no_finding():
    assert len(fuse([candidates([((5.0, 5.0, 5.0, 9.0), 0.5, 0)])], [1.0])) == 0


@given(findings, findings)
def test_fusion_keeps_every_class_and_best_score_and_stays_within_the_boxes(first, second):
    looks = [candidates(first), candidates(second)]
    fused = fuse(looks, [1.0, 0.8])
    assert len(fused) <= len(first) + len(second)
    assert set(fused.classes.tolist()) == {index for _, _, index in first + second}
    for column, look in enumerate(looks):
        for index in set(look.classes.tolist()):
            best = look.scores[look.classes == index].max()
            assert fused.scores[fused.classes == index, column].max() == pytest.approx(best)
    if len(fused):
        every = np.concatenate([look.boxes for look in looks])
        assert (fused.boxes >= every.min(axis=0) - 1e-3).all() and (fused.boxes <= every.max(axis=0) + 1e-3).all()


@settings(max_examples=50)
@given(st.lists(st.floats(0.0, 0.98), min_size=3, max_size=3), st.integers(0, 2), st.floats(0.0, 0.5), boxes)
def test_a_higher_score_never_makes_a_finding_less_probable(scores, look, more, box):
    raised = list(scores)
    raised[look] = min(0.99, raised[look] + more)
    one, other = (
        shipped_calibration().probabilities(Fused(np.array([box]), np.array([row]), np.array([0])), 640, 480)[0]
        for row in (scores, raised)
    )
    assert other >= one - 1e-12


def test_the_shipped_calibration_was_fitted_to_these_looks():
    assert shipped_calibration().looks == tuple(look.title for look in LOOKS)
    assert 0.1 < shipped_calibration().threshold < 0.6


def test_fitted_probabilities_are_calibrated():
    rng = np.random.default_rng(0)
    rows = np.stack([rng.uniform(0.0, 4.0, 4_000), np.ones(4_000)], axis=1)
    truth = 1.0 / (1.0 + np.exp(-(1.5 * rows[:, 0] - 3.0)))
    weights = fitted_weights(rows, rng.random(4_000) < truth, looks=1)
    np.testing.assert_allclose(weights, [1.5, -3.0], atol=0.25)


def test_a_misleading_look_is_ignored_not_turned_round():
    rows = np.stack([np.linspace(0.0, 4.0, 100), np.ones(100)], axis=1)
    weights = fitted_weights(rows, rows[:, 0] < 2.0, looks=1)
    assert weights[0] == 0.0


def test_a_lone_sure_finding_is_more_probable_than_a_lone_faint_one():
    calibration: Calibration = shipped_calibration()
    fused = Fused(
        np.array([[10.0, 10, 200, 200], [300, 10, 500, 200]]),
        np.array([[0.8, 0.7, 0.8], [0.1, 0, 0]]),
        np.array([0, 1]),
    )
    sure, faint = calibration.probabilities(fused, 640, 480)
    assert sure > 0.8 and faint < 0.2
