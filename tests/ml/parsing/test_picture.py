"""Photos from outside: what is read, what is refused and how."""

import hashlib
import io
import re
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.errors import PhotoError
from sd3studio.ml.parsing.picture import read_photo

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quadrants(width=40, height=24):
    """Red, green / blue, white."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :] = RED, GREEN
    pixels[height // 2 :, : width // 2], pixels[height // 2 :, width // 2 :] = BLUE, WHITE
    return pixels


def write(path, image, **how):
    image.save(path, **how)
    return path


def png_header(width, height, bits=8, colour=2):
    """A PNG that says it is so large, with hardly any data behind it."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


def refusal(path):
    """The sentence with which a file is refused; it must name the file and be short."""
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    sentence = str(caught.value)
    assert str(path) in sentence and "\n" not in sentence and len(sentence) < 400
    return sentence


def test_a_photo_has_its_pixels_size_and_hash(tmp_path):
    path = write(tmp_path / "a.png", Image.fromarray(quadrants()))
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.pixels, quadrants())
    assert (photo.width, photo.height) == (40, 24)
    assert photo.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert photo.focal_mm is None


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    assert "no file" in refusal(tmp_path / "none.jpg")
    assert "folder" in refusal(tmp_path)


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "empty.jpg"
    path.touch()
    assert "empty" in refusal(path)


def test_a_text_named_jpg_is_refused(tmp_path):
    path = tmp_path / "text.jpg"
    path.write_text("this is no picture\n" * 50, encoding="utf-8")
    assert "not a picture" in refusal(path)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_a_truncated_jpeg_is_refused(tmp_path, share):
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "JPEG")
    data = buffer.getvalue()
    path = tmp_path / "cut.jpg"
    path.write_bytes(data[: int(len(data) * share)])
    assert re.search("damaged|cut short|not a picture", refusal(path))


@pytest.mark.parametrize("size", [(30_000, 30_000), (12_000, 9_000), (40_000, 100)])
def test_a_picture_beyond_the_bounds_is_refused_without_decoding_it(tmp_path, size):
    path = tmp_path / "huge.png"
    path.write_bytes(png_header(*size))
    read_photo(write(tmp_path / "warm.png", Image.fromarray(quadrants())))  # imports are not counted
    tracemalloc.start()
    sentence = refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "Scale it down" in sentence
    assert peak < 5_000_000


def test_a_file_of_too_many_bytes_is_refused_unread(tmp_path):
    path = tmp_path / "long.jpg"
    with path.open("wb") as file:
        file.truncate(200_000_001)  # sparse: takes no room on the disk
    tracemalloc.start()
    assert "MB" in refusal(path)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_header_without_pixels_is_refused(tmp_path):
    path = tmp_path / "hollow.png"
    path.write_bytes(png_header(640, 480))
    assert "damaged" in refusal(path)


def test_a_speck_is_refused(tmp_path):
    assert "at least 8" in refusal(write(tmp_path / "dot.png", Image.fromarray(quadrants(4, 4))))


@pytest.mark.parametrize("damage", range(12))
def test_a_picture_with_broken_bytes_is_read_or_refused_in_a_sentence(tmp_path, damage):
    rng = np.random.default_rng(damage)
    buffer = io.BytesIO()
    kind = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")[damage % 6]
    Image.fromarray(quadrants()).save(buffer, kind)
    data = np.frombuffer(buffer.getvalue(), np.uint8).copy()
    data[rng.integers(8, len(data), 20)] = rng.integers(0, 256, 20)
    path = tmp_path / f"broken.{kind.lower()}"
    path.write_bytes(data.tobytes())
    try:
        assert read_photo(path).pixels.dtype == np.uint8
    except PhotoError as error:
        assert str(path) in str(error)


def test_grey_palette_and_cmyk_become_rgb(tmp_path):
    image = Image.fromarray(quadrants())
    for name, converted in {
        "l.png": image.convert("L"),
        "p.gif": image.quantize(8),
        "k.jpg": image.convert("CMYK"),
    }.items():
        pixels = read_photo(write(tmp_path / name, converted)).pixels
        assert pixels.shape == (24, 40, 3)
        assert (pixels[20, 35] > 240).all()
        if name != "l.png":
            assert pixels[3, 3, 0] > 200 > 90 > pixels[3, 3, 1]


def test_16_bit_grey_keeps_its_range(tmp_path):
    values = np.linspace(0, 65_535, 16 * 16).astype(np.uint16).reshape(16, 16)
    pixels = read_photo(write(tmp_path / "deep.png", Image.fromarray(values))).pixels
    assert pixels[0, 0, 0] == 0 and pixels[-1, -1, 2] == 255
    assert (np.diff(pixels[..., 0].reshape(-1).astype(int)) >= 0).all()


def test_floating_point_values_are_refused(tmp_path):
    path = write(tmp_path / "float.tiff", Image.fromarray(np.ones((16, 16), np.float32)))
    assert "floating-point" in refusal(path)


def test_a_transparent_picture_is_laid_on_white(tmp_path):
    clear = Image.fromarray(np.zeros((16, 16, 4), np.uint8), "RGBA")
    assert (read_photo(write(tmp_path / "clear.png", clear)).pixels == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_set_upright_as_pillow_does(tmp_path, orientation):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    path = write(tmp_path / "turned.png", Image.fromarray(quadrants()), exif=exif)
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.pixels, expected)
    assert (photo.height, photo.width) == expected.shape[:2]


def with_focal(tmp_path, size, orientation=1, **tags):
    numbers = {"film": 0xA405, "focal": 0x920A, "resolution": 0xA20E, "unit": 0xA210, "width": 0xA002}
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769).update({numbers[name]: value for name, value in tags.items()})
    return read_photo(write(tmp_path / "focal.jpg", Image.new("RGB", size), exif=exif)).focal_mm


def test_the_film_equivalent_is_the_focal_length_of_a_3_to_2_landscape(tmp_path):
    assert with_focal(tmp_path, (300, 200), film=35) == pytest.approx(35.0, rel=1e-3)


def test_a_portrait_photo_has_the_same_focal_length_in_pixels(tmp_path):
    landscape = with_focal(tmp_path, (400, 300), film=28)
    portrait = with_focal(tmp_path, (400, 300), orientation=6, film=28)
    assert landscape * 300 == pytest.approx(portrait * 400)


def test_the_pixel_pitch_tells_where_the_film_equivalent_is_missing(tmp_path):
    # 36 mm sensor of 6,000 pixels, photo scaled to 300 x 200
    per_inch = 6_000 / 36 * 25.4
    mm = with_focal(tmp_path, (300, 200), focal=50.0, resolution=per_inch, unit=2, width=6_000)
    assert mm == pytest.approx(50.0, rel=1e-3)


@pytest.mark.parametrize(
    "tags", [{}, {"focal": 5.0}, {"film": 0}, {"film": 60_000}, {"focal": 5.0, "resolution": 1.0, "unit": 2}]
)
def test_no_focal_length_is_made_up(tmp_path, tags):
    assert with_focal(tmp_path, (300, 200), **tags) is None
