"""Captions that any system wrote, from a file: one for each image.

Three forms: a JSON list of ``{"img_id": ..., "caption": ...}`` (``image_id`` will do), a JSON object ``{img_id:
caption}``, or JSON lines of the first. A caption may be a list of sentences; its first counts.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from sd3studio.core.errors import DataError
from sd3studio.core.files import read_bounded

MAX_BYTES = 200_000_000
MAX_CHARACTERS = 20_000
IDS = ("img_id", "image_id", "id")


def read_predictions(path: Path, wanted: Sequence[str]) -> list[str]:
    """The captions of the wanted images, in their order. Raises `DataError` naming file, place and image."""
    found: dict[str, str] = {}
    for where, name, caption in _rows(path):
        if isinstance(caption, list) and caption:
            caption = caption[0]
        if not isinstance(caption, str) or len(caption) > MAX_CHARACTERS:
            raise DataError(f"{path}, {where}: the caption of image {name} must be a text, {_short(caption)} came.")
        if name in found:
            raise DataError(f"{path}, {where}: image {name} has a second caption; one is scored.")
        found[name] = caption
    missing = [name for name in wanted if name not in found]
    if missing:
        raise DataError(
            f"{path} has no caption for {len(missing)} of the {len(wanted)} images, {missing[0]} for one. "
            "Choose the part that it covers with --split and --limit."
        )
    return [found[name] for name in wanted]


def _rows(path: Path) -> Iterator[tuple[str, str, object]]:
    """(place, image, caption) of every row."""
    try:
        text = read_bounded(path, MAX_BYTES, DataError).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not text in UTF-8 ({error}).") from error
    data = _parsed(path, text)
    if isinstance(data, dict):
        yield from ((f"image {name}", str(name), caption) for name, caption in data.items())
        return
    for number, row in enumerate(data, start=1):
        fields = row if isinstance(row, dict) else {}
        name = next((fields[key] for key in IDS if key in fields), None)
        if name is None or "caption" not in fields:
            raise DataError(f"{path}, entry {number}: 'img_id' and 'caption' were expected, {_short(row)} came.")
        yield f"entry {number}", str(name), fields["caption"]


def _parsed(path: Path, text: str) -> list[object] | dict[str, object]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = _lines(path, text)
    if isinstance(data, dict) and "caption" in data and any(key in data for key in IDS):
        return [data]
    if not isinstance(data, (list, dict)) or not data:
        raise DataError(f"{path} must hold a list or an object of captions, {_short(data)} came.")
    return data


def _lines(path: Path, text: str) -> list[object]:
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise DataError(f"{path}, line {number}: neither JSON nor JSON lines ({error}).") from error
    return rows


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
