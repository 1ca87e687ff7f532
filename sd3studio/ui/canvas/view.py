"""The 3D view: a pyqtgraph GL widget that shows the session's scene through our renderer and takes the mouse."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL
from pyqtgraph.opengl import GLViewWidget
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMatrix4x4,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import RelationKey, Scene
from sd3studio.render.picking import Picker
from sd3studio.render.renderer import SceneRenderer
from sd3studio.render.style import Highlight, Quality
from sd3studio.ui import theme
from sd3studio.ui.canvas.edges import RelationEdges
from sd3studio.ui.canvas.items import GroundGrid, Lines, SceneItem, box_segments
from sd3studio.ui.canvas.navigation import STANDARD_VIEWS, Orbit, fitted
from sd3studio.ui.canvas.overlay import Overlay, Tag, spread_tags
from sd3studio.ui.canvas.tools.base import Feedback, LastWord, PointerEvent, SnapSteps
from sd3studio.ui.canvas.tools.gizmo import GizmoMode, gizmo_of
from sd3studio.ui.canvas.tools.pointer import PointerTool
from sd3studio.ui.itemmodels.catalogue_list import MESH_MIME
from sd3studio.ui.session import Session

SETTLE_MS = 140
"""After so long without movement the picture is drawn with shadows."""
MAX_LABELS = 40
PHOTO_BADGES = {
    0.0: "Objects over the photo (P changes)",
    0.5: "Objects and photo mixed (P changes)",
    1.0: "Photo with boxes (P changes)",
}


class SceneView(GLViewWidget):
    """Shows and edits the scene. Through the scene's camera (with the photo behind it) or from a free orbit."""

    files_dropped = Signal(list)
    mesh_dropped = Signal(str, tuple)
    hovered_changed = Signal(object)
    relation_hovered = Signal(object)
    viewpoint_changed = Signal()

    def __init__(self, session: Session, snap: SnapSteps = SnapSteps()) -> None:  # noqa: B008 (frozen)
        super().__init__()
        self.session, self.document = session, session.document
        self.snap = snap
        self.orbit = Orbit()
        self.through_camera = True
        self.show_labels = True
        self.gizmo_mode: GizmoMode = "move"
        self.local_axes = False
        self.who_has_last_word: Callable[[Scene, tuple[str, ...]], LastWord | None] | None = None
        """Asked when a drag begins, with the scene and the ids that are dragged; see `tools.base.LastWord`."""
        self.photo: NDArray[np.uint8] | None = None
        self.photo_over = 0.0
        self._photo_is_set = False
        self._hovered: str | None = None
        self._last_px = QPointF()
        self._navigating = self._resizing = False
        self._picker = Picker(solid_only=True)
        self._pointer = PointerTool(self)
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

    def _make_items(self) -> None:
        self.scene_item = SceneItem()
        self.scene_item.draw = self._draw_scene
        self.grid = GroundGrid()
        self.outline = Lines(1.6)
        self.edges = RelationEdges()
        self.edges.item.view_of = self._edge_view
        for item in (self.scene_item, self.grid, self.outline, self.edges.pair, self.edges.item):
            self.addItem(item)
        self.overlay = Overlay(self)

    @property
    def camera(self) -> Camera:
        """The camera of what is on the screen, in logical pixels."""
        if self.through_camera:
            return fitted(self.document.scene.camera, self.width(), self.height()).camera
        return self.orbit.camera(self.width(), self.height())

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

    def look_through_camera(self, on: bool) -> None:
        """Show the scene through its own camera, or freely from where that stands."""
        if on != self.through_camera:
            if not on:
                self.orbit = Orbit.of_camera(self.camera)
            self.through_camera = on
            self.viewpoint_changed.emit()
            self.refresh()

    def look_from(self, name: str) -> None:
        """One of the standard views, all of the scene in sight."""
        self.look_through_camera(False)
        self.orbit = self.orbit.looking(*STANDARD_VIEWS[name])
        self.frame(())

    def frame(self, ids: Iterable[str]) -> None:
        """Bring these objects (or all of them) into sight."""
        scene = self.document.scene
        things = [scene.objects[key] for key in ids] or list(scene.solid_objects())
        if not things:
            return
        self.look_through_camera(False)
        low, high = Boxes.of(things).bounds()
        self.orbit = self.orbit.framing(low.min(axis=0), high.max(axis=0), self.width() / max(self.height(), 1))
        self.viewpoint_changed.emit()
        self.refresh()

    def ground_point(self, position_px: tuple[float, float]) -> tuple[float, float] | None:
        """World x, y (m) of the ground under a point of the view."""
        point = PointerEvent(position_px, self.camera).on_plane((0, 0, 0), (0, 0, 1))
        return None if point is None or np.abs(point[:2]).max() > 1e3 else (float(point[0]), float(point[1]))

    # -- what tools ask (`tools.base.Canvas`) --------------------------------------------------------------------

    def pick(self, position_px: tuple[float, float]) -> str | None:
        self._picker.set_scene(self.document.scene)
        hit = self._picker.pick(*self.camera.ray(position_px))
        return hit.id if hit else None

    def within(self, rectangle_px: tuple[float, float, float, float]) -> tuple[str, ...]:
        self._picker.set_scene(self.document.scene)
        return self._picker.marquee(self.camera, rectangle_px[:2], rectangle_px[2:])

    def carried_by(self, ids: Iterable[str]) -> tuple[str, ...]:
        return self.session.carried_by(ids)

    def last_word(self, before: Scene, ids: tuple[str, ...]) -> LastWord | None:
        return self.who_has_last_word(before, ids) if self.who_has_last_word else None

    def show_feedback(self, feedback: Feedback) -> None:
        self.overlay.state.feedback = feedback
        self.overlay.update()

    # -- drawing -------------------------------------------------------------------------------------------------

    def viewMatrix(self) -> QMatrix4x4:
        return QMatrix4x4(self.camera.view_matrix().ravel().tolist())

    def projectionMatrix(self, region: Any, viewport: Any) -> QMatrix4x4:
        return QMatrix4x4(self.camera.projection_matrix(*self._clip()).ravel().tolist())

    def _clip(self) -> tuple[float, float]:
        reach = max(30.0, 6.0 * self.orbit.distance_m)
        return max(0.02, reach / 2_000.0), 10.0 * reach

    def paintGL(self) -> None:
        if self._resizing:
            return
        ground = theme.current().window
        self.setBackgroundColor(ground)
        self.grid.setVisible(not self._photo_is_shown())
        super().paintGL()

    def _photo_is_shown(self) -> bool:
        return self.photo is not None and self.through_camera

    def _draw_scene(self, renderer: SceneRenderer) -> None:
        if not self._photo_is_set:
            renderer.set_photo(self.photo)
            self._photo_is_set = True
        scene, ratio = self.document.scene, self.devicePixelRatioF()
        renderer.set_scene(scene)
        whole = (round(self.width() * ratio), round(self.height() * ratio))
        marks = Highlight(frozenset(self.document.selection), self._hovered)
        GL.glEnable(GL.GL_DEPTH_TEST)
        if self._photo_is_shown():
            x0, y0, x1, y1 = (round(v * ratio) for v in fitted(scene.camera, self.width(), self.height()).frame_px)
            renderer.draw(
                scene.camera,
                (x1 - x0, y1 - y0),
                self._quality,
                marks,
                "dark",
                ground=False,
                clip_m=self._clip(),
                origin_px=(x0, whole[1] - y1),
            )
        else:
            backdrop = "dark" if theme.current().name == "dark" else "studio"
            renderer.draw(self.camera, whole, self._quality, marks, backdrop, clip_m=self._clip())
        self.default_vao.bind()
        GL.glEnable(GL.GL_DEPTH_TEST)

    def _refresh_overlay(self) -> None:
        scene, state = self.document.scene, self.overlay.state
        camera = state.camera = self.camera
        selected = [scene.objects[key] for key in self.document.selection if key in scene.objects]
        state.frame_px = fitted(scene.camera, self.width(), self.height()).frame_px if self.through_camera else None
        state.gizmo = gizmo_of(selected, camera, self.gizmo_mode, self.local_axes)
        state.tags = self._tags(scene, camera)
        state.badge = "Through the scene's camera" if self.through_camera else ""
        state.boxes, state.photo_over = (), 0.0
        if self._photo_is_shown():
            state.badge = PHOTO_BADGES[self.photo_over]
            state.photo_over = self.photo_over
            state.boxes = scene.solid_objects() if self.photo_over else ()
        solid = [thing for thing in selected if thing.kind != "concept"]
        self.outline.show_segments(box_segments(solid), theme.current().selection, 0.9)
        self.edges.refresh(scene, self.document.selection, camera)
        state.tags = [*state.tags, *self.edges.tags(scene, (self.width(), self.height()), state.tags)]
        target = camera.target if self.through_camera else self.orbit.target
        self.grid.follow(target[0], target[1])
        self.overlay.update()

    def _edge_view(self) -> tuple[np.ndarray, tuple[int, int], float]:
        """What arrows are drawn with: clip from world, pixels of the frame buffer, device pixels of a logical one."""
        camera, ratio = self.camera, self.devicePixelRatioF()
        matrix = camera.projection_matrix(*self._clip()) @ camera.view_matrix()
        return matrix, (round(self.width() * ratio), round(self.height() * ratio)), ratio

    def refresh_edges(self) -> None:
        """Draw the arrows of the relations anew if they are other ones than before."""
        if self.edges.on and self.edges.rows is not self.edges.made_of:
            self._refresh_overlay()
            self.update()

    def show_hovered_relation(self, key: RelationKey | None) -> None:
        """Mark the arrow of a relation and its two things."""
        if key != self.edges.hovered:
            self.edges.hovered = key
            self._refresh_overlay()
            self.update()

    def _tags(self, scene: Scene, camera: Camera) -> list[Tag]:
        wanted = dict.fromkeys(self.document.selection)
        if self._hovered:
            wanted[self._hovered] = None
        if self.show_labels:
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
            Tag(t.label, (float(p[0]), float(p[1]) - 14.0), now.selection if t.id in marked else now.border)
            for t, p, d in nearest_first
            if d > 0.05 and -50 < p[0] < self.width() + 50 and -50 < p[1] < self.height() + 50
        ]
        return spread_tags(tags)

    def _on_changed(self, old: Scene, new: Scene) -> None:
        self.refresh()

    def _on_selection_changed(self) -> None:
        self.refresh()

    def _on_settled(self) -> None:
        if self._pointer.dragging or self._navigating:
            self._settle.start()
            return
        self._quality = "view"
        self.update()

    # -- events --------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._resizing = True  # Qt draws once while resizing and once more for the screen: the first is wasted
        super().resizeEvent(event)
        self._resizing = False
        self.overlay.setGeometry(self.rect())
        self.refresh()

    def _pointer_event(self, event: QMouseEvent) -> PointerEvent:
        keys = event.modifiers()
        return PointerEvent(
            (event.position().x(), event.position().y()),
            self.camera,
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(keys & Qt.KeyboardModifier.ControlModifier),
            alt=bool(keys & Qt.KeyboardModifier.AltModifier),
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._last_px = event.position()
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.button() == Qt.MouseButton.LeftButton and not alt:
            self._pointer.press(self._pointer_event(event), self.overlay.state.gizmo)
        elif event.button() != Qt.MouseButton.NoButton:
            self._navigating = True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        step, self._last_px = event.position() - self._last_px, event.position()
        self.overlay.state.cursor_px = (event.position().x(), event.position().y())
        if self._navigating:
            self._navigate(step, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self._pointer.move(self._pointer_event(event))
        else:
            self._hover(self._pointer_event(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._navigating:
            self._navigating = False
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pointer.release(self._pointer_event(event))
        self.refresh()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        hit = self.pick((event.position().x(), event.position().y()))
        if hit:
            self.frame((hit,))

    def _navigate(self, step: QPointF, pan: bool) -> None:
        self.look_through_camera(False)
        if pan:
            self.orbit = self.orbit.panned(step.x(), step.y(), self.height())
        else:
            self.orbit = self.orbit.turned(step.x(), step.y())
        self.refresh()

    def _hover(self, event: PointerEvent) -> None:
        gizmo = self.overlay.state.gizmo
        hot = gizmo.hit(event.position_px) if gizmo else None
        edge = None if hot else self.edges.hit(event.position_px)
        hovered = None if hot or edge else self.pick(event.position_px)
        if edge != self.edges.hovered:
            self.show_hovered_relation(edge)
            self.relation_hovered.emit(edge)
        if hot is not self.overlay.state.hot:
            self.overlay.state.hot = hot
            self.overlay.update()
        if hovered != self._hovered:
            self._hovered = hovered
            self.hovered_changed.emit(hovered)
            self._refresh_overlay()
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.look_through_camera(False)
        factor = 0.999 ** event.angleDelta().y()
        point = (event.position().x(), event.position().y())
        origin, direction = self.camera.ray(point)
        self.orbit = self.orbit.zoomed(factor, origin + direction * self.orbit.distance_m)
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if not self._pointer.cancel():
                self.document.select(())
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._navigating = False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_files(event.mimeData()) or event.mimeData().hasFormat(MESH_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if event.mimeData().hasFormat(MESH_MIME):
            place = self.ground_point((event.position().x(), event.position().y())) or (0.0, 0.0)
            self.mesh_dropped.emit(bytes(event.mimeData().data(MESH_MIME).data()).decode(), place)
        else:
            self.files_dropped.emit(_dropped_files(event.mimeData()))
        event.acceptProposedAction()


def _dropped_files(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
