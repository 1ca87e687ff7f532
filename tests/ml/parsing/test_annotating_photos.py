"""What is in a drawn box, and its mask, on the sample photo."""

import pytest

from sd3studio.core.errors import PhotoError
from sd3studio.core.locations import RESOURCES
from sd3studio.core.messages import Finished
from sd3studio.core.requests import CutOut, NameBox
from sd3studio.core.scene.mask_painting import box_of, stroked
from sd3studio.core.scene.masks import decode_mask, encode_mask
from sd3studio.ml.parsing.annotating import cut_out, name_box
from sd3studio.ml.parsing.photo import read_photo
from sd3studio.services.jobs import resolve

PHOTO = RESOURCES / "samples" / "coffee.jpg"


def result(job, request):
    return next(message.result for message in job(request) if isinstance(message, Finished))


@pytest.fixture(scope="module")
def cup_box():
    from sd3studio.ml.parsing.detection import load_detector

    found = load_detector().detect(read_photo(PHOTO).pixels)
    return next(one.box for one in found if one.label == "cup")


def test_a_box_around_a_cup_is_named_cup(cup_box):
    names = result(name_box, NameBox(photo=str(PHOTO), box=cup_box)).names
    assert names[0][0] == "cup"
    assert [score for _, score in names] == sorted((score for _, score in names), reverse=True)


def test_strokes_have_the_last_word_in_cutting_out(cup_box):
    photo = read_photo(PHOTO)
    free = result(cut_out, CutOut(photo=str(PHOTO), box=cup_box, label="cup")).mask
    pixels = decode_mask(free)
    assert 0.1 < pixels.sum() / ((cup_box[2] - cup_box[0]) * (cup_box[3] - cup_box[1])) < 1.0
    x0, y0, x1, y1 = box_of(pixels)
    half = (x0 + x1) / 2
    drop = stroked(pixels & False, (half + (x1 - half) / 2, y0), (half + (x1 - half) / 2, y1), (x1 - half) / 2, True)
    less = result(cut_out, CutOut(photo=str(PHOTO), box=cup_box, label="cup", drop=encode_mask(drop))).mask
    assert less is None or (decode_mask(less) & drop).sum() < 0.2 * (pixels & drop).sum()
    assert photo.width == free.width


def test_a_box_beside_the_photo_is_refused():
    with pytest.raises(PhotoError, match="holds no part"):
        result(name_box, NameBox(photo=str(PHOTO), box=(-50.0, -50.0, -10.0, -10.0)))


def test_the_jobs_are_in_the_table():
    from sd3studio.app import JOBS

    assert resolve(JOBS["name_box"]) is name_box and resolve(JOBS["cut_out"]) is cut_out
