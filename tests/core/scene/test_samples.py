"""The scenes that ship with the program can be read and name things that are there."""

import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.layout import overlaps
from sd3studio.core.locations import RESOURCES
from sd3studio.core.relations import RelationField, conflicts
from sd3studio.core.relations.apparent import projected_boxes
from sd3studio.core.scene import Predicate
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.json_form import read_scene

SAMPLES = sorted((RESOURCES / "samples").glob("*.json"))


SLACK_M = 0.03
"""How deep things may stand in others: feet in a rug."""


def test_there_are_samples_of_every_kind():
    names = {path.stem for path in SAMPLES}
    assert len(names) >= 12
    assert {"living-room", "kitchen", "street", "two-cars", "park", "still-life", "chair-and-book"} <= names


def test_every_sample_has_a_title_of_its_own():
    titles = [read_scene(path.read_bytes(), path.name).title for path in SAMPLES]
    assert all(title[:1].isupper() for title in titles) and len(set(titles)) == len(titles)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_sample_scene_is_whole(path):
    scene = read_scene(path.read_bytes(), path.name)
    meshes = {thing.mesh for thing in scene.objects.values() if thing.mesh}
    assert meshes and all(shipped_catalogue().get(mesh) for mesh in meshes)
    assert conflicts(scene, RelationField(scene)) == ()
    assert [found for found in overlaps(scene) if found.depth_m > SLACK_M] == []


def test_two_cars_look_side_by_side_and_are_not():
    scene = read_scene((RESOURCES / "samples" / "two-cars.json").read_bytes())
    field = RelationField(scene)
    assert field.grade("gray-car", Predicate.IN_FRONT_OF, "blue-car", "camera") > 0.5
    assert field.grade("gray-car", Predicate.LEFT_OF, "blue-car", "camera") < 0.5
    gray, blue = projected_boxes(Boxes.of(scene.objects[name] for name in ("gray-car", "blue-car")), scene.camera)
    assert gray[2] < blue[0] and min(gray[3], blue[3]) > max(gray[1], blue[1])  # apart in x, level in y
