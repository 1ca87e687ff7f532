"""Checks that lie beside their pictures."""

import os

import pytest

from sd3studio.core.checking import CheckReport
from sd3studio.services.kept_checks import check_file, keep_check, kept_check

REPORT = CheckReport(width=64, height=48, reader="detectors", objects=(), relations=())


@pytest.mark.parametrize("spoilt", [b"", b"[]", b'{"width": NaN}', b"\xff" * 100])
def test_a_check_comes_back_until_its_file_is_spoilt(tmp_path, spoilt):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"x")
    assert kept_check(picture) is None
    keep_check(picture, REPORT)
    assert kept_check(picture) == REPORT
    check_file(picture).write_bytes(spoilt)
    assert kept_check(picture) is None


def test_a_picture_that_was_made_anew_is_not_checked(tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"x")
    keep_check(picture, REPORT)
    os.utime(picture, (2e9, 2e9))
    assert kept_check(picture) is None
