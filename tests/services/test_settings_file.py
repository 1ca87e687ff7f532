"""The settings file: written whole, read with care, kept aside when broken."""

from pathlib import Path

import pytest

from sd3studio.core.settings import Settings
from sd3studio.services.settings_file import read_settings, write_settings


def test_no_file_gives_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "settings.json") == (Settings(), None)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    changed = Settings().replace(keys={"undo": "Alt+Backspace"})
    write_settings(tmp_path / "new" / "settings.json", changed)
    assert read_settings(tmp_path / "new" / "settings.json") == (changed, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Expecting value"),
        ("[1]", "expected a JSON object"),
        ('{"version": 99}', "newer program"),
        ('{"version": 1, "generation": {"steps": -4}}', "generation.steps"),
        ('{"version": 1, "unknown": 1}', "unknown"),
        ("[" * 100_000, ""),
    ],
)
def test_a_broken_file_is_kept_aside_with_a_note(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    settings, note = read_settings(path)
    assert settings == Settings()
    assert note is not None and says in note and "settings.broken-1.json" in note
    assert (tmp_path / "settings.broken-1.json").read_text() == text
    assert not path.exists()


def test_an_earlier_broken_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    for number in (1, 2):
        path.write_text("x" * number)
        read_settings(path)
    assert (tmp_path / "settings.broken-1.json").read_text() == "x"
    assert (tmp_path / "settings.broken-2.json").read_text() == "xx"


def test_bytes_that_are_no_text_are_a_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert read_settings(path)[1] is not None
