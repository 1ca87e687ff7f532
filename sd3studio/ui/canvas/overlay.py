"""What is painted over the 3D picture: frame of the output picture, labels, gizmo, readout, marquee, compass."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import SceneObject
from sd3studio.ui import theme
from sd3studio.ui.canvas import frame_marks, marks
from sd3studio.ui.canvas.gizmo_marks import paint_gizmo
from sd3studio.ui.canvas.marks import Tag, clipped_segment, spread_tags
from sd3studio.ui.canvas.measure_marks import paint_measures
from sd3studio.ui.canvas.tools.base import Feedback
from sd3studio.ui.canvas.tools.gizmo import Gizmo, Handle


@dataclass(slots=True)
class OverlayState:
    """Everything that is painted over one pane. Positions are in pixels of the pane.

    Parameters
    ----------
    rect_px : left, top, width, height of the pane in the view; None for all of it
    frame_px, frame_text : the picture of the scene's camera (x0, y0, x1, y1) and its size in words
    picture_px, picture_text : the same of the picture that would be generated, where its shape is another one
    outline : the scene's camera, to be drawn from outside
    active : whether readout and marquee are in this pane
    """

    rect_px: tuple[int, int, int, int] | None = None
    camera: Camera | None = None
    frame_px: tuple[float, float, float, float] | None = None
    frame_text: str = ""
    picture_px: tuple[float, float, float, float] | None = None
    picture_text: str = ""
    safe_areas: bool = False
    horizon: bool = False
    outline: Camera | None = None
    gizmo: Gizmo | None = None
    hot: Handle | None = None
    hot_tip: str | None = None
    tags: Sequence[Tag] = ()
    feedback: Feedback = field(default_factory=Feedback)
    cursor_px: tuple[float, float] = (0.0, 0.0)
    badge: str = ""
    photo_over: float = 0.0
    boxes: Sequence[SceneObject] = ()
    active: bool = True


class Overlay(QWidget):
    """A transparent widget on top of the view; mouse events pass through it. One state a pane."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.states: list[OverlayState] = [OverlayState()]
        self._photo = QPixmap()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    @property
    def state(self) -> OverlayState:
        """The state of the pane in which something happens; of the only one, usually."""
        return next((state for state in self.states if state.active), self.states[0])

    @state.setter
    def state(self, state: OverlayState) -> None:
        self.states = [state]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for state in self.states:
            painter.save()
            rect = QRect(*state.rect_px) if state.rect_px else self.rect()
            if len(self.states) > 1:
                painter.translate(rect.topLeft())
                painter.setClipRect(QRect(0, 0, rect.width(), rect.height()))
            self._paint(painter, state, (float(rect.width()), float(rect.height())))
            painter.restore()
        if len(self.states) > 1:
            self._paint_gaps(painter)

    def _paint(self, painter: QPainter, state: OverlayState, size_px: tuple[float, float]) -> None:
        feedback = state.feedback
        if state.frame_px:
            self._paint_photo(painter, state)
            frame_marks.paint_frame(painter, state.frame_px, size_px, state.frame_text)
            if state.picture_px:
                frame_marks.paint_picture(painter, state.picture_px, state.picture_text)
            if state.safe_areas:
                frame_marks.paint_safe_areas(painter, state.picture_px or state.frame_px)
        if state.camera:
            if state.horizon:
                frame_marks.paint_horizon(painter, state.camera)
            if state.outline:
                frame_marks.paint_camera_outline(painter, state.camera, state.outline)
            marks.paint_boxes(painter, state.camera, state.boxes)
            marks.paint_lines(painter, state.camera, feedback.lines)
            marks.paint_compass(painter, state.camera, state.hot_tip)
        for tag in state.tags:
            marks.paint_tag(painter, tag, size_px)
        if state.gizmo:
            paint_gizmo(painter, state.gizmo, state.hot)
        if state.camera and feedback.measures:
            paint_measures(painter, state.camera, feedback.measures, size_px, numbers=state.active)
        if state.active and feedback.marquee_px:
            marks.paint_marquee(painter, feedback.marquee_px)
        if state.active and feedback.readout:
            x, y = state.cursor_px
            place = (x + 18.0 + 3.4 * len(feedback.readout), y + 26.0)
            marks.paint_tag(painter, Tag(feedback.readout, place, theme.current().selection), size_px)
        if state.badge:
            marks.paint_badge(painter, state.badge, size_px)

    def _paint_gaps(self, painter: QPainter) -> None:
        """Lines between the panes, and one around the active one."""
        now = theme.current()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for state in self.states:
            if state.rect_px:
                painter.setPen(QPen(QColor(now.border), 2.0))
                painter.drawRect(QRectF(*state.rect_px).adjusted(-1, -1, 1, 1))
        for state in self.states:
            if state.rect_px and state.active:
                painter.setPen(QPen(QColor(now.accent), 1.6))
                painter.drawRect(QRectF(*state.rect_px).adjusted(0.8, 0.8, -0.8, -0.8))

    def take_photo(self, pixels: NDArray[np.uint8] | None) -> None:
        """The photo (H, W, 3) that may be mixed in, or None."""
        self._photo = QPixmap()
        if pixels is not None:
            height, width, _ = pixels.shape
            image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            self._photo = QPixmap.fromImage(image)

    def _paint_photo(self, painter: QPainter, state: OverlayState) -> None:
        if state.photo_over <= 0.0 or self._photo.isNull() or state.frame_px is None:
            return
        painter.setOpacity(state.photo_over)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(QPointF(*state.frame_px[:2]), QPointF(*state.frame_px[2:]))
        painter.drawPixmap(frame, self._photo, QRectF(self._photo.rect()))
        painter.setOpacity(1.0)


__all__ = ["Overlay", "OverlayState", "Tag", "clipped_segment", "spread_tags"]
