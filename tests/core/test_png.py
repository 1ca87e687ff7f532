"""What a picture carries survives, and damage is a sentence."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sd3studio.core import png as module
from sd3studio.core.errors import PhotoError, StudioError
from sd3studio.core.png import embed_record, embed_texts, read_record, read_texts
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene import Scene, SceneObject


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (5, 3), (200, 100, 50)).save(out, "PNG")
    return out.getvalue()


def request() -> GenerateImage:
    chair = SceneObject(id="chair", label="椅子", attributes=("blue",))
    return GenerateImage(scene=Scene.of([chair], title="room"), seed=2**63 - 1, prompt="a chair — 椅子")


def test_the_whole_request_comes_back() -> None:
    record = read_record(embed_record(picture(), request(), {"unet": "ab" * 32}))
    assert record.request == request()
    assert record.weights == {"unet": "ab" * 32}
    assert record.software.startswith("SD3 Studio ")


def test_the_picture_still_opens_with_the_same_pixels() -> None:
    after = Image.open(io.BytesIO(embed_record(picture(), request())))
    after.load()
    assert after.size == (5, 3) and after.getpixel((4, 2)) == (200, 100, 50)


def test_embedding_again_replaces() -> None:
    once = embed_record(picture(), request())
    twice = embed_record(once, request().replace(seed=5))
    assert read_record(twice).request.seed == 5
    assert len(twice) < len(once) + 20


@given(st.dictionaries(st.from_regex(r"[A-Za-z][A-Za-z.]{0,20}", fullmatch=True), st.text(max_size=200), max_size=4))
def test_any_text_survives(texts: dict[str, str]) -> None:
    assert read_texts(embed_texts(picture(), texts)) == texts


@given(st.integers(0, 2_000), st.integers(0, 255))
def test_a_changed_byte_is_an_error_or_the_same_request(at: int, value: int) -> None:
    whole = bytearray(embed_record(picture(), request()))
    whole[at % len(whole)] = value
    try:
        assert read_record(bytes(whole)).request == request()
    except StudioError as error:
        assert "the picture" in str(error)


@given(st.integers(0, 2_000))
def test_a_truncated_picture_is_an_error(length: int) -> None:
    whole = embed_record(picture(), request())
    with pytest.raises(PhotoError):
        read_record(whole[: length % len(whole)])


def test_a_plain_picture_says_that_it_holds_no_scene() -> None:
    with pytest.raises(PhotoError, match=r"x\.png does not hold a scene"):
        read_record(picture(), "x.png")


def test_something_else_is_not_a_png() -> None:
    with pytest.raises(PhotoError, match="not a PNG"):
        read_record(b"GIF89a")


def test_a_text_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TEXT_BYTES", 1_000)
    with pytest.raises(PhotoError, match="too large"):
        read_texts(embed_texts(picture(), {"bomb": "0" * 5_000_000}))


@pytest.mark.parametrize(
    ("key", "text", "says"),
    [
        (module.REQUEST_KEY, "[", "not valid JSON"),
        (module.REQUEST_KEY, "[" * 100_000, "not valid JSON"),
        (module.REQUEST_KEY, "[]", "not a JSON object"),
        (module.REQUEST_KEY, '{"version": 9}', "version 9"),
        (module.REQUEST_KEY, '{"version": 1, "steps": 0}', "field steps"),
        (module.REQUEST_KEY, '{"version": 1, "color": 0}', "field color"),
        (module.SCENE_KEY, "{}", "format"),
        (module.WEIGHTS_KEY, "3", "list of weights"),
    ],
)
def test_wrong_contents_name_what_is_wrong(key: str, text: str, says: str) -> None:
    with pytest.raises(StudioError, match=says):
        read_record(embed_texts(embed_record(picture(), request()), {key: text}))


def test_an_uncompressed_text_is_read_too() -> None:
    body = b"Comment\0\0\0\0\0" + "å".encode()
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    data = picture()
    assert read_texts(data[:33] + chunk + data[33:]) == {"Comment": "å"}
