"""COCO export: loads with the official tool, boxes and masks are where the objects are."""

import contextlib
import io
import json

import numpy as np
import pytest
from export_scenes import photo_scene, table_scene

from sd3studio.services.export import export_scene, make_export

# pycocotools 2.0.11 with NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture
def loaded(tmp_path):
    coco = pytest.importorskip("pycocotools.coco")

    def load(scene):
        (path,) = export_scene(scene, "coco", tmp_path / "annotations.json")
        with contextlib.redirect_stdout(io.StringIO()):
            return coco.COCO(str(path))

    return load


def test_the_official_tool_loads_it_and_finds_official_categories(loaded):
    data = loaded(table_scene())
    assert {item["id"] for item in data.loadCats(data.getCatIds(catNms=["chair", "dining table", "cup"]))} == {
        62,
        67,
        47,
    }
    assert [item["sd3"]["id"] for item in data.loadAnns(data.getAnnIds())] == ["table", "cup", "chair", "ladder"]


def test_boxes_lie_in_the_picture_and_enclose_their_outlines(loaded):
    data = loaded(table_scene())
    image = data.loadImgs([1])[0]
    for item in data.loadAnns(data.getAnnIds()):
        x, y, w, h = item["bbox"]
        assert x >= 0 and y >= 0 and x + w <= image["width"] + 0.01 and y + h <= image["height"] + 0.01
        outline = np.array(item["segmentation"][0]).reshape(-1, 2)
        np.testing.assert_allclose(outline.min(axis=0), (x, y), atol=0.02)
        np.testing.assert_allclose(outline.max(axis=0), (x + w, y + h), atol=0.02)
        assert data.annToMask(item).sum() == pytest.approx(item["area"], rel=0.05)


def test_a_photo_mask_keeps_each_pixel(loaded):
    data = loaded(photo_scene())
    first = data.loadAnns([1])[0]
    mask = data.annToMask(first)
    assert mask.shape == (80, 100)
    assert mask[20:70, 30:50].all() and mask.sum() == 50 * 20 == first["area"]
    assert first["bbox"] == [30, 20, 20, 50] and first["sd3"]["bbox_from"] == "photo"


def test_a_photo_box_is_cut_at_the_picture(loaded):
    data = loaded(photo_scene())
    assert data.loadAnns([2])[0]["bbox"] == [80, 15, 20, 65]


def test_what_is_left_out_is_said(tmp_path):
    notes = " ".join(make_export(table_scene(), "coco", tmp_path / "a.json").notes)
    assert "lamp" in notes and "floor" in notes and "tree" in notes


def test_3d_facts_and_relations_are_kept_in_own_fields(tmp_path):
    (path,) = export_scene(table_scene(), "coco", tmp_path / "a.json")
    data = json.loads(path.read_text())
    table = data["annotations"][0]
    assert table["sd3"]["size_m"] == [1.4, 0.8, 0.75] and table["sd3"]["attributes"] == ["wooden"]
    assert data["sd3"]["relations"][0]["predicate"] == "on"
