"""A photo as a texture, drawn behind the scene."""

import ctypes

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL

from sd3studio.render.gl.targets import bind_texture


class PhotoTexture:
    """One RGB picture; `handle` is 0 while there is none."""

    def __init__(self) -> None:
        self.handle = 0

    def set(self, pixels: NDArray[np.uint8] | None) -> None:
        """Upload a picture (H, W, 3), in whole steps smaller where the driver's limit asks for it; None deletes it."""
        if self.handle:
            GL.glDeleteTextures([self.handle])
            self.handle = 0
        if pixels is None:
            return
        limit = int(GL.glGetIntegerv(GL.GL_MAX_TEXTURE_SIZE))
        step = -(-max(pixels.shape[:2]) // limit)
        stored = np.ascontiguousarray(pixels[::step, ::step, :3], np.uint8)
        self.handle = int(GL.glGenTextures(1))
        bind_texture(0, self.handle)
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
        height, width = stored.shape[:2]
        pointer = stored.ctypes.data_as(ctypes.c_void_p)
        GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, GL.GL_RGB8, width, height, 0, GL.GL_RGB, GL.GL_UNSIGNED_BYTE, pointer)
        for name, value in (
            (GL.GL_TEXTURE_MIN_FILTER, GL.GL_LINEAR),
            (GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR),
            (GL.GL_TEXTURE_WRAP_S, GL.GL_CLAMP_TO_EDGE),
            (GL.GL_TEXTURE_WRAP_T, GL.GL_CLAMP_TO_EDGE),
        ):
            GL.glTexParameteri(GL.GL_TEXTURE_2D, name, value)
