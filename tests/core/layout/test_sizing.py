"""Sizes that a sentence leaves open come nearer to each other, within what such things measure."""

import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.layout import sized_alike
from sd3studio.core.scene import Scene


def entry(category):
    return shipped_catalogue().of_category(category)[0]


def length(thing):
    return max(thing.size)


def test_an_airplane_beside_a_chair_is_a_light_one_and_the_chair_a_large_one():
    plane, chair = entry("airplane"), entry("chair")
    made = sized_alike(Scene.of([plane.as_object("plane"), chair.as_object("chair")])).objects
    assert length(made["plane"]) < 0.5 * max(plane.size) and length(made["chair"]) > max(chair.size)
    for name, known in (("plane", plane), ("chair", chair)):
        size = made[name].size
        assert all(low - 1e-3 <= s for low, s in zip(known.size_low, size, strict=True))
        assert all(s <= high + 1e-3 for high, s in zip(known.size_high, size, strict=True))
        assert size[0] / size[2] == pytest.approx(known.size[0] / known.size[2], rel=0.01)
        assert made[name].center[2] - size[2] / 2.0 == pytest.approx(known.elevation_m, abs=1e-3)
    assert "beside the chair" in made["plane"].provenance.priors["size"]


def test_what_goes_together_and_what_is_told_keeps_its_size():
    dog, horse = entry("dog").as_object("dog"), entry("horse").as_object("horse")
    assert sized_alike(Scene.of([dog, horse])) == Scene.of([dog, horse])
    told = entry("chair").as_object("chair")
    small = {"size": "size of the catalogue's chair, changed because it is called small"}
    told = told.replace(provenance=told.provenance.replace(priors=small))
    plane = entry("airplane").as_object("plane").replace(locked=True)
    assert sized_alike(Scene.of([plane, told])) == Scene.of([plane, told])
