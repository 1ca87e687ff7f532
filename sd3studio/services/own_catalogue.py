"""The user's own part of the catalogue: the list of entries in the user's data, beside the shipped one."""

import json
from collections.abc import Mapping
from pathlib import Path

from sd3studio.core.catalogue import Catalogue, CatalogueEntry, read_catalogue, shipped_catalogue
from sd3studio.core.files import write_atomic

GROUP = "own libraries"
"""Shelf of what came from a furniture library."""


def user_catalogue(home: Path) -> Catalogue:
    """The user's entries; none where there is no list. Raises `MeshError` naming the list when it is damaged."""
    folder = home / "catalogue"
    return read_catalogue(folder) if (folder / "index.json").is_file() else Catalogue({})


def whole_catalogue(home: Path) -> Catalogue:
    """The shipped entries, then the user's. Raises `MeshError` naming the user's list when it is damaged."""
    return Catalogue({**shipped_catalogue().entries, **user_catalogue(home).entries})


def remove_entries(home: Path, ids: frozenset[str]) -> int:
    """Take entries out of the user's catalogue; meshes stay, because scenes may use them. Returns how many went."""
    known = user_catalogue(home).entries
    kept = {key: entry for key, entry in known.items() if key not in ids}
    write_user_catalogue(home, kept)
    return len(known) - len(kept)


def write_user_catalogue(home: Path, entries: Mapping[str, CatalogueEntry]) -> None:
    """Write the list of the user's entries. Raises `StudioError`."""
    data = {"entries": [entry.model_dump(mode="json") for entry in entries.values()]}
    write_atomic(home / "catalogue" / "index.json", (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode())
