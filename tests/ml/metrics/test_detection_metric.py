"""`sd3studio evaluate detection`: the counting by hand, the label files, and the figures on real photos."""

import argparse

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.errors import DataError
from sd3studio.ml.metrics.detection import add_arguments, evaluate, figures
from sd3studio.ml.metrics.matching import matches
from sd3studio.ml.metrics.yolo_labels import Truth, read_folder, read_labels, read_names
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES
from sd3studio.ml.parsing.detection import Detection

NAMES = dict(enumerate(COCO_CLASSES))


def test_figures_of_a_case_counted_by_hand():
    # 100 x 100 px: a cup (40 x 40), a dog (20 x 20) and a second dog (10 x 10) are there
    truth = Truth(np.array([[0.0, 0, 0.4, 0.4], [0.5, 0.5, 0.7, 0.7], [0.9, 0.9, 1.0, 1.0]]), ("cup", "dog", "dog"))
    found = [
        Detection("cup", 0.9, (0.0, 0.0, 40.0, 30.0)),  # IoU 0.75: right
        Detection("cup", 0.8, (0.0, 0.0, 40.0, 40.0)),  # better box, but the cup is taken
        Detection("cat", 0.7, (50.0, 50.0, 70.0, 70.0)),  # wrong class
        Detection("dog", 0.6, (50.0, 50.0, 70.0, 59.0)),  # IoU 0.45: too far off
        Detection("dog", 0.5, (90.0, 90.0, 100.0, 100.0)),  # right
    ]
    result = figures([(found, (100, 100))], [truth])
    assert result["recall"] == pytest.approx(2 / 3)
    assert result["precision"] == pytest.approx(2 / 5)
    assert result["f1"] == pytest.approx(2 * 2 / (5 + 3))
    assert result["recall_small"] == pytest.approx(1 / 2)
    assert result["recall_medium"] == 1.0
    assert result["recall_large"] is None
    assert result["recall_over_2_percent"] == pytest.approx(1 / 2)


def test_a_photo_without_objects_costs_precision_only():
    truth = Truth(np.zeros((0, 4)), ())
    result = figures([([Detection("cup", 0.9, (0, 0, 9, 9))], (50, 50))], [truth])
    assert result["recall"] == 0.0 and result["precision"] == 0.0 and result["f1"] == 0.0


def test_the_surest_detection_takes_the_labelled_box():
    box = [[0, 0, 10, 10]]
    assert matches(box * 2, ["a", "a"], [0.3, 0.9], box, ["a"]).tolist() == [-1, 0]


def folder(tmp_path, text="41 0.5 0.5 0.2 0.2\n"):
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.mkdir()
    labels.mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (64, 48)).save(images / name)
    (labels / "a.txt").write_text(text, encoding="utf-8")
    return images, labels


def test_labels_are_read_in_pixels_and_a_photo_without_a_file_has_none(tmp_path):
    (_, first), (_, second) = read_folder(*folder(tmp_path))
    assert first.labels == ("cup",) and second.labels == ()
    np.testing.assert_allclose(first.boxes_px(100, 50), [[40, 20, 60, 30]])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cup 0.5 0.5 0.2 0.2", "line 1"),
        ("41 0.5 0.5 0.2", "expected"),
        ("0 0.5 0.5 0.1 0.1\n80 0.5 0.5 0.2 0.2", "line 2.*no class 80"),
        ("41 0.5 0.5 nan 0.2", "not inside"),
        ("41 0.5 0.5 0.2 -0.2", "not inside"),
        ("41 320 240 64 64", "not inside"),
    ],
)
def test_a_bad_line_is_named(tmp_path, text, said):
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_labels(path, NAMES)


def test_folders_that_are_not_there_or_do_not_belong_together_are_named(tmp_path):
    images, labels = folder(tmp_path)
    with pytest.raises(DataError, match="no folder"):
        read_folder(tmp_path / "none", labels)
    with pytest.raises(DataError, match="no photos"):
        read_folder(labels, labels)
    with pytest.raises(DataError, match="has labels"):
        read_folder(images, images)


def test_names_come_from_text_or_yaml(tmp_path):
    text, listed, mapped, empty = (tmp_path / name for name in ("n.txt", "l.yaml", "m.yml", "e.yaml"))
    text.write_text("sofa\nlamp\n", encoding="utf-8")
    listed.write_text("names: [sofa, lamp]\n", encoding="utf-8")
    mapped.write_text("names:\n  0: sofa\n  1: lamp\n", encoding="utf-8")
    empty.write_text("path: .\n", encoding="utf-8")
    assert read_names(text) == read_names(listed) == read_names(mapped) == {0: "sofa", 1: "lamp"}
    with pytest.raises(DataError, match="no class names"):
        read_names(empty)


def arguments(*words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def test_a_photo_that_cannot_be_read_is_a_sentence_about_the_data(tmp_path):
    images, labels = folder(tmp_path)
    (images / "b.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"b\.png"):
        evaluate(arguments("--images", images, "--labels", labels, "--detector", "nanodet"))


def test_merged_beats_either_net_on_real_photos(real_data, tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    for photo in sorted((real_data / "coco128" / "images").glob("*.jpg"))[:16]:
        (images / photo.name).symlink_to(photo)
    report = evaluate(arguments("--images", images, "--labels", real_data / "coco128" / "labels"))
    assert report["photos"] == 16 and report["objects"] > 50
    assert report["photos_per_second"] > 0
    assert report["f1"] == report["merged"]["f1"] > max(report["nanodet"]["f1"], report["centernet"]["f1"])
