"""Textures to draw into, as frame buffer objects, and how to read them back."""

import ctypes
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL

from sd3studio.core.errors import StudioError

FORMATS: dict[str, tuple[int, int, int]] = {
    "rgba8": (GL.GL_RGBA8, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE),
    "r8": (GL.GL_R8, GL.GL_RED, GL.GL_UNSIGNED_BYTE),
    "rgba32f": (GL.GL_RGBA32F, GL.GL_RGBA, GL.GL_FLOAT),
    "r32ui": (GL.GL_R32UI, GL.GL_RED_INTEGER, GL.GL_UNSIGNED_INT),
    "depth": (GL.GL_DEPTH_COMPONENT32F, GL.GL_DEPTH_COMPONENT, GL.GL_FLOAT),
}
"""Our name -> sized format, format, type."""

_NUMPY = {"rgba8": (np.uint8, 4), "r8": (np.uint8, 1), "rgba32f": (np.float32, 4), "r32ui": (np.uint32, 1)}


_SCRATCH_UNIT = 15
"""New textures are bound here, so that making one amid a frame takes no other away."""


def make_texture(kind: str, width: int, height: int, linear: bool = False) -> int:
    """An empty 2D texture of one of `FORMATS`, clamped at its edges."""
    sized, layout, scalar = FORMATS[kind]
    texture = int(GL.glGenTextures(1))
    bind_texture(_SCRATCH_UNIT, texture)
    GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, sized, width, height, 0, layout, scalar, None)
    smooth = GL.GL_LINEAR if linear else GL.GL_NEAREST
    for name, value in (
        (GL.GL_TEXTURE_MIN_FILTER, smooth),
        (GL.GL_TEXTURE_MAG_FILTER, smooth),
        (GL.GL_TEXTURE_WRAP_S, GL.GL_CLAMP_TO_EDGE),
        (GL.GL_TEXTURE_WRAP_T, GL.GL_CLAMP_TO_EDGE),
    ):
        GL.glTexParameteri(GL.GL_TEXTURE_2D, name, value)
    return texture


def bind_texture(unit: int, texture: int, target: int = GL.GL_TEXTURE_2D) -> None:
    """Bind a texture to a unit."""
    GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
    GL.glBindTexture(target, texture)


class Target:
    """A frame buffer with named colour textures and a depth texture.

    Parameters
    ----------
    width, height : px
    colours : name -> one of `FORMATS`, in the order of the fragment shader's outputs
    depth : whether there is a depth texture, named ``"depth"``
    linear : names of textures that are read with bilinear filtering

    Raises `StudioError` when the driver does not accept the combination.
    """

    def __init__(
        self,
        width: int,
        height: int,
        colours: Mapping[str, str],
        depth: bool = True,
        linear: tuple[str, ...] = (),
    ) -> None:
        self.width, self.height = width, height
        self.kinds = dict(colours)
        self.textures = {name: make_texture(kind, width, height, name in linear) for name, kind in colours.items()}
        self.handle = int(GL.glGenFramebuffers(1))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.handle)
        for slot, texture in enumerate(self.textures.values()):
            attachment = GL.GL_COLOR_ATTACHMENT0 + slot
            GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, attachment, GL.GL_TEXTURE_2D, texture, 0)
        if depth:
            self.textures["depth"] = make_texture("depth", width, height)
            GL.glFramebufferTexture2D(
                GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_TEXTURE_2D, self.textures["depth"], 0
            )
        self._select_outputs()
        if GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) != GL.GL_FRAMEBUFFER_COMPLETE:
            raise StudioError(f"The graphics driver can't draw into a {width} x {height} target of {dict(colours)}.")

    def _select_outputs(self) -> None:
        if self.kinds:
            attachments = [GL.GL_COLOR_ATTACHMENT0 + slot for slot in range(len(self.kinds))]
            GL.glDrawBuffers(len(attachments), (ctypes.c_uint * len(attachments))(*attachments))
        else:
            GL.glDrawBuffer(GL.GL_NONE)
            GL.glReadBuffer(GL.GL_NONE)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    def bind(self) -> None:
        """Draw into it from now on, over its whole size."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.handle)
        GL.glViewport(0, 0, self.width, self.height)

    def clear(self, depth: bool = True) -> None:
        """Set all colours to zero (integers included) and the depth to far. The target must be bound."""
        zeros = (ctypes.c_float * 4)()
        whole = (ctypes.c_uint * 4)()
        for slot, kind in enumerate(self.kinds.values()):
            if kind == "r32ui":
                GL.glClearBufferuiv(GL.GL_COLOR, slot, whole)
            else:
                GL.glClearBufferfv(GL.GL_COLOR, slot, zeros)
        if depth:
            GL.glClearBufferfv(GL.GL_DEPTH, 0, (ctypes.c_float * 1)(1.0))

    def read(self, name: str, box: tuple[int, int, int, int] | None = None) -> NDArray[np.generic]:
        """Pixels of a colour texture, (H, W) or (H, W, 4), first row first as drawn (OpenGL's bottom row).

        `box` is x, y, width, height in pixels; None reads everything.
        """
        x, y, width, height = box or (0, 0, self.width, self.height)
        kind = self.kinds[name]
        scalar, channels = _NUMPY[kind]
        pixels = np.empty((height, width, channels) if channels > 1 else (height, width), scalar)
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self.handle)
        GL.glReadBuffer(GL.GL_COLOR_ATTACHMENT0 + list(self.kinds).index(name))
        GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
        GL.glReadPixels(x, y, width, height, FORMATS[kind][1], FORMATS[kind][2], pixels.ctypes.data_as(ctypes.c_void_p))
        return pixels

    def release(self) -> None:
        """Delete it and its textures from the context."""
        GL.glDeleteFramebuffers(1, [self.handle])
        GL.glDeleteTextures(list(self.textures.values()))


class TargetStore:
    """Targets by name, made again when their size or make-up changes."""

    def __init__(self) -> None:
        self._targets: dict[str, tuple[tuple[object, ...], Target]] = {}

    def get(
        self,
        name: str,
        size_px: tuple[int, int],
        colours: Mapping[str, str],
        depth: bool = True,
        linear: tuple[str, ...] = (),
    ) -> Target:
        """The target of this name, with this size and make-up."""
        make_up = (size_px, tuple(colours.items()), depth, linear)
        if name in self._targets:
            known, target = self._targets[name]
            if known == make_up:
                return target
            target.release()
        target = Target(*size_px, colours, depth, linear)
        self._targets[name] = (make_up, target)
        return target

    def release(self) -> None:
        """Delete all of them."""
        for _, target in self._targets.values():
            target.release()
        self._targets.clear()
