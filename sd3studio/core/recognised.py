"""How well each mesh of the catalogue is recognised, from where: measured once by the shipped detectors.

``resources/catalogue/recognised.json`` was written by ``python -m sd3studio.ml.recognising --rendered``; a sentence
that leaves open which bed is meant, how it is turned and from how high it is seen gets one that can be made out: a
keyboard is nothing but a line from low down, a horse is no horse from above.
"""

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.catalogue import CATALOGUE_FOLDER

Scores = tuple[tuple[float, ...], ...]
"""In [0, 1]: for each of `ELEVATIONS_DEG` a row by `HEADINGS_DEG`, of one score where a mesh looks alike all round."""

PATH = CATALOGUE_FOLDER / "recognised.json"
HEADINGS_DEG = (0, 30, 60, 90, 120)
"""Turns to the one side that are measured; a thing turned as far to the other side is about its mirror image."""
ELEVATIONS_DEG = (8, 20, 36, 54)
"""How far the camera looks down."""
GOOD, BETTER = 0.5, 0.15
"""Scores from which a heading is good; what another one must have more to be preferred to the usual one."""
DOUBT = 0.05
"""Added to scores before their logarithms are summed: none is quite hopeless."""


@cache
def recognised() -> Mapping[str, Scores]:
    """Mesh -> its scores."""
    try:
        told = json.loads(PATH.read_text(encoding="utf-8"))["scores"]
        return {
            str(mesh): tuple(tuple(min(max(float(s), 0.0), 1.0) for s in row) for row in rows)
            for mesh, rows in told.items()
            if len(rows) == len(ELEVATIONS_DEG) and all(len(row) in (1, len(HEADINGS_DEG)) for row in rows)
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # only taste is lost: things are shown as they are drawn


def best_score(mesh: str | None) -> float | None:
    """The score of a mesh at its best elevation and heading, None where none was measured."""
    scores = recognised().get(mesh or "")
    return max(max(row) for row in scores) if scores else None


def row_at(mesh: str | None, elevation_rad: float) -> NDArray[np.float64]:
    """The scores by heading of a mesh seen from this elevation, linear in between; (0,) where none are known."""
    scores = recognised().get(mesh or "")
    if not scores:
        return np.zeros(0)
    rows = np.array(scores)
    return np.array([np.interp(math.degrees(elevation_rad), ELEVATIONS_DEG, rows[:, k]) for k in range(rows.shape[1])])


def score_at(mesh: str | None, elevation_rad: float, yaw_rad: float) -> float | None:
    """The score of a mesh that is seen so, linear between what was measured; None where nothing was."""
    row = row_at(mesh, elevation_rad)
    if not len(row):
        return None
    turn = abs((math.degrees(yaw_rad) + 180.0) % 360.0 - 180.0)
    return float(row[0]) if len(row) == 1 else float(np.interp(turn, HEADINGS_DEG, row))


def telling_turn(mesh: str | None, usual_rad: float, elevation_rad: float) -> float:
    """The turn to one side (rad, not negative) at which a mesh is shown: the usual one unless another shows it better.

    Of those at which it is recognised about equally well the one nearest to the usual turn is taken.
    """
    scores = row_at(mesh, elevation_rad)
    if len(scores) != len(HEADINGS_DEG):
        return usual_rad
    turns = [math.radians(angle) for angle in HEADINGS_DEG]
    order = sorted(range(len(turns)), key=lambda k: abs(turns[k] - usual_rad))
    nearest, best = order[0], max(scores)
    if scores[nearest] >= best - BETTER and scores[nearest] >= min(GOOD, best):
        return usual_rad
    return turns[next(k for k in order if scores[k] >= best - BETTER / 3.0)]


def told_from(meshes: Sequence[str | None], elevations_rad: Sequence[float]) -> NDArray[np.float64]:
    """(E,): how well things can be told together from each elevation, each at its best heading: summed logarithms."""
    known = [mesh for mesh in meshes if mesh in recognised()]
    best = [[row_at(mesh, elevation).max() for mesh in known] for elevation in elevations_rad]
    return np.log(np.array(best).reshape(len(elevations_rad), len(known)) + DOUBT).sum(axis=1)
