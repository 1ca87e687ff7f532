"""How the view draws: the scene and our lines with OpenGL, a pane at a time, and what the overlay paints over each."""

from typing import TYPE_CHECKING, Any

import numpy as np
from OpenGL import GL
from PySide6.QtGui import QMatrix4x4

from sd3studio.core.edits.grouping import with_members
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import RelationKey, Scene, SceneObject
from sd3studio.render.renderer import SceneRenderer
from sd3studio.render.style import Highlight
from sd3studio.ui import theme
from sd3studio.ui.canvas.edges import RelationEdges
from sd3studio.ui.canvas.frame_marks import picture_frame
from sd3studio.ui.canvas.items import GroundGrid, Lines, SceneItem, box_segments
from sd3studio.ui.canvas.marks import Tag, spread_tags
from sd3studio.ui.canvas.overlay import Overlay, OverlayState
from sd3studio.ui.canvas.panes import Pane
from sd3studio.ui.canvas.tools.base import short_name
from sd3studio.ui.canvas.tools.gizmo import gizmo_of

if TYPE_CHECKING:
    from sd3studio.ui.canvas.view import SceneView

MAX_LABELS = 40
CROWD = 300
"""Among more things than these only what is selected or pointed at is labelled while something moves."""
NEAR_CAMERA_M = 2.5
"""Nearer than this the outline of the scene's camera is in the way."""
SIDE_NAMES = {
    "front": "Front", "right": "Right", "back": "Back", "left": "Left", "top": "Top", "below": "From below",
}  # fmt: skip
PHOTO_BADGES = {
    0.0: "Objects over the photo (P changes)",
    0.5: "Objects and photo mixed (P changes)",
    1.0: "Photo with boxes (P changes)",
}


