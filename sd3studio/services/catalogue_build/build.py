"""The build from end to end: picks -> meshes -> index. Files are only written when their content changes."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sd3studio.core.catalogue import CatalogueEntry
from sd3studio.core.errors import DataError
from sd3studio.services.catalogue_build import README
from sd3studio.services.catalogue_build.archive import Library
from sd3studio.services.catalogue_build.compositions import composed
from sd3studio.services.catalogue_build.credits import credits_text, licence_of, licence_of_all
from sd3studio.services.catalogue_build.game_archive import AUTHOR, LIBRARY, GameArchive
from sd3studio.services.catalogue_build.glb import glb_bytes
from sd3studio.services.catalogue_build.output import write_if_changed
from sd3studio.services.catalogue_build.placement import fitted_size, placed, turned
from sd3studio.services.catalogue_build.resting import resting_share
from sd3studio.services.catalogue_build.simplify import MAX_FACES, simplified
from sd3studio.services.catalogue_build.surface import Surface
from sd3studio.services.catalogue_build.tables import PRIMITIVES, Category, Pick, Size, category_of
from sd3studio.services.catalogue_build.textures import with_small_textures
from sd3studio.services.catalogue_build.wavefront import read_obj

logger = logging.getLogger(__name__)

PRIMITIVES_AUTHOR = "SD3 Studio"
FOLIAGE_GROUPS = ("plants", "nature")
MAX_FOLIAGE_FACES = 4000
TOLERANCE = 1e-3


def build(
    picks: Sequence[Pick],
    categories: Mapping[str, Category],
    libraries: Mapping[str, Library],
    folder: Path,
    only: frozenset[str] = frozenset(),
    game: GameArchive | None = None,
) -> Iterator[CatalogueEntry]:
    """Write the meshes, then the index and the credits; yields each entry when its mesh is written.

    Parameters
    ----------
    only : ids to build; entries of the others are kept from the index that is there. Empty: all.
    game : models of 0 A.D., if any of the picks is one
    """
    (folder / "meshes").mkdir(parents=True, exist_ok=True)
    kept = _entries_there(folder) if only else {}
    entries = []
    for pick in picks:
        if only and pick.id not in only:
            if pick.id in kept:
                entries.append(kept[pick.id])
            continue
        entry, content = build_one(pick, category_of(pick, dict(categories)), libraries, game)
        write_if_changed(folder / "meshes" / f"{pick.id}.glb", content)
        entries.append(entry)
        yield entry
    write_if_changed(folder / "index.json", _index_text(entries).encode())
    write_if_changed(folder / "CREDITS.md", credits_text(entries).encode())
    _remove_strangers(folder, {entry.id for entry in entries})


def build_one(
    pick: Pick, category: Category, libraries: Mapping[str, Library], game: GameArchive | None = None
) -> tuple[CatalogueEntry, bytes]:
    """Index entry and GLB content of one pick. Raises `DataError` when its size lies outside its category's range."""
    resting: float | None = None
    if pick.parts:
        surface, resting, author = _composed(pick, libraries, game)
        size, elevation_m = fitted_size(surface, pick.size), pick.elevation_m
    else:
        surface, size, elevation_m, author = _source(pick, libraries, game)
    foliage = category.group in FOLIAGE_GROUPS
    surface = simplified(surface, MAX_FOLIAGE_FACES if foliage else MAX_FACES, foliage, pick.enough_faces)
    surface = with_small_textures(surface)
    surface = placed(surface, size)
    _check_size(pick, size, category)
    entry = CatalogueEntry(
        id=pick.id,
        name=pick.name,
        category=pick.category,
        group=category.group,
        synonyms=tuple(dict.fromkeys((*pick.synonyms, *category.synonyms))),
        size=_rounded(size),
        size_low=category.size_low,
        size_high=category.size_high,
        elevation_m=round(elevation_m if elevation_m is not None else category.elevation_m, 3),
        attributes=pick.attributes,
        front_known=category.front_known,
        faces=len(surface.faces),
        surface=resting or resting_share(surface.vertices[surface.faces]),
        licence=licence_of_all(part.pick.library for part in pick.parts) if pick.parts else licence_of(pick.library),
        author=author,
        source=" + ".join(dict.fromkeys(_source_name(part.pick) for part in pick.parts)) or _source_name(pick),
    )
    return entry, glb_bytes(surface, pick.id)


