"""Style presets: those that ship with the program and the user's own, which lie in a file beside the settings."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from sd3studio.core.errors import InputError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.locations import RESOURCES
from sd3studio.core.picture_controls import Style
from sd3studio.core.scene.value import Value

FILE = "styles.json"
MAX_BYTES = 4_000_000


class StyleFile(Value):
    """What a file of styles holds."""

    version: Literal[1] = 1
    styles: Annotated[tuple[Style, ...], Field(max_length=1_000)] = ()


@lru_cache(maxsize=1)
def shipped_styles() -> tuple[Style, ...]:
    """The presets that ship with the program."""
    return _read(RESOURCES / FILE)


def own_styles(home: Path) -> tuple[Style, ...]:
    """The user's own presets. Raises `InputError` naming the file if it is damaged."""
    path = home / FILE
    return _read(path) if path.is_file() else ()


def all_styles(home: Path) -> tuple[Style, ...]:
    """The shipped presets, then the user's own; one of the user's by the same name takes a shipped one's place."""
    own = own_styles(home)
    taken = {style.name.lower() for style in own}
    return (*(style for style in shipped_styles() if style.name.lower() not in taken), *own)


def find_style(home: Path, name: str) -> Style:
    """The preset of a name, in any case. Raises `InputError` that says which there are."""
    styles = all_styles(home)
    for style in styles:
        if style.name.lower() == name.strip().lower():
            return style
    raise InputError(f"There is no style {name!r}. There are: {', '.join(style.name for style in styles)}.")


def add_style(home: Path, style: Style) -> None:
    """Keep a preset as the user's own; one of the same name is replaced. Raises `StudioError`."""
    others = [old for old in own_styles(home) if old.name.lower() != style.name.lower()]
    _write(home, [*others, style])


def remove_style(home: Path, name: str) -> None:
    """Delete one of the user's own presets. Raises `InputError` for one that is not theirs."""
    own = own_styles(home)
    left = [style for style in own if style.name.lower() != name.strip().lower()]
    if len(left) == len(own):
        shipped = any(style.name.lower() == name.strip().lower() for style in shipped_styles())
        why = "ships with the program and stays" if shipped else "is not among your own styles"
        raise InputError(f"The style {name!r} {why}.")
    _write(home, left)


def _read(path: Path) -> tuple[Style, ...]:
    try:
        return StyleFile.model_validate_json(read_bounded(path, MAX_BYTES, InputError)).styles
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {where or 'the file'}: {first['msg']}. Mend it, or delete the file.") from error


def _write(home: Path, styles: Sequence[Style]) -> None:
    text = StyleFile(styles=tuple(styles)).model_dump_json(indent=1, exclude_defaults=True)
    write_atomic(home / FILE, text.encode())
