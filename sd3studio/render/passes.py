"""The passes a picture is made of: shadow map, geometry buffers, obscurance, light, resolve."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL

from sd3studio.core.scene.values import Light
from sd3studio.render.gl.pool import MeshPool
from sd3studio.render.gl.program import Program
from sd3studio.render.gl.targets import Target, TargetStore, bind_texture
from sd3studio.render.instances import ROW, InstanceTable
from sd3studio.render.mesh import SLAB
from sd3studio.render.view import View, Visible, all_instances, levels_for

MAP_BUFFERS = {"normal_depth": "rgba32f", "id": "r32ui"}
CHART_BUFFERS = {**MAP_BUFFERS, "chart": "rgba8"}
"""With the places in the meshes' textures."""
PICTURE_BUFFERS = {"normal_depth": "rgba32f", "base_colour": "rgba8"}

Floats = NDArray[np.float64]


KINDS = ("", "TEXTURED", "PATTERNED")
"""Shader variants of the geometry: one colour for each vertex, textures, procedural surfaces of stuff."""


class Programs:
    """Shader programs by name, compiled when first used."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Program] = {}

    def get(self, vertex: str, fragment: str, *defines: str) -> Program:
        """The program of these files and symbols."""
        key = (vertex, fragment, *defines)
        if key not in self._known:
            self._known[key] = Program(vertex, fragment, defines)
        return self._known[key]

    def release(self) -> None:
        """Delete them from the context."""
        for program in self._known.values():
            program.release()
        self._known.clear()


class Passes:
    """The passes, with the programs, targets and meshes that they share."""

    def __init__(self) -> None:
        self.programs = Programs()
        self.targets = TargetStore()
        self.pool = MeshPool()
        self._empty_vao = int(GL.glGenVertexArrays(1))
        self._shadow_key: tuple[object, ...] | None = None
        self._shadow_matrix: Floats = np.eye(4)

    def draw_instances(self, rows: NDArray[np.float32], table: InstanceTable, visible: Visible, output: str) -> None:
        """Draw rows (K, 16) batch by batch with the geometry programs, whose uniforms are set already."""
        coloured = output == "COLOURED"
        pool = self.pool
        pool.begin(rows)
        mesh = pool.numbers(table.meshes)[visible.mesh]
        part = pool.parts[mesh, visible.level]
        kind = part["textured"] if coloured else part["cutout"]  # index of `KINDS`
        if coloured:
            kind = np.where(mesh == pool.meshes[SLAB].number, KINDS.index("PATTERNED"), kind)
        for number, name in enumerate(KINDS):
            chosen = kind == number
            if chosen.any():
                self._geometry_program(name, output).use()
                pool.draw(part[chosen], visible.first[chosen], visible.count[chosen])

    def _geometry_program(self, kind: str, output: str) -> Program:
        defines = [name for name in (kind, output) if name]
        return self.programs.get("geometry.vert", "geometry.frag", *defines)

    def geometry(
        self,
        table: InstanceTable,
        visible: Visible,
        view: View,
        target: Target,
        extra: NDArray[np.float32] | None = None,
    ) -> None:
        """Fill the geometry buffers of a target. `extra` is the row of the default floor, or None."""
        output = "COLOURED" if "base_colour" in target.kinds else "CHARTED" if "chart" in target.kinds else ""
        target.bind()
        target.clear()
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_LESS)
        GL.glDepthMask(True)
        GL.glDisable(GL.GL_BLEND)
        GL.glDisable(GL.GL_CULL_FACE)
        bind_texture(0, self.pool.textures.handle, GL.GL_TEXTURE_2D_ARRAY)
        for kind in KINDS:
            self._geometry_program(kind, output).use(
                clip_from_world=view.clip_from_world,
                eye_from_world=view.eye_from_world,
                ray_of_pixel=view.ray_of_pixel,
                flat_reach=view.flat_reach_m,
                flat_depth=view.flat_depth,
                world_from_eye=view.eye_from_world.T,
                eye=view.eye,
                textures=0,
            )
        self.draw_instances(table.rows[visible.order], table, visible, output)
        if extra is not None:
            self._floor(extra, output)

    def _floor(self, row: NDArray[np.float32], output: str) -> None:
        """The default floor, a little behind whatever lies in the same plane."""
        self.pool.begin(row.reshape(1, ROW))
        self._geometry_program("", output).use()
        GL.glEnable(GL.GL_POLYGON_OFFSET_FILL)
        GL.glPolygonOffset(1.0, 4.0)
        self.pool.draw(self.pool.parts[self.pool.numbers([SLAB]), 0], np.zeros(1, np.intp), np.ones(1, np.intp))
        GL.glDisable(GL.GL_POLYGON_OFFSET_FILL)

    def shadow(self, table: InstanceTable, light: Light, resolution: int) -> tuple[Target, Floats]:
        """The shadow map and the matrix world -> its clip space; drawn again only when objects or the sun moved."""
        target = self.targets.get("shadow", (resolution, resolution), {})
        key = (table.version, light.azimuth, light.elevation, resolution, id(table))
        if key == self._shadow_key:
            return target, self._shadow_matrix
        self._shadow_key = key
        self._shadow_matrix, metres = shadow_matrix(table, light)
        target.bind()
        target.clear()
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthMask(True)
        GL.glEnable(GL.GL_POLYGON_OFFSET_FILL)
        GL.glPolygonOffset(2.0, 4.0)
        self.programs.get("shadow.vert", "shadow.frag").use(clip_from_world=self._shadow_matrix)
        level = levels_for(2.0 * table.half_diagonals * resolution / metres, 1.5)
        casting = all_instances(table, level, ~table.hidden)
        self.pool.begin(table.rows[casting.order])
        if len(casting.first):
            parts = self.pool.parts[self.pool.numbers(table.meshes)[casting.mesh], casting.level]
            self.pool.draw(parts, casting.first, casting.count)
        GL.glDisable(GL.GL_POLYGON_OFFSET_FILL)
        compare_depth(target.textures["depth"])
        return target, self._shadow_matrix

    def screen(self, program: Program) -> None:
        """Run a fragment shader over the whole bound target. The program must be in use."""
        GL.glBindVertexArray(self._empty_vao)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)

    def occlusion(self, buffers: Target, view: View, samples: int, step: int, radius_m: float) -> Target:
        """Ambient obscurance, smoothed, at every `step`-th pixel."""
        size = (max(buffers.width // step, 1), max(buffers.height // step, 1))
        raw = self.targets.get("occlusion", size, {"light": "r8"}, depth=False)
        smooth = self.targets.get("occlusion_smooth", size, {"light": "r8"}, depth=False, linear=("light",))
        GL.glDisable(GL.GL_DEPTH_TEST)
        bind_texture(0, buffers.textures["normal_depth"])
        raw.bind()
        program = self.programs.get("screen.vert", "occlusion.frag", f"SAMPLES {samples}")
        program.use(
            normal_depth=0,
            ray_of_pixel=view.ray_of_pixel,
            flat_reach=view.flat_reach_m,
            step_px=buffers.width / size[0],
            radius_m=radius_m,
            scale_px=view.scale_px,
        )
        self.screen(program)
        smooth.bind()
        bind_texture(1, raw.textures["light"])
        blur = self.programs.get("screen.vert", "occlusion_blur.frag")
        blur.use(light=1, normal_depth=0, step_px=buffers.width / size[0], flat_reach=view.flat_reach_m)
        self.screen(blur)
        return smooth

    def release(self) -> None:
        """Delete everything from the context."""
        self.programs.release()
        self.targets.release()
        self.pool.release()
        GL.glDeleteVertexArrays(1, [self._empty_vao])


def compare_depth(texture: int) -> None:
    """Let samplers compare against this depth texture, with bilinear filtering."""
    bind_texture(0, texture)
    for name, value in (
        (GL.GL_TEXTURE_COMPARE_MODE, GL.GL_COMPARE_REF_TO_TEXTURE),
        (GL.GL_TEXTURE_COMPARE_FUNC, GL.GL_LEQUAL),
        (GL.GL_TEXTURE_MIN_FILTER, GL.GL_LINEAR),
        (GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR),
    ):
        GL.glTexParameteri(GL.GL_TEXTURE_2D, name, value)


def sun_direction(light: Light) -> Floats:
    """(3,) unit vector towards the sun; never quite level, so that shadows stay finite."""
    up = max(light.elevation, math.radians(12.0))
    flat = math.cos(up)
    return np.array([flat * math.cos(light.azimuth), flat * math.sin(light.azimuth), math.sin(up)])


def shadow_matrix(table: InstanceTable, light: Light) -> tuple[Floats, float]:
    """World -> clip space (4, 4) of an orthographic view from the sun around the objects, and its side in metres."""
    bounds = table.bounds(solid_only=True) or table.bounds()
    low, high = bounds if bounds is not None else (np.full(3, -1.0), np.full(3, 1.0))
    towards = sun_direction(light)
    side = np.cross([0.0, 0.0, 1.0], towards)
    side /= max(np.linalg.norm(side), 1e-9)
    if np.linalg.norm(side) < 0.5:
        side = np.array([1.0, 0.0, 0.0])
    axes = np.stack([side, np.cross(towards, side), towards])
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    local = corners @ axes.T
    middle, half = (local.min(axis=0) + local.max(axis=0)) / 2, (local.max(axis=0) - local.min(axis=0)) / 2
    radius = max(half[0], half[1]) * 1.04 + 0.05
    depth = half[2] + 0.5 * radius + 1.0
    scale = np.array([1.0 / radius, 1.0 / radius, -1.0 / depth])
    matrix = np.eye(4)
    matrix[:3, :3] = axes * scale[:, None]
    matrix[:3, 3] = -middle * scale
    return matrix, 2.0 * radius


def linear_colour(colour: Sequence[float]) -> tuple[float, ...]:
    """sRGB channels as linear light."""
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
