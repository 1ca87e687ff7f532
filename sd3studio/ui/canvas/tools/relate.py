"""The relation tool: click the one, click the other (or drag between them); then a predicate is asked for."""

from collections.abc import Callable

from sd3studio.ui.canvas.tools.base import Canvas, Feedback, PointerEvent, short_name
from sd3studio.ui.canvas.tools.gizmo import Gizmo

SAME_PX = 4.0
FIRST = "Click the thing that you want to say something of"


class RelateTool:
    """Esc drops the first thing, then the view leaves the tool. `ask` is told the ids of subject and object."""

    def __init__(self, canvas: Canvas, ask: Callable[[str, str], None]) -> None:
        self.canvas, self.ask = canvas, ask
        self.subject: str | None = None
        self._pressed_px: tuple[float, float] | None = None

    @property
    def dragging(self) -> bool:
        """Whether the button is held down: between two clicks the viewpoint may be moved."""
        return self._pressed_px is not None

    def hover(self, event: PointerEvent) -> None:
        """Show a line from the first thing to what is under the mouse, and say what comes next."""
        if self.subject is None:
            self.canvas.show_feedback(Feedback(FIRST))
            return
        hit, objects = self.canvas.pick(event.position_px), self.canvas.document.scene.objects
        start = objects[self.subject].center
        spot = self.canvas.surface(event.position_px)
        end = objects[hit].center if hit and hit != self.subject else spot.point if spot else None
        lines = ((start, end, "guide"),) if end is not None else ()
        other = short_name(objects[hit].label) if hit and hit != self.subject else "…"
        self.canvas.show_feedback(Feedback(f"{short_name(objects[self.subject].label)}  →  {other}", lines))

    def press(self, event: PointerEvent, gizmo: Gizmo | None) -> None:
        """The first thing, or the second one."""
        hit = self.canvas.pick(event.position_px)
        if self.subject is None:
            self.subject = hit
            self._pressed_px = event.position_px if hit else None
            self.hover(event)
        else:
            self._end(hit)

    def move(self, event: PointerEvent) -> None:
        """The mouse moved with the button down."""
        self.hover(event)

    def release(self, event: PointerEvent) -> None:
        """After a drag, the second thing; after a click it is still to come."""
        pressed, self._pressed_px = self._pressed_px, None
        if pressed is not None:
            (x0, y0), (x1, y1) = pressed, event.position_px
            if abs(x1 - x0) + abs(y1 - y0) > SAME_PX:
                self._end(self.canvas.pick(event.position_px))

    def key(self, name: str, shift: bool) -> bool:
        """The tool takes no keys: the menu that follows does."""
        return False

    def finish(self) -> None:
        """Drop what was begun."""
        self.subject = self._pressed_px = None
        self.canvas.show_feedback(Feedback(FIRST))

    def cancel(self) -> bool:
        """Drop the first thing. Returns whether there was one."""
        had = self.subject is not None
        self.finish()
        return had

    def _end(self, other: str | None) -> None:
        subject, self.subject = self.subject, None
        if subject is not None and other is not None and other != subject:
            self.canvas.show_feedback(Feedback())
            self.ask(subject, other)
        else:
            self.finish()
