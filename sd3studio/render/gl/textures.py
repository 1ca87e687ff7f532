"""The textures of all meshes as layers of one array, with mipmaps made on the CPU."""

import ctypes

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL

from sd3studio.render.gl.targets import bind_texture
from sd3studio.render.glb import TEXTURE_PX

LEVELS = TEXTURE_PX.bit_length()
_LEAST_LAYERS = 8


def mip_chain(picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The picture (S, S, 4) and its halvings down to one pixel."""
    chain = [np.ascontiguousarray(picture)]
    while chain[-1].shape[0] > 1:
        wide = chain[-1].astype(np.uint16)
        small = (wide[0::2, 0::2] + wide[1::2, 0::2] + wide[0::2, 1::2] + wide[1::2, 1::2] + 2) >> 2
        chain.append(small.astype(np.uint8))
    return chain


class TextureArray:
    """Square sRGB pictures of one size, by layer."""

    def __init__(self) -> None:
        self.handle = 0
        self._chains: list[list[NDArray[np.uint8]]] = []
        self._uploaded = 0
        self._capacity = 0
        self._limit = int(GL.glGetIntegerv(GL.GL_MAX_ARRAY_TEXTURE_LAYERS))

    def add(self, picture: NDArray[np.uint8]) -> int:
        """Layer of a new picture (256, 256, 4), or -1 when the driver's limit of layers is reached."""
        if len(self._chains) >= self._limit:
            return -1
        self._chains.append(mip_chain(picture))
        return len(self._chains) - 1

    def upload(self) -> None:
        """Bring the GPU's copy up to date."""
        if not self.handle or len(self._chains) > self._capacity:
            self._allocate(min(max(2 * len(self._chains), _LEAST_LAYERS), self._limit))
        bind_texture(0, self.handle, GL.GL_TEXTURE_2D_ARRAY)
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
        for layer in range(self._uploaded, len(self._chains)):
            for level, pixels in enumerate(self._chains[layer]):
                side = pixels.shape[0]
                where = (GL.GL_TEXTURE_2D_ARRAY, level, 0, 0, layer, side, side, 1)
                pointer = pixels.ctypes.data_as(ctypes.c_void_p)
                GL.glTexSubImage3D(*where, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, pointer)
        self._uploaded = len(self._chains)

    def _allocate(self, capacity: int) -> None:
        if self.handle:
            GL.glDeleteTextures([self.handle])
        self._capacity, self._uploaded = capacity, 0
        self.handle = int(GL.glGenTextures(1))
        bind_texture(0, self.handle, GL.GL_TEXTURE_2D_ARRAY)
        for level in range(LEVELS):
            side = TEXTURE_PX >> level
            size = (side, side, capacity)
            GL.glTexImage3D(GL.GL_TEXTURE_2D_ARRAY, level, GL.GL_RGBA8, *size, 0, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, None)
        for name, value in (
            (GL.GL_TEXTURE_MIN_FILTER, GL.GL_LINEAR_MIPMAP_NEAREST),
            (GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR),
            (GL.GL_TEXTURE_WRAP_S, GL.GL_REPEAT),
            (GL.GL_TEXTURE_WRAP_T, GL.GL_REPEAT),
            (GL.GL_TEXTURE_MAX_LEVEL, LEVELS - 1),
        ):
            GL.glTexParameteri(GL.GL_TEXTURE_2D_ARRAY, name, value)

    def release(self) -> None:
        """Delete it from the context."""
        if self.handle:
            GL.glDeleteTextures([self.handle])
        self.handle = 0
