"""The photo with everything that was found in it, to be corrected by hand: the left half of the Annotate workspace."""

from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from sd3studio.core.annotation.outline import handles_of, outline_of
from sd3studio.core.relations.apparent import apparent_predicate, illusion
from sd3studio.core.scene.picture_boxes import picture_camera, picture_size
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Relation, Scene, SceneObject
from sd3studio.ui import theme
from sd3studio.ui.canvas.tools.base import SnapSteps
from sd3studio.ui.photo.drags import PhotoEvent
from sd3studio.ui.photo.painting import PhotoPainter, hue_of
from sd3studio.ui.photo.tools import (
    BoxTool,
    BrushTool,
    CameraLines,
    LinesTool,
    PhotoTool,
    PolygonTool,
    RelateTool,
    SelectTool,
    lines_for,
)
from sd3studio.ui.photo.zooming import Zoom
from sd3studio.ui.session import Session

ToolName = Literal["select", "box", "brush", "eraser", "polygon", "camera", "relate"]
SAME_PX = 1.5
"""A photo box that is off its projection by more is drawn too."""

HINTS: dict[str, str] = {
    "select": "",
    "box": "Draw a box around a thing that is missing",
    "brush": "Paint the mask of the selected thing  (Alt erases, Ctrl+wheel: size)",
    "eraser": "Erase from the mask of the selected thing  (Alt paints, Ctrl+wheel: size)",
    "polygon": "Click the corners of a polygon, Enter closes it  (Alt+Enter takes it away)",
    "camera": "Drag the horizon, or lines of two directions at right angles",
    "relate": "Click a thing, then what it is related to",
}


