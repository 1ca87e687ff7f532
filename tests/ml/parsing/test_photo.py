"""The whole way from a picture file to a scene, with a scripted detector, and over the real photos."""

import json

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.errors import PhotoError
from sd3studio.core.messages import Finished, Progress
from sd3studio.core.requests import ParsePhoto
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.masks import decode_mask
from sd3studio.core.scene.values import Scene
from sd3studio.ml.parsing import photo as photo_parser
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES
from sd3studio.ml.parsing.detection import Detection
from sd3studio.ml.parsing.lifting import lift, outline_px
from sd3studio.ml.parsing.verticals import find_verticals


class ScriptedDetector:
    """Finds what it was told to find, and keeps what it was shown."""

    name = "scripted"

    def __init__(self, detections):
        self.detections = detections
        self.shown = []

    def detect(self, pixels, threshold=None):
        self.shown.append(pixels.shape)
        return list(self.detections)


STREET = [
    Detection("person", 0.9, (100.0, 150.0, 160.0, 340.0)),
    Detection("car", 0.8, (300.0, 200.0, 560.0, 320.0)),
    Detection("truck", 0.4, (302.0, 200.0, 560.0, 322.0)),
]


@pytest.fixture
def street(tmp_path):
    """A drawn street: sky, road, a red car, a person."""
    pixels = np.full((480, 640, 3), (120, 120, 120), np.uint8)
    pixels[:200] = (110, 160, 230)
    pixels[205:315, 310:550] = (200, 30, 30)
    pixels[150:340, 110:150] = (30, 60, 120)
    path = tmp_path / "street.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def scripted(monkeypatch):
    """Makes the parser use a scripted detector."""

    def install(detections):
        detector = ScriptedDetector(detections)
        monkeypatch.setattr(photo_parser, "load_detector", lambda *args: detector)
        return detector

    return install


def parsed(path, **fields):
    *steps, last = photo_parser.run(ParsePhoto(photo=str(path), **fields))
    assert isinstance(last, Finished)
    return steps, last.result


def test_progress_is_said_at_every_stage_and_the_scene_comes_last(street, scripted):
    scripted(STREET)
    steps, _ = parsed(street)
    assert all(isinstance(step, Progress) for step in steps)
    assert [step.step for step in steps] == list(range(6))
    assert all(step.text for step in steps)


def test_a_photo_becomes_things_stuff_and_a_place(street, scripted):
    scripted(STREET)
    scene = parsed(street)[1].scene
    assert {t.label for t in scene.solid_objects()} == {"person", "car"}
    kinds = {t.label: t.kind for t in scene.objects.values()}
    assert kinds["road"] == "stuff" and kinds["sky"] == "stuff" and kinds["street"] == "concept"
    assert all(t.parent == "street" for t in scene.objects.values() if t.kind != "concept")
    assert (scene.photo.width, scene.photo.height) == (scene.camera.width, scene.camera.height) == (640, 480)


def test_every_thing_says_which_numbers_are_guesses(street, scripted):
    scripted(STREET)
    for thing in parsed(street)[1].scene.objects.values():
        assert thing.provenance.source == "photo"
        assert thing.provenance.score is not None
        if thing.kind == "object":
            assert {"center", "size", "yaw"} <= set(thing.provenance.priors)
            assert "focal length is assumed" in thing.provenance.priors["center"]


def test_a_given_focal_length_is_used_and_not_called_a_guess(street, scripted):
    scripted(STREET)
    result = parsed(street, focal_mm=40.0)[1]
    assert result.scene.camera.focal_mm == pytest.approx(40.0)
    assert not any("focal" in note for note in result.notes)
    assert "focal" not in result.scene.objects["car"].provenance.priors["center"]


def test_colours_are_named_for_things_but_not_for_people(street, scripted):
    scripted(STREET)
    scene = parsed(street)[1].scene
    assert "red" in scene.objects["car"].attributes
    assert "colour" in scene.objects["car"].provenance.priors
    assert scene.objects["person"].colour is None


def test_a_mask_covers_the_thing(street, scripted):
    scripted(STREET)
    mask = decode_mask(parsed(street)[1].scene.objects["car"].mask)
    body = np.zeros((480, 640), bool)
    body[205:315, 310:550] = True
    assert (mask & body).sum() / (mask | body).sum() > 0.85


