"""Few things, large, on plain ground: the same by seed, whole in view, of all kinds."""

from collections import Counter

import numpy as np
import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import DataError
from sd3studio.core.layout import overlaps
from sd3studio.core.relations.apparent import projected_boxes
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.synthesis import compose


@pytest.mark.parametrize("seed", range(12))
def test_one_to_three_things_stand_whole_in_the_picture(seed: int) -> None:
    scene = compose("things", seed, 128)
    things = scene.solid_objects()
    assert scene == compose("things", seed, 128)
    assert 1 <= len(things) <= 3 and not overlaps(scene)
    low, _ = Boxes.of(things).bounds()
    assert np.allclose(low[:, 2], 0.0, atol=1e-3)
    boxes = projected_boxes(Boxes.of(things), scene.camera)
    assert boxes.min() >= -1.0 and boxes.max() <= 129.0
    size = (boxes.max(axis=0)[2:] - boxes.min(axis=0)[:2]).max()
    assert size > 0.6 * 128
    assert {thing.kind for thing in scene.objects.values()} == {"object", "stuff", "concept"}


def test_all_kinds_come_and_most_keep_their_own_colours() -> None:
    things = [thing for seed in range(150) for thing in compose("things", seed).solid_objects()]
    kinds = Counter(thing.category for thing in things)
    assert len(kinds) > 120 and max(kinds.values()) < 10
    assert 0.5 < np.mean([thing.colour is None for thing in things]) < 0.95


def test_meshes_can_be_named() -> None:
    scenes = [compose("things", seed, meshes=("cup", "banana")) for seed in range(12)]
    assert {thing.mesh for scene in scenes for thing in scene.solid_objects()} == {"cup", "banana"}


@pytest.mark.parametrize(("kind", "mesh", "told"), [("things", "cupp", "no cupp"), ("rooms", "cup", "things")])
def test_meshes_that_cannot_be_had_are_named(kind: str, mesh: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        compose(kind, 0, meshes=(mesh,))


def test_animals_are_portrayed_by_themselves() -> None:
    catalogue = shipped_catalogue()
    animals = {entry.category for entry in catalogue if entry.group == "animals"}
    seen = {thing.category for seed in range(40) for thing in compose("animals", seed, 64).solid_objects()}
    assert seen <= animals
    assert len(seen) > len(animals) / 2
