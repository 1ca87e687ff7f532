"""Zip files from outside: every trick is a sentence, whatever the bytes."""

import io
import stat
import struct
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.errors import DataError
from sd3studio.services.archives import Archive, Limits

SMALL = Limits(file_bytes=100_000, members=5, member_bytes=3_000_000, total_bytes=4_000_000)


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, data in members:
            archive.writestr(name, data)
    return packed.getvalue()


def info(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


@pytest.fixture
def read(tmp_path):
    def reading(data: bytes, limits: Limits = SMALL) -> dict[str, bytes]:
        path = tmp_path / "some.zip"
        path.write_bytes(data)
        with Archive(path, limits, DataError) as archive:
            return {name: archive.read(name) for name in archive.names}

    return reading


def test_what_is_in_order_is_read(read):
    assert read(zipped(("a.txt", b"one"), ("folder/", b""), ("folder/b.txt", b"two"))) == {
        "a.txt": b"one",
        "folder/b.txt": b"two",
    }


BOMB = zipped(("bomb", b"\0" * 2_900_000))
TRICKS = {
    "not a zip": (b"hello" * 100, "not a zip file"),
    "empty": (b"", "is empty"),
    "cut off": (zipped(("a", b"one" * 100))[:-30], "not a zip file"),
    "too large a file": (b"x" * 100_001, "too large"),
    "too many": (zipped(*((f"{n}", b"") for n in range(6))), "more than 5 parts"),
    "a large member": (zipped(("a", b"\0" * 3_000_001)), "larger than 3 MB"),
    "large together": (zipped(("a", bytes(2_500_000)), ("b", bytes(2_500_000))), "unpacks to more than 4 MB"),
    "climbs up": (zipped(("../a", b"")), "can't be a file"),
    "climbs up inside": (zipped(("b/../../a", b"")), "can't be a file"),
    "absolute": (zipped(("/etc/a", b"")), "can't be a file"),
    "drive": (zipped(("c:a", b"")), "can't be a file"),
    "backslash": (zipped(("..\\a", b"")), "can't be a file"),
    "device": (zipped(("NUL.txt", b"")), "can't be a file"),
    "control character": (zipped(("a\nb", b"")), "can't be a file"),
    "symlink": (zipped((info("a", stat.S_IFLNK | 0o777), b"/etc/passwd")), "link"),
    "pipe": (zipped((info("a", stat.S_IFIFO | 0o777), b"")), "link"),
    "twice": (zipped(("a", b"1"), ("a", b"2")), "two parts"),
    "twice but for the case": (zipped(("a", b"1"), ("A", b"2")), "two parts"),
    "file and folder": (zipped(("a", b"1"), ("a/", b"")), "two parts"),
    "unusual packing": (zipped(("a", b"1"), method=zipfile.ZIP_LZMA), "packed in a way"),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_is_a_sentence(read, trick):
    data, said = TRICKS[trick]
    with pytest.raises(DataError, match=said):
        read(data)


def test_a_bomb_is_refused_by_its_ratio(read):
    with pytest.raises(DataError, match="far more than it takes"):
        read(BOMB, Limits(ratio=100))


def test_a_member_that_lies_about_its_size_is_not_unpacked_further(read):
    honest = zipped(("a", bytes(2_000_000)))
    lying = honest.replace(struct.pack("<I", 2_000_000), struct.pack("<I", 10))
    with pytest.raises(DataError, match="damaged"):
        read(lying)


def test_a_list_of_parts_that_would_not_fit_is_not_read(read):
    data = bytearray(zipped(("a", b"one")))
    struct.pack_into("<I", data, len(data) - 10, 2_000_000_000)
    with pytest.raises(DataError, match="list of parts"):
        read(bytes(data))


def test_a_missing_file_and_a_missing_member_are_sentences(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        Archive(tmp_path / "none.zip", SMALL, DataError)
    path = tmp_path / "some.zip"
    path.write_bytes(zipped(("a", b"one")))
    with Archive(path, SMALL, DataError) as archive, pytest.raises(DataError, match="holds no b"):
        archive.read("b")


GOOD = zipped(("a.txt", b"one" * 50), ("folder/b.txt", b"two" * 50))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_damage_is_a_sentence_or_clean(tmp_path_factory, changes):
    data = bytearray(GOOD)
    for at, value in changes:
        data[at] = value
    path: Path = tmp_path_factory.getbasetemp() / "damaged.zip"
    path.write_bytes(bytes(data))
    try:
        with Archive(path, SMALL, DataError) as archive:
            for name in archive.names:
                archive.read(name)
    except DataError as error:
        assert str(path) in str(error)
