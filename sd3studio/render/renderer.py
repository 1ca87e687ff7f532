"""`SceneRenderer`: draws scenes in whatever OpenGL 3.3 context is current."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL

from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.value import Colour
from sd3studio.core.scene.values import Light, Scene
from sd3studio.render.gl.photo import PhotoTexture
from sd3studio.render.gl.targets import Target, bind_texture
from sd3studio.render.instances import CODE, ROW, SPARE, TINT, InstanceTable
from sd3studio.render.mesh import SLAB
from sd3studio.render.passes import (
    CHART_BUFFERS,
    MAP_BUFFERS,
    PICTURE_BUFFERS,
    Floats,
    Passes,
    linear_colour,
    sun_direction,
)
from sd3studio.render.stuff import Pattern
from sd3studio.render.style import BACKDROPS, NO_HIGHLIGHT, QUALITY, Backdrop, Highlight, Quality, QualityLevel
from sd3studio.render.view import View, clip_distances, visible_instances

FLOOR_THICKNESS_M = 0.001


class SceneRenderer:
    """One scene on the GPU of the context that was current when it was made. Call it only while that one is current.

    ``set_scene`` compares with the scene before, object by object, and touches only what differs; ``draw`` draws into
    the frame buffer that is bound. The state it changes (program, textures, blending, depth test) is set to OpenGL's
    defaults afterwards; frame buffer and viewport are restored.
    """

    def __init__(self) -> None:
        self.table = InstanceTable()
        self.passes = Passes()
        self.photo = PhotoTexture()
        self.light = Light()

    def set_scene(self, scene: Scene) -> bool:
        """Take over a scene; returns whether anything that is drawn changed. New meshes are loaded here."""
        changed = self.table.update(scene)
        if changed or SLAB not in self.passes.pool.meshes:
            self.passes.pool.require([*self.table.meshes, SLAB])
            luminances = np.array([self.passes.pool.meshes[key].luminance for key in self.table.meshes] or [0.5])
            if len(self.table):
                self.table.rows[:, SPARE] = luminances[self.table.mesh_of]
        changed |= scene.light != self.light
        self.light = scene.light
        return changed

    def set_photo(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a photo (H, W, 3) behind the scene, stretched over the picture; None takes it away."""
        self.photo.set(pixels)

    def draw(
        self,
        camera: Camera,
        size_px: tuple[int, int],
        quality: Quality = "view",
        highlight: Highlight = NO_HIGHLIGHT,
        backdrop: str | Backdrop = "studio",
        ground: bool = True,
        ghosts: bool = False,
        photo_strength: float = 1.0,
        clip_m: tuple[float, float] | None = None,
        origin_px: tuple[int, int] = (0, 0),
        flipped: bool = False,
    ) -> View:
        """Draw the scene into the bound frame buffer, colour and depth.

        Parameters
        ----------
        camera : its own width and height are ignored
        size_px, origin_px : where in the frame buffer, pixels from its lower left corner
        highlight : what is outlined
        backdrop : a name of `style.BACKDROPS`, or colours
        ground : whether the default floor at z = 0 is drawn
        ghosts : whether hidden objects are drawn as a screen of dots
        clip_m : near and far of the depth that is written, so that other things can be drawn into the same picture
        flipped : draw upside down, for reading back

        Returns
        -------
        The view that was drawn.
        """
        level = QUALITY[quality]
        bound = int(GL.glGetIntegerv(GL.GL_DRAW_FRAMEBUFFER_BINDING))
        viewport = [int(v) for v in GL.glGetIntegerv(GL.GL_VIEWPORT)]
        GL.glDisable(GL.GL_SCISSOR_TEST)
        self.table.flag(highlight.selected, highlight.hovered, ghosts)
        factor = level.supersampling
        view = self._view(camera, size_px[0] * factor, size_px[1] * factor, ground, flipped)
        buffers = self.passes.targets.get("picture", (view.width, view.height), PICTURE_BUFFERS)
        visible = visible_instances(self.table, view, level.error_px * factor, level.least_px, ghosts)
        ground = ground and camera.position[2] > 0.0
        # obscurance needs the floor's depth; without it the light pass finds the floor by itself, which is cheaper
        floor = self._floor_row() if ground and level.occlusion else None
        self.passes.geometry(self.table, visible, view, buffers, floor)
        shown = view if clip_m is None else replace(view, near_m=clip_m[0], far_m=clip_m[1])
        goal = _Goal(bound, origin_px, size_px, shown.depth_curve, highlight, ground and floor is None)
        self._light(view, buffers, level, self._backdrop(backdrop), photo_strength, goal)
        GL.glViewport(*viewport)
        self._leave()
        return view

    def draw_maps(
        self, camera: Camera, size_px: tuple[int, int], ground: bool = False, exact: bool = False, charts: bool = False
    ) -> tuple[Target, View]:
        """Draw normal, depth and id, upside down, into a target of our own and return it to be read.

        `exact` draws every mesh in full instead of in the form that is right to half a pixel; so do `charts`, with
        which the places in the meshes' textures are drawn, too.
        """
        bound = int(GL.glGetIntegerv(GL.GL_DRAW_FRAMEBUFFER_BINDING))
        viewport = [int(v) for v in GL.glGetIntegerv(GL.GL_VIEWPORT)]
        GL.glDisable(GL.GL_SCISSOR_TEST)
        view = self._view(camera, *size_px, ground, flipped=True)
        name, buffers = ("charts", CHART_BUFFERS) if charts else ("maps", MAP_BUFFERS)
        target = self.passes.targets.get(name, size_px, buffers)
        visible = visible_instances(self.table, view, 0.0 if exact or charts else 0.6, 0.0)
        floor = self._floor_row() if ground and camera.position[2] > 0.0 else None
        self.passes.geometry(self.table, visible, view, target, floor)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, bound)
        GL.glViewport(*viewport)
        self._leave()
        return target, view

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the objects of the scene; number k in an id map stands for ``ids[k - 1]``."""
        return self.table.ids

    def _view(self, camera: Camera, width: int, height: int, ground: bool, flipped: bool) -> View:
        reach = 4.0 * self._floor_radius() if ground else 0.0
        near, far = clip_distances(self.table, camera, reach)
        return View(camera, width, height, near, far, flipped)

    def _floor_radius(self) -> float:
        """Where the default floor begins to fade, metres from the middle of the objects."""
        bounds = self.table.bounds(solid_only=True) or self.table.bounds()
        spread = 0.0 if bounds is None else float(np.linalg.norm(bounds[1][:2] - bounds[0][:2])) / 2.0
        return max(4.0, 1.6 * min(spread, 5_000.0))

    def _middle(self) -> NDArray[np.floating]:
        bounds = self.table.bounds(solid_only=True) or self.table.bounds()
        return np.zeros(3) if bounds is None else (bounds[0] + bounds[1]) / 2.0

    def _floor_row(self) -> NDArray[np.float32]:
        row = np.zeros(ROW, np.float32)
        middle, side = self._middle(), 8.0 * self._floor_radius()
        row[[0, 5, 10]] = side, side, FLOOR_THICKNESS_M
        row[[3, 7, 11]] = middle[0], middle[1], -FLOOR_THICKNESS_M / 2.0
        row[CODE], row[TINT], row[SPARE] = Pattern.GROUND, -1.0, 0.5
        return row

    def _backdrop(self, wanted: str | Backdrop) -> Backdrop:
        if isinstance(wanted, Backdrop):
            return wanted
        return BACKDROPS["sky" if wanted == "studio" and self.table.sky_id else wanted]

    def _light(
        self, view: View, buffers: Target, level: QualityLevel, backdrop: Backdrop, photo_strength: float, goal: "_Goal"
    ) -> None:
        """Light the buffers into the goal: at once where a pixel becomes a pixel, else by a picture in between."""
        passes, defines = self.passes, goal.defines
        matrix: Floats = np.eye(4)
        if level.shadow_px:
            shadow, matrix = passes.shadow(self.table, self.light, level.shadow_px)
            bind_texture(3, shadow.textures["depth"])
            defines = [*defines, f"SHADOWS {level.shadow_taps}", f"SOFTNESS {level.shadow_px / 700.0:.2f}"]
        if level.occlusion:
            radius_m = float(np.clip(0.12 * self._floor_radius() / 1.6, 0.25, 1.0))
            occlusion = passes.occlusion(buffers, view, level.occlusion, level.occlusion_step, radius_m)
            bind_texture(2, occlusion.textures["light"])
            defines = [*defines, "OCCLUSION"]
        bind_texture(0, buffers.textures["normal_depth"])
        bind_texture(1, buffers.textures["base_colour"])
        if self.photo.handle and photo_strength > 0.0:
            bind_texture(4, self.photo.handle)
            defines = [*defines, "PHOTO"]
        direct = level.supersampling == 1 and not level.smooth
        if direct:
            goal.bind()
            program = passes.programs.get("screen.vert", "light.frag", "DIRECT", *defines)
            program.use(**goal.uniforms(1))
        else:
            lit = passes.targets.get("lit", (view.width, view.height), {"lit": "rgba8"}, depth=False, linear=("lit",))
            lit.bind()
            GL.glDisable(GL.GL_DEPTH_TEST)
            program = passes.programs.get("screen.vert", "light.frag", *(d for d in defines if d != "OUTLINES"))
            program.use(origin_px=(0.0, 0.0))
        radius, middle = self._floor_radius(), self._middle()
        program.use(
            normal_depth=0,
            base_colour=1,
            occlusion=2,
            shadow=3,
            photo=4,
            ray_of_pixel=view.ray_of_pixel,
            flat_reach=view.flat_reach_m,
            world_from_eye=view.eye_from_world.T,
            eye=view.eye,
            shadow_from_world=matrix,
            shadow_texel=1.0 / max(level.shadow_px, 1),
            sun_direction=sun_direction(self.light),
            sun_strength=self.light.sun,
            ambient_strength=self.light.ambient,
            sky_top=linear_colour(backdrop.top),
            sky_horizon=linear_colour(backdrop.horizon),
            floor_colour=linear_colour(backdrop.floor),
            floor_fade=(float(middle[0]), float(middle[1]), radius * 0.7, radius * 3.0),
            photo_strength=photo_strength,
            upside_down=1.0 if view.flipped else 0.0,
        )
        passes.screen(program)
        if not direct:
            self._resolve(lit, buffers, level, goal)

    def _resolve(self, lit: Target, buffers: Target, level: QualityLevel, goal: "_Goal") -> None:
        goal.bind()
        bind_texture(0, lit.textures["lit"])
        bind_texture(1, buffers.textures["base_colour"])
        bind_texture(2, buffers.textures["normal_depth"])
        smooth = ["SMOOTH"] if level.smooth else []
        defines = [f"FACTOR {level.supersampling}", *smooth, *goal.defines[:1]]
        program = self.passes.programs.get("screen.vert", "resolve.frag", *defines)
        program.use(lit=0, base_colour=1, normal_depth=2, **goal.uniforms(level.supersampling))
        self.passes.screen(program)

    @staticmethod
    def _leave() -> None:
        """Give OpenGL back in its default state."""
        GL.glUseProgram(0)
        GL.glBindVertexArray(0)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, 0)
        for unit in range(4, -1, -1):
            GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
            GL.glBindTexture(GL.GL_TEXTURE_2D, 0)
        GL.glBindTexture(GL.GL_TEXTURE_2D_ARRAY, 0)
        GL.glDepthFunc(GL.GL_LESS)
        GL.glDisable(GL.GL_DEPTH_TEST)

    def release(self) -> None:
        """Delete everything from the context."""
        self.passes.release()
        self.photo.set(None)


@dataclass(frozen=True, slots=True)
class _Goal:
    """Where the finished picture goes: frame buffer, place in it, depth curve, and what is outlined."""

    handle: int
    origin_px: tuple[int, int]
    size_px: tuple[int, int]
    depth_curve: tuple[float, float, float]
    highlight: Highlight
    floor: bool

    @property
    def defines(self) -> list[str]:
        marked = self.highlight.selected or self.highlight.hovered
        return [name for name, on in (("OUTLINES", marked), ("FLOOR", self.floor)) if on]

    def bind(self) -> None:
        """Draw there from now on; every pixel is written, its depth too."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.handle)
        GL.glViewport(*self.origin_px, *self.size_px)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_ALWAYS)
        GL.glDepthMask(True)

    def uniforms(self, factor: int) -> dict[str, tuple[float, ...] | float]:
        return {
            "origin_px": (float(self.origin_px[0]), float(self.origin_px[1])),
            "depth_curve": self.depth_curve,
            "selected_colour": _floats(self.highlight.selected_colour),
            "hovered_colour": _floats(self.highlight.hovered_colour),
            "outline_px": 2.0 * factor,
        }


def _floats(colour: Colour) -> tuple[float, float, float]:
    return float(colour[0]), float(colour[1]), float(colour[2])