class ViewDrawing:
    """Mixed into `SceneView`, which owns document, panes and items."""

    def _make_items(self: "SceneView") -> None:
        self.scene_item = SceneItem()
        self.scene_item.draw = self._draw_scene
        self.grid = GroundGrid()
        self.outline = Lines(1.6)
        self.edges = RelationEdges()
        self.edges.item.view_of = self._edge_view
        for item in (self.scene_item, self.grid, self.outline, self.edges.pair, self.edges.item):
            self.addItem(item)
        self.overlay = Overlay(self)

    # -- OpenGL --------------------------------------------------------------------------------------------------

    def viewMatrix(self: "SceneView") -> QMatrix4x4:
        camera = self._drawn.camera(self.document.scene.camera)
        return QMatrix4x4(camera.view_matrix().ravel().tolist())

    def projectionMatrix(self: "SceneView", region: Any, viewport: Any) -> QMatrix4x4:
        camera = self._drawn.camera(self.document.scene.camera)
        return QMatrix4x4(camera.projection_matrix(*self._drawn.clip_m()).ravel().tolist())

    def paintGL(self: "SceneView") -> None:
        if self._resizing:
            return
        self.setBackgroundColor(theme.current().window)
        for pane in self.panes.shown:
            self._drawn = pane
            x, y, width, height = self._device_rect(pane)
            GL.glViewport(x, y, width, height)
            GL.glEnable(GL.GL_SCISSOR_TEST)
            GL.glScissor(x, y, width, height)  # a pane clears only itself
            self._place_grid(pane)
            self.paint(region=(x, y, width, height), viewport=(x, y, width, height))
        GL.glDisable(GL.GL_SCISSOR_TEST)
        self._drawn = self.panes.main

    def _device_rect(self: "SceneView", pane: Pane) -> tuple[int, int, int, int]:
        """Left, bottom, width, height of a pane in the frame buffer, device pixels."""
        ratio = self.devicePixelRatioF()
        x, y, width, height = (round(v * ratio) for v in pane.rect_px)
        return x, round(self.height() * ratio) - y - height, width, height

    def _place_grid(self: "SceneView", pane: Pane) -> None:
        self.grid.setVisible(not self._photo_is_shown(pane))
        x, y, z = self.document.scene.camera.target if pane.through_camera else pane.orbit.target
        forward = np.abs(pane.orbit.forward)
        if pane.orbit.flat and not pane.through_camera and forward[2] < 0.1 and max(forward[:2]) > 0.99:
            self.grid.stand(x, y, z, "y" if forward[1] > forward[0] else "x")
        else:
            self.grid.follow(x, y)

    def _photo_is_shown(self: "SceneView", pane: Pane) -> bool:
        return self.photo is not None and pane.through_camera

    def _draw_scene(self: "SceneView", renderer: SceneRenderer) -> None:
        if not self._photo_is_set:
            renderer.set_photo(self.photo)
            self._photo_is_set = True
        scene, pane, ratio = self.document.scene, self._drawn, self.devicePixelRatioF()
        renderer.set_scene(scene)
        x, y, width, height = self._device_rect(pane)
        marks = Highlight(frozenset(self.document.selection), self._hovered)
        GL.glEnable(GL.GL_DEPTH_TEST)
        if self._photo_is_shown(pane):
            x0, y0, x1, y1 = (round(v * ratio) for v in pane.fit(scene.camera).frame_px)
            origin = (x + x0, y + height - y1)
            renderer.draw(scene.camera, (x1 - x0, y1 - y0), self._quality, marks, "dark", ground=False,
                          clip_m=pane.clip_m(), origin_px=origin)  # fmt: skip
        else:
            backdrop = "dark" if theme.current().name == "dark" else "studio"
            renderer.draw(pane.camera(scene.camera), (width, height), self._quality, marks, backdrop,
                          clip_m=pane.clip_m(), origin_px=(x, y), photo_strength=0.0)  # fmt: skip
        self.default_vao.bind()
        GL.glEnable(GL.GL_DEPTH_TEST)

    # -- overlay -------------------------------------------------------------------------------------------------

    def _refresh_overlay(self: "SceneView") -> None:
        scene = self.document.scene
        chosen = with_members(scene, [key for key in self.document.selection if key in scene.objects])
        selected = [scene.objects[key] for key in chosen]
        known = {id(pane): state for pane, state in zip(self.panes.shown, self.overlay.states, strict=False)}
        self.overlay.states = [self._state(pane, scene, selected, known.get(id(pane))) for pane in self.panes.shown]
        solid = [thing for thing in selected if thing.kind != "concept"]
        self.outline.show_segments(box_segments(solid), theme.current().selection, 0.9)
        for pane, state in zip(self.panes.shown, self.overlay.states, strict=True):
            if not pane.fixed:
                self.edges.refresh(scene, self.document.selection, pane.camera(scene.camera))
                if self._quality != "draft" or not self.edges.are_many:  # the words of many wait until nothing moves
                    state.tags = [*state.tags, *self.edges.tags(scene, pane.size_px, state.tags)]
        if self.panes.active.fixed:
            self.edges.refresh(scene, self.document.selection, self.camera)  # so that the mouse finds them there
        self.overlay.update()

    def _state(
        self: "SceneView", pane: Pane, scene: Scene, selected: list[SceneObject], before: OverlayState | None
    ) -> OverlayState:
        camera = pane.camera(scene.camera)
        pull = pane.orbit.flat and not pane.through_camera
        active = pane is self.panes.active
        state = OverlayState(
            rect_px=pane.rect_px,
            camera=camera,
            gizmo=gizmo_of(selected, camera, self.gizmo_mode, self.local_axes, pull=pull) if self.shows_gizmo else None,
            tags=self._tags(scene, camera, every=not pane.fixed and not self._waits_to_label(scene)),
            feedback=self._feedback,
            badge=self._badge(pane),
            active=active,
            horizon=self.show_horizon and not pull,
        )
        if before is not None and active:
            state.cursor_px, state.hot, state.hot_tip = before.cursor_px, before.hot, before.hot_tip
        if pane.through_camera:
            self._frame(state, pane, scene.camera)
        elif self.show_camera and scene.objects:
            near = float(np.linalg.norm(np.subtract(camera.position, scene.camera.position))) < NEAR_CAMERA_M
            state.outline = None if near else scene.camera
        if self._photo_is_shown(pane):
            state.photo_over = self.photo_over
            state.boxes = scene.solid_objects() if self.photo_over else ()
        return state

    def _frame(self: "SceneView", state: OverlayState, pane: Pane, camera: Camera) -> None:
        """The frame of the camera, and that of the picture to be generated if it has another shape."""
        state.frame_px, state.safe_areas = pane.fit(camera).frame_px, self.show_safe_areas
        size = self.picture_size or (camera.width, camera.height)
        if abs(size[0] * camera.height - size[1] * camera.width) <= camera.width:
            state.frame_text = f"{size[0]} × {size[1]}"
        else:
            state.picture_px = picture_frame(state.frame_px, size)
            state.picture_text = f"picture {size[0]} × {size[1]}"

    def _badge(self: "SceneView", pane: Pane) -> str:
        if self._photo_is_shown(pane):
            return PHOTO_BADGES[self.photo_over]
        if pane.through_camera:
            return "Through the scene's camera"
        if pane.fixed or (self.panes.four and not pane.orbit.flat):
            return pane.title
        if not pane.orbit.flat:
            return ""
        side = SIDE_NAMES.get(pane.orbit.side or "")
        return f"{side}, without perspective" if side else "Without perspective"

    def _edge_view(self: "SceneView") -> tuple[np.ndarray, tuple[int, int], float]:
        """What arrows are drawn with: clip from world, pixels of the pane, device pixels of a logical one."""
        camera = self._drawn.camera(self.document.scene.camera)
        matrix = camera.projection_matrix(*self._drawn.clip_m()) @ camera.view_matrix()
        return matrix, self._device_rect(self._drawn)[2:], self.devicePixelRatioF()

    def refresh_edges(self: "SceneView") -> None:
        """Draw the arrows of the relations anew if they are other ones than before."""
        if self.edges.on and self.edges.rows is not self.edges.made_of:
            self._refresh_overlay()
            self.update()

    def show_hovered_relation(self: "SceneView", key: RelationKey | None) -> None:
        """Mark the arrow of a relation and its two things."""
        if key != self.edges.hovered:
            self.edges.hovered = key
            self._refresh_overlay()
            self.update()

    def _waits_to_label(self: "SceneView", scene: Scene) -> bool:
        """Whether the labels of a crowd wait until nothing moves any more."""
        return self._quality == "draft" and len(scene.objects) > CROWD

    def _tags(self: "SceneView", scene: Scene, camera: Camera, every: bool) -> list[Tag]:
        """Labels of the selection, of what is under the cursor, and, in the main pane, of the others."""
        wanted = dict.fromkeys(self.document.selection)
        if self._hovered:
            wanted[self._hovered] = None
        if self.show_labels and every:
            wanted.update(dict.fromkeys(thing.id for thing in scene.solid_objects()[:MAX_LABELS]))
        things = [scene.objects[key] for key in wanted if key in scene.objects]
        if not things:
            return []
        tops = np.array([(t.center[0], t.center[1], t.center[2] + t.size[2] / 2.0) for t in things])
        pixels, depth = camera.project(tops)
        now, marked = theme.current(), set(self.document.selection)
        nearest_first = sorted(
            zip(things, pixels, depth, strict=True), key=lambda row: (row[0].id not in marked, row[2])
        )
        tags = [
            Tag(short_name(t.label), (float(p[0]), float(p[1]) - 14.0), now.selection if t.id in marked else now.border)
            for t, p, d in nearest_first
            if d > 0.05 and -50 < p[0] < camera.width + 50 and -50 < p[1] < camera.height + 50
        ]
        return spread_tags(tags)
