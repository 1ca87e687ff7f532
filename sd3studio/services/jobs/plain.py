"""Unpickling what the engine sends, refusing what is not plain data.

A tensor in a message would import torch into the window. This guards against that mistake; it is not a wall against
attackers: the pipe joins two of our own processes, and no pickled file is ever opened.
"""

import io
import pickle
from typing import Any

PLAIN_MODULES = {"builtins", "collections", "copyreg", "datetime", "enum", "numpy", "pathlib", "types"} | {
    "pydantic",
    "pydantic_core",
    "sd3studio",
}
"""Top-level packages whose values may be in a message."""


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] not in PLAIN_MODULES or module.startswith("sd3studio.ml"):
            raise pickle.UnpicklingError(f"{module}.{name} is not plain data")
        return super().find_class(module, name)


def load_plain(data: bytes) -> Any:
    """The value in `data`. Raises `pickle.UnpicklingError` naming the first class that is not plain data."""
    return _PlainUnpickler(io.BytesIO(data)).load()
