"""Levels of detail: each mesh packed for the GPU in full and in a few simplified forms with baked colours.

The simplified forms (see `simplify`) are coloured by the nearest triangle of the full mesh, textures included, so that
they need no texture.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sd3studio.render.mesh_data import MeshData, corner_normals
from sd3studio.render.simplify import simplified

VERTEX = np.dtype(
    [
        ("position", "<f4", 3),
        ("normal", "<u4"),
        ("uv", "<f4", 2),
        ("colour", "u1", 4),
        ("layer", "<i2"),
        ("part", "<u2"),
    ]
)
"""32 bytes: position in the unit cube, normal as 10-10-10-2, texture coordinates, sRGB colour, texture layer or -1, and
the number of the part of the mesh."""

FACES_OF_LEVEL = (None, 700, 180, 56, 24)
"""Triangles that each level aims at; None is the mesh as it is."""
ERROR_OF_LEVEL = (0.0, 0.005, 0.018, 0.05, 0.1)
"""Deviation of each level as a share of the diagonal; decides at which size on screen it is shown."""


@dataclass(frozen=True, slots=True)
class Level:
    """One form of a mesh: packed vertices (V,), indices (3F,) uint32, whether any vertex has a texture, and holes."""

    vertices: NDArray[np.void]
    indices: NDArray[np.uint32]
    textured: bool
    cutout: bool = False


def levels_of(mesh: MeshData, layer_of_texture: NDArray[np.floating]) -> tuple[Level, ...]:
    """The levels of a mesh; small meshes repeat the last one that differs.

    `layer_of_texture` (T + 1,) maps the mesh's texture numbers to layers of the shared array; its last entry is for -1.
    """
    full = _packed(
        mesh.unit_positions,
        mesh.normals * mesh.extent,
        mesh.uvs,
        mesh.colours,
        layer_of_texture[mesh.layers],
        mesh.part_numbers,
        mesh.indices,
    )
    if any((texture[..., 3] < 128).any() for texture in mesh.textures):
        full = replace(full, cutout=True)
    levels, source = [full], None
    for target in FACES_OF_LEVEL[1:]:
        if target is None or mesh.faces <= target * 1.3:
            levels.append(levels[-1])
            continue
        source = source or _Source(mesh)
        levels.append(source.simplified(target))
    return tuple(levels)


def mean_luminance(mesh: MeshData) -> float:
    """Luminance (sRGB values, 0 to 1) of the mesh's colours, averaged over its area."""
    corners = mesh.positions[mesh.indices]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    light = mesh.face_colours[:, :3] @ np.array([0.2126, 0.7152, 0.0722]) / 255.0
    return float(np.clip(np.average(light, weights=area + 1e-12), 0.05, 1.0))


def _packed(
    positions: NDArray[np.floating],
    normals: NDArray[np.floating],
    uvs: NDArray[np.floating],
    colours: NDArray[np.uint8],
    layers: NDArray[np.floating],
    parts: NDArray[np.integer],
    indices: NDArray[np.integer],
) -> Level:
    vertices = np.zeros(len(positions), VERTEX)
    vertices["position"], vertices["uv"], vertices["colour"], vertices["layer"] = positions, uvs, colours, layers
    vertices["part"] = parts
    vertices["normal"] = packed_normals(normals)
    return Level(vertices, np.ascontiguousarray(indices, np.uint32).reshape(-1), bool((layers >= 0).any()))


def packed_normals(normals: NDArray[np.floating]) -> NDArray[np.uint32]:
    """(V,) normals (V, 3) of any length as signed 10-10-10-2 bits (GL_INT_2_10_10_10_REV)."""
    unit = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
    bits = (np.rint(np.nan_to_num(unit) * 511.0).astype(np.int32) & 1023).astype(np.uint32)
    return bits[:, 0] | bits[:, 1] << 10 | bits[:, 2] << 20


class _Source:
    """The full mesh, welded, with a colour for each triangle, ready to be simplified."""

    def __init__(self, mesh: MeshData) -> None:
        self.mesh = mesh
        rounded = np.round(mesh.unit_positions, 5)
        points, weld = np.unique(rounded, axis=0, return_inverse=True)
        faces = weld.reshape(-1)[mesh.indices]
        alive = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 0] != faces[:, 2])
        self.points, self.faces = points * mesh.extent, faces[alive]
        from scipy.spatial import cKDTree  # half a second that the window's start does without

        self.tree = cKDTree(mesh.unit_triangles.mean(axis=1) * mesh.extent)
        self.colours = mesh.face_colours
        self.parts = mesh.part_numbers[mesh.indices[:, 0]]

    def simplified(self, target: int) -> Level:
        """About `target` triangles with baked colours and creased normals; made from the level before."""
        self.points, self.faces = simplified(self.points, self.faces, target)
        triangles = self.points[self.faces]
        normals = corner_normals(triangles, self.faces, crease_deg=50.0)
        _, nearest = self.tree.query(triangles.mean(axis=1))
        colours = np.repeat(self.colours[nearest], 3, axis=0)
        parts = np.repeat(self.parts[nearest], 3)
        return self._shared(self.points / self.mesh.extent, self.faces, normals.reshape(-1, 3), colours, parts)

    def _shared(
        self,
        points: NDArray[np.floating],
        faces: NDArray[np.integer],
        normals: NDArray[np.floating],
        colours: NDArray[np.uint8],
        parts: NDArray[np.uint8],
    ) -> Level:
        """Join corners that agree in point, part, normal (roughly) and colour (roughly)."""
        flat = faces.reshape(-1)
        fine = 6 if len(faces) > 300 else 2.5  # things that small show no fine shading
        kinds = [flat[:, None], parts[:, None], np.rint(normals * fine), colours[:, :3] >> 5]
        keys = np.concatenate(kinds, axis=1).astype(np.int64)
        _, first, index = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        count = len(first)
        return _packed(
            points[flat[first]],
            normals[first] * self.mesh.extent,
            np.zeros((count, 2)),
            colours[first],
            np.full(count, -1.0),
            parts[first],
            index.reshape(-1, 3),
        )
