"""Text files of prompts: a prompt a line."""

from pathlib import Path

from sd3studio.core.errors import InputError
from sd3studio.core.files import read_bounded

MOST_BYTES = 20_000_000


def read_prompts(path: Path) -> list[str]:
    """The lines of a text file that are not empty. Raises `InputError` naming the file."""
    try:
        text = read_bounded(path, MOST_BYTES, InputError).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a text file in UTF-8.") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
