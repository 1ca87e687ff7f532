"""A triangle surface with a material per face and texture coordinates per corner: what the build steps pass on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Material:
    """Colour of faces: sRGB and opacity in [0, 1]; a texture, where there is one, replaces the sRGB part."""

    colour: tuple[float, float, float, float]
    texture: "Image | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Triangles in glTF's frame (Y up, front towards +Z).

    Parameters
    ----------
    vertices : (V, 3) metres, or the units of the source before scaling
    faces : (F, 3) indices of vertices
    corner_uv : (F, 3, 2) texture coordinates, v upwards
    material_of_face : (F,) indices of `materials`
    """

    vertices: Floats
    faces: Ints
    corner_uv: Floats
    material_of_face: Ints
    materials: tuple[Material, ...]

    def replace(self, **changes: object) -> Self:
        """A copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def bounds(self) -> Floats:
        """(2, 3) lowest and highest corner of the vertices that faces use."""
        used = self.vertices[np.unique(self.faces)]
        return np.stack([used.min(axis=0), used.max(axis=0)])

    def keep_faces(self, keep: NDArray[np.bool_] | Ints) -> Self:
        """Only the faces that `keep` (a mask or indices) names; vertices stay."""
        return self.replace(
            faces=self.faces[keep], corner_uv=self.corner_uv[keep], material_of_face=self.material_of_face[keep]
        )


def plain_surface(vertices: Floats, faces: Ints, material: Material) -> Surface:
    """A surface of one material without texture coordinates."""
    count = len(faces)
    return Surface(
        np.asarray(vertices, float),
        np.asarray(faces, np.int64),
        np.zeros((count, 3, 2)),
        np.zeros(count, np.int64),
        (material,),
    )


def joined(surfaces: Sequence[Surface]) -> Surface:
    """Several surfaces as one; equal materials become one."""
    materials: list[Material] = []
    vertices, faces, corner_uv, material_of_face = [], [], [], []
    offset = 0
    for surface in surfaces:
        renumber = []
        for material in surface.materials:
            if material not in materials:
                materials.append(material)
            renumber.append(materials.index(material))
        vertices.append(surface.vertices)
        faces.append(surface.faces + offset)
        corner_uv.append(surface.corner_uv)
        material_of_face.append(np.asarray(renumber, np.int64)[surface.material_of_face])
        offset += len(surface.vertices)
    return Surface(
        np.concatenate(vertices),
        np.concatenate(faces),
        np.concatenate(corner_uv),
        np.concatenate(material_of_face),
        tuple(materials),
    )


def welded(surface: Surface, tolerance: float = 1e-5) -> Surface:
    """Vertices nearer than `tolerance` (a share of the diagonal) made one.

    Faces that collapse are dropped, and the second of two faces with the same vertices: our materials have two sides.
    """
    low, high = surface.bounds
    step = max(float(np.linalg.norm(high - low)) * tolerance, 1e-12)
    keys = np.round((surface.vertices - low) / step).astype(np.int64)
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    merged = surface.replace(vertices=surface.vertices[first], faces=inverse.reshape(-1)[surface.faces])
    a, b, c = merged.faces.T
    merged = merged.keep_faces((a != b) & (b != c) & (a != c))
    _, first = np.unique(np.sort(merged.faces, axis=1), axis=0, return_index=True)
    return merged.keep_faces(np.sort(first))


def face_normals(vertices: Floats, faces: Ints) -> Floats:
    """(F, 3) normals whose length is twice the area of the face."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def components(vertex_count: int, faces: Ints) -> Ints:
    """(F,) number of the connected piece (by shared vertices) that each face belongs to."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows = np.concatenate([faces[:, 0], faces[:, 1]])
    columns = np.concatenate([faces[:, 1], faces[:, 2]])
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(vertex_count, vertex_count))
    _, labels = connected_components(graph, directed=False)
    _, piece = np.unique(labels[faces[:, 0]], return_inverse=True)
    return piece.astype(np.int64)
