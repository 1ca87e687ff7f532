"""Relations as arrows in the 3D view: any number of them in one draw call, with widths in pixels."""

import ctypes
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL

# the wrapped form looks for a context of the window system that PyOpenGL is bound to; ours may be another
from OpenGL.raw.GL.VERSION.GL_2_0 import glVertexAttribPointer

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Scene
from sd3studio.render.gl.program import Program

Floats = NDArray[np.floating]

ARROW = np.dtype([("start", "<f4", 3), ("end", "<f4", 3), ("colour", "u1", 4), ("style", "<f4", 4)])
"""One arrow: world ends (m), sRGB and opacity, and width, lane, dash length and head length, all px."""

CORNERS = 9
SPIKE_CORNERS = 3
LANE_PX = 9.0
"""How far apart the arrows of one pair run."""
LEAST_GAP = 0.15
"""Things whose boxes are closer than this share of the way between their middles are joined at their middles."""


def edge_ends(scene: Scene, pairs: Sequence[tuple[str, str]]) -> tuple[Floats, Floats]:
    """World ends (E, 3), (E, 3) of lines between pairs of objects: where they leave one box and enter the other.

    Where the boxes touch, as with a cup on a table, the line joins their middles.
    """
    ids = list(dict.fromkeys(key for pair in pairs for key in pair))
    if not ids:
        return np.zeros((0, 3)), np.zeros((0, 3))
    boxes = Boxes.of(scene.objects[key] for key in ids)
    row = {key: k for k, key in enumerate(ids)}
    first, second = (np.array([row[pair[k]] for pair in pairs]) for k in (0, 1))
    start, way = boxes.center[first], boxes.center[second] - boxes.center[first]
    leaves, enters = _share_inside(boxes, first, way), _share_inside(boxes, second, way)
    apart = (1.0 - leaves - enters >= LEAST_GAP)[:, None]
    shares = np.where(apart, np.stack([leaves, 1.0 - enters], axis=1), (0.0, 1.0))
    return start + shares[:, :1] * way, start + shares[:, 1:] * way


def _share_inside(boxes: Boxes, rows: NDArray[np.intp], way: Floats) -> Floats:
    """(E,) share of a way (E, 3) from a box's middle that lies inside the box, at most 1."""
    local = np.abs(np.einsum("eji,ej->ei", boxes.rotation[rows], way))
    return np.minimum((boxes.half[rows] / np.maximum(local, 1e-9)).min(axis=1), 1.0)


def lanes_of(pairs: Sequence[tuple[str, str]]) -> Floats:
    """(E,) px by which each arrow is moved aside, so that several arrows of one pair lie side by side."""
    count: dict[tuple[str, str], int] = {}
    for subject, other in pairs:
        pair = (subject, other) if subject <= other else (other, subject)
        count[pair] = count.get(pair, 0) + 1
    taken: dict[tuple[str, str], int] = {}
    lanes = np.zeros(len(pairs))
    for k, (subject, other) in enumerate(pairs):
        pair = (subject, other) if subject <= other else (other, subject)
        number = taken[pair] = taken.get(pair, -1) + 1
        lane = (number - (count[pair] - 1) / 2.0) * LANE_PX
        lanes[k] = lane if subject <= other else -lane  # the right of the way back is the left of the way there
    return lanes


class EdgeBatch:
    """Arrows on the GPU of the context that was current when it was first drawn."""

    def __init__(self) -> None:
        self.arrows = np.zeros(0, ARROW)
        self.rim_px = 1.0
        """Width of the dark rim along the arrows, which sets them off from whatever is behind."""
        self.spikes = False
        """Draw each as one triangle of one colour that narrows towards its end, for thousands of them. To be set before
        `set`."""
        self._programs: dict[bool, Program] = {}
        self._array = self._buffer = 0
        self._sent = False

    def set(self, arrows: NDArray[np.void]) -> None:
        """Show these arrows (dtype `ARROW`) from now on; later ones lie over earlier ones."""
        self.arrows, self._sent = arrows, False

    def draw(self, clip_from_world: Floats, size_px: tuple[int, int], ratio: float = 1.0) -> None:
        """Draw over what is in the bound frame buffer. `size_px` are its pixels, `ratio` of them make a logical one."""
        if not len(self.arrows):
            return
        if not self._array:
            self._make()
        if self.spikes not in self._programs:
            self._programs[self.spikes] = Program("edge.vert", "edge.frag", ("SPIKES",) if self.spikes else ())
        if not self._sent:
            GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._buffer)
            data = np.repeat(self.arrows, SPIKE_CORNERS) if self.spikes else np.ascontiguousarray(self.arrows)
            GL.glBufferData(GL.GL_ARRAY_BUFFER, data.nbytes, data, GL.GL_DYNAMIC_DRAW)
            GL.glBindBuffer(GL.GL_ARRAY_BUFFER, 0)
            GL.glBindVertexArray(self._array)
            for place in range(len(ARROW.names or ())):
                GL.glVertexAttribDivisor(place, 0 if self.spikes else 1)
            self._sent = True
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glDisable(GL.GL_CULL_FACE)
        GL.glEnable(GL.GL_BLEND)
        GL.glBlendFunc(GL.GL_SRC_ALPHA, GL.GL_ONE_MINUS_SRC_ALPHA)
        size = (float(size_px[0]), float(size_px[1]))
        self._programs[self.spikes].use(
            clip_from_world=np.asarray(clip_from_world),
            size_px=size,
            ratio=float(ratio),
            rim=float(self.rim_px),
        )
        GL.glBindVertexArray(self._array)
        if self.spikes:
            GL.glDrawArrays(GL.GL_TRIANGLES, 0, SPIKE_CORNERS * len(self.arrows))
        else:
            GL.glDrawArraysInstanced(GL.GL_TRIANGLES, 0, CORNERS, len(self.arrows))
        GL.glBindVertexArray(0)
        GL.glUseProgram(0)
        GL.glDisable(GL.GL_BLEND)

    def _make(self) -> None:
        self._array, self._buffer = int(GL.glGenVertexArrays(1)), int(GL.glGenBuffers(1))
        GL.glBindVertexArray(self._array)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._buffer)
        kinds = (
            (3, GL.GL_FLOAT, False),
            (3, GL.GL_FLOAT, False),
            (4, GL.GL_UNSIGNED_BYTE, True),
            (4, GL.GL_FLOAT, False),
        )
        for place, (name, (count, kind, normal)) in enumerate(zip(ARROW.names or (), kinds, strict=True)):
            offset = ctypes.c_void_p(int(ARROW.fields[name][1]))  # type: ignore[index]
            GL.glEnableVertexAttribArray(place)
            glVertexAttribPointer(place, count, kind, normal, ARROW.itemsize, offset)
        GL.glBindVertexArray(0)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, 0)

    def release(self) -> None:
        """Delete everything from the context."""
        for program in self._programs.values():
            program.release()
        if self._array:
            GL.glDeleteVertexArrays(1, [self._array])
            GL.glDeleteBuffers(1, [self._buffer])
        self._programs, self._array, self._sent = {}, 0, False
