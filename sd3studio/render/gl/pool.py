"""All meshes in one vertex buffer, one index buffer and one texture array, so that drawing never rebinds anything."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL

# the wrapped form looks for a context of the window system that PyOpenGL is bound to; ours may be another
from OpenGL.raw.GL.VERSION.GL_2_0 import glVertexAttribPointer

from sd3studio.render.gl.textures import TextureArray
from sd3studio.render.levels import ERROR_OF_LEVEL, VERTEX, Level, levels_of, mean_luminance
from sd3studio.render.mesh import load_mesh

INSTANCE_STRIDE = 64
_ATTRIBUTES = (
    (0, 3, GL.GL_FLOAT, False, 0),
    (1, 4, GL.GL_INT_2_10_10_10_REV, True, 12),
    (2, 2, GL.GL_FLOAT, False, 16),
    (3, 4, GL.GL_UNSIGNED_BYTE, True, 24),
    (4, 1, GL.GL_SHORT, False, 28),
    (9, 1, GL.GL_UNSIGNED_SHORT, False, 30),
)


PART = np.dtype([("count", "<u4"), ("first_index", "<u4"), ("base_vertex", "<u4"), ("textured", "?"), ("cutout", "?")])
"""Where a level lies in the shared buffers, and what its surface needs."""


@dataclass(frozen=True, slots=True)
class PooledMesh:
    """A mesh on the GPU: its row in `MeshPool.parts`, luminance of its colours."""

    number: int
    luminance: float


class _Buffer:
    """A GPU buffer that grows by doubling; a copy on the CPU refills it."""

    def __init__(self, target: int, dtype: np.dtype) -> None:
        self.target, self.dtype = target, dtype
        self.data = np.zeros(4_096, dtype)
        self.used = 0
        self.uploaded = 0
        self.handle = int(GL.glGenBuffers(1))
        self._capacity = 0

    def append(self, values: NDArray) -> int:
        """Add values at the end and return where they start."""
        start, self.used = self.used, self.used + len(values)
        if self.used > len(self.data):
            grown = np.zeros(max(self.used, 2 * len(self.data)), self.dtype)
            grown[:start] = self.data[:start]
            self.data = grown
        self.data[start : self.used] = values
        return start

    def upload(self) -> None:
        """Bring the GPU's copy up to date. Leaves the buffer bound."""
        GL.glBindBuffer(self.target, self.handle)
        if self._capacity != len(self.data):
            self._capacity = len(self.data)
            GL.glBufferData(self.target, self.data.nbytes, _pointer(self.data), GL.GL_STATIC_DRAW)
        elif self.uploaded < self.used:
            fresh = self.data[self.uploaded : self.used]
            GL.glBufferSubData(self.target, self.uploaded * self.dtype.itemsize, fresh.nbytes, _pointer(fresh))
        self.uploaded = self.used


def _pointer(array: NDArray) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


