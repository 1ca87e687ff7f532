"""The user's own part of the catalogue: Sweet Home 3D furniture libraries (``.sh3f``) become entries with real sizes.

A library is a zip of OBJ models and one list of them, ``PluginFurnitureCatalog.properties``. It is read within bounds
(`archives`); its meshes become GLB files among the user's meshes, its entries ``catalogue/index.json`` of the user's
data. A model that can't be used is left out with a sentence; the others come in.
"""

import hashlib
import posixpath
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from sd3studio.core.catalogue import CatalogueEntry, shipped_catalogue
from sd3studio.core.errors import DataError, MeshError, StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Finished, JobMessage, LibraryResult, Progress
from sd3studio.core.requests import ImportLibrary
from sd3studio.services.archives import Archive, Limits
from sd3studio.services.catalogue_build.archive import PROPERTIES, SourceModel, member_beside, parse_properties
from sd3studio.services.catalogue_build.glb import glb_bytes
from sd3studio.services.catalogue_build.placement import placed, turned
from sd3studio.services.catalogue_build.resting import resting_share
from sd3studio.services.catalogue_build.surface import Surface
from sd3studio.services.catalogue_build.textures import with_small_textures
from sd3studio.services.catalogue_build.wavefront import read_obj
from sd3studio.services.own_catalogue import GROUP, user_catalogue, write_user_catalogue

LIMITS = Limits(file_bytes=1_000_000_000, members=50_000, member_bytes=100_000_000, total_bytes=4_000_000_000)
MOST_MODELS = 5_000
MOST_FACES = 200_000
MEASURED_FACES = 20_000
"""Up to how many faces it is measured where things rest on a model."""
SMALLEST_M, LARGEST_M = 0.001, 200.0
FREEDOM = 0.25
"""Sizes that such things plausibly have: up to this share smaller or larger."""

_NUMBERED = re.compile(r"\w+#(\d+)\s*=")
_PLAIN = re.compile(r"(\w+)\s*=\s*(.*?)\s*$")
_BAD_MODEL = (StudioError, ValidationError, ValueError, IndexError, KeyError, OSError, OverflowError, SyntaxError)
"""What readers of damaged models and pictures raise (SyntaxError is how PIL reports a damaged PNG)."""


@dataclass(frozen=True, slots=True)
class ImportedLibrary:
    """What came in, and a sentence for each model that did not."""

    entries: tuple[CatalogueEntry, ...]
    skipped: tuple[str, ...]


def run(request: ImportLibrary) -> Iterator[JobMessage]:
    """The job: progress for each model; finishes with a `LibraryResult`."""
    imported = yield from library_steps(Path(request.library), Path(request.home))
    yield Finished(LibraryResult(tuple(entry.id for entry in imported.entries), imported.skipped))


def import_library(path: Path, home: Path) -> ImportedLibrary:
    """Add the models of a furniture library to the user's catalogue in `home`; models that are there are replaced.

    Raises `DataError` naming the file when it is no library, or none of its models can be used.
    """
    steps = library_steps(path, home)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def library_steps(path: Path, home: Path) -> Generator[Progress, None, ImportedLibrary]:
    """`import_library`, model by model. Closing it leaves the user's list as it was."""
    entries, skipped = [], []
    with Archive(path, LIMITS, DataError) as archive:
        text = _properties(archive)
        about = dict(match.groups() for line in text.splitlines() if (match := _PLAIN.match(line)))
        count = len({match[1] for line in text.splitlines() if (match := _NUMBERED.match(line))})
        for number, model in enumerate(_models(path, text)):
            yield Progress(number, count, "a model" if isinstance(model, str) else model.name)
            if isinstance(model, str):
                skipped.append(model)
                continue
            try:
                entry, content = _entry(archive, model, about)
            except _BAD_MODEL as error:
                skipped.append(f"{model.name} is left out: {_said(error)}")
                continue
            write_atomic(home / "meshes" / f"{entry.id}.glb", content)
            entries.append(entry)
    if not entries:
        why = f" {skipped[0]}" if skipped else ""
        raise DataError(f"{path} holds no model that can be used.{why}")
    known = {**user_catalogue(home).entries, **{entry.id: entry for entry in entries}}
    write_user_catalogue(home, known)
    return ImportedLibrary(tuple(entries), tuple(skipped))


