"""Annotations of other programs: round trips with measured losses, public forms, and files that are wrong."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.errors import DataError, SceneError, StudioError
from sd3studio.core.scene import Camera, PhotoRef, Predicate, Provenance, Relation, Scene, SceneObject
from sd3studio.core.scene.brush_lengths import pack_brush
from sd3studio.core.scene.masks import decode_mask, encode_mask
from sd3studio.core.scene.picture_boxes import picture_camera, projected_box, visible_box
from sd3studio.services.export import export_scene, make_export
from sd3studio.services.export.many import make_data_set
from sd3studio.services.import_ import IMPORTERS, read_annotations
from sd3studio.services.import_.coco import _unpacked
from sd3studio.services.import_.losses import compared, measured_losses

words = st.from_regex(r"[a-z]{2,8}( [a-z]{2,6})?", fullmatch=True)

ALWAYS = {"mesh", "colour", "prompt", "parent", "locked", "photo", "comments", "rejected", "bookmarks"}
"""What only our own form keeps."""
LOST: dict[str, set[str]] = {
    "json": set(),
    "coco": ALWAYS,  # not even photo boxes: they have two digits
    "vg": ALWAYS | {"mask", "photo_box"},  # boxes are whole pixels
    "vsd": {*ALWAYS, "objects", "category", "attributes", "center", "size", "yaw", "pitch", "roll", "photo_box",
            "mask", "truncated", "occluded", "checked", "score", "title", "camera", "relations"},
    "kitti": {*ALWAYS, "category", "attributes", "pitch", "roll", "size", "yaw", "center", "mask", "truncated",
              "occluded", "checked", "relations", "score", "sentence", "title", "label", "photo_box"},
    "labelcloud": {*ALWAYS, "category", "attributes", "photo_box", "mask", "truncated", "occluded", "checked", "score",
                   "sentence", "title", "camera", "relations"},
    "cvat": {*ALWAYS, "relations", "sentence", "title"},
    "label-studio": ALWAYS,
}  # fmt: skip
"""Format -> the fields that it may lose; nothing else is ever lost."""


@st.composite
def seen_scenes(draw):
    """Scenes whose objects are all in view of a photo of 640 x 480."""
    camera = Camera(position=(0, -9, draw(st.floats(1.0, 3.0))), target=(0, 0, 0.5), width=640, height=480)
    things = []
    for number in range(draw(st.integers(1, 4))):
        thing = SceneObject(
            id=f"thing-{number}",
            label=draw(words),
            category=draw(st.none() | words),
            attributes=tuple(draw(st.lists(words, max_size=2, unique=True))),
            center=(-2.4 + 1.6 * number, draw(st.floats(-1, 1)), draw(st.floats(0.3, 1.0))),
            size=draw(st.tuples(*[st.floats(0.2, 0.9)] * 3)),
            yaw=draw(st.floats(-3.1, 3.1)),
            pitch=draw(st.sampled_from([0.0, 0.2])),
            truncated=draw(st.booleans()),
            occluded=draw(st.booleans()),
            checked=draw(st.booleans()),
            provenance=Provenance(source="photo", score=draw(st.none() | st.floats(0, 1))),
        )
        box = visible_box(camera, thing)
        mask = np.zeros((480, 640), bool)
        mask[round(box[1]) : round(box[3]), round(box[0]) : round(box[2])] = True
        masked = draw(st.booleans()) and mask.any()
        things.append(thing.replace(photo_box=box, mask=encode_mask(mask) if masked else None))
    pairs = [(a.id, b.id) for a in things for b in things if a is not b]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3)) if pairs else []
    relations = tuple(
        Relation(
            subject=a,
            predicate=draw(st.sampled_from(list(Predicate))),
            object=b,
            frame=draw(st.sampled_from(["camera", "object"])),
        )
        for a, b in chosen
    )
    photo = PhotoRef(path="/photos/room.jpg", width=640, height=480, sha256="1" * 64)
    return Scene.of(things, relations=relations, camera=camera, photo=photo, title=draw(words), sentence=draw(words))


@pytest.mark.parametrize("format", IMPORTERS)
@given(scene=seen_scenes())
@settings(max_examples=25, deadline=None)
def test_nothing_is_lost_but_what_the_format_can_not_hold(format, scene):
    lost = measured_losses(scene, format)
    assert {loss.field for loss in lost} <= LOST[format], [loss.sentence for loss in lost]


@given(scene=seen_scenes())
@settings(max_examples=25, deadline=None)
def test_kitti_brings_upright_boxes_and_the_camera_back(scene):
    scene = scene.replace(
        objects={k: t.replace(pitch=0.0, label=f"thing{n}") for n, (k, t) in enumerate(scene.objects.items())}
    )
    lost = {loss.field for loss in measured_losses(scene, "kitti")}
    assert not lost & {"center", "size", "yaw", "camera", "objects"}, lost


def test_losses_are_told_with_counts():
    thing = SceneObject(id="a", label="cup", attributes=("red",), prompt="shiny", photo_box=(300, 200, 340, 260))
    scene = Scene.of([thing, thing.replace(id="b", prompt="")], camera=Camera(width=640, height=480))
    told = [loss.sentence for loss in measured_losses(scene, "coco")]
    assert "prompt: 1 of 1" in told
    assert not any(sentence.startswith("attributes") for sentence in told)
    assert measured_losses(scene, "glb") is None


# -- public forms ----------------------------------------------------------------------------------------------------


def written(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return path


def test_a_coco_file_of_others_is_lifted(tmp_path):
    pytest.importorskip("pycocotools.mask")
    from pycocotools import mask as official

    pixels = np.zeros((480, 640), np.uint8, order="F")
    pixels[200:300, 100:150] = 1
    packed = official.encode(pixels)["counts"].decode()
    assert _unpacked(packed) == list(encode_mask(pixels.astype(bool)).counts)
    file = {
        "images": [{"id": 7, "file_name": "a.jpg", "width": 640, "height": 480}, {"id": 8, "width": 64, "height": 48}],
        "categories": [{"id": 62, "name": "chair"}, {"id": 1, "name": "person"}],
        "annotations": [
            {"image_id": 7, "category_id": 62, "bbox": [100, 200, 50, 100],
             "segmentation": {"size": [480, 640], "counts": packed}},
            {"image_id": 7, "category_id": 1, "bbox": [300, 180, 60, 150],
             "segmentation": [[300, 180, 360, 180, 360, 330, 300, 330]]},
            {"image_id": 7, "category_id": 1, "bbox": [0, 0, 9, 9], "iscrowd": 1},
        ],
    }  # fmt: skip
    found = read_annotations(written(tmp_path, "instances.json", file), "coco")
    assert [one.name for one in found.scenes] == ["a.jpg", "8"]
    scene = found.scenes[0].scene
    chair, person = scene.objects["chair"], scene.objects["person"]
    assert (decode_mask(chair.mask) == pixels.astype(bool)).all()
    assert decode_mask(person.mask).sum() == 60 * 150
    for thing, box in ((chair, (100, 200, 150, 300)), (person, (300, 180, 360, 330))):
        assert thing.photo_box == box
        assert projected_box(picture_camera(scene), thing) == pytest.approx(box, abs=1.0)
    assert any("lifted" in note for note in found.notes)


def test_visual_genome_words_become_predicates_and_are_kept(tmp_path):
    def thing(number, name, x):
        return {"object_id": number, "names": [name], "attributes": ["red"], "x": x, "y": 100, "w": 60, "h": 80}

    graph = {
        "image_id": 3,
        "objects": [thing(1, "man", 10), thing(2, "horse", 100), thing(3, "hat", 200)],
        "relationships": [
            {"predicate": "on top of", "subject_id": 1, "object_id": 2},
            {"predicate": "wearing", "subject_id": 1, "object_id": 3},
            {"predicate": "admires", "subject_id": 3, "object_id": 2},
        ],
    }
    image = [{"image_id": 3, "width": 400, "height": 300}]
    written(tmp_path, "scene_graphs.image_data.json", image)
    found = read_annotations(written(tmp_path, "scene_graphs.json", [graph]), "vg")
    scene = found.scenes[0].scene
    assert (scene.camera.width, scene.camera.height) == (400, 300)
    said = {(r.subject, r.predicate, r.object): r.text for r in scene.relations}
    assert said["man", Predicate.ON, "horse"] == "on top of"
    assert said["hat", Predicate.ON, "man"] == "wearing"
    assert len(said) == 2
    assert any("mean none" in note for note in found.notes)
    assert scene.objects["man"].attributes == ("red",)


def test_a_kitti_file_of_the_car_is_read_with_its_calibration(tmp_path):
    line = "Car 0.00 0 -1.58 587.01 173.33 614.12 200.12 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59\n"
    calibration = "P2: 721.5377 0 609.5593 44.85728 0 721.5377 172.854 0.2163791 0 0 1 0.002745884\n"
    written(tmp_path, "000000.calib.txt", calibration.encode())
    found = read_annotations(written(tmp_path, "000000.txt", (line + "DontCare -1 -1 -10 1 1 2 2 -1 -1 -1 -1000 "
                                                              "-1000 -1000 -10\n").encode()), "kitti")  # fmt: skip
    scene = found.scenes[0].scene
    car = scene.objects["car"]
    assert list(scene.objects) == ["car"]
    assert scene.camera.focal_px == pytest.approx(721.5377, rel=1e-3)
    assert car.size == (1.67, 3.64, 1.65)
    assert car.center[2] - car.size[2] / 2 == pytest.approx(0.0, abs=0.05)
    box = projected_box(scene.camera, car)
    assert box == pytest.approx(car.photo_box, abs=12.0)


def test_a_labelcloud_file_points_along_its_length(tmp_path):
    file = {
        "folder": "pointclouds", "filename": "a.pcd", "path": "pointclouds/a.pcd",
        "objects": [{"name": "cart", "centroid": {"x": -0.18, "y": -0.08, "z": -1.19},
                     "dimensions": {"length": 0.8, "width": 0.45, "height": 0.9},
                     "rotations": {"x": 0, "y": 0, "z": 90}}],
    }  # fmt: skip
    scene = read_annotations(written(tmp_path, "a.json", file), "labelcloud").scenes[0].scene
    cart = scene.objects["cart"]
    assert cart.size == (0.45, 0.8, 0.9)
    assert math.remainder(cart.yaw - math.pi, math.tau) == pytest.approx(0.0)  # looks to +Y


def test_a_cvat_file_of_others(tmp_path):
    xml = b"""<?xml version="1.0"?><annotations><version>1.1</version>
      <image id="0" name="a/b.jpg" width="200" height="100">
        <box label="cat" occluded="1" xtl="10" ytl="20" xbr="60" ybr="90" z_order="0">
          <attribute name="colour">black</attribute></box>
        <polygon label="dog" points="100,20;150,20;150,80;100,80" occluded="0"/>
        <mask label="mat" rle="2, 3, 5" left="10" top="10" width="5" height="2" occluded="0"/>
        <polyline label="road" points="1,1;2,2"/>
      </image></annotations>"""
    found = read_annotations(written(tmp_path, "annotations.xml", xml), "cvat")
    scene = found.scenes[0].scene
    assert scene.objects["cat"].occluded and scene.objects["cat"].attributes == ("black",)
    assert scene.objects["dog"].photo_box == (100, 20, 150, 80)
    assert decode_mask(scene.objects["mat"].mask)[10, 12:15].all()
    assert any("neither boxes nor masks" in note for note in found.notes)


def test_label_studio_relations_point_as_they_are_drawn(tmp_path):
    def region(key, label, x):
        return {
            "id": key,
            "type": "rectanglelabels",
            "original_width": 400,
            "original_height": 200,
            "value": {"x": x, "y": 40, "width": 20, "height": 40, "rotation": 0, "rectanglelabels": [label]},
        }

    task = {
        "data": {"image": "/data/upload/1/a.jpg?d=x"},
        "annotations": [{"result": [
            region("r1", "cup", 10), region("r2", "table", 50),
            {"type": "relation", "from_id": "r2", "to_id": "r1", "direction": "left", "labels": ["on"]},
        ]}],
    }  # fmt: skip
    scene = read_annotations(written(tmp_path, "export.json", [task]), "label-studio").scenes[0].scene
    assert scene.objects["cup"].photo_box == pytest.approx((40, 80, 120, 160))
    assert [(r.subject, r.predicate, r.object) for r in scene.relations] == [("cup", Predicate.ON, "table")]


def test_label_studio_brush_masks_of_others_are_things_of_their_own(tmp_path):
    pixels = np.zeros((40, 60), bool)
    pixels[10:20, 5:30] = True

    def region(rle, label):
        value = {"format": "rle", "rle": rle, "brushlabels": [label]}
        return {"id": label, "type": "brushlabels", "original_width": 60, "original_height": 40, "value": value}

    good = pack_brush(pixels)
    result = [region(good, "cat"), region(good[:12], "dog"), region([], "cow"), region(pack_brush(pixels[:5]), "owl")]
    task = {"data": {"image": "a.jpg"}, "annotations": [{"result": result}]}
    found = read_annotations(written(tmp_path, "export.json", [task]), "label-studio")
    (thing,) = found.scenes[0].scene.objects.values()
    assert thing.label == "cat" and thing.photo_box == (5, 10, 30, 20)
    assert (decode_mask(thing.mask) == pixels).all()
    assert any("3 brush masks are empty or damaged" in note for note in found.notes)


def test_the_public_vsd_form_is_read_and_written(tmp_path):
    item = {"img_id": "2670", "triple_list": [{"s": "window", "o": "house", "p": "on", "s_bbox": [197, 235, 90, 124],
            "o_bbox": [147, 393, 60, 143]}], "captions": ["A window is on the house."]}  # fmt: skip
    scene = read_annotations(written(tmp_path, "vsd.json", [item]), "vsd").scenes[0].scene
    assert scene.objects["window"].photo_box == (90, 197, 124, 235)
    (path,) = export_scene(scene, "vsd", tmp_path / "2670.json")
    assert json.loads(path.read_text()) == [item]


def test_a_photo_beside_the_file_is_found_and_nothing_outside_is_read(tmp_path):
    folder = tmp_path / "set"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "a.jpg").write_bytes(b"a picture")
    (tmp_path.parent / "secret.jpg").write_bytes(b"secret")

    def scene(name):
        file = {"images": [{"id": 1, "file_name": name, "width": 64, "height": 48}], "annotations": [],
                "categories": []}  # fmt: skip
        return read_annotations(written(folder, "i.json", file), "coco").scenes[0].scene

    assert scene("a.jpg").photo.path == str(folder / "images" / "a.jpg")
    assert scene("../../secret.jpg").photo is None
    assert scene("x" * 5_000 if False else "/etc/passwd").photo is None


@pytest.mark.parametrize("format", ["coco", "vg", "vsd", "cvat", "label-studio"])
@given(first=seen_scenes(), second=seen_scenes())
@settings(max_examples=8, deadline=None)
def test_a_data_set_of_scenes_comes_back_scene_by_scene(format, first, second):
    path = Path(f"all{IMPORTERS[format].suffixes[0]}")
    files = dict(make_data_set([("one", first), ("two", second)], format, path).files)
    others = {other.name: data for other, data in files.items()}
    found = IMPORTERS[format].read(files[path], path.name, others.get).scenes
    assert len(found) == 2
    for scene, one in zip((first, second), found, strict=True):
        assert {loss.field for loss in compared(scene, one.scene)} <= LOST[format]


def test_a_single_scene_format_holds_no_data_set():
    with pytest.raises(SceneError, match="one scene a file"):
        make_data_set([("a", ONE), ("b", ONE)], "glb", Path("x"))


# -- files that are wrong --------------------------------------------------------------------------------------------

ONE = Scene.of(
    [
        SceneObject(id="a", label="cup", photo_box=(10, 10, 50, 60)),
        SceneObject(id="b", label="box", center=(1, 0, 0.5)),
    ],
    relations=(Relation(subject="a", predicate=Predicate.ON, object="b"),),
    camera=Camera(width=640, height=480),
)
BYTES = {format: make_export(ONE, format, Path(f"s{IMPORTERS[format].suffixes[0]}")).files[0][1]
         for format in IMPORTERS}  # fmt: skip


def tried(format, data):
    """A file either gives scenes or a sentence."""
    try:
        found = IMPORTERS[format].read(data, "file", lambda name: None)
    except StudioError as error:
        assert str(error)
    else:
        assert all(isinstance(one.scene, Scene) for one in found.scenes)


@pytest.mark.parametrize("format", IMPORTERS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_damaged_files_give_a_sentence(format, data):
    good = BYTES[format]
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 60)))
    tried(format, good[:start] + data.draw(st.binary(max_size=12)) + good[end:])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("format", [name for name in IMPORTERS if name not in ("kitti", "cvat")])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_value_in_any_field_gives_a_sentence(format, data):
    tree = json.loads(BYTES[format])
    place = tree
    for _ in range(data.draw(st.integers(1, 6))):
        keys = list(place) if isinstance(place, dict) else list(range(len(place))) if isinstance(place, list) else []
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(place[key], dict | list):
            place[key] = data.draw(json_values)
            break
        place = place[key]
    tried(format, json.dumps(tree).encode())


@pytest.mark.parametrize(
    ("format", "data", "said"),
    [
        ("coco", b"[1]", "not a COCO file"),
        ("coco", b'{"images": [], "annotations": [{"image_id": 1, "category_id": 1}], "categories": []}', "no image"),
        ("coco", b"[" * 100_000, "COCO"),
        ("vg", b"[]", "Visual Genome"),
        ("kitti", b"Car 1 2 3\n", "15 columns"),
        ("kitti", b"Car " + b"nan " * 14, "number"),
        ("kitti", b"\xff\xfe", "not text"),
        ("labelcloud", b'{"objects": [{"name": "a"}]}', "objects.0.centroid"),
        ("cvat", b"<html/>", "begins with <html>"),
        ("cvat", b'<!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>', "not a CVAT file"),
        ("cvat", b'<annotations><image width="9" height="1e9"/></annotations>', "out of range"),
        ("label-studio", b'{"a": 1}', "Label Studio"),
        ("vsd", b'[{"img_id": 5}]', "VSD"),
        ("json", b"{}", "not an SD3 Studio scene"),
    ],
)
def test_wrong_files_are_told_by_file_and_field(tmp_path, format, data, said):
    with pytest.raises(StudioError, match=said):
        read_annotations(written(tmp_path, "file", data), format)


def test_unknown_formats_are_refused(tmp_path):
    with pytest.raises(DataError, match="choose one of"):
        read_annotations(tmp_path / "a", "yolo")
