"""Annotations of other programs for photos of a library: each scene goes to the photo of its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from sd3studio.core.scene.values import PhotoRef, Scene
from sd3studio.services.import_.form import ImportedScene
from sd3studio.services.library import tables
from sd3studio.services.library.caption_store import write_caption
from sd3studio.services.library.library import Library
from sd3studio.services.library.records import PhotoRow

STYLE = "imported"
"""Style under which sentences that came with annotations are kept."""
MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """How many scenes were stored, and the names of those for which the library has no photo, or more than one."""

    stored: int
    unknown: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """For people: which were left out."""
        if not self.unknown:
            return ""
        more = len(self.unknown) - MOST_TOLD
        named = ", ".join(self.unknown[:MOST_TOLD]) + (f" and {more} more" if more > 0 else "")
        return f"The library has no photo, or several, of the name {named}."


def take_annotations(library: Library, found: Sequence[ImportedScene], author: str) -> Taken:
    """Store scenes as the newest version of their photos', with the sentences that came with them.

    A photo is meant by its path, else by its name if only one photo of the library has it.
    """
    stored, unknown = 0, []
    for one in found:
        row = _meant(library, one)
        if row is None:
            unknown.append(one.name)
            continue
        library.put_scene(row.id, _of_photo(one.scene, row), author)
        if one.captions:
            write_caption(library, row.id, STYLE, " ".join(one.captions), author)
        stored += 1
    return Taken(stored, tuple(unknown))


def _meant(library: Library, one: ImportedScene) -> PhotoRow | None:
    photo = one.scene.photo
    row = library.by_path(photo.path) if photo is not None else None
    if row is not None:
        return row
    c = tables.photos.c
    ids = library.database.values(select(c.id).where(c.name == Path(one.name).name, c.missing == 0).limit(2))
    return library.photo(ids[0]) if len(ids) == 1 else None


def _of_photo(scene: Scene, row: PhotoRow) -> Scene:
    """The scene with the photo where the library has it."""
    if (scene.photo is not None and scene.photo.path == row.path) or not row.sha256 or not row.width:
        return scene
    return scene.replace(photo=PhotoRef(path=row.path, width=row.width, height=row.height, sha256=row.sha256))
