"""Shader programs from ``resources/shaders``, with uniforms set by name."""

import ctypes
from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL
from OpenGL.raw.GL.VERSION import GL_2_0 as RAW  # the wrapped forms take ten times as long

from sd3studio.core.errors import StudioError
from sd3studio.core.locations import RESOURCES

SHADER_FOLDER = RESOURCES / "shaders"

UniformValue = int | float | tuple[float, ...] | NDArray[np.floating]


@cache
def shader_source(name: str) -> str:
    """Text of a shader file, lines ``#include "file"`` replaced by that file."""
    text = (SHADER_FOLDER / name).read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        lines.append(shader_source(line.split('"')[1]) if line.startswith("#include") else line)
    return "\n".join(lines) + "\n"


def _compile(kind: int, name: str, defines: Iterable[str]) -> int:
    head = "#version 330 core\n" + "".join(f"#define {define}\n" for define in defines)
    shader = GL.glCreateShader(kind)
    GL.glShaderSource(shader, head + shader_source(name))
    GL.glCompileShader(shader)
    if not GL.glGetShaderiv(shader, GL.GL_COMPILE_STATUS):
        log = GL.glGetShaderInfoLog(shader)
        raise StudioError(f"The graphics driver does not accept the shader {name}: {_text(log)}")
    return int(shader)


def _text(log: bytes | str) -> str:
    return log.decode(errors="replace").strip() if isinstance(log, bytes) else str(log).strip()


class Program:
    """A linked vertex and fragment shader.

    Parameters
    ----------
    vertex, fragment : file names in ``resources/shaders``
    defines : preprocessor symbols, ``"NAME"`` or ``"NAME value"``

    Raises `StudioError` with the driver's log when it does not compile.
    """

    def __init__(self, vertex: str, fragment: str, defines: Iterable[str] = ()) -> None:
        defines = tuple(defines)
        self.handle = int(GL.glCreateProgram())
        shaders = [_compile(GL.GL_VERTEX_SHADER, vertex, defines), _compile(GL.GL_FRAGMENT_SHADER, fragment, defines)]
        for shader in shaders:
            GL.glAttachShader(self.handle, shader)
        GL.glLinkProgram(self.handle)
        for shader in shaders:
            GL.glDeleteShader(shader)
        if not GL.glGetProgramiv(self.handle, GL.GL_LINK_STATUS):
            log = GL.glGetProgramInfoLog(self.handle)
            raise StudioError(f"The graphics driver does not link {vertex} with {fragment}: {_text(log)}")
        self._locations: dict[str, int] = {}
        self._values: dict[str, object] = {}

    def use(self, **uniforms: UniformValue) -> None:
        """Make it current and set these uniforms."""
        GL.glUseProgram(self.handle)
        for name, value in uniforms.items():
            self.set(name, value)

    def location(self, name: str) -> int:
        """Location of a uniform, -1 when the compiler dropped it."""
        if name not in self._locations:
            self._locations[name] = int(GL.glGetUniformLocation(self.handle, name))
        return self._locations[name]

    def set(self, name: str, value: UniformValue) -> None:
        """Set one uniform of the current program: int, float, vector, array of vectors (N, 2 to 4), 3x3 or 4x4.

        OpenGL keeps the values of a program's uniforms: one that has its value already costs nothing.
        """
        where = self.location(name)
        if where < 0:
            return
        if isinstance(value, bool | int | float | np.integer | np.floating):
            if self._values.get(name) != value:
                self._values[name] = value
                whole = isinstance(value, bool | int | np.integer)
                RAW.glUniform1i(where, int(value)) if whole else RAW.glUniform1f(where, float(value))
            return
        array = np.ascontiguousarray(value, np.float32)
        data = array.tobytes()
        if self._values.get(name) != data:
            self._values[name] = data
            self._set_array(where, array)

    @staticmethod
    def _set_array(where: int, value: NDArray[np.float32]) -> None:
        pointer = value.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        if value.shape == (4, 4):
            RAW.glUniformMatrix4fv(where, 1, True, pointer)
        elif value.shape == (3, 3):
            RAW.glUniformMatrix3fv(where, 1, True, pointer)
        else:
            count = 1 if value.ndim == 1 else len(value)
            setter = {2: RAW.glUniform2fv, 3: RAW.glUniform3fv, 4: RAW.glUniform4fv}[value.shape[-1]]
            setter(where, count, pointer)

    def release(self) -> None:
        """Delete it from the context."""
        GL.glDeleteProgram(self.handle)
