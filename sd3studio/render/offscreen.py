"""An OpenGL context without a window or a display, through EGL.

libEGL is called directly: PyOpenGL binds the whole process to one window system at its first import, and this context
must also serve inside a process whose window uses another one (GLX). The functions of OpenGL itself are the same.
"""

import ctypes
import ctypes.util
from functools import cache
from typing import Self

from sd3studio.core.errors import MissingModelError

HELP = (
    "Pictures can't be drawn without a window because EGL (OpenGL without a display) is not available here. "
    "On Debian or Ubuntu install it with: apt-get install libegl1 libgl1 libegl-mesa0 libgl1-mesa-dri"
)

_PLATFORM_SURFACELESS = 0x31DD
_NONE, _SURFACE_TYPE, _RENDERABLE_TYPE, _OPENGL_BIT, _OPENGL_API = 0x3038, 0x3033, 0x3040, 0x0008, 0x30A2
_MAJOR, _MINOR, _PROFILE, _CORE = 0x3098, 0x30FB, 0x30FD, 0x0001


@cache
def _library() -> ctypes.CDLL:
    """libEGL with the signatures that we use. Raises `MissingModelError` when it can't be loaded."""
    try:
        egl = ctypes.CDLL(ctypes.util.find_library("EGL") or "libEGL.so.1")
    except OSError as error:
        raise MissingModelError(f"{HELP} ({error})") from error
    pointer, number = ctypes.c_void_p, ctypes.c_int32
    for name, result, arguments in (
        ("eglGetProcAddress", pointer, [ctypes.c_char_p]),
        ("eglGetDisplay", pointer, [pointer]),
        ("eglInitialize", number, [pointer, pointer, pointer]),
        ("eglBindAPI", number, [ctypes.c_uint32]),
        ("eglChooseConfig", number, [pointer, pointer, pointer, number, pointer]),
        ("eglCreateContext", pointer, [pointer, pointer, pointer, pointer]),
        ("eglMakeCurrent", number, [pointer, pointer, pointer, pointer]),
        ("eglDestroyContext", number, [pointer, pointer]),
        ("eglGetCurrentContext", pointer, []),
    ):
        function = getattr(egl, name)
        function.restype, function.argtypes = result, arguments
    return egl


@cache
def _display() -> int:
    """An initialised display: Mesa's surfaceless one, else the default one."""
    egl = _library()
    address = egl.eglGetProcAddress(b"eglGetPlatformDisplayEXT")
    displays = [egl.eglGetDisplay(None)]
    if address:
        signature = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p)
        displays.insert(0, signature(address)(_PLATFORM_SURFACELESS, None, None))
    for display in displays:
        if display and egl.eglInitialize(display, None, None):
            return display
    raise MissingModelError(HELP)


class ContextTakenError(MissingModelError):
    """Another window system's context is current in this thread, so that ours can't be."""


class OffscreenContext:
    """An OpenGL 3.3 core context of its own, current in the thread that made it.

    Use it as a context manager, or call `make_current` and `release`. Raises `MissingModelError`, naming the packages,
    when EGL is missing.
    """

    def __init__(self) -> None:
        egl, display = _library(), _display()
        egl.eglBindAPI(_OPENGL_API)
        wanted = (ctypes.c_int32 * 5)(_SURFACE_TYPE, 0, _RENDERABLE_TYPE, _OPENGL_BIT, _NONE)
        config, count = ctypes.c_void_p(), ctypes.c_int32()
        if not egl.eglChooseConfig(display, wanted, ctypes.byref(config), 1, ctypes.byref(count)) or not count.value:
            raise MissingModelError(HELP)
        version = (ctypes.c_int32 * 7)(_MAJOR, 3, _MINOR, 3, _PROFILE, _CORE, _NONE)
        self._context: int | None = egl.eglCreateContext(display, config, None, version)
        if not self._context:
            raise MissingModelError(f"{HELP} (it offers no OpenGL 3.3)")
        try:
            self.make_current()
        except ContextTakenError:
            egl.eglDestroyContext(display, self._context)
            raise

    def make_current(self) -> None:
        """Make it the current context of this thread. Raises `ContextTakenError` when a window's context is."""
        egl = _library()
        egl.eglBindAPI(_OPENGL_API)
        if egl.eglGetCurrentContext() == self._context:
            return
        if not egl.eglMakeCurrent(_display(), None, None, self._context):
            raise ContextTakenError("A window's OpenGL context is in use in this thread; draw in another thread.")

    def leave(self) -> None:
        """Make no context current in this thread."""
        _library().eglMakeCurrent(_display(), None, None, None)

    def release(self) -> None:
        """Give the context back. What was made in it is gone."""
        if self._context is not None:
            self.leave()
            _library().eglDestroyContext(_display(), self._context)
            self._context = None

    def __enter__(self) -> Self:
        self.make_current()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
