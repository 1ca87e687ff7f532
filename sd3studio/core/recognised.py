"""How well each mesh of the catalogue is recognised, from where: measured once by the shipped detectors.

``resources/catalogue/recognised.json`` was written by ``python -m sd3studio.ml.recognising --rendered``, and of common
things without ``--rendered``; a sentence that leaves open which bed is meant, how it is turned and from how high it is
seen gets one that can be made out: a keyboard is nothing but a line from low down, a horse is no horse from above. What
stands outside is measured at more than one place: on grass the detectors take a bear for a cow, on snow or sand for
what it is.
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
GROUNDS = {"field": "grass", "beach": "sand", "snowfield": "snow", "street": "road"}
"""Places under the sky -> what the ground is there; for scores, where they are not a mesh's usual place."""
OPEN_PLACES = ("field", "beach", "snowfield", "street")
"""Of these, where anything may stand that is told to be nowhere; the first unless another is better."""
STEADY = 3
"""Headings by which places and meshes are compared: one that happens to be good says little."""


@cache
def recognised(place: str = "") -> Mapping[str, Scores]:
    """Mesh -> its scores at a place of `GROUNDS`; at the usual one of each mesh if none is named or none measured."""
    usual = recognised() if place else {}
    try:
        content = json.loads(PATH.read_text(encoding="utf-8"))
        told = content["places"].get(place, {}) if place else content["scores"]
        return {**usual, **{str(mesh): _scores(rows) for mesh, rows in told.items() if _is_whole(rows)}}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return usual  # only taste is lost: things are shown as they are drawn


def _scores(rows: Sequence[Sequence[float]]) -> Scores:
    return tuple(tuple(min(max(float(score), 0.0), 1.0) for score in row) for row in rows)


def _is_whole(rows: Sequence[Sequence[float]]) -> bool:
    return len(rows) == len(ELEVATIONS_DEG) and all(len(row) in (1, len(HEADINGS_DEG)) for row in rows)


def steady_score(mesh: str | None) -> float | None:
    """How well a mesh is recognised at its best place and elevation, over headings; None where none was measured.

    The mean of its best `STEADY` headings, from no higher up than most pictures are taken.
    """
    angles = [math.radians(angle) for angle in ELEVATIONS_DEG[:-1]]
    rows = [row_at(mesh, angle, place) for place in ("", *OPEN_PLACES) for angle in angles]
    return max((_steady(row) for row in rows if len(row)), default=None)


def row_at(mesh: str | None, elevation_rad: float, place: str = "") -> NDArray[np.float64]:
    """The scores by heading of a mesh seen from this elevation, linear in between; (0,) where none are known."""
    scores = recognised(place).get(mesh or "")
    if not scores:
        return np.zeros(0)
    rows = np.array(scores)
    return np.array([np.interp(math.degrees(elevation_rad), ELEVATIONS_DEG, rows[:, k]) for k in range(rows.shape[1])])


def score_at(mesh: str | None, elevation_rad: float, yaw_rad: float, place: str = "") -> float | None:
    """The score of a mesh that is seen so, linear between what was measured; None where nothing was."""
    row = row_at(mesh, elevation_rad, place)
    if not len(row):
        return None
    turn = abs((math.degrees(yaw_rad) + 180.0) % 360.0 - 180.0)
    return float(row[0]) if len(row) == 1 else float(np.interp(turn, HEADINGS_DEG, row))


def telling_turn(mesh: str | None, usual_rad: float, elevation_rad: float, place: str = "") -> float:
    """The turn to one side (rad, not negative) at which a mesh is shown: the usual one unless another shows it better.

    Of those at which it is recognised about equally well the one nearest to the usual turn is taken.
    """
    scores = row_at(mesh, elevation_rad, place)
    if len(scores) != len(HEADINGS_DEG):
        return usual_rad
    turns = [math.radians(angle) for angle in HEADINGS_DEG]
    order = sorted(range(len(turns)), key=lambda k: abs(turns[k] - usual_rad))
    nearest, best = order[0], max(scores)
    if scores[nearest] >= best - BETTER and scores[nearest] >= min(GOOD, best):
        return usual_rad
    return turns[next(k for k in order if scores[k] >= best - BETTER / 3.0)]


def told_from(meshes: Sequence[str | None], elevations_rad: Sequence[float], place: str = "") -> NDArray[np.float64]:
    """(E,): how well things can be told together from each elevation, each at its best heading: summed logarithms."""
    known = [mesh for mesh in meshes if mesh in recognised()]
    best = [[row_at(mesh, elevation, place).max() for mesh in known] for elevation in elevations_rad]
    return np.log(np.array(best).reshape(len(elevations_rad), len(known)) + DOUBT).sum(axis=1)


def telling_place(meshes: Sequence[str | None], better: float) -> str:
    """The open place where things are told best together: the first one unless another is so much `better`.

    From the best elevation, each by the mean of its best `STEADY` headings.
    `better` is a difference of summed logarithms, as in `told_from`.
    """
    angles = [math.radians(angle) for angle in ELEVATIONS_DEG]
    told = {place: max(_together(meshes, angle, place) for angle in angles) for place in OPEN_PLACES}
    best = max(told, key=lambda place: told[place])
    return best if told[best] > told[OPEN_PLACES[0]] + better else OPEN_PLACES[0]


def _steady(row: NDArray[np.float64]) -> float:
    return float(np.sort(row)[-STEADY:].mean())


def _together(meshes: Sequence[str | None], elevation_rad: float, place: str) -> float:
    rows = [row_at(mesh, elevation_rad, place) for mesh in meshes if mesh in recognised()]
    return sum(math.log(_steady(row) + DOUBT) for row in rows)
