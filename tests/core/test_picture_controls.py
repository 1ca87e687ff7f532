"""What steers a picture: it survives in its PNG, old pictures still open, and words of several sources are joined."""

import base64
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from sd3studio.core.errors import PhotoError
from sd3studio.core.picture_controls import DepthRange, Keep, KeptDifference, Reference, Style
from sd3studio.core.png import (
    DIFFERENCE_KEY,
    REQUEST_KEY,
    TOKENS_KEY,
    bare_png,
    embed_record,
    embed_texts,
    read_record,
    read_texts,
)
from sd3studio.core.requests import Control, GenerateImage
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.core.scene.changes import changed_ids, held_tokens

CHAIR = SceneObject(id="chair", label="chair", attributes=("red",))
SCENE = Scene.of([CHAIR, SceneObject(id="table", label="table", center=(2, 0, 0.5))])
DIFFERENCE = KeptDifference(redrawn=0.1, mean=0.0, largest=0.0, drawn_mean=0.4, drawn_largest=9.0)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), (10, 200, 30)).save(out, "PNG")
    return out.getvalue()


def encoded() -> str:
    return base64.b64encode(picture()).decode()


def whole_request() -> GenerateImage:
    return GenerateImage(
        scene=SCENE,
        controls=(Control(map="depth", strength=0.5, start=0.1, end=0.8),),
        depth_range=DepthRange(near_m=0.5, far_m=9.0),
        style=Style(name="Oil", prompt="oil painting", negative="photo"),
        reference=Reference(picture=encoded(), scene=SCENE, tokens={"": (1, 2), "chair": (0, 4)}),
        keep=Keep(picture=encoded(), scene=SCENE, tokens={"chair": (0, 4)}),
    )


def test_all_that_steers_a_picture_is_in_its_png() -> None:
    tokens = {"": (1, 0, 2), "chair": (4, 4, 4)}
    record = read_record(embed_record(picture(), whole_request(), None, tokens, DIFFERENCE))
    assert record.request == whole_request()
    assert record.tokens == tokens and record.difference == DIFFERENCE


def test_a_picture_of_an_earlier_program_still_opens() -> None:
    """Its request has none of the fields that came later, and the file no looks and no difference."""
    old = {"version": 1, "kind": "generate_image",
           "backend": "render", "width": 64, "height": 64, "seed": 7, "steps": 3,
           "guidance": 2.0, "prompt": "", "negative_prompt": "fog", "model": "", "device": "auto", "dtype": "auto",
           "controls": [{"map": "depth", "strength": 1.0, "start": 0.0, "end": 1.0, "model": ""}]}  # fmt: skip
    png = embed_texts(embed_record(picture(), GenerateImage(scene=SCENE)), {REQUEST_KEY: json.dumps(old)})
    record = read_record(png)
    assert (record.request.seed, record.request.backend, record.request.unwanted) == (7, "render", "fog")
    assert record.request.keep is None and record.request.style is None and record.request.depth_range == DepthRange()
    assert record.tokens == {} and record.difference is None


@pytest.mark.parametrize(("key", "text"), [(TOKENS_KEY, '{"a": "b"}'), (TOKENS_KEY, "["), (DIFFERENCE_KEY, "{}")])
def test_damaged_extras_are_a_sentence(key: str, text: str) -> None:
    with pytest.raises(PhotoError, match=r"looks|difference"):
        read_record(embed_texts(embed_record(picture(), whole_request()), {key: text}), "p.png")


def test_bare_pixels_hold_no_text() -> None:
    bare = bare_png(embed_record(picture(), whole_request()))
    assert read_texts(bare) == {} and bare == bare_png(picture())


def test_words_of_request_and_style_are_joined() -> None:
    request = whole_request()
    assert request.words("a chair") == "a chair, oil painting"
    assert request.replace(prompt="a room,").words("a chair") == "a room, oil painting"
    assert request.replace(negative_prompt="fog").unwanted == "fog, photo"
    assert GenerateImage(scene=SCENE).words("a chair") == "a chair" and GenerateImage(scene=SCENE).unwanted == ""


@pytest.mark.parametrize("near_far", [(3.0, 3.0), (5.0, 1.0), (0.0, 1.0)])
def test_far_is_farther_than_near(near_far: tuple[float, float]) -> None:
    with pytest.raises(ValidationError):
        DepthRange(near_m=near_far[0], far_m=near_far[1])


def test_a_picture_in_a_request_is_base64() -> None:
    with pytest.raises(ValidationError, match="base64"):
        Reference(picture="not base64!")


@given(st.sets(st.sampled_from(["moved", "recoloured", "removed", "added", "locked"])))
def test_looks_stay_but_for_what_looks_otherwise(done: set[str]) -> None:
    lamp, cup = (SceneObject(id=name, label=name) for name in ("lamp", "cup"))
    old = SCENE.with_objects(lamp)
    new = dict(old.objects)
    if "moved" in done:
        new["chair"] = CHAIR.replace(center=(1, 1, 1))
    if "recoloured" in done:
        new["table"] = new["table"].replace(colour=(1, 0, 0))
    if "locked" in done:
        new["lamp"] = lamp.replace(locked=True)
    if "removed" in done:
        del new["lamp"]
    if "added" in done:
        new["cup"] = cup
    tokens = {"": (1,), "chair": (2,), "table": (3,), "lamp": (4,), "stand-in-floor": (0,)}
    expected = {"moved": "chair", "recoloured": "table", "removed": "lamp", "added": "cup"}
    after = old.replace(objects=new)
    assert changed_ids(old, after) == {expected[what] for what in done - {"locked"}}
    gone = {expected[what] for what in done & {"recoloured", "removed"}}
    assert held_tokens(old, after, tokens).keys() == tokens.keys() - gone
