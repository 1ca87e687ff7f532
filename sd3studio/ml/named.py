"""Things named by path, ``"package.module:name"``, so that a table can list them without importing them."""

import importlib
from collections.abc import Mapping
from typing import Any

from sd3studio.core.errors import InputError


def chosen(table: Mapping[str, str], name: str, what: str) -> Any:
    """The thing that `name` stands for in a table of paths, imported now.

    Raises `InputError` with the names that there are if `name` is none of them.
    """
    if name not in table:
        raise InputError(f"There is no {what} {name!r}. There are: {', '.join(sorted(table))}.")
    module, _, attribute = table[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
