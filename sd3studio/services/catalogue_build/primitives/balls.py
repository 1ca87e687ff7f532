"""Balls of sewn panels: a football of pentagons and hexagons, a baseball."""

from itertools import combinations

import numpy as np

from sd3studio.services.catalogue_build.primitives.ballgames import baseball
from sd3studio.services.catalogue_build.primitives.shapes import Colour, grounded, material, rotated, whole
from sd3studio.services.catalogue_build.surface import Floats, Surface, joined, plain_surface

GOLD = (1 + 5**0.5) / 2
FINENESS = 3
"""Sides of the triangles of a panel are cut in so many parts."""
SEAM = 0.012
"""How much nearer to the middle seams are, as a share of the radius."""


def _icosahedron() -> Floats:
    """(12, 3) corners on the unit sphere."""
    corners = np.asarray([np.roll((0.0, a, b * GOLD), k) for a in (-1, 1) for b in (-1, 1) for k in range(3)])
    return corners / np.linalg.norm(corners[0])


def _around(points: Floats, axis: Floats) -> Floats:
    """The points in order around an axis, anticlockwise seen from outside."""
    axis = axis / np.linalg.norm(axis)
    side = points[0] - axis * (points[0] @ axis)
    return points[np.argsort(np.arctan2(points @ np.cross(axis, side), points @ side))]


def _panels() -> list[Floats]:
    """Corners of the 12 pentagons and 20 hexagons of a truncated icosahedron, in order around each."""
    corners = _icosahedron()
    apart = np.linalg.norm(corners[:, None] - corners[None], axis=-1)  # (12, 12)
    beside = (apart > 0) & (apart < apart[apart > 0].min() * 1.01)
    panels = [_around(np.asarray(corner * 2 + corners[beside[k]]) / 3, corner) for k, corner in enumerate(corners)]
    for three in combinations(range(12), 3):
        if all(beside[p, q] for p, q in combinations(three, 2)):
            cut = [(corners[p] * 2 + corners[q]) / 3 for p in three for q in three if p != q]
            panels.append(_around(np.asarray(cut), corners[list(three)].sum(axis=0)))
    return panels


def _patch(middle: Floats, one: Floats, other: Floats, colour: Colour) -> Surface:
    """The triangle of a panel between its middle and one of its sides, on the unit sphere."""
    n = FINENESS
    places = [(i, j) for i in range(n + 1) for j in range(n + 1 - i)]
    points = np.asarray([middle * (n - i - j) + one * i + other * j for i, j in places])
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    points[[k for k, (i, j) in enumerate(places) if i + j == n]] *= 1 - SEAM
    number = {place: k for k, place in enumerate(places)}
    inner = [(i, j) for i, j in places if i + j < n]
    corners = [((i, j), (i + 1, j), (i, j + 1)) for i, j in inner]
    corners += [((i + 1, j), (i + 1, j + 1), (i, j + 1)) for i, j in inner if i + j < n - 1]
    faces = np.asarray([[number[place] for place in three] for three in corners])
    return plain_surface(points, faces, material(colour))


def _football(pentagons: Colour, hexagons: Colour, radius: float = 0.11) -> Surface:
    patches = []
    for panel in _panels():
        colour = pentagons if len(panel) == 5 else hexagons
        sides = zip(panel, np.roll(panel, -1, axis=0), strict=True)
        patches += [_patch(panel.mean(axis=0), one, other, colour) for one, other in sides]
    surface = joined(patches)
    return rotated(rotated(surface.replace(vertices=surface.vertices * radius), "x", 18), "y", 25)


def yellow_football() -> Surface:
    """Black pentagons, yellow hexagons."""
    return whole(grounded(_football((0.06, 0.06, 0.07), (0.95, 0.78, 0.10))))


SHAPES = {"football-yellow": yellow_football, "baseball": lambda: whole(baseball())}
