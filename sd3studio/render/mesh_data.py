"""`MeshData`: triangles with normals, colours and textures, as frozen arrays in the world's axes (Z up, front -Y)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.uint32]
Bytes = NDArray[np.uint8]

NO_TEXTURE = -1
MAX_PARTS = 255
"""A mesh has at most so many parts; materials beyond belong to the last."""


@dataclass(frozen=True, eq=False)
class MeshData:
    """A triangle mesh, metres, Z up, front towards -Y.

    Parameters
    ----------
    positions : (V, 3) float32
    normals : (V, 3) float32, unit
    uvs : (V, 2) float32, origin at the first row of the picture; may lie outside [0, 1], textures repeat
    colours : (V, 4) uint8 sRGB with alpha; multiplies the texture
    layers : (V,) int16, index into `textures`, -1 for none
    indices : (F, 3) uint32
    textures : pictures (H, W, 4) uint8 sRGB with alpha
    name : what it is called in messages
    parts : (V,) uint8, number of the part of the mesh, one for each material or piece of its file; None for one part
    """

    positions: Floats
    normals: Floats
    uvs: Floats
    colours: Bytes
    layers: NDArray[np.int16]
    indices: Indices
    textures: tuple[Bytes, ...] = ()
    name: str = ""
    parts: Bytes | None = None

    def __post_init__(self) -> None:
        arrays: list[NDArray] = [self.positions, self.normals, self.uvs, self.colours, self.layers, self.indices]
        for array in (*arrays, *self.textures, *(() if self.parts is None else (self.parts,))):
            array.setflags(write=False)

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper corner (3,)."""
        return self.positions.min(axis=0), self.positions.max(axis=0)

    @property
    def extent(self) -> Floats:
        """(3,) size along each axis, at least a micrometre so that it can be divided by."""
        low, high = self.bounds
        return np.maximum(high - low, np.float32(1e-6))

    @cached_property
    def unit_positions(self) -> Floats:
        """(V, 3) positions with the bounds mapped to the cube from -0.5 to 0.5, which instances scale."""
        low, high = self.bounds
        unit = ((self.positions - (low + high) / 2) / self.extent).astype(np.float32)
        unit.setflags(write=False)
        return unit

    @cached_property
    def unit_triangles(self) -> Floats:
        """(F, 3, 3) corners of the triangles in the unit cube."""
        triangles = self.unit_positions[self.indices]
        triangles.setflags(write=False)
        return triangles

    @cached_property
    def part_numbers(self) -> Bytes:
        """(V,) uint8: `parts`, zeros where there is but one."""
        return np.zeros(len(self.positions), np.uint8) if self.parts is None else self.parts

    @property
    def faces(self) -> int:
        """Number of triangles."""
        return len(self.indices)

    @cached_property
    def face_colours(self) -> Bytes:
        """(F, 4) uint8 sRGB: one colour for each triangle, the texture at its middle included."""
        colours = self.colours[self.indices].mean(axis=1)
        layers = self.layers[self.indices[:, 0]]
        middle = self.uvs[self.indices].mean(axis=1)
        for layer, texture in enumerate(self.textures):
            chosen = layers == layer
            if not chosen.any():
                continue
            small = _shrunk(texture, 8)
            height, width = small.shape[:2]
            column = np.floor(middle[chosen, 0] % 1.0 * width).astype(int).clip(0, width - 1)
            row = np.floor(middle[chosen, 1] % 1.0 * height).astype(int).clip(0, height - 1)
            colours[chosen] *= small[row, column] / 255.0
        return colours.round().astype(np.uint8)


def _shrunk(texture: Bytes, factor: int) -> NDArray[np.float64]:
    """Means of `factor` x `factor` blocks, so that one sample stands for the texture around it."""
    factor = min(factor, *texture.shape[:2])
    height, width = (side // factor * factor for side in texture.shape[:2])
    blocks = texture[:height, :width].reshape(height // factor, factor, width // factor, factor, 4)
    return blocks.mean(axis=(1, 3))


def corner_normals(
    triangles: NDArray[np.floating], corner_ids: NDArray[np.integer], crease_deg: float = 40.0
) -> Floats:
    """(F, 3, 3) unit normals for each corner, averaged over the faces around it that bend less than `crease_deg`.

    `triangles` (F, 3, 3) are corner positions; `corner_ids` (F, 3) are equal where corners are the same point.
    """
    face = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    length = np.linalg.norm(face, axis=1, keepdims=True)
    unit = np.divide(face, length, out=np.tile([0.0, 0.0, 1.0], (len(face), 1)), where=length > 1e-20)
    total = np.repeat(unit[:, None, :] * 1e-9, 3, axis=1).reshape(-1, 3)
    flat = corner_ids.reshape(-1)
    order = np.argsort(flat, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(flat[order]) != 0])
    rank = np.arange(len(flat)) - np.repeat(starts, np.diff(np.r_[starts, len(flat)]))
    count = np.repeat(np.diff(np.r_[starts, len(flat)]), np.diff(np.r_[starts, len(flat)]))
    limit = np.cos(np.radians(crease_deg))
    first = np.arange(len(flat)) - rank
    # walk round each point: step k compares every corner with the k-th one that shares its point (at most 32 faces)
    for step in range(min(int(count.max(initial=0)), 32)):
        here = np.flatnonzero(count > step)
        mine, other = order[here], order[first[here] + step]
        near = np.einsum("ij,ij->i", unit[mine // 3], unit[other // 3]) > limit
        total[mine[near]] += face[other[near] // 3]
    normal = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-30)
    bad = np.linalg.norm(normal, axis=1) < 0.5
    normal[bad] = np.repeat(unit, 3, axis=0)[bad]
    return normal.reshape(-1, 3, 3).astype(np.float32)
