"""The 3D view: a pyqtgraph GL widget that shows the session's scene through our renderer and takes the mouse."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.opengl import GLViewWidget
from PySide6.QtCore import QElapsedTimer, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.walls import is_wall
from sd3studio.render.picking import Picker
from sd3studio.render.style import Quality
from sd3studio.ui.canvas.drawing import CROWD, ViewDrawing
from sd3studio.ui.canvas.events import ViewEvents
from sd3studio.ui.canvas.navigation import Orbit
from sd3studio.ui.canvas.panes import Pane, Panes
from sd3studio.ui.canvas.tools.base import Feedback, LastWord, PointerEvent, SnapSteps, SurfacePoint, Tool
from sd3studio.ui.canvas.tools.gizmo import GizmoMode
from sd3studio.ui.canvas.tools.pointer import PointerTool
from sd3studio.ui.session import Session

SETTLE_MS = 140
"""After so long without movement the picture is drawn with shadows."""
ROOM_M = 12.0
"""Longer walls are backdrops, not walls of a room."""
CORNER_PX = 9.0
"""How near a corner of a box takes a point of the measure tool."""


def whole(scene: Scene) -> list[SceneObject]:
    """What is to be seen of a whole scene: its things, and the walls of the room that they are in."""
    things = list(scene.solid_objects())
    walls = [one for one in scene.objects.values() if one.kind == "stuff" and max(one.size) <= ROOM_M and is_wall(one)]
    return [*things, *walls] if things else []


class SceneView(ViewDrawing, ViewEvents, GLViewWidget):
    """Shows and edits the scene. Through the scene's camera (with the photo behind it) or from a free orbit.

    It has one pane, or four (`panes`); `camera`, `pick` and the like speak of the active one, in its pixels.
    """

    files_dropped = Signal(list)
    mesh_dropped = Signal(str, tuple)
    hovered_changed = Signal(object)
    relation_hovered = Signal(object)
    viewpoint_changed = Signal()
    tool_changed = Signal()
    digit_pressed = Signal(int)
    """A key of the digit row that is no digit on this keyboard: the digit that is there on others."""

    def __init__(self, session: Session, snap: SnapSteps = SnapSteps()) -> None:  # noqa: B008 (frozen)
        super().__init__()
        self.session, self.document = session, session.document
        self.snap = snap
        self.magnetism = True
        self.panes = Panes()
        self.panes.main.through_camera = True
        self.show_labels = self.show_camera = True
        self.show_horizon = self.show_safe_areas = False
        self.picture_size: tuple[int, int] | None = None
        """Width and height (px) of the picture that would be generated; its frame is shown."""
        self.gizmo_mode: GizmoMode = "move"
        self.local_axes = False
        self.who_has_last_word: Callable[[Scene, tuple[str, ...]], LastWord | None] | None = None
        """Asked when a drag begins, with the scene and the ids that are dragged; see `tools.base.LastWord`."""
        self.photo: NDArray[np.uint8] | None = None
        self.photo_over = 0.0
        self._photo_is_set = False
        self._hovered: str | None = None
        self._feedback = Feedback()
        self._last_px = QPointF()
        self._navigating = self._resizing = self._pressed = False
        self._pulled_at = QElapsedTimer()
        self._drawn = self.panes.main
        self._picker, self._surfaces = Picker(solid_only=True), Picker()
        self.tool: Tool
        self.tool = self.pointer_tool = PointerTool(self)
        self._quality: Quality = "view"
        self._make_items()
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._on_settled)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setMinimumSize(320, 240)
        self.setAccessibleName("3D view")
        self.document.changed.connect(self._on_changed)
        self.document.selection_changed.connect(self._on_selection_changed)

    @property
    def camera(self) -> Camera:
        """The camera of what the active pane shows, in logical pixels."""
        return self.panes.active.camera(self.document.scene.camera)

    @property
    def orbit(self) -> Orbit:
        """The free viewpoint of the main pane."""
        return self.panes.main.orbit

    @orbit.setter
    def orbit(self, orbit: Orbit) -> None:
        self.panes.main.orbit = orbit

    @property
    def through_camera(self) -> bool:
        """Whether the main pane looks through the scene's camera."""
        return self.panes.main.through_camera

    @property
    def shows_gizmo(self) -> bool:
        """Whether the selection has handles: only for the tool that drags."""
        return self.tool is self.pointer_tool

    def use_tool(self, tool: Tool | None) -> None:
        """Give the left button to another tool; None for the one that selects and drags."""
        self.tool.cancel()
        self.tool = tool or self.pointer_tool
        self._feedback = Feedback()
        self.setCursor(Qt.CursorShape.ArrowCursor if tool is None else Qt.CursorShape.CrossCursor)
        self.refresh()
        self.tool_changed.emit()

    def cycle_photo(self) -> None:
        """Show the objects over the photo, then mixed with it, then the photo with the boxes over it."""
        self.photo_over = {0.0: 0.5, 0.5: 1.0}.get(self.photo_over, 0.0)
        self.refresh()

    def set_photo(self, pixels: NDArray[np.uint8] | None) -> None:
        """The photo (H, W, 3) that is seen behind the scene through its camera, or None."""
        self.photo, self._photo_is_set = pixels, False
        self.photo_over = 0.5
        self.overlay.take_photo(pixels)
        self.refresh()

    def refresh(self) -> None:
        """Draw soon, quickly; with all its beauty once nothing moves any more."""
        self._quality = "draft"
        self._settle.start()
        self._refresh_overlay()
        self.update()

    def take_theme(self) -> None:
        """Use the colours of the current theme."""
        self.grid.take_theme()
        self.refresh()

    def show_four(self, on: bool) -> None:
        """Show the scene from above, in perspective, from the front and from the right; or the main pane alone."""
        if on != self.panes.four:
            self.panes.show_four(on)
            self.panes.lay_out(self.width(), self.height())
            if on:
                self._bring_into_sight(whole(self.document.scene), self.panes.sides)
            if on and self.orbit.until_turned:
                self.look_from("corner")
            self.viewpoint_changed.emit()
            self.refresh()

    def look_through_camera(self, on: bool, pane: Pane | None = None) -> None:
        """Show the scene through its own camera (in the main pane), or freely from where that stands."""
        pane = pane or self.panes.main
        if on != pane.through_camera:
            if not on:
                pane.orbit = Orbit.of_camera(self.document.scene.camera.replace(fov_y=self._fov_here(pane)))
            pane.through_camera = on
            self.viewpoint_changed.emit()
            self.refresh()

    def _fov_here(self, pane: Pane) -> float:
        """Field of view of the scene's camera as it is fitted into a pane."""
        return pane.fit(self.document.scene.camera).camera.fov_y

    def look_from(self, name: str) -> None:
        """One of the standard views, all of the scene in sight. The side panes keep theirs: the main one turns."""
        pane = self.panes.main if self.panes.active.fixed else self.panes.active
        self.look_through_camera(False, pane)
        pane.orbit = pane.orbit.looking_from(name)
        self._bring_into_sight(whole(self.document.scene), [pane])
        self.viewpoint_changed.emit()
        self.refresh()

    def toggle_flat(self) -> None:
        """With or without perspective, in the main pane."""
        pane = self.panes.main
        self.look_through_camera(False, pane)
        pane.orbit = pane.orbit.flattened(not pane.orbit.flat)
        self.viewpoint_changed.emit()
        self.refresh()

    def frame(self, ids: Iterable[str]) -> None:
        """Bring these objects (or all of them) into sight, in all panes."""
        scene = self.document.scene
        things = [scene.objects[key] for key in ids] or whole(scene)
        if not things:
            return
        self.look_through_camera(False)
        self._bring_into_sight(things)
        self.viewpoint_changed.emit()
        self.refresh()

    def _bring_into_sight(self, things: Sequence[SceneObject], panes: Sequence[Pane] | None = None) -> None:
        """Bring things into sight in these panes, or in all."""
        if things:
            low, high = Boxes.of(things).bounds()
            self.panes.frame(low.min(axis=0), high.max(axis=0), panes)

    def ground_point(self, position_px: tuple[float, float]) -> tuple[float, float] | None:
        """World x, y (m) of the ground under a point of the active pane."""
        point = PointerEvent(position_px, self.camera).on_plane((0, 0, 0), (0, 0, 1))
        return None if point is None or np.abs(point[:2]).max() > 1e3 else (float(point[0]), float(point[1]))

    # -- what tools ask (`tools.base.Canvas`) --------------------------------------------------------------------

    def pick(self, position_px: tuple[float, float]) -> str | None:
        self._picker.set_scene(self.document.scene)
        hit = self._picker.pick(*self.camera.ray(position_px))
        return hit.id if hit else None

    def surface(self, position_px: tuple[float, float]) -> SurfacePoint | None:
        camera, scene = self.camera, self.document.scene
        self._surfaces.set_scene(scene)
        hit = self._surfaces.pick(*camera.ray(position_px))
        if hit is None:
            place = self.ground_point(position_px)
            return None if place is None else SurfacePoint((*place, 0.0))
        corners = Boxes.of([scene.objects[hit.id]]).corners()[0]
        pixels, _ = camera.project(corners)
        off = np.linalg.norm(pixels - position_px, axis=1)
        nearest = int(np.nanargmin(off)) if np.isfinite(off).any() else 0
        if off[nearest] <= CORNER_PX:
            x, y, z = (float(v) for v in corners[nearest])
            return SurfacePoint((x, y, z), hit.id)
        return SurfacePoint(hit.point, hit.id)

    def within(self, rectangle_px: tuple[float, float, float, float]) -> tuple[str, ...]:
        self._picker.set_scene(self.document.scene)
        return self._picker.marquee(self.camera, rectangle_px[:2], rectangle_px[2:])

    def carried_by(self, ids: Iterable[str]) -> tuple[str, ...]:
        return self.session.carried_by(ids)

    def last_word(self, before: Scene, ids: tuple[str, ...]) -> LastWord | None:
        return self.who_has_last_word(before, ids) if self.who_has_last_word else None

    def show_feedback(self, feedback: Feedback) -> None:
        self._feedback = feedback
        for state in self.overlay.states:
            state.feedback = feedback
        self.overlay.update()

    # -- what happens --------------------------------------------------------------------------------------------

    def _on_changed(self, old: Scene, new: Scene) -> None:
        self.refresh()

    def _on_selection_changed(self) -> None:
        self.refresh()

    def _on_settled(self) -> None:
        if self.tool.dragging or self._navigating:
            self._settle.start()
            return
        self._quality = "view"
        if self.edges.are_many or len(self.document.scene.objects) > CROWD:
            self._refresh_overlay()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._resizing = True  # Qt draws once while resizing and once more for the screen: the first is wasted
        super().resizeEvent(event)
        self._resizing = False
        self.panes.lay_out(self.width(), self.height())
        self.overlay.setGeometry(self.rect())
        self.refresh()
