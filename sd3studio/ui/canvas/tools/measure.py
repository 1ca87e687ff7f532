"""The measure tool: two clicks, on the ground or on objects, give a distance; it stays until the tool is left."""

from sd3studio.core.measuring import Measurement, measured
from sd3studio.ui.canvas.tools.base import Canvas, Feedback, PointerEvent, SurfacePoint
from sd3studio.ui.canvas.tools.gizmo import Gizmo

MAX_KEPT = 20
SAME_PX = 4.0


class MeasureTool:
    """Click and click again, or press, drag and release. Esc drops what was begun, then all that is kept."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.kept: list[Measurement] = []
        self._start: SurfacePoint | None = None
        self._pressed_px: tuple[float, float] | None = None

    @property
    def dragging(self) -> bool:
        """Whether the button is held down: between two clicks the viewpoint may be moved."""
        return self._pressed_px is not None

    def hover(self, event: PointerEvent) -> None:
        """Show the distance to where the mouse is."""
        if self._start is not None:
            self._show(self.canvas.surface(event.position_px))

    def press(self, event: PointerEvent, gizmo: Gizmo | None) -> None:
        """The first point, or the second one."""
        point = self.canvas.surface(event.position_px)
        if point is None:
            return
        if self._start is None:
            self._start, self._pressed_px = point, event.position_px
        else:
            self._end(point)

    def move(self, event: PointerEvent) -> None:
        """The mouse moved with the button down."""
        self.hover(event)

    def release(self, event: PointerEvent) -> None:
        """After a drag, the second point; after a click it is still to come."""
        if self._start is None or self._pressed_px is None:
            return
        (x0, y0), (x1, y1) = self._pressed_px, event.position_px
        self._pressed_px = None
        point = self.canvas.surface(event.position_px)
        if point is not None and abs(x1 - x0) + abs(y1 - y0) > SAME_PX:
            self._end(point)

    def key(self, name: str, shift: bool) -> bool:
        """The measure tool takes no keys."""
        return False

    def finish(self) -> None:
        """The view lost the focus: what was begun is dropped, what is kept stays."""
        self._start = self._pressed_px = None
        self._show(None)

    def cancel(self) -> bool:
        """Drop what was begun, else all that is kept."""
        had = self._start is not None or bool(self.kept)
        if self._start is None:
            self.kept.clear()
        self.finish()
        return had

    def keep(self, measurement: Measurement) -> None:
        """Show a measurement that was made elsewhere."""
        self.kept = [*self.kept, measurement][-MAX_KEPT:]
        self._show(None)

    def _end(self, point: SurfacePoint) -> None:
        measurement = self._between(point)
        self._start = self._pressed_px = None
        if measurement is not None:
            self.keep(measurement)

    def _between(self, point: SurfacePoint) -> Measurement | None:
        if self._start is None:
            return None
        objects = self.canvas.document.scene.objects
        ends = [objects.get(end.id) if end.id else None for end in (self._start, point)]
        return measured(self._start.point, point.point, *ends)

    def _show(self, point: SurfacePoint | None) -> None:
        now = self._between(point) if point is not None else None
        measures = (*self.kept, now) if now is not None else tuple(self.kept)
        readout = "" if self._start is not None or self.kept else "Click two points or two objects"
        self.canvas.show_feedback(Feedback(readout, measures=measures))
