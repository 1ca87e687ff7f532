"""What a photo's file tells a library: upright size, day, camera, coordinates, the place that XMP or IPTC name."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sd3studio.core.errors import PhotoError
from sd3studio.ml.librarian.looking import facts_of
from sd3studio.ml.librarian.naming_places import place_named
from sd3studio.ml.parsing.picture import PhotoFile, open_file

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Country="France &amp; more">'
    "<photoshop:City>Paris</photoshop:City></rdf:Description></rdf:RDF></x:xmpmeta>"
)


@pytest.fixture
def picture():
    rng = np.random.default_rng(3)
    return Image.fromarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8))


def iptc(*fields: tuple[int, bytes]) -> bytes:
    """A Photoshop segment of a JPEG with these data sets of record 2."""
    rows = b"".join(b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(value)) + value for number, value in fields)
    block = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(rows)) + rows + b"\x00" * (len(rows) % 2)
    body = b"Photoshop 3.0\x00" + block
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def test_exif_turns_the_photo_and_tells_day_camera_and_coordinates(picture, tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110], exif[0x0132] = 6, "Canon", "Canon EOS 80D", "2024:05:31 14:05:09"
    exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 51.0, 30.0), 3: "E", 4: (151.0, 12.0, 36.0)})
    picture.save(tmp_path / "a.jpg", exif=exif)
    facts = facts_of(open_file(tmp_path / "a.jpg"))
    assert (facts.width, facts.height) == (48, 64)
    assert (facts.taken, facts.camera) == ("2024-05-31T14:05:09", "Canon EOS 80D")
    assert (facts.latitude, facts.longitude) == pytest.approx((-33.858333, 151.21))
    assert facts.place == "" and facts.thumbnail


def test_the_place_is_read_from_xmp(picture, tmp_path):
    picture.save(tmp_path / "a.jpg", xmp=XMP.encode())
    assert facts_of(open_file(tmp_path / "a.jpg")).place == "Paris, France & more"


@pytest.mark.parametrize("city", ["Zürich".encode(), "Zürich".encode("latin-1")])
def test_the_place_is_read_from_iptc(picture, tmp_path, city):
    picture.save(tmp_path / "a.jpg")
    data = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(data[:2] + iptc((90, city), (95, b"ZH"), (101, b"Schweiz\x00\n")) + data[2:])
    assert facts_of(open_file(tmp_path / "a.jpg")).place == "Zürich, Schweiz"


@given(st.binary(max_size=400))
def test_any_metadata_gives_a_place_or_none(data):
    """Random bytes where the IPTC data is."""
    head = b"\xff\xd8" + b"\xff\xed" + struct.pack(">H", len(data) + 16) + b"Photoshop 3.0\x00" + data
    file = PhotoFile("a.jpg", head + XMP.encode(), "0" * 64, (8, 8), {}, {})  # type: ignore[arg-type]
    assert isinstance(place_named(file), str)


def test_pictures_of_phones_that_cant_be_read_are_named(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(200))
    with pytest.raises(PhotoError, match="HEIC, HEIF or AVIF"):
        open_file(tmp_path / "a.heic")
