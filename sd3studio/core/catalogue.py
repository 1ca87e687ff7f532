"""The catalogue of things to place: names, categories, real sizes, licences. `sd3studio.render` loads the meshes."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from sd3studio.core.errors import MeshError
from sd3studio.core.locations import RESOURCES
from sd3studio.core.scene.value import Size3, Value
from sd3studio.core.scene.values import SceneObject

CATALOGUE_FOLDER = RESOURCES / "catalogue"


class CatalogueEntry(Value):
    """One mesh of the catalogue. Its GLB is standard glTF: Y up, front towards +Z, metres, base centre at the origin.

    Parameters
    ----------
    id : names the files ``meshes/<id>.glb`` and ``thumbnails/<id>.png``
    category : the noun that it is drawn for ("chair"); COCO class names where the thing is one
    group : shelf in the browser: "seating", "tables", "vehicles", ...
    synonyms : further nouns that mean it
    size : real width, depth, height, metres
    size_low, size_high : sizes that such things plausibly have
    elevation_m : usual height of the base above the floor (a wall lamp hangs)
    attributes : "wooden", "sitting", "open"
    front_known : False for things without a front (a ball), where yaw means nothing
    faces : number of triangles
    surface : height at which things rest on it (a seat, a table top) as a share of its height; None if not measurable
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    category: Annotated[str, Field(min_length=1, max_length=100)]
    group: Annotated[str, Field(min_length=1, max_length=100)]
    synonyms: tuple[str, ...] = ()
    size: Size3
    size_low: Size3
    size_high: Size3
    elevation_m: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0
    attributes: tuple[str, ...] = ()
    front_known: bool = True
    faces: Annotated[int, Field(ge=1)]
    surface: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    licence: str
    author: str
    source: str

    def as_object(self, key: str, x_m: float = 0.0, y_m: float = 0.0) -> SceneObject:
        """This thing as an object with the id `key`, at its usual height above a point of the ground."""
        return SceneObject(
            id=key,
            label=self.category,
            category=self.category,
            center=(x_m, y_m, self.elevation_m + self.size[2] / 2.0),
            size=self.size,
            mesh=self.id,
        )


class Catalogue:
    """All entries, by id and by category. The first entry of a category is its default."""

    def __init__(self, entries: Mapping[str, CatalogueEntry]) -> None:
        self.take(entries)

    def take(self, entries: Mapping[str, CatalogueEntry]) -> None:
        """Hold these entries from now on: the user added a library."""
        self.entries = dict(entries)
        self._by_category: dict[str, list[CatalogueEntry]] = {}
        self._category_of_noun: dict[str, str] = {}
        for entry in self.entries.values():
            self._by_category.setdefault(entry.category, []).append(entry)
        for entry in self.entries.values():
            for noun in (entry.category, *entry.synonyms, entry.name.lower()):
                self._category_of_noun.setdefault(noun, entry.category)
        for category in self._by_category:
            self._category_of_noun[category] = category

    def __iter__(self) -> Iterator[CatalogueEntry]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)

    def get(self, mesh: str | None) -> CatalogueEntry | None:
        """The entry with this id, or None."""
        return self.entries.get(mesh) if mesh else None

    @property
    def categories(self) -> tuple[str, ...]:
        """All categories, in the order of the index."""
        return tuple(self._by_category)

    def of_category(self, category: str) -> tuple[CatalogueEntry, ...]:
        """The entries of a category, default first; empty if there are none."""
        return tuple(self._by_category.get(category, ()))

    def category_of(self, noun: str) -> str | None:
        """Category that a noun names exactly (category, synonym or entry name), or None."""
        return self._category_of_noun.get(noun.strip().lower())


def credits_of(meshes: Iterable[str | None], catalogue: Catalogue | None = None) -> tuple[str, ...]:
    """Who made meshes of the catalogue and under which licence, one sentence each: "car by Ruff (CC-BY-3.0)".

    Meshes that may be used without naming anybody (CC0) are left out.
    """
    known = shipped_catalogue() if catalogue is None else catalogue
    used = sorted({mesh for mesh in meshes if mesh and known.get(mesh)})
    entries = [known.entries[mesh] for mesh in used]
    return tuple(f"{entry.id} by {entry.author} ({entry.licence})" for entry in entries if entry.licence != "CC0-1.0")


def read_catalogue(folder: Path) -> Catalogue:
    """Read ``index.json`` in a catalogue folder. Raises `MeshError` naming file and entry."""
    path = folder / "index.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        entries = [CatalogueEntry.model_validate(item) for item in raw["entries"]]
    except FileNotFoundError as error:
        raise MeshError(
            f"There is no catalogue at {path}. Build it with: python -m sd3studio.services.catalogue_build"
        ) from error
    except (ValueError, KeyError, ValidationError) as error:
        raise MeshError(f"The catalogue index {path} is not valid: {error}") from error
    return Catalogue({entry.id: entry for entry in entries})


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue that ships with the program."""
    return read_catalogue(CATALOGUE_FOLDER)
