"""Guesses from a photo that no network stands behind: masks, stuff, colours, the place."""

import numpy as np
import pytest

from sd3studio.ml.parsing.concepts import Place, place_of
from sd3studio.ml.parsing.looks import colour_words
from sd3studio.ml.parsing.masks import GrabCutSegmenter, grabcut
from sd3studio.ml.parsing.stuff import guess_stuff


def disc(colour=(200, 60, 40), ground=(90, 120, 90)):
    """A disc on a plain ground, and its pixels."""
    rng = np.random.default_rng(3)
    pixels = np.full((240, 320, 3), ground, np.uint8)
    y, x = np.mgrid[:240, :320]
    inside = (x - 160) ** 2 + (y - 120) ** 2 < 60**2
    pixels[inside] = colour
    noise = rng.integers(-8, 9, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8), inside


def test_grabcut_finds_a_disc_in_its_box():
    pixels, inside = disc()
    mask = grabcut(pixels, (98.0, 58.0, 222.0, 182.0))
    assert (mask & inside).sum() / (mask | inside).sum() > 0.9


def test_tiny_boxes_and_boxes_without_surroundings_get_no_mask():
    pixels, _ = disc()
    assert grabcut(pixels, (10.0, 10.0, 20.0, 20.0)) is None
    assert grabcut(pixels, (0.0, 0.0, 320.0, 240.0)) is None


def test_only_the_largest_boxes_are_cut_out():
    pixels, _ = disc()
    boxes = [(150.0, 110.0, 170.0, 130.0), (98.0, 58.0, 222.0, 182.0)]
    masks = GrabCutSegmenter(limit=1).masks(pixels, boxes, ["ball", "ball"])
    assert masks[0] is None
    assert masks[1] is not None


@pytest.mark.parametrize(
    ("colour", "name"),
    [((200, 30, 30), "red"), ((30, 80, 180), "blue"), ((240, 240, 240), "white"), ((20, 20, 22), "black")],
)
def test_colours_get_the_names_that_people_use(colour, name):
    pixels, inside = disc(colour)
    found, mean, share = colour_words(pixels, inside)
    assert found == name
    assert share > 0.9
    assert np.abs(np.array(mean) * 255 - colour).max() < 10


def test_a_grey_photo_names_no_colours():
    pixels, inside = disc((200, 200, 200), (90, 90, 90))
    grey = np.repeat(pixels.mean(axis=-1, keepdims=True).astype(np.uint8), 3, axis=-1)
    assert colour_words(grey, inside) is None


@pytest.mark.parametrize(
    ("labels", "name", "indoor"),
    [
        (["car", "traffic light", "person", "bus"], "street", False),
        (["oven", "refrigerator", "sink", "bowl"], "kitchen", True),
        (["couch", "tv", "remote"], "living room", True),
        (["toilet", "sink"], "bathroom", True),
        (["keyboard", "mouse", "laptop"], "office", True),
        (["dining table", "fork", "wine glass"], "dining room", True),
    ],
)
def test_things_tell_the_place(labels, name, indoor):
    place = place_of(labels, [0.8] * len(labels))
    assert place.name == name
    assert place.indoor is indoor


def test_a_person_alone_tells_no_place():
    assert place_of(["person"], [0.9]) is None
    assert place_of([], []) is None


def landscape(below=(70, 140, 50), above=(110, 160, 230)):
    pixels = np.full((240, 320, 3), below, np.uint8)
    pixels[:100] = above
    return pixels


def test_sky_and_grass_are_guessed_from_colour_and_place():
    found = {s.label: s for s in guess_stuff(landscape(), [], [], None, 100.0)}
    assert set(found) == {"grass", "sky"}
    assert found["sky"].mask[:90].mean() > 0.9 and found["sky"].mask[110:].mean() == 0.0
    assert found["grass"].mask[120:].mean() > 0.9
    assert all(s.score < 0.8 for s in found.values())


def test_there_is_always_a_ground():
    found = guess_stuff(np.zeros((64, 64, 3), np.uint8), [(0.0, 0.0, 64.0, 64.0)], ["person"], None, -50.0)
    assert [s.label for s in found] == ["ground"]
    assert found[0].mask is None


def test_indoors_there_is_a_wall_and_no_sky():
    room = Place("kitchen", 0.8, True)
    found = {s.label for s in guess_stuff(landscape((150, 120, 90), (220, 215, 205)), [], [], room, 100.0)}
    assert found == {"floor", "wall"}
