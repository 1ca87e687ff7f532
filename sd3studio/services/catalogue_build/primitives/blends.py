"""Round bodies: bones with flesh, melted into one smooth skin (for animals, gloves and vegetables).

A body is the level set of a smooth minimum of round cones (Inigo Quilez, "smooth minimum"; the skin is found by naive
surface nets: S. Gibson, "Constrained elastic surface nets", 1998).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sd3studio.services.catalogue_build.primitives.shapes import Colour, Point, material
from sd3studio.services.catalogue_build.surface import Floats, Ints, Surface


@dataclass(frozen=True, slots=True)
class Bone:
    """A cone from `start` to `end` with round ends; `radii` at both ends; its skin has the colour."""

    start: Point
    end: Point
    radii: tuple[float, float]
    colour: Colour


def mirrored(bones: Sequence[Bone]) -> list[Bone]:
    """The bones and their mirror images on the other side (x turned over)."""
    flipped = [
        Bone((-b.start[0], *b.start[1:]), (-b.end[0], *b.end[1:]), b.radii, b.colour)  # type: ignore[arg-type]
        for b in bones
    ]
    return [*bones, *flipped]


def body(bones: Sequence[Bone], melt: float, cells: int = 72) -> Surface:
    """The skin over bones; `melt` metres is how far joints are rounded, `cells` the grid along the longest side."""
    ends = np.asarray([point for bone in bones for point in (bone.start, bone.end)])
    reach = max(max(bone.radii) for bone in bones) + melt
    low, high = ends.min(axis=0) - reach, ends.max(axis=0) + reach
    step = float((high - low).max()) / cells
    counts = np.ceil((high - low) / step).astype(int) + 1
    axes = [low[k] + step * np.arange(counts[k]) for k in range(3)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    vertices, faces = surface_net(_smooth_distance(grid.reshape(-1, 3), bones, melt).reshape(counts))
    vertices = low + vertices * step
    materials = list(dict.fromkeys(material(bone.colour) for bone in bones))
    owner = np.argmin([_distance(vertices[faces].mean(axis=1), bone) for bone in bones], axis=0)
    of_bone = np.asarray([materials.index(material(bone.colour)) for bone in bones])
    return Surface(vertices, faces, np.zeros((len(faces), 3, 2)), of_bone[owner], tuple(materials))


def _distance(points: Floats, bone: Bone) -> Floats:
    start, along = np.asarray(bone.start), np.subtract(bone.end, bone.start)
    share = np.clip((points - start) @ along / max(float(along @ along), 1e-12), 0.0, 1.0)
    radius = bone.radii[0] + share * (bone.radii[1] - bone.radii[0])
    return np.linalg.norm(points - start - share[..., None] * along, axis=-1) - radius


def _smooth_distance(points: Floats, bones: Sequence[Bone], melt: float) -> Floats:
    total = _distance(points, bones[0])
    for bone in bones[1:]:
        other = _distance(points, bone)
        blend = np.maximum(melt - np.abs(total - other), 0.0) / max(melt, 1e-9)
        total = np.minimum(total, other) - blend * blend * melt / 4
    return total


def surface_net(values: Floats) -> tuple[Floats, Ints]:
    """Vertices (grid units) and faces of the zero level of a (X, Y, Z) field, negative inside, faces outwards."""
    inside = values < 0
    corners = [np.asarray([x, y, z]) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    shape = np.asarray(values.shape) - 1
    total = np.zeros((*shape, 3))
    hits = np.zeros(shape)
    for a in corners:
        for axis in range(3):
            if a[axis]:
                continue
            b = a + np.eye(3, dtype=int)[axis]
            first, second = (values[tuple(slice(c[k], c[k] + shape[k]) for k in range(3))] for c in (a, b))
            crossing = (first < 0) != (second < 0)
            share = np.where(crossing, first / np.where(crossing, first - second, 1.0), 0.0)
            total += np.where(crossing[..., None], a + share[..., None] * np.eye(3)[axis], 0.0)
            hits += crossing
    active = hits > 0
    number = np.full(shape, -1)
    number[active] = np.arange(active.sum())
    vertices = np.argwhere(active) + total[active] / hits[active][:, None]
    return vertices, np.concatenate([_faces_across(inside, number, axis) for axis in range(3)])


def _faces_across(inside: np.ndarray, number: Ints, axis: int) -> Ints:
    """Two triangles for every grid edge along `axis` that the surface cuts."""
    one, other = (axis + 1) % 3, (axis + 2) % 3
    here = np.moveaxis(inside, (axis, one, other), (0, 1, 2))
    cells = np.moveaxis(number, (axis, one, other), (0, 1, 2))
    before, after = here[:-1, 1:-1, 1:-1], here[1:, 1:-1, 1:-1]
    i, j, k = np.nonzero(before != after)
    quad = np.stack([cells[i, j, k], cells[i, j + 1, k], cells[i, j + 1, k + 1], cells[i, j, k + 1]], axis=1)
    inward = ~before[i, j, k]
    quad[inward] = quad[inward][:, ::-1]
    return np.concatenate([quad[:, (0, 1, 2)], quad[:, (0, 2, 3)]]).astype(np.int64)
