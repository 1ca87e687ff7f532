"""Meshes made by rule: the box that stands for an object without a mesh, and the slab for stuff."""

from functools import cache
from itertools import product

import numpy as np

from sd3studio.render.mesh_data import MeshData

BOX_COLOUR = (196, 199, 204, 255)
BEVEL = 0.06
"""Share of the half size that the bevel of the box takes."""


@cache
def box_mesh() -> MeshData:
    """A cube of one metre standing on the ground, its edges and corners bevelled and shaded as if they were round."""
    inner = 0.5 - BEVEL / 2
    corners: list[np.ndarray] = []
    normals: list[np.ndarray] = []
    index: dict[tuple[int, ...], int] = {}
    for signs in product((-1, 1), repeat=3):
        for axis in range(3):
            point = np.array(signs) * inner
            point[axis] = signs[axis] * 0.5
            normal = np.zeros(3)
            normal[axis] = signs[axis]
            index[(*signs, axis)] = len(corners)
            corners.append(point)
            normals.append(normal)
    faces: list[tuple[int, ...]] = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for sign in (-1, 1):
            faces += _quad([index[(*_signs({axis: sign, u: a, v: b}), axis)] for a, b in _RING])
        for a, b in product((-1, 1), repeat=2):
            faces += _quad([index[(*_signs({axis: s, u: a, v: b}), w)] for s, w in ((-1, u), (1, u), (1, v), (-1, v))])
    faces += [tuple(index[(*signs, axis)] for axis in range(3)) for signs in product((-1, 1), repeat=3)]
    positions = np.array(corners)
    return _plain(positions + np.array([0, 0, 0.5]), np.array(normals), _outwards(positions, np.array(faces)), "box")


@cache
def slab_mesh() -> MeshData:
    """A cube of one metre with sharp edges, for stuff: its faces stay flat however thin it is scaled."""
    positions: list[np.ndarray] = []
    normals: list[np.ndarray] = []
    faces: list[tuple[int, ...]] = []
    for axis, sign in product(range(3), (-1, 1)):
        start = len(positions)
        for a, b in _RING:
            signs = _signs({axis: sign, (axis + 1) % 3: a, (axis + 2) % 3: b})
            positions.append(np.array(signs) * 0.5)
            normals.append(np.eye(3)[axis] * sign)
        faces += _quad([start, start + 1, start + 2, start + 3])
    corners = np.array(positions)
    return _plain(corners + np.array([0, 0, 0.5]), np.array(normals), _outwards(corners, np.array(faces)), "slab")


_RING = ((-1, -1), (1, -1), (1, 1), (-1, 1))


def _signs(of_axis: dict[int, int]) -> tuple[int, int, int]:
    return of_axis[0], of_axis[1], of_axis[2]


def _quad(ring: list[int]) -> list[tuple[int, ...]]:
    return [(ring[0], ring[1], ring[2]), (ring[0], ring[2], ring[3])]


def _outwards(positions: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Turn the faces of a star-shaped solid around the origin so that all look outwards."""
    a, b, c = (positions[faces[:, k]] for k in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), a + b + c) < 0
    return np.where(inward[:, None], faces[:, ::-1], faces)


def _plain(positions: np.ndarray, normals: np.ndarray, faces: np.ndarray, name: str) -> MeshData:
    count = len(positions)
    return MeshData(
        positions=positions.astype(np.float32),
        normals=normals.astype(np.float32),
        uvs=np.zeros((count, 2), np.float32),
        colours=np.tile(np.array(BOX_COLOUR, np.uint8), (count, 1)),
        layers=np.full(count, -1, np.int16),
        indices=faces.astype(np.uint32),
        name=name,
    )
