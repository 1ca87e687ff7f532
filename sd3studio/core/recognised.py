"""How well each mesh of the catalogue is recognised, from where: measured once by the shipped detectors.

``resources/catalogue/recognised.json`` is written by ``python -m sd3studio.ml.recognising``; a sentence that leaves
open which bed is meant, and how it is turned, gets one that can be made out.
"""

import json
import math
from collections.abc import Mapping
from functools import cache

from sd3studio.core.catalogue import CATALOGUE_FOLDER

PATH = CATALOGUE_FOLDER / "recognised.json"
HEADINGS_DEG = (0, 30, 60, 90, 120)
"""Turns to the one side that are measured; a thing turned as far to the other side is about its mirror image."""
GOOD, BETTER = 0.5, 0.15
"""Scores from which a heading is good; what another one must have more to be preferred to the usual one."""


@cache
def recognised() -> Mapping[str, tuple[float, ...]]:
    """Mesh -> its scores in [0, 1] at `HEADINGS_DEG` (a single one where it looks alike from all sides)."""
    try:
        told = json.loads(PATH.read_text(encoding="utf-8"))["scores"]
        return {str(mesh): tuple(min(max(float(s), 0.0), 1.0) for s in scores) for mesh, scores in told.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # only taste is lost: things are shown as they are drawn


def best_score(mesh: str | None) -> float | None:
    """The score of a mesh at its best heading, None where none was measured."""
    scores = recognised().get(mesh or "")
    return max(scores) if scores else None


def telling_turn(mesh: str | None, usual_rad: float) -> float:
    """The turn to one side (rad, not negative) at which a mesh is shown: the usual one unless another shows it better.

    Of those at which it is recognised about equally well the one nearest to the usual turn is taken.
    """
    scores = recognised().get(mesh or "", ())
    if len(scores) != len(HEADINGS_DEG):
        return usual_rad
    turns = [math.radians(angle) for angle in HEADINGS_DEG]
    order = sorted(range(len(turns)), key=lambda k: abs(turns[k] - usual_rad))
    nearest, best = order[0], max(scores)
    if scores[nearest] >= best - BETTER and scores[nearest] >= min(GOOD, best):
        return usual_rad
    return turns[next(k for k in order if scores[k] >= best - BETTER / 3.0)]
