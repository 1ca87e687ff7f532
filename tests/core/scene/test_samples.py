"""The scenes that ship with the program can be read and name things that are there."""

import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.locations import RESOURCES
from sd3studio.core.relations import RelationField, conflicts
from sd3studio.core.scene.json_form import read_scene

SAMPLES = sorted((RESOURCES / "samples").glob("*.json"))


def test_there_are_samples():
    assert len(SAMPLES) >= 2


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_sample_scene_is_whole(path):
    scene = read_scene(path.read_bytes(), path.name)
    meshes = {thing.mesh for thing in scene.objects.values() if thing.mesh}
    assert meshes and all(shipped_catalogue().get(mesh) for mesh in meshes)
    assert conflicts(scene, RelationField(scene)) == ()
