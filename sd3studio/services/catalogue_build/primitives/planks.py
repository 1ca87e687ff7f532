"""Planks with pictures on both sides: what boards and skis are made of."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sd3studio.services.catalogue_build.primitives.shapes import Colour, mapped, material, skin
from sd3studio.services.catalogue_build.surface import Material, Surface, face_normals

if TYPE_CHECKING:
    from PIL.Image import Image

Along = Callable[[float], float]
"""A length in metres by the place along a plank, from -1 at its front end to 1."""
SECTION = (
    (-1, 0.5), (-0.96, 0.08), (-0.4, 0), (0.4, 0), (0.96, 0.08),
    (1, 0.5), (0.96, 0.92), (0.4, 1), (-0.4, 1), (-0.96, 0.92),
)  # fmt: skip
FLAT = 0.5
"""Faces that look up or down by more than this belong to the upper or the lower side, the others to the edge."""


def plank(length: float, half_width: Along, thickness: Along, rise: Along, stations: int = 41) -> Surface:
    """A plank along y; its lower side is `rise` above the ground."""
    rings = []
    for s in np.sin(np.linspace(-np.pi / 2, np.pi / 2, stations)).tolist():
        half, thick, base = max(half_width(s), 0.004), thickness(s), rise(s)
        rings.append([(-x * half, s * length / 2, base + z * thick) for x, z in SECTION])
    return skin(rings, (1, 1, 1))


def round_ends(half: float, length: float, power: float = 2.0) -> Along:
    """Half width of a plank with round ends; a greater `power` makes them squarer."""
    start = 1 - 2 * half / length

    def width(s: float) -> float:
        past = max((abs(s) - start) / (1 - start), 0.0)
        return half * max(1 - past**power, 0.0) ** (1 / power)

    return width


def faced(board: Surface, top: "Image", bottom: "Image", edge: Colour) -> Surface:
    """The plank with pictures on its upper and lower side, their lower ends at the front, and a plain edge."""
    normals = face_normals(board.vertices, board.faces)
    up = normals[:, 2] / np.maximum(np.linalg.norm(normals, axis=1), 1e-12)
    side = np.where(up > FLAT, 0, np.where(up < -FLAT, 1, 2)).astype(np.int64)
    white = (1.0, 1.0, 1.0, 1.0)
    materials = (Material(white, top), Material(white, bottom), material(edge))
    return mapped(board, top, "x", "y").replace(material_of_face=side, materials=materials)
