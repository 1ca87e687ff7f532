"""Long JSON lists item by item, so that a file of gigabytes needs little memory; and items checked against a model."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sd3studio.core.errors import DataError

M = TypeVar("M", bound=BaseModel)

CHUNK_CHARS = 1 << 20
MAX_ITEM_CHARS = 50_000_000
_SPACE = " \t\r\n"


def stream_list(path: Path, what: str) -> Iterator[Any]:
    """The items of a file that is one JSON list. Raises `DataError` naming the file and the item.

    Parameters
    ----------
    what : what the file should be, e.g. "a Visual Genome file of scene graphs"
    """
    decoder = json.JSONDecoder()
    number = 0
    try:
        with path.open(encoding="utf-8") as file:
            text = _after(file.read(CHUNK_CHARS).lstrip(_SPACE), "[", path, what)
            while True:
                text = text.lstrip(_SPACE)
                if not text:
                    text = _more(file, path, what)
                    continue
                if text[0] == "]":
                    return
                item, text = _item(decoder, text, file, path, what, number)
                yield item
                number += 1
                text = text.lstrip(_SPACE) or _more(file, path, what).lstrip(_SPACE)
                if text[:1] == ",":
                    text = text[1:]
                elif text[:1] != "]":
                    raise DataError(f"{path} is not {what}: a comma is missing after item {number - 1}.")
    except OSError as error:
        raise DataError(f"{what[:1].upper()}{what[1:]}, {path}, can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not {what}: it is no UTF-8 text.") from error


def _after(text: str, mark: str, path: Path, what: str) -> str:
    if not text.startswith(mark):
        raise DataError(f"{path} is not {what}: it should begin with {mark!r}.")
    return text[len(mark) :]


def _more(file: Any, path: Path, what: str) -> str:
    text = file.read(CHUNK_CHARS)
    if not text:
        raise DataError(f"{path} is not {what}: it breaks off.")
    return str(text)


def _item(decoder: json.JSONDecoder, text: str, file: Any, path: Path, what: str, number: int) -> tuple[Any, str]:
    """The next item and the text after it; reads on while the item is not whole."""
    while True:
        try:
            item, end = decoder.raw_decode(text)
            if end < len(text) or not isinstance(item, int | float):  # a number may go on in the next chunk
                return item, text[end:]
        except (json.JSONDecodeError, RecursionError) as error:
            if isinstance(error, RecursionError) or len(text) > MAX_ITEM_CHARS:
                raise DataError(f"{path} is not {what}: item {number} is too long or too deep.") from error
            if not _may_go_on(text, error):
                raise DataError(f"{path} is not {what}: item {number}: {error.msg}.") from error
        text += _more(file, path, what)


def _may_go_on(text: str, error: json.JSONDecodeError) -> bool:
    """Whether the error is only that the text ends too early."""
    return error.pos >= len(text) - 12 or "Unterminated string" in error.msg


def checked(model: type[M], item: Any, path: Path, place: str) -> M:
    """An item as a value of `model`. Raises `DataError` naming file, place and field."""
    try:
        return model.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path}, {place}: {field}: {first['msg']}.") from error
