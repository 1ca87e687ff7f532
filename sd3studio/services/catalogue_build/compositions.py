"""Things made of several meshes of the selection: a table that is laid. `compositions.tsv` says what stands where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sd3studio.core.errors import DataError
from sd3studio.services.catalogue_build.placement import turned
from sd3studio.services.catalogue_build.surface import Surface, joined

if TYPE_CHECKING:
    from sd3studio.services.catalogue_build.tables import Pick

COMPOSED = "composed"
"""Name that stands for compositions where a row of the selection names a library."""


@dataclass(frozen=True, slots=True)
class Part:
    """One mesh of a composition.

    Parameters
    ----------
    pick : what it is
    at : of its base centre, metres: to the right of the carrier's middle, behind it, above the carrier's top
    yaw_deg : anticlockwise seen from above
    faces : it is simplified to at most so many
    """

    pick: "Pick"
    at: tuple[float, float, float]
    yaw_deg: float
    faces: int


def parts_by_composition(
    rows: Sequence[tuple[int, list[str]]], picks: Mapping[str, "Pick"], table: Path
) -> dict[str, tuple[Part, ...]]:
    """Parts of each composition from numbered rows of the table, the carrier first. Raises `DataError`."""
    found: dict[str, tuple[Part, ...]] = {}
    for number, (name, identity, right, behind, above, yaw, faces) in rows:
        pick = picks.get(identity)
        if pick is None or pick.library == COMPOSED:
            raise DataError(f"{table.name}, line {number}: {identity!r} is no single mesh of the selection.")
        try:
            at = (float(right or 0) / 100, float(behind or 0) / 100, float(above or 0) / 100)
            part = Part(pick, at, float(yaw or 0), int(faces))
        except ValueError as error:
            raise DataError(f"{table.name}, line {number}: {error}") from error
        found[name] = (*found.get(name, ()), part)
    return found


def composed(parts: Sequence[Part], surfaces: Sequence[Surface]) -> Surface:
    """The parts as one surface. Theirs stand in glTF's frame with their base centres at the origin, in real size."""
    top = float(surfaces[0].bounds[1][1])
    stood = [surfaces[0]]
    for part, surface in zip(parts[1:], surfaces[1:], strict=True):
        right, behind, above = part.at
        surface = turned(surface, None, part.yaw_deg)
        stood.append(surface.replace(vertices=surface.vertices + np.array([right, top + above, -behind])))
    return joined(stood)
