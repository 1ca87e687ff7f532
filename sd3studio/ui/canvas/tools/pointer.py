"""What the left button does: take a gizmo handle, select and drag an object over the ground, or span a marquee."""

import numpy as np

from sd3studio.core.edits.grouping import with_members
from sd3studio.core.scene.boxes import Boxes, ray_hits
from sd3studio.ui.canvas.tools.base import Canvas, Drag, PointerEvent
from sd3studio.ui.canvas.tools.drags import MarqueeDrag
from sd3studio.ui.canvas.tools.gizmo import Gizmo
from sd3studio.ui.canvas.tools.moving import MoveDrag

CLICK_PX = 4.0
"""Less movement than this is a click, not a drag."""


class PointerTool:
    """Select and drag. A press decides what may be dragged; the drag starts once the mouse has really moved."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self._pressed: PointerEvent | None = None
        self._hit: str | None = None
        self._drag: Drag | None = None

    @property
    def dragging(self) -> bool:
        """Whether a drag goes on."""
        return self._drag is not None

    def hover(self, event: PointerEvent) -> None:
        """Nothing to do: the view marks what is under the cursor."""

    def press(self, event: PointerEvent, gizmo: Gizmo | None) -> None:
        """The left button went down."""
        self._pressed, self._drag = event, None
        handle = gizmo.hit(event.position_px) if gizmo else None
        if gizmo and handle:
            self._drag = gizmo.grab(handle, self.canvas, event)
            return
        self._hit = self.canvas.pick(event.position_px)
        selection = self.canvas.document.selection
        if self._hit and not event.shift and self._hit not in with_members(self.canvas.document.scene, selection):
            self.canvas.document.select((self._hit,))

    def move(self, event: PointerEvent) -> None:
        """The mouse moved with the button down."""
        if self._drag is None and self._pressed and _moved(self._pressed, event):
            self._drag = self._begin(self._pressed)
        if self._drag is not None:
            self._drag.move(event)

    def release(self, event: PointerEvent) -> None:
        """The button went up: the drag becomes one undo step, a click selects."""
        pressed, drag = self._pressed, self._drag
        self._pressed = self._drag = None
        if drag is not None:
            drag.finish()
        elif pressed is not None:
            self._click(pressed)

    def key(self, name: str, shift: bool) -> bool:
        """Keys of a drag: Enter ends it, the others are its own business."""
        if self._drag is None:
            return False
        if name == "enter":
            self.finish()
            return True
        return self._drag.key(name, shift)

    def finish(self) -> None:
        """Commit the drag; what the mouse does until the button goes up is nobody's business."""
        drag, self._drag, self._pressed = self._drag, None, None
        if drag is not None:
            drag.finish()

    def cancel(self) -> bool:
        """Give up the drag. Returns whether there was one."""
        drag, self._drag, self._pressed = self._drag, None, None
        if drag is not None:
            drag.cancel()
        return drag is not None

    def _begin(self, pressed: PointerEvent) -> Drag | None:
        if self._hit is None:
            return MarqueeDrag(self.canvas, pressed, add=pressed.shift)
        document = self.canvas.document
        if self._hit not in with_members(document.scene, document.selection):
            document.select((*document.selection, self._hit))
        objects = document.committed.objects
        free = [key for key in with_members(document.committed, document.selection) if not objects[key].locked]
        thing = objects[self._hit]
        if thing.locked or not free:
            return None
        ids = [self._hit, *(key for key in free if key != self._hit)]
        return MoveDrag(self.canvas, ids, free_axes(pressed), _grabbed_point(pressed, Boxes.of([thing])), pressed)

    def _click(self, pressed: PointerEvent) -> None:
        document = self.canvas.document
        if self._hit is None:
            if not pressed.shift:
                document.select(())
        elif pressed.shift:
            rest = tuple(key for key in document.selection if key != self._hit)
            document.select(rest if len(rest) < len(document.selection) else (*rest, self._hit))
        else:
            document.select((self._hit,))


def free_axes(event: PointerEvent) -> str:
    """The plane in which a thing moves freely: the ground, or that of a flat view from the front or the side."""
    forward = np.abs(event.camera.axes[2])
    if not event.camera.flat or forward[2] > 0.5:
        return "xy"
    return "xz" if forward[1] >= forward[0] else "yz"


def _moved(start: PointerEvent, now: PointerEvent) -> bool:
    return float(np.hypot(*np.subtract(start.position_px, now.position_px))) >= CLICK_PX


def _grabbed_point(event: PointerEvent, boxes: Boxes) -> np.ndarray:
    """Where the ray meets the box; the height of that point is the plane of the drag."""
    origin, direction = event.camera.ray(event.position_px)
    distance = float(ray_hits(boxes, origin, direction)[0])
    if not np.isfinite(distance):
        return boxes.center[0]
    return origin + distance * direction
