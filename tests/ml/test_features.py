"""Image features: sizes, what the net sees, and that bad pictures are refused."""

import numpy as np
import pytest

from sd3studio.core.errors import InputError
from sd3studio.ml import features
from sd3studio.ml.features import image_features


def pictures(count: int, side: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def test_shapes_and_the_pooled_feature_is_the_mean_of_the_grid():
    found = image_features(pictures(2))
    assert [part.shape for part in found] == [(2, 1000), (2, 1280), (2, 7, 7, 1280)]
    assert {part.dtype for part in found} == {np.dtype(np.float32)}
    np.testing.assert_allclose(found.grid.mean(axis=(1, 2)), found.pooled, atol=1e-5)


def test_no_pictures_give_empty_arrays():
    assert image_features(np.zeros((0, 8, 8, 3), np.uint8)).grid.shape == (0, 7, 7, 1280)


def test_pictures_of_different_sizes_and_batches_do_not_touch_each_other(monkeypatch):
    monkeypatch.setattr(features, "_BATCH", 2)
    mixed = [pictures(1, 300)[0], pictures(1, 64)[0], pictures(1, 224)[0]]
    together = image_features(mixed).pooled
    alone = np.concatenate([image_features([picture]).pooled for picture in mixed])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_it_knows_an_espresso_and_a_cat():
    data = pytest.importorskip("skimage.data")
    classes = image_features([data.coffee(), data.chelsea()]).logits.argmax(axis=1)
    assert classes.tolist() == [967, 285]  # ImageNet: espresso, Egyptian cat


def test_a_grid_cell_sees_its_part_of_the_picture():
    plain = np.full((1, 224, 224, 3), 127, np.uint8)
    spotted = plain.copy()
    spotted[:, :48, 176:] = pictures(1, 48)
    change = np.abs(image_features(spotted).grid - image_features(plain).grid).sum(axis=-1)[0]
    assert change[:3, 4:].mean() > 2.0 * change[4:, :3].mean()


def test_floats_are_refused():
    with pytest.raises(InputError, match="uint8"):
        image_features(np.zeros((1, 8, 8, 3), np.float32))
