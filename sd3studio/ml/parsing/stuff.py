"""Guesses of what is no thing: ground, sky, walls, by colour, place in the picture and texture.

There is no network behind this: each guess has a low score and says what it was read from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.ml.parsing.concepts import Place

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CELLS = 48
"""Longer side of the small picture that the cues are read in."""

LEAST_SHARE = 0.05
"""A stretch of stuff covers at least so much of the picture."""

GROUND_OF_PLACE = {
    "street": "road", "railway": "gravel", "kitchen": "floor", "dining room": "floor", "living room": "floor",
    "bedroom": "floor", "bathroom": "floor", "office": "floor", "beach": "sand", "snow slope": "snow",
    "sports field": "ground", "park": "ground", "countryside": "ground", "sky": "ground",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stuff:
    """A stretch of stuff: what, how sure, why, and its pixels (H, W) bool or None where none are seen."""

    label: str
    score: float
    reason: str
    mask: Bools | None
    colour: tuple[float, float, float] | None


def guess_stuff(
    pixels: Pixels,
    boxes: Sequence[tuple[float, float, float, float]],
    labels: Sequence[str],
    place: Place | None,
    horizon_row: float,
    table_top: bool = False,
) -> list[Stuff]:
    """The ground first, then what else can be told.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 RGB
    boxes, labels : of the things found; their pixels are no stuff
    horizon_row : row (px) of the horizon in the middle column
    table_top : most things stand on something: what is seen below them is hardly the ground
    """
    import cv2

    height, width = pixels.shape[:2]
    scale = CELLS / max(height, width)
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    free = np.ones(size[::-1], bool)
    for x0, y0, x1, y1 in boxes:
        free[round(y0 * scale) : max(round(y1 * scale), 1), round(x0 * scale) : max(round(x1 * scale), 1)] = False
    hue, saturation, value = np.moveaxis(cv2.cvtColor(small, cv2.COLOR_RGB2HSV).astype(float), -1, 0)
    rough = _roughness(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32))
    rows = np.arange(size[1])[:, None] + 0.5
    below = np.broadcast_to(rows > horizon_row * scale + 0.02 * size[1], free.shape)
    view = _View(small, hue * 2.0, saturation / 255.0, value / 255.0, rough, free, below)
    found = [_ground(view, labels, place, table_top)]
    if place is None or place.indoor is not True:
        found += _sky(view)
    if place is not None and place.indoor:
        found += _wall(view)
    return [_enlarged(stuff, (width, height)) for stuff in found]


@dataclass(frozen=True, slots=True)
class _View:
    small: Pixels
    hue: Floats
    saturation: Floats
    value: Floats
    rough: Floats
    free: Bools
    below: Bools

    def colour(self, mask: Bools) -> tuple[float, float, float] | None:
        if not mask.any():
            return None
        red, green, blue = (float(c) / 255.0 for c in np.median(self.small[mask], axis=0))
        return red, green, blue


def _roughness(grey: NDArray[np.float32]) -> Floats:
    """How much each cell differs from its neighbours, in [0, 1]."""
    import cv2

    mean = cv2.blur(grey, (3, 3))
    return np.sqrt(np.maximum(cv2.blur(grey * grey, (3, 3)) - mean * mean, 0.0)) / 64.0


def _ground(view: _View, labels: Sequence[str], place: Place | None, table_top: bool) -> Stuff:
    mask = view.below & view.free
    if mask.mean() < LEAST_SHARE or table_top:
        label = GROUND_OF_PLACE.get(place.name, "ground") if place else "ground"
        return Stuff(label, 0.3, "there is always a ground; hardly any of it is seen", None, None)
    hue, saturation, value = (float(np.median(c[mask])) for c in (view.hue, view.saturation, view.value))
    green = float(((view.hue[mask] > 62) & (view.hue[mask] < 170) & (view.saturation[mask] > 0.18)).mean())
    label, score, reason = (GROUND_OF_PLACE[place.name], 0.5, f"usual in a place like a {place.name}") if place else (
        "ground", 0.4, "there is always a ground")  # fmt: skip
    indoor = place is not None and place.indoor
    if green > 0.45 and not indoor:
        label, score, reason = "grass", min(0.75, 0.3 + green / 2), "green below the horizon"
    elif not indoor and {"boat", "surfboard"} & set(labels) and 150 < hue < 260:
        label, score, reason = "water", 0.6, "blue below the horizon, with a boat or a surfboard"
    elif not indoor and value > 0.75 and saturation < 0.15 and {"skis", "snowboard"} & set(labels):
        label, score, reason = "snow", 0.7, "white below the horizon, with skis or a snowboard"
    return Stuff(label, score, reason, mask, view.colour(mask))


def _sky(view: _View) -> list[Stuff]:
    blue = (view.hue > 175) & (view.hue < 260) & (view.saturation > 0.12) & (view.value > 0.35)
    bright = (view.value > 0.78) & (view.saturation < 0.12)
    candidate = (blue | bright) & (view.rough < 0.12) & ~view.below & view.free
    mask = _from_the_top(candidate)
    share = float(mask.mean())
    if share < LEAST_SHARE:
        return []
    blueness = float(blue[mask].mean())
    return [
        Stuff(
            "sky",
            round(0.4 + 0.35 * blueness, 3),
            "smooth and blue or bright, from the top edge down",
            mask,
            view.colour(mask),
        )
    ]


def _from_the_top(candidate: Bools) -> Bools:
    """The cells that are joined to the top edge by candidates."""
    import cv2

    count, parts = cv2.connectedComponents(candidate.astype(np.uint8), connectivity=4)
    touching = set(np.unique(parts[0][candidate[0]])) if count > 1 else set()
    return np.isin(parts, list(touching)) & candidate


def _wall(view: _View) -> list[Stuff]:
    mask = ~view.below & view.free & (view.rough < 0.2)
    if float(mask.mean()) < LEAST_SHARE:
        return []
    return [Stuff("wall", 0.45, "smooth, above the horizon, indoors", mask, view.colour(mask))]


def _enlarged(stuff: Stuff, size: tuple[int, int]) -> Stuff:
    import cv2

    if stuff.mask is None:
        return stuff
    large = cv2.resize(stuff.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
    return Stuff(stuff.label, stuff.score, stuff.reason, large, stuff.colour)