def _properties(archive: Archive) -> str:
    if PROPERTIES not in archive.names:
        raise DataError(f"{archive.path} is not a furniture library: it holds no {PROPERTIES}.")
    return archive.read(PROPERTIES, 20_000_000).decode("latin-1").replace("\\\r\n", "").replace("\\\n", "")


def _models(path: Path, text: str) -> Iterator[SourceModel | str]:
    """The models that the list names, each by itself, so that a bad one doesn't spoil the others; a str says why."""
    by_number: dict[int, list[str]] = {}
    for line in text.splitlines():
        match = _NUMBERED.match(line)
        if match:
            by_number.setdefault(int(match[1]), []).append(line)
    if len(by_number) > MOST_MODELS:
        raise DataError(f"{path} lists {len(by_number):,} models; at most {MOST_MODELS:,} are read.")
    for number, lines in sorted(by_number.items()):
        if not any(line.startswith("id#") for line in lines):
            lines = [*lines, f"id#{number}={number}"]
        try:
            (model,) = parse_properties(path.name, "\n".join(lines))
        except DataError as error:
            yield str(error)
        else:
            yield model


def _entry(archive: Archive, model: SourceModel, about: Mapping[str, str]) -> tuple[CatalogueEntry, bytes]:
    """Entry and GLB of one model. Raises whatever a damaged model makes its readers raise."""
    if not model.model_path.lower().endswith(".obj"):
        raise MeshError(f"its model {model.model_path} is not an OBJ file.")
    if not all(SMALLEST_M <= side <= LARGEST_M for side in model.size):
        raise MeshError(f"its size {model.size} is not one of a thing in metres.")
    surface = placed(turned(with_small_textures(_surface(archive, model)), model.rotation), model.size)
    triangles = surface.vertices[surface.faces]  # (F, 3, 3)
    if not np.isfinite(triangles).all():
        raise MeshError("its model has a vertex that is not a finite number.")
    name = model.name.strip()[:200] or model.key
    content = glb_bytes(surface, name)
    identity = f"own-{_slug(archive.path.stem)[:30]}-{_slug(name)[:30]}-{hashlib.sha256(content).hexdigest()[:8]}"
    size_low, size_high = (
        (model.size[0] * share, model.size[1] * share, model.size[2] * share) for share in (1 - FREEDOM, 1 + FREEDOM)
    )
    entry = CatalogueEntry(
        id=identity,
        name=name,
        category=_category(name),
        group=GROUP,
        size=model.size,
        size_low=size_low,
        size_high=size_high,
        elevation_m=min(max(model.elevation_m, 0.0), 10.0),
        faces=len(surface.faces),
        surface=resting_share(triangles) if len(triangles) <= MEASURED_FACES else None,
        licence=about.get("license") or "not stated",
        author=model.creator or about.get("provider") or "not stated",
        source=f"{archive.path.name}/{model.key}",
    )
    return entry, content


def _surface(archive: Archive, model: SourceModel) -> Surface:
    folder = posixpath.dirname(model.model_path)
    beside = [name for name in archive.names if posixpath.dirname(name) == folder]

    def read_beside(file_name: str) -> bytes | None:
        found = member_beside(beside, model.model_path, file_name)
        return archive.read(found) if found else None

    surface = read_obj(archive.read(model.model_path), model.name, read_beside)
    if not len(surface.faces):
        raise MeshError("its model has no face that can be seen.")
    if len(surface.faces) > MOST_FACES:
        raise MeshError(f"its model has {len(surface.faces):,} faces; at most {MOST_FACES:,} are taken.")
    return surface


def _category(name: str) -> str:
    """The shipped category that a name means, by all of it or by its last words; else the name itself."""
    words = name.lower().split()
    shipped = shipped_catalogue()
    for start in range(len(words)):
        found = shipped.category_of(" ".join(words[start:]))
        if found:
            return found
    for word in words:
        found = shipped.category_of(word)
        if found:
            return found
    return name.lower()[:100]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def _said(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return str(error.errors()[0]["msg"])
    return str(error) or type(error).__name__