def _source_name(pick: Pick) -> str:
    return "procedural" if pick.library == PRIMITIVES else f"{pick.library}/{pick.model}"


def _composed(pick: Pick, libraries: Mapping[str, Library], game: GameArchive | None) -> tuple[Surface, float, str]:
    """The parts of a composition as one surface, the share of its height at which its carrier ends, all authors."""
    made: dict[tuple[str, int], Surface] = {}
    authors = []
    for part in pick.parts:
        if (part.pick.id, part.faces) not in made:
            surface, size, _, author = _source(part.pick, libraries, game)
            surface = simplified(surface, part.faces, enough_faces=part.faces)
            made[part.pick.id, part.faces] = placed(with_small_textures(surface), size)
            authors.append(author)
    surfaces = [made[part.pick.id, part.faces] for part in pick.parts]
    whole = composed(pick.parts, surfaces)
    share = float(surfaces[0].bounds[1][1] / whole.bounds[1][1])
    return whole, round(share, 3), ", ".join(dict.fromkeys(authors))


def _source(
    pick: Pick, libraries: Mapping[str, Library], game: GameArchive | None
) -> tuple[Surface, Size, float | None, str]:
    """Turned surface, real size, elevation of the source (None: the category's) and author."""
    if pick.library == PRIMITIVES:
        from sd3studio.services.catalogue_build.primitives import PRIMITIVE_SHAPES

        if pick.model not in PRIMITIVE_SHAPES:
            raise DataError(f"There is no primitive {pick.model!r}, which {pick.id} names.")
        surface = turned(PRIMITIVE_SHAPES[pick.model](), None, pick.yaw_deg)
        return surface, fitted_size(surface, pick.size), pick.elevation_m, PRIMITIVES_AUTHOR
    if pick.library == LIBRARY:
        if game is None:
            raise DataError(f"{pick.id} is a model of 0 A.D.: name its archive with --game.")
        surface = turned(game.surface(pick.model), None, pick.yaw_deg)
        return surface, fitted_size(surface, pick.size), pick.elevation_m, AUTHOR
    library = libraries.get(pick.library)
    model = library.models.get(pick.model) if library else None
    if library is None or model is None:
        raise DataError(f"There is no model {pick.library}/{pick.model}, which {pick.id} names.")
    surface = read_obj(
        library.read(model.model_path),
        f"{pick.library}/{pick.model}",
        lambda file_name: library.read_beside(model.model_path, file_name),
    )
    surface = placed(turned(surface, model.rotation), model.size)
    surface = turned(surface, None, pick.yaw_deg)
    elevation_m = pick.elevation_m
    if elevation_m is None and model.elevation_m > 0:
        elevation_m = model.elevation_m
    return surface, fitted_size(surface, pick.size), elevation_m, model.creator or pick.library


def _check_size(pick: Pick, size: Size, category: Category) -> None:
    for side, value, low, high in zip(
        ("width", "depth", "height"), size, category.size_low, category.size_high, strict=True
    ):
        if not low * (1 - TOLERANCE) <= value <= high * (1 + TOLERANCE):
            raise DataError(
                f"{pick.id}: its {side} of {value * 100:.1f} cm is outside {low * 100:.1f} to {high * 100:.1f} cm, the "
                f"range of {category.key!r}."
            )


def _rounded(size: Size) -> Size:
    width, depth, height = (round(value, 5) for value in size)
    return width, depth, height


def _index_text(entries: Sequence[CatalogueEntry]) -> str:
    """JSON with one line an entry, so that a change of one entry is a change of one line."""
    lines = ",\n".join("  " + json.dumps(entry.model_dump(mode="json"), ensure_ascii=False) for entry in entries)
    return f'{{\n "README": {json.dumps(README)},\n "version": 1,\n "entries": [\n{lines}\n ]\n}}\n'


def _entries_there(folder: Path) -> dict[str, CatalogueEntry]:
    path = folder / "index.json"
    if not path.is_file():
        return {}
    raw = json.loads(path.read_text(encoding="utf-8"))
    return {item["id"]: CatalogueEntry.model_validate(item) for item in raw["entries"]}


def _remove_strangers(folder: Path, identities: set[str]) -> None:
    """Delete meshes and thumbnails that the index no longer names."""
    for kind in ("meshes/*.glb", "thumbnails/*.png"):
        for path in folder.glob(kind):
            if path.stem not in identities:
                logger.info("Removing %s", path)
                path.unlink()
