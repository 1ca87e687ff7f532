"""What things usually measure, in which poses they come, and how high they stand: priors of lifting a photo into space.

The numbers are in ``resources/priors/object_sizes.json``: general knowledge, not fitted to photos. Labels outside the
80 COCO classes (from an open-vocabulary detector) take the sizes of the catalogue, else those of a middling thing.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sd3studio.core.catalogue import CATALOGUE_FOLDER, Catalogue, shipped_catalogue
from sd3studio.core.errors import DataError
from sd3studio.core.locations import RESOURCES
from sd3studio.core.training.in_use import weights_in_use

SIZES_NAME = "object_sizes.json"

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Pose:
    """One shape that a thing comes in. `size_m` is width, depth, height; `spread` the deviation of their logarithms."""

    name: str
    weight: float
    size_m: Triple
    spread: Triple


@dataclass(frozen=True, slots=True)
class SizePrior:
    """What is known of a class before looking.

    Parameters
    ----------
    ground : probability that the base stands on the ground
    elevation_m, elevation_spread_m : height of the base above the ground otherwise
    turns : ``"any"`` (its shape tells front from side), ``"camera"`` (mostly seen from the front),
        ``"mostly camera"`` (people), ``"none"`` (round)
    top : height of the surface that carries other things as a fraction of the height, None if it carries none
    fill : how far it reaches into the corners of its box, seen from above; 1 is a cupboard
    from_data : False for labels that the file does not know
    """

    label: str
    ground: float
    elevation_m: float
    elevation_spread_m: float
    turns: str
    top: float | None
    poses: tuple[Pose, ...]
    fill: float = 0.65
    from_data: bool = True


def sizes_file() -> Path:
    """The file of size priors in use: that of a promoted run (`core.training.in_use`), else the one that ships."""
    own = weights_in_use("sizes")
    return (own or RESOURCES / "priors") / SIZES_NAME


def size_priors() -> Mapping[str, SizePrior]:
    """The priors of all COCO classes, by name. Raises `DataError` naming the file and the class."""
    return _priors_in(sizes_file())


@cache
def _priors_in(path: Path) -> Mapping[str, SizePrior]:
    try:
        classes = json.loads(path.read_text(encoding="utf-8"))["classes"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"The size priors {path} can't be read: {error}. Install the program again.") from error
    return {label: _prior(label, fields) for label, fields in classes.items()}


def _prior(label: str, fields: Mapping[str, object]) -> SizePrior:
    try:
        elevation: Mapping[str, float] = fields["elevation"]  # type: ignore[assignment]
        poses = tuple(
            Pose(str(p["name"]), float(p["weight"]), tuple(p["size"]), tuple(p["spread"]))
            for p in fields["poses"]  # type: ignore[attr-defined]
        )
        if any(len(p.size_m) != 3 or len(p.spread) != 3 or min(*p.size_m, *p.spread) <= 0 for p in poses):
            raise ValueError("sizes and spreads are three positive numbers each")
        return SizePrior(
            label=label,
            ground=float(elevation["ground"]),
            elevation_m=float(elevation["height_m"]),
            elevation_spread_m=float(elevation["spread_m"]),
            turns=str(fields["turns"]),
            top=fields["top"],  # type: ignore[arg-type]
            poses=poses,
            fill=float(fields["fill"]),  # type: ignore[arg-type]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"The size priors {SIZES_NAME} are not valid for {label!r}: {error}") from error


@cache
def catalogue_or_none() -> Catalogue | None:
    """The catalogue that ships with the program, or None in an installation without one."""
    return shipped_catalogue() if (CATALOGUE_FOLDER / "index.json").is_file() else None


def prior_of(label: str) -> SizePrior:
    """The prior of any label: from the file, else from the catalogue, else that of a thing of half a metre."""
    return _prior_in(sizes_file(), label)


@cache
def _prior_in(path: Path, label: str) -> SizePrior:
    known = _priors_in(path).get(label)
    if known is not None:
        return known
    catalogue = catalogue_or_none()
    category = catalogue.category_of(label) if catalogue else None
    if category is not None and category in size_priors():
        return size_priors()[category]
    entries = catalogue.of_category(category) if catalogue and category else ()
    if not entries:
        pose = Pose("", 1.0, (0.5, 0.5, 0.5), (0.8, 0.8, 0.8))
        return SizePrior(label, 0.5, 0.8, 0.5, "camera", None, (pose,), from_data=False)
    entry = entries[0]
    spread = tuple(
        max(0.15, math.log(high / low) / 4.0) for low, high in zip(entry.size_low, entry.size_high, strict=True)
    )
    pose = Pose("", 1.0, entry.size, spread)  # type: ignore[arg-type]
    ground = 0.95 if entry.elevation_m < 0.05 else 0.05
    turns = "any" if entry.front_known else "none"
    return SizePrior(label, ground, max(entry.elevation_m, 0.5), 0.3, turns, None, (pose,), from_data=False)