class MeshPool:
    """Meshes by key, uploaded when first needed, and the vertex array through which instances of them are drawn."""

    def __init__(self) -> None:
        self.meshes: dict[str | None, PooledMesh] = {}
        self.parts = np.zeros((0, len(ERROR_OF_LEVEL)), PART)
        """(M, L) the levels of all meshes, by their numbers."""
        self.textures = TextureArray()
        self._vertices = _Buffer(GL.GL_ARRAY_BUFFER, VERTEX)
        self._indices = _Buffer(GL.GL_ELEMENT_ARRAY_BUFFER, np.dtype(np.uint32))
        self._instances = int(GL.glGenBuffers(1))
        self._instance_capacity = 0
        self.vao = int(GL.glGenVertexArrays(1))
        self._indirect = bool(GL.glMultiDrawElementsIndirect)
        self._commands = int(GL.glGenBuffers(1))

    def require(self, keys: list[str | None]) -> None:
        """Load and upload the meshes that are not there yet."""
        missing = [key for key in keys if key not in self.meshes]
        if not missing:
            return
        for key in missing:
            self.meshes[key] = self._pooled(key)
        GL.glBindVertexArray(self.vao)
        self._indices.upload()
        self._vertices.upload()
        for location, size, scalar, normalised, offset in _ATTRIBUTES:
            GL.glEnableVertexAttribArray(location)
            glVertexAttribPointer(location, size, scalar, normalised, VERTEX.itemsize, ctypes.c_void_p(offset))
        GL.glBindVertexArray(0)
        self.textures.upload()

    def _pooled(self, key: str | None) -> PooledMesh:
        mesh = load_mesh(key)
        layers = np.array([self.textures.add(texture) for texture in mesh.textures] + [-1], float)
        stored: dict[int, tuple[int, int, int, bool, bool]] = {}
        levels = levels_of(mesh, layers)
        for level in levels:
            if id(level) not in stored:
                stored[id(level)] = self._stored(level)
        self.parts = np.concatenate([self.parts, np.array([[stored[id(level)] for level in levels]], PART)])
        return PooledMesh(len(self.parts) - 1, mean_luminance(mesh))

    def _stored(self, level: Level) -> tuple[int, int, int, bool, bool]:
        base = self._vertices.append(level.vertices)
        start = self._indices.append(level.indices)
        return len(level.indices), start, base, level.textured, level.cutout

    def numbers(self, keys: Sequence[str | None]) -> NDArray[np.intp]:
        """(M,) rows of these meshes in `parts`."""
        return np.array([self.meshes[key].number for key in keys], np.intp)

    def begin(self, rows: NDArray[np.float32]) -> None:
        """Upload instance rows (N, 16) and bind everything that drawing needs."""
        GL.glBindVertexArray(self.vao)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._instances)
        if rows.nbytes > self._instance_capacity:
            self._instance_capacity = max(2 * rows.nbytes, 4_096)
        # orphan the store: the driver need not wait for the previous frame
        GL.glBufferData(GL.GL_ARRAY_BUFFER, max(self._instance_capacity, 64), None, GL.GL_STREAM_DRAW)
        if len(rows):
            GL.glBufferSubData(GL.GL_ARRAY_BUFFER, 0, rows.nbytes, _pointer(rows))
        for location in range(5, 9):
            GL.glEnableVertexAttribArray(location)
            GL.glVertexAttribDivisor(location, 1)
        self._point_instances(0)

    def _point_instances(self, first: int) -> None:
        for slot in range(4):
            offset = ctypes.c_void_p(first * INSTANCE_STRIDE + 16 * slot)
            glVertexAttribPointer(5 + slot, 4, GL.GL_FLOAT, False, INSTANCE_STRIDE, offset)

    def draw(self, parts: NDArray[np.void], first: NDArray[np.intp], rows: NDArray[np.intp]) -> None:
        """Draw levels (B,), each with its first row and number of rows: in one call where the driver can."""
        if not self._indirect:
            for part, start, count in zip(parts, first.tolist(), rows.tolist(), strict=True):
                self._draw_one(part, start, count)
            return
        numbers = (parts["count"], rows, parts["first_index"], parts["base_vertex"], first)
        commands = np.ascontiguousarray(np.stack(numbers, axis=1), np.uint32)
        GL.glBindBuffer(GL.GL_DRAW_INDIRECT_BUFFER, self._commands)
        GL.glBufferData(GL.GL_DRAW_INDIRECT_BUFFER, commands.nbytes, _pointer(commands), GL.GL_STREAM_DRAW)
        GL.glMultiDrawElementsIndirect(GL.GL_TRIANGLES, GL.GL_UNSIGNED_INT, ctypes.c_void_p(0), len(parts), 0)
        GL.glBindBuffer(GL.GL_DRAW_INDIRECT_BUFFER, 0)

    def _draw_one(self, part: np.void, first: int, count: int) -> None:
        """Core 3.3 has no first instance: the instance pointers move instead."""
        self._point_instances(first)
        offset = ctypes.c_void_p(4 * int(part["first_index"]))
        GL.glDrawElementsInstancedBaseVertex(
            GL.GL_TRIANGLES, int(part["count"]), GL.GL_UNSIGNED_INT, offset, count, int(part["base_vertex"])
        )

    def release(self) -> None:
        """Delete the buffers and textures from the context."""
        GL.glDeleteVertexArrays(1, [self.vao])
        GL.glDeleteBuffers(4, [self._vertices.handle, self._indices.handle, self._instances, self._commands])
        self.textures.release()
        self.meshes.clear()
