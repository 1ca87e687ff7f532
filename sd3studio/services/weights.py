"""Which weights ship with the program, what they are, and whether they are still what their cards say."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sd3studio.core.locations import MODELS

KINDS = (".onnx", ".safetensors")
"""Forms of weights that we open; both are plain data."""

Verdict = Literal["as on its card", "differs from its card", "has no card"]


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file of weights: where it is, its hash, and what its card (the README.md beside or above it) says of that."""

    name: str
    path: Path
    size_bytes: int
    sha256: str
    verdict: Verdict


def shipped_weights(folder: Path = MODELS) -> tuple[WeightsFile, ...]:
    """The files of weights below `folder`, hashed and compared with their cards."""
    return tuple(_look_at(path, folder) for path in _files(folder))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.rglob("*") if path.suffix in KINDS)


def _look_at(path: Path, folder: Path) -> WeightsFile:
    hashed = sha256_of(path)
    card = next((at / "README.md" for at in (path.parent, path.parent.parent) if (at / "README.md").is_file()), None)
    verdict: Verdict = "has no card"
    if card is not None and card.is_relative_to(folder):
        verdict = "as on its card" if hashed in card.read_text(encoding="utf-8").lower() else "differs from its card"
    return WeightsFile(str(path.relative_to(folder)), path, path.stat().st_size, hashed, verdict)