def test_one_thing_found_under_two_names_is_merged(street, scripted):
    scripted(STREET)
    assert "truck" not in parsed(street)[1].scene.objects


def test_the_threshold_drops_what_is_less_sure(street, scripted):
    scripted(STREET)
    assert {t.label for t in parsed(street, threshold=0.85)[1].scene.solid_objects()} == {"person"}


def test_a_photo_without_things_gives_a_scene_and_a_note(street, scripted):
    scripted([])
    result = parsed(street)[1]
    assert result.scene.solid_objects() == ()
    assert any("No thing" in note for note in result.notes)
    assert any(t.kind == "stuff" for t in result.scene.objects.values())


def test_the_scene_goes_to_json_and_back(street, scripted):
    scripted(STREET)
    scene = parsed(street)[1].scene
    assert Scene.model_validate_json(scene.model_dump_json()) == scene


def test_the_same_photo_gives_the_same_scene(street, scripted):
    scripted(STREET)
    assert parsed(street)[1] == parsed(street)[1]


def test_a_missing_file_is_a_sentence(scripted, tmp_path):
    scripted([])
    with pytest.raises(PhotoError, match="no file"):
        list(photo_parser.run(ParsePhoto(photo=str(tmp_path / "none.jpg"))))


def test_a_bad_photo_does_not_stop_a_batch(street, scripted, tmp_path):
    scripted(STREET)
    bad = tmp_path / "bad.jpg"
    bad.write_text("this is no picture")
    results = list(photo_parser.parse_many([street, bad, tmp_path / "none.png", street]))
    assert [r.result is None for r in results] == [False, True, True, False]
    assert all(isinstance(r.error, PhotoError) for r in results if r.result is None)
    assert results[0].result == results[3].result


def labelled(folder, name, width, height):
    """The labelled boxes of a photo as detections."""
    path = folder / "labels" / f"{name}.txt"
    rows = [line.split() for line in path.read_text().splitlines()] if path.is_file() else []
    found = []
    for row in rows:
        cx, cy, w, h = (float(v) for v in row[1:5])
        box = ((cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height)
        found.append(Detection(COCO_CLASSES[int(row[0])], 0.9, box))
    return found


def test_boxes_in_3d_land_on_the_labelled_boxes_of_real_photos(real_data):
    folder = real_data / "coco128"
    overlaps, depths = [], []
    for path in sorted((folder / "images").glob("*.jpg"))[::2]:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        height, width = pixels.shape[:2]
        found = labelled(folder, path.stem, width, height)
        lifted = lift(found, width, height, None, find_verticals(pixels))
        if not found:
            continue
        outlines = outline_px(lifted.camera, corners(lifted))
        for detection, outline in zip(found, outlines, strict=True):
            flat = Detection(detection.label, 1.0, tuple(outline))
            overlaps.append(photo_parser.overlap(detection, flat))
        depths += lifted.camera.to_camera(lifted.placed.center)[:, 2].tolist()
    assert len(overlaps) > 300
    assert np.median(overlaps) >= 0.8
    assert np.mean(np.array(overlaps) > 0.5) > 0.8
    assert min(depths) > 0.1 and max(depths) < 420.0


def corners(lifted):
    """(N, 8, 3) corners of the placed boxes."""
    from sd3studio.core.scene.values import SceneObject

    placed = lifted.placed
    things = [
        SceneObject(id=f"t{i}", label="t", center=tuple(c), size=tuple(s), yaw=float(y))
        for i, (c, s, y) in enumerate(zip(placed.center, placed.size, placed.yaw, strict=True))
    ]
    return Boxes.of(things).corners()


def test_the_sample_photo_has_its_cup_on_the_table():
    from sd3studio.core.locations import RESOURCES

    result = parsed(RESOURCES / "samples" / "coffee.jpg")[1]
    things = {t.label: t for t in result.scene.solid_objects()}
    cup, table = things["cup"], things["dining table"]
    assert cup.center[2] - cup.size[2] / 2 == pytest.approx(table.center[2] + table.size[2] / 2, abs=0.01)
    assert any("on" in caption.text for caption in result.captions)
    assert json.loads(result.scene.model_dump_json())["photo"]["sha256"]
