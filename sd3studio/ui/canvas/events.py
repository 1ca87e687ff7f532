"""What mouse and keys do in the view: the left button is the tool's, the others move the viewpoint."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent

from sd3studio.core.edits import PullFaces
from sd3studio.core.edits.grouping import with_members
from sd3studio.ui.canvas.compass import FROM, tip_at
from sd3studio.ui.canvas.keys import MODIFIERS, digit_at, key_name
from sd3studio.ui.canvas.tools.base import PointerEvent
from sd3studio.ui.canvas.tools.gizmo import gizmo_of
from sd3studio.ui.itemmodels.catalogue_list import MESH_MIME

if TYPE_CHECKING:
    from sd3studio.ui.canvas.view import SceneView

PULL_M = 0.02
"""How far a notch of the wheel pulls a side."""
PULL_REACH_PX = 60.0
MERGE_MS = 500
"""Turns of the wheel that follow each other sooner are one undo step."""
NOTCH = 120.0


class ViewEvents:
    """Mixed into `SceneView`. Positions are told to tools in pixels of the pane that they began in."""

    def _pointer_event(self: "SceneView", position: QPointF, keys: Qt.KeyboardModifier) -> PointerEvent:
        return PointerEvent(
            self.panes.active.local((position.x(), position.y())),
            self.camera,
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(keys & Qt.KeyboardModifier.ControlModifier),
            alt=bool(keys & Qt.KeyboardModifier.AltModifier),
        )

    def _point_at(self: "SceneView", position: QPointF) -> None:
        """The pane under the mouse becomes the active one."""
        pane = self.panes.at((position.x(), position.y()))
        if pane is not self.panes.active:
            self.panes.active = pane
            self._refresh_overlay()

    def mousePressEvent(self: "SceneView", event: QMouseEvent) -> None:
        if not (self.tool.dragging or self._navigating):
            self._point_at(event.position())
        self._last_px = event.position()
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.button() == Qt.MouseButton.LeftButton and not alt:
            pointer = self._pointer_event(event.position(), event.modifiers())
            tip = tip_at(pointer.camera, pointer.position_px)
            if tip is not None and not self.tool.dragging:
                self.look_from(FROM[tip])
                return
            self._pressed = True
            self.tool.press(pointer, self.overlay.state.gizmo)
        elif event.button() != Qt.MouseButton.NoButton and not self.tool.dragging:
            self._navigating = True

    def mouseMoveEvent(self: "SceneView", event: QMouseEvent) -> None:
        step, self._last_px = event.position() - self._last_px, event.position()
        if not (event.buttons() or self._navigating):
            self._point_at(event.position())
        pointer = self._pointer_event(event.position(), event.modifiers())
        self.overlay.state.cursor_px = pointer.position_px
        if self._navigating:
            self._navigate(step, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif self._pressed and event.buttons() & Qt.MouseButton.LeftButton:
            self.tool.move(pointer)
        else:
            self._hover(pointer)

    def mouseReleaseEvent(self: "SceneView", event: QMouseEvent) -> None:
        if self._navigating:
            self._navigating = False
        elif event.button() == Qt.MouseButton.LeftButton and self._pressed:
            self._pressed = False
            self.tool.release(self._pointer_event(event.position(), event.modifiers()))
        self.refresh()

    def mouseDoubleClickEvent(self: "SceneView", event: QMouseEvent) -> None:
        pointer = self._pointer_event(event.position(), event.modifiers())
        hit = self.pick(pointer.position_px)
        if tip_at(pointer.camera, pointer.position_px) or self.tool is not self.pointer_tool:
            self.mousePressEvent(event)
        elif hit:
            self.frame((hit,))

    def _navigate(self: "SceneView", step: QPointF, pan: bool) -> None:
        pane = self.panes.active
        self.look_through_camera(False, pane)
        if pan or pane.fixed:
            pane.orbit = pane.orbit.panned(step.x(), step.y(), pane.size_px[1])
        else:
            pane.orbit = pane.orbit.turned(step.x(), step.y())
        self.refresh()

    def _hover(self: "SceneView", event: PointerEvent) -> None:
        state = self.overlay.state
        tip = tip_at(event.camera, event.position_px)
        hot = state.gizmo.hit(event.position_px) if state.gizmo and tip is None else None
        if (hot is None) != (state.hot is None) or (hot and not hot.is_same(state.hot)) or tip != state.hot_tip:
            state.hot, state.hot_tip = hot, tip
            self.overlay.update()
        self.tool.hover(event)
        edge = None if hot or tip else self.edges.hit(event.position_px)
        hovered = None if hot or tip or edge else self.pick(event.position_px)
        if edge != self.edges.hovered:
            self.show_hovered_relation(edge)
            self.relation_hovered.emit(edge)
        if hovered != self._hovered:
            self._hovered = hovered
            self.hovered_changed.emit(hovered)
            self._refresh_overlay()
            self.update()

    def wheelEvent(self: "SceneView", event: QWheelEvent) -> None:
        if self.tool.dragging:
            return
        self._point_at(event.position())
        pane = self.panes.active
        pointer = self._pointer_event(event.position(), event.modifiers())
        if pointer.ctrl and self._pull_by_wheel(pointer, event.angleDelta().y() / NOTCH):
            return
        self.look_through_camera(False, pane)
        factor = 0.999 ** event.angleDelta().y()
        point = self.camera.unproject(pointer.position_px, pane.orbit.back_m)
        pane.orbit = pane.orbit.zoomed(factor, point)
        self.refresh()

    def _pull_by_wheel(self: "SceneView", event: PointerEvent, notches: float) -> bool:
        """Ctrl and the wheel in a flat view: pull the side of the selected object that is nearest to the mouse."""
        pane, scene = self.panes.active, self.document.committed
        keys = [key for key in self.document.selection if key in scene.objects]
        if not pane.orbit.flat or pane.through_camera or len(keys) != 1:
            return False
        gizmo = gizmo_of([scene.objects[keys[0]]], event.camera, "move", False, pull=True)
        dots = [h for h in gizmo.handles if h.kind == "dot" and sum(map(abs, h.sides)) == 1] if gizmo else []
        near = min(dots, key=lambda h: h.distance_px(event.position_px), default=None)
        if near is None or near.distance_px(event.position_px) > PULL_REACH_PX:
            return False
        by = np.abs(near.sides) * PULL_M * notches * (self.snap.fine if event.shift else 1.0)
        merge = self._pulled_at.isValid() and self._pulled_at.elapsed() < MERGE_MS
        merge = merge and self.document.undo_label == PullFaces.label
        sides = tuple(side or 1 for side in near.sides)
        self.document.apply(PullFaces(keys[0], tuple(by.tolist()), sides), merge=merge)  # type: ignore[arg-type]
        self._pulled_at.restart()
        return True

    def event(self: "SceneView", event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self.tool.dragging:
            event.accept()  # every key is the drag's: no shortcut acts meanwhile, Alt opens no menu
            return True
        return super().event(event)  # type: ignore[misc]

    def focusNextPrevChild(self: "SceneView", forward: bool) -> bool:
        return False if self.tool.dragging else super().focusNextPrevChild(forward)  # type: ignore[misc]

    def keyPressEvent(self: "SceneView", event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif self.tool.dragging:
            self._key_of_drag(event)
        elif event.modifiers() == Qt.KeyboardModifier.NoModifier and digit_at(event) is not None:
            self.digit_pressed.emit(digit_at(event))
        else:
            event.ignore()

    def _key_of_drag(self: "SceneView", event: QKeyEvent) -> None:
        name = key_name(event)
        if event.key() in MODIFIERS:
            self._move_again(event)
        elif name is not None:
            self.tool.key(name, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            self.refresh()

    def keyReleaseEvent(self: "SceneView", event: QKeyEvent) -> None:
        if self.tool.dragging and event.key() in MODIFIERS:
            self._move_again(event)
        else:
            event.ignore()

    def _move_again(self: "SceneView", event: QKeyEvent) -> None:
        """Ctrl, Shift or Alt went down or up: the drag looks anew at where the mouse is."""
        keys = event.modifiers()
        flag = {
            Qt.Key.Key_Shift: Qt.KeyboardModifier.ShiftModifier,
            Qt.Key.Key_Control: Qt.KeyboardModifier.ControlModifier,
            Qt.Key.Key_Alt: Qt.KeyboardModifier.AltModifier,
        }.get(Qt.Key(event.key()))
        if flag is not None:
            keys = keys | flag if event.type() == QEvent.Type.KeyPress else keys & ~flag
        if self._pressed:
            self.tool.move(self._pointer_event(self._last_px, keys))

    def _escape(self: "SceneView") -> None:
        """Give up what goes on, then the tool, then the selection."""
        if self.tool.cancel():
            self.refresh()
        elif self.tool is not self.pointer_tool:
            self.use_tool(None)
        else:
            self.document.select(())

    def focusOutEvent(self: "SceneView", event: QFocusEvent) -> None:
        super().focusOutEvent(event)  # type: ignore[misc]
        self._navigating = False
        if self.tool.dragging:
            self.tool.finish()
            self._pressed = False

    def dragEnterEvent(self: "SceneView", event: QDragEnterEvent) -> None:
        if _dropped_files(event.mimeData()) or event.mimeData().hasFormat(MESH_MIME):
            event.acceptProposedAction()

    def dropEvent(self: "SceneView", event: QDropEvent) -> None:
        if event.mimeData().hasFormat(MESH_MIME):
            self._point_at(event.position())
            place = self.ground_point(self.panes.active.local((event.position().x(), event.position().y())))
            self.mesh_dropped.emit(bytes(event.mimeData().data(MESH_MIME).data()).decode(), place or (0.0, 0.0))
        else:
            self.files_dropped.emit(_dropped_files(event.mimeData()))
        event.acceptProposedAction()

    def movable(self: "SceneView") -> tuple[str, ...]:
        """Ids of what is selected, with what is part of selected concepts."""
        return with_members(self.document.scene, self.document.selection)


def _dropped_files(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