class PhotoView(QWidget):
    """Shows the photo and the session's things on it. What the user does leaves as edits or as signals."""

    box_requested = Signal(tuple)
    mask_requested = Signal(str, object)
    camera_requested = Signal(object)
    pair_requested = Signal(str, str)
    tool_changed = Signal(str)
    zoom_changed = Signal()

    def __init__(self, session: Session, snap: Callable[[], SnapSteps]) -> None:
        super().__init__()
        self.session, self.document, self._snap = session, session.document, snap
        self.zoom = Zoom()
        self._fits = True
        self._pixmap = QPixmap()
        self.tool_name: ToolName = "select"
        self.tool: PhotoTool = SelectTool(self)
        self.show_masks = True
        self.show_all = True
        self.marked: Relation | None = None
        """A relation that is drawn, whatever is selected: the one that is under review."""
        self._readout, self._cursor = "", QPointF()
        self._panning = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 180)
        self.setAccessibleName("Photo")
        self.document.changed.connect(self._on_changed)
        self.document.selection_changed.connect(self.redraw)

    # -- what tools ask (`tools.PhotoCanvas`) --------------------------------------------------------------------

    @property
    def snap(self) -> SnapSteps:
        return self._snap()

    @property
    def px(self) -> float:
        return 1.0 / self.zoom.scale

    def carried_by(self, ids: Iterable[str]) -> tuple[str, ...]:
        return self.session.carried_by(ids)

    def say(self, readout: str) -> None:
        self._readout = readout
        self.update()

    def redraw(self, *_: object) -> None:
        self.update()

    def box_drawn(self, box: BoxPx) -> None:
        self.box_requested.emit(box)

    def mask_painted(self, key: str, pixels: NDArray[np.bool_]) -> None:
        self.mask_requested.emit(key, pixels)

    def camera_drawn(self, lines: CameraLines) -> None:
        self.camera_requested.emit(lines)

    def pair_chosen(self, subject: str, object: str) -> None:
        self.pair_requested.emit(subject, object)

    # -- what others ask -----------------------------------------------------------------------------------------

    def set_photo(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show this photo (H, W, 3), or none."""
        self._pixmap = QPixmap()
        if pixels is not None:
            height, width, _ = pixels.shape
            image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
            self._pixmap = QPixmap.fromImage(image)
        self.fit()

    def fit(self) -> None:
        """Show the whole photo."""
        self._fits = True
        self.zoom = Zoom.whole(picture_size(self.document.scene), (self.width(), self.height()))
        self.zoom_changed.emit()
        self.update()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Nearer or farther, about a point of the widget."""
        at = at or QPointF(self.width() / 2.0, self.height() / 2.0)
        self._fits = False
        self.zoom = self.zoom.at(factor, at.x(), at.y())
        self.zoom_changed.emit()
        self.update()

    def frame_selection(self) -> None:
        """Bring the selected thing close."""
        scene = self.document.scene
        boxes = [
            f for key in self.document.selection if (f := outline_of(picture_camera(scene), scene.objects[key]).frame)
        ]
        if not boxes:
            self.fit()
            return
        rows = np.array(boxes)
        low, high = rows[:, :2].min(axis=0), rows[:, 2:].max(axis=0)
        size = np.maximum(high - low, 8.0) * 1.8
        scale = min(self.width() / size[0], self.height() / size[1], 12.0)
        middle = (low + high) / 2.0
        self._fits = False
        self.zoom = Zoom(float(scale), self.width() / 2 - scale * middle[0], self.height() / 2 - scale * middle[1])
        self.zoom_changed.emit()
        self.update()

    def take_tool(self, name: ToolName) -> None:
        """Use another tool; what the one before had not finished is dropped."""
        self.tool.cancel()
        self.tool_name = name
        selected = self.document.selection
        self.tool = {
            "select": lambda: SelectTool(self),
            "box": lambda: BoxTool(self),
            "brush": lambda: BrushTool(self, erase=False),
            "eraser": lambda: BrushTool(self, erase=True),
            "polygon": lambda: PolygonTool(self),
            "camera": lambda: LinesTool(self, lines_for(picture_camera(self.document.scene))),
            "relate": lambda: RelateTool(self, selected[0] if len(selected) == 1 else None),
        }[name]()
        if name == "relate" and len(selected) == 2:
            self.pair_chosen(selected[0], selected[1])
        self.tool_changed.emit(name)
        self.update()

    def show_lines(self) -> None:
        """Draw the camera lines anew from the camera, if they are on."""
        if isinstance(self.tool, LinesTool):
            self.tool.lines = lines_for(picture_camera(self.document.committed))
            self.update()

    def point_of(self, position: tuple[float, float]) -> tuple[float, float]:
        """Point of the widget of a px of the photo."""
        return self.zoom.to_widget(*position)

    # -- drawing -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().field))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.zoom.scale < 4.0)
        scene, paint = self.document.scene, PhotoPainter(painter, self.zoom, self.width(), self.height())
        size = picture_size(scene)
        whole = QRectF(paint.at((0.0, 0.0)), paint.at(size))
        if self._pixmap.isNull():
            painter.fillRect(whole, QColor(theme.current().raised))
        else:
            painter.drawPixmap(whole, self._pixmap, QRectF(self._pixmap.rect()))
        self._paint_things(paint, scene)
        self._paint_relations(paint, scene)
        self._paint_tool(paint, painter)
        self._paint_words(paint)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.current().accent), 1.5))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _paint_things(self, paint: PhotoPainter, scene: Scene) -> None:
        camera, selection = picture_camera(scene), self.document.selection
        hovered = getattr(self.tool, "hovered", None)
        painting = self.tool.pixels if isinstance(self.tool, BrushTool) else None
        things = scene.solid_objects()
        outlines = [(row, thing, outline_of(camera, thing)) for row, thing in enumerate(things)]
        for row, thing in enumerate(things):
            is_selected = thing.id in selection
            if is_selected and painting is not None:
                paint.pixels(painting, hue_of(row))
            elif self.show_masks and thing.mask is not None and (is_selected or self.show_all):
                paint.mask(thing.mask, hue_of(row))
        for row, thing, outline in outlines:
            if thing.id not in selection and (self.show_all or thing.id == hovered):
                paint.outline(outline, hue_of(row), thing.id == hovered, thing.checked)
        for row, thing, outline in outlines:
            if thing.id in selection:
                self._paint_selected(paint, thing, outline, hue_of(row), len(selection) == 1)
        tagged = [(t, o) for _, t, o in outlines if o.frame and (self.show_all or t.id in selection or t.id == hovered)]
        for thing, outline in sorted(tagged, key=lambda one: one[0].id in selection):
            self._paint_name(paint, thing, outline.frame, thing.id in selection)

    def _paint_selected(self, paint: PhotoPainter, thing: SceneObject, outline, colour: QColor, alone: bool) -> None:
        now = theme.current()
        if outline.frame:
            paint.frame(outline.frame, QColor(now.selection))
        if thing.photo_box and outline.frame and _off(thing.photo_box, outline.frame) > SAME_PX:
            paint.frame(thing.photo_box, QColor("#ffffff"), dotted=True)
        paint.outline(outline, colour, True, thing.checked)
        if alone and isinstance(self.tool, SelectTool) and not thing.locked:
            camera = picture_camera(self.document.scene)
            paint.handles(camera, thing, handles_of(camera, thing), self.tool.hot)

    def _paint_name(self, paint: PhotoPainter, thing: SceneObject, frame: BoxPx, selected: bool) -> None:
        score = thing.provenance.score
        marks = [
            "✓" if thing.checked else f"{score:.0%}" if score is not None else "",
            "cut" if thing.truncated else "",
            "hidden" if thing.occluded else "",
            "locked" if thing.locked else "",
        ]
        words = "  ".join(word for word in (thing.label, *marks) if word)
        now = theme.current()
        corner = paint.at(frame[:2])
        edge = now.selection if selected else now.good if thing.checked else now.border
        width = paint.painter.fontMetrics().horizontalAdvance(words)
        paint.tag(words, corner + QPointF(width / 2.0 + 4.0, -9.0), edge)

    def _paint_relations(self, paint: PhotoPainter, scene: Scene) -> None:
        """Those of the selected or hovered thing, and the one that is under review."""
        focus = set(self.document.selection) | {getattr(self.tool, "hovered", None)}
        shown = [r for r in scene.relations if (r.subject in focus or r.object in focus) and len(focus) < 6]
        now = theme.current()
        for relation in shown[:24]:
            if relation != self.marked:
                self._paint_link(paint, scene, relation, QColor(now.accent))
        if self.marked is not None:
            self._paint_link(paint, scene, self.marked, QColor(now.selection))

    def _paint_link(self, paint: PhotoPainter, scene: Scene, relation: Relation, colour: QColor) -> None:
        camera = picture_camera(scene)
        ends = []
        for key in (relation.subject, relation.object):
            frame = outline_of(camera, scene.objects[key]).frame if key in scene.objects else None
            if frame is None:
                return
            ends.append(((frame[0] + frame[2]) / 2.0, (frame[1] + frame[3]) / 2.0))
        words = relation.text or relation.predicate.value
        seeming = illusion(relation.predicate, apparent_predicate(scene, relation.subject, relation.object))
        if seeming is not None:
            words += f"  (looks {seeming.value})"
        paint.link(ends[0], ends[1], words, colour, relation.provenance.source != "user")

    def _paint_tool(self, paint: PhotoPainter, painter: QPainter) -> None:
        now, tool = theme.current(), self.tool
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if isinstance(tool, BoxTool) and tool.box:
            paint.frame(tool.box, QColor(now.selection))
        elif isinstance(tool, BrushTool) and tool.at:
            painter.setPen(QPen(QColor("#ffffff"), 1.4))
            painter.drawEllipse(paint.at(tool.at), tool.radius_px, tool.radius_px)
        elif isinstance(tool, PolygonTool) and tool.corners:
            painter.setPen(QPen(QColor(now.selection), 2.0))
            ends = [*tool.corners, *([tool.at] if tool.at else [])]
            painter.drawPolyline(QPolygonF([paint.at(p) for p in ends]))
            for corner in tool.corners:
                painter.drawEllipse(paint.at(corner), 4.0, 4.0)
        elif isinstance(tool, LinesTool):
            paint.camera_lines(tool.lines, tool.hot)
        elif isinstance(tool, RelateTool) and tool.subject and tool.at:
            thing = self.document.scene.objects.get(tool.subject)
            frame = outline_of(picture_camera(self.document.scene), thing).frame if thing else None
            if frame:
                middle = ((frame[0] + frame[2]) / 2.0, (frame[1] + frame[3]) / 2.0)
                paint.arrow(middle, tool.at, QColor(now.selection), 2.2)

    def _paint_words(self, paint: PhotoPainter) -> None:
        now = theme.current()
        hint = HINTS[self.tool_name]
        if hint:
            paint.tag(hint, QPointF(self.width() / 2.0, self.height() - 16.0), now.accent)
        if self._pixmap.isNull():
            photo = self.document.scene.photo
            text = "The photo of this scene is not there" if photo else "This scene has no photo: drop one here"
            paint.tag(text, QPointF(self.width() / 2.0, 16.0), now.border)
        if self._readout:
            paint.tag(self._readout, self._cursor + QPointF(18.0, 26.0), now.selection)

    # -- events --------------------------------------------------------------------------------------------------

    def _event(self, event: QMouseEvent) -> PhotoEvent:
        keys, place = event.modifiers(), event.position()
        self._cursor = place
        return PhotoEvent(
            self.zoom.to_photo(place.x(), place.y()),
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(keys & Qt.KeyboardModifier.ControlModifier),
            alt=bool(keys & Qt.KeyboardModifier.AltModifier),
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._before = event.position()
        if event.button() == Qt.MouseButton.LeftButton:
            self.tool.press(self._event(event))
        else:
            self._panning = True
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._panning:
            step, self._before = event.position() - self._before, event.position()
            self._fits = False
            self.zoom = self.zoom.moved(step.x(), step.y())
            self.update()
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self.tool.move(self._event(event))
        else:
            self.tool.hover(self._event(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._panning and event.button() != Qt.MouseButton.LeftButton:
            self._panning = False
        elif event.button() == Qt.MouseButton.LeftButton:
            self.tool.release(self._event(event))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if isinstance(self.tool, PolygonTool):
            self.tool.close(bool(event.modifiers() & Qt.KeyboardModifier.AltModifier))
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and isinstance(self.tool, BrushTool):
            self.tool.radius_px = min(max(self.tool.radius_px * 1.001 ** event.angleDelta().y(), 1.0), 200.0)
            self.update()
            return
        self.zoom_by(1.0012 ** event.angleDelta().y(), event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(self.tool, PolygonTool):
            self.tool.close(bool(event.modifiers() & Qt.KeyboardModifier.AltModifier))
        else:
            event.ignore()

    def _escape(self) -> None:
        """Give up what goes on; then the tool; then the selection."""
        if self.tool.cancel():
            pass
        elif self.tool_name != "select":
            self.take_tool("select")
        else:
            self.document.select(())

    def event(self, event) -> bool:  # type: ignore[no-untyped-def]
        """While a polygon is drawn, Enter is no shortcut."""
        if event.type() == event.Type.ShortcutOverride and self._wants(event.key()):
            event.accept()
            return True
        return super().event(event)

    def _wants(self, key: int) -> bool:
        drawing = isinstance(self.tool, PolygonTool) and bool(self.tool.corners)
        return drawing and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fits:
            self.fit()

    def _on_changed(self, old: Scene, new: Scene) -> None:
        if picture_size(old) != picture_size(new):
            self.fit()
        self.update()


def _off(a: BoxPx, b: BoxPx) -> float:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))
