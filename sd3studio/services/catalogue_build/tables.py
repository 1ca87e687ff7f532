"""Reads the tables that steer the build: `selection.tsv` (which models), `categories.tsv` (what they are) and
`compositions.tsv` (what several of them make together)."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from sd3studio.core.errors import DataError
from sd3studio.services.catalogue_build.compositions import COMPOSED, Part, parts_by_composition

FOLDER = Path(__file__).resolve().parent
SELECTION = FOLDER / "selection.tsv"
CATEGORIES = FOLDER / "categories.tsv"
COMPOSITIONS = FOLDER / "compositions.tsv"
ENOUGH_FACES = 500
"""Nothing is simplified below so many faces, unless its row says otherwise."""
PRIMITIVES = "primitives"
"""Name that stands for our own shapes where a row names a library."""

Size = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Category:
    """Size range (metres), shelf and nouns of a category, or of its things with one attribute."""

    key: str
    group: str
    size_low: Size
    size_high: Size
    elevation_m: float
    front_known: bool
    synonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """One row of the selection: which model becomes which entry.

    `enough_faces` is the number down to which it may be simplified without need. `size` holds metres where the
    library's value is replaced: all three, or one and the others keep their proportion. `parts` are those of a
    composition, the carrier first.
    """

    id: str
    library: str
    model: str
    category: str
    name: str
    attributes: tuple[str, ...]
    yaw_deg: float
    size: tuple[float | None, float | None, float | None]
    elevation_m: float | None
    synonyms: tuple[str, ...]
    enough_faces: int
    parts: tuple[Part, ...] = ()


def read_categories(path: Path = CATEGORIES) -> dict[str, Category]:
    """Categories by key ("person", "person/sitting"). Raises `DataError` naming file and line."""
    found: dict[str, Category] = {}
    for number, cells in _rows(path, 7):
        key, group, low, high, elevation, front, synonyms = cells
        try:
            found[key] = Category(
                key, group, _size(low), _size(high), float(elevation) / 100, front != "no", _words(synonyms)
            )
        except ValueError as error:
            raise DataError(f"{path.name}, line {number}: {error}") from error
    return found


def read_selection(path: Path = SELECTION, compositions: Path = COMPOSITIONS) -> list[Pick]:
    """Rows of the selection in order. Raises `DataError` naming file and line."""
    picks = []
    for number, cells in _rows(path, 10):
        identity, source, category, name, attributes, yaw, size, elevation, synonyms, faces = cells
        library, _, model = source.partition("/")
        try:
            picks.append(
                Pick(
                    id=identity,
                    library=library,
                    model=model,
                    category=category,
                    name=name,
                    attributes=_words(attributes),
                    yaw_deg=float(yaw or 0),
                    size=_wanted_size(size),
                    elevation_m=float(elevation) / 100 if elevation else None,
                    synonyms=_words(synonyms),
                    enough_faces=int(faces or ENOUGH_FACES),
                )
            )
        except ValueError as error:
            raise DataError(f"{path.name}, line {number}: {error}") from error
    identities = [pick.id for pick in picks]
    twice = {identity for identity in identities if identities.count(identity) > 1}
    if twice:
        raise DataError(f"{path.name}: these ids are there twice: {', '.join(sorted(twice))}")
    return _with_parts(picks, compositions) if any(pick.library == COMPOSED for pick in picks) else picks


def _with_parts(picks: list[Pick], path: Path) -> list[Pick]:
    found = parts_by_composition(_rows(path, 7), {pick.id: pick for pick in picks}, path)
    lost = [pick.model for pick in picks if pick.library == COMPOSED and pick.model not in found]
    if lost:
        raise DataError(f"{path.name} has no row for {', '.join(map(repr, lost))}.")
    return [replace(pick, parts=found[pick.model]) if pick.library == COMPOSED else pick for pick in picks]


def category_of(pick: Pick, categories: dict[str, Category]) -> Category:
    """The most special category row for a pick ("person/sitting" before "person"). Raises `DataError`."""
    for attribute in pick.attributes:
        special = categories.get(f"{pick.category}/{attribute}")
        if special is not None:
            return special
    if pick.category not in categories:
        raise DataError(f"{CATEGORIES.name} has no row for the category {pick.category!r} of {pick.id}.")
    return categories[pick.category]


def _rows(path: Path, columns: int) -> list[tuple[int, list[str]]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        cells += [""] * (columns - len(cells))
        if len(cells) != columns:
            raise DataError(f"{path.name}, line {number}: {len(cells)} columns instead of {columns}.")
        rows.append((number, cells))
    return rows


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))


def _size(text: str) -> Size:
    width, depth, height = (float(part) / 100 for part in text.split("x"))
    return width, depth, height


def _wanted_size(text: str) -> tuple[float | None, float | None, float | None]:
    """ "45x50x90" (all three), "h170", "w75", "d20" (one), or "" (none), in centimetres."""
    if not text:
        return None, None, None
    one = re.fullmatch(r"([wdh])([\d.]+)", text)
    if one:
        value = float(one[2]) / 100
        return tuple(value if side == one[1] else None for side in "wdh")  # type: ignore[return-value]
    return _size(text)
