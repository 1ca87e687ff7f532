"""Frechet distance and Inception-style score: laws that they obey."""

import numpy as np
import pytest
import scipy.linalg

from sd3studio.ml.metrics import frechet as module
from sd3studio.ml.metrics.frechet import (
    features_of,
    frechet,
    frechet_interval,
    half_distance,
    inception_interval,
    inception_style_score,
)


def rows(count, width=6, shift=0.0, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(count, width)) @ np.diag(np.arange(1.0, width + 1.0)) + shift


def by_matrix_root(a, b):
    """The textbook formula."""
    first, second = np.cov(a.T), np.cov(b.T)
    root = scipy.linalg.sqrtm(first @ second).real
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(first + second - 2.0 * root)


@pytest.mark.parametrize(("first", "second"), [(50, 80), (80, 50), (300, 20)])
def test_it_equals_the_textbook_formula(first, second):
    a, b = rows(first), rows(second, shift=0.5, seed=1) * 1.3
    assert frechet(a, b) == pytest.approx(by_matrix_root(a, b), rel=1e-9)


def test_fewer_pictures_than_features_are_no_trouble():
    a, b = rows(5, width=40), rows(4, width=40, seed=1)
    moved = frechet(a, b + 1.0)
    assert frechet(a, b) > 0.0 and np.isfinite(moved)
    assert frechet(a, a) == pytest.approx(0.0, abs=1e-9)
    assert frechet(a, b) == pytest.approx(frechet(b, a))


def test_a_shift_counts_by_its_square():
    a = rows(60)
    assert frechet(a, a + np.array([3.0, 4.0, 0, 0, 0, 0])) == pytest.approx(25.0)


def test_one_picture_is_too_few():
    with pytest.raises(ValueError, match="at least 2 pictures"):
        frechet(rows(1), rows(5))


def test_the_interval_holds_the_distance_and_half_of_a_set_is_near_the_other():
    a, b = rows(80), rows(80, shift=2.0, seed=1)
    low, high = frechet_interval(a, b)
    assert low < frechet(a, b) < high
    assert half_distance(a) < frechet(a, b)
    assert frechet_interval(a[:1], b) is None and half_distance(a[:3]) is None


def test_the_score_is_one_for_pictures_alike_and_the_number_of_classes_at_best():
    assert inception_style_score(np.tile([5.0, 0.0, 0.0], (10, 1))) == pytest.approx(1.0)
    assert inception_style_score(100.0 * np.eye(4)[[0, 1, 2, 3] * 5]) == pytest.approx(4.0)
    mixed = 100.0 * np.eye(4)[[0, 1, 2, 3, 3, 3] * 5]
    low, high = inception_interval(mixed)
    assert 1.0 <= low < inception_style_score(mixed) < high
    assert inception_interval(mixed[:1]) is None


def test_pictures_may_come_one_by_one_and_are_looked_at_in_batches(monkeypatch):
    seen = []

    def look(pictures):
        seen.append(len(pictures))
        values = np.array([[float(picture.mean())] for picture in pictures]).reshape(-1, 1)
        return type("Found", (), {"pooled": values, "logits": -values})

    monkeypatch.setattr(module, "image_features", look)
    pooled, logits = features_of((np.full((2, 2, 3), k, np.uint8) for k in range(5)), batch=2)
    assert seen == [2, 2, 1]
    assert pooled.ravel().tolist() == [0, 1, 2, 3, 4] and logits.ravel().tolist() == [0, -1, -2, -3, -4]
