"""A second, closer look at a picture: its parts by themselves, larger, for what the first look did not show."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.checking.expecting import Sighting, iou, share_inside
from sd3studio.ml.parsing.detection import Detector

Pixels = NDArray[np.uint8]
EDGE_PX = 4


def sightings(detector: Detector, pixels: Pixels, faintest: float) -> tuple[Sighting, ...]:
    """What a detector sees in a picture ((H, W, 3) uint8 RGB), best first."""
    return tuple(Sighting(d.label, min(d.score, 1.0), d.box) for d in detector.detect(pixels, faintest))


def closer_sightings(detector: Detector, pixels: Pixels, faintest: float) -> tuple[Sighting, ...]:
    """What is seen in the windows of a picture and not cut off by their edges; px of the picture."""
    height, width = pixels.shape[:2]
    found = []
    for x0, y0, x1, y1 in closer_windows(width, height):
        for one in sightings(detector, np.ascontiguousarray(pixels[y0:y1, x0:x1]), faintest):
            a, b, c, d = one.box
            cut = (a < EDGE_PX and x0 > 0) or (b < EDGE_PX and y0 > 0)
            cut |= (c > x1 - x0 - EDGE_PX and x1 < width) or (d > y1 - y0 - EDGE_PX and y1 < height)
            if not cut:
                found.append(Sighting(one.label, one.score, (a + x0, b + y0, c + x0, d + y0)))
    return tuple(found)


def closer_windows(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Five windows of 60 % of the picture's sides that overlap and cover it: four corners and the middle (px)."""
    wide, high = round(0.6 * width), round(0.6 * height)
    corners = [(x, y) for y in (0, height - high) for x in (0, width - wide)]
    middle = ((width - wide) // 2, (height - high) // 2)
    return [(x, y, x + wide, y + high) for x, y in (*corners, middle)]


def are_one(a: Sighting, b: Sighting) -> bool:
    """Whether two sightings of a class are of one thing, or of a part of it."""
    shared = max(share_inside(a.box, b.box), share_inside(b.box, a.box))
    return a.label == b.label and (iou(a.box, b.box) >= 0.5 or shared >= 0.7)


def each_once(found: Iterable[Sighting]) -> list[Sighting]:
    """The surest sighting of each thing, which several windows show."""
    kept: list[Sighting] = []
    for one in sorted(found, key=lambda sighting: -sighting.score):
        if not any(are_one(one, other) for other in kept):
            kept.append(one)
    return kept
