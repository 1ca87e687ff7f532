"""What the left button does on the photo. One tool at a time; each keeps only what is going on now."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.annotation.outline import PhotoHandle, handles_of
from sd3studio.core.document import Document
from sd3studio.core.errors import StudioError
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.mask_painting import polygon_pixels, stroked
from sd3studio.core.scene.masks import decode_mask
from sd3studio.core.scene.picture_boxes import picture_camera, visible_box
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Scene
from sd3studio.ui.canvas.tools.base import SnapSteps
from sd3studio.ui.photo.drags import GroundDrag, PhotoDrag, PhotoEvent, Step, drag_of

Bools = NDArray[np.bool_]

CLICK_PX = 4.0
REACH_PX = 8.0
"""How far from a handle a press still takes it, in px of the screen."""


class PhotoCanvas(Protocol):
    """What tools may ask of the photo view, and what they tell it."""

    document: Document
    snap: SnapSteps

    @property
    def px(self) -> float:
        """Size of a screen px in px of the photo."""

    def carried_by(self, ids: Iterable[str]) -> tuple[str, ...]:
        """These ids and those of all that stands on or in them."""

    def say(self, readout: str) -> None:
        """Show this beside the cursor."""

    def redraw(self) -> None:
        """Draw soon."""

    def box_drawn(self, box: BoxPx) -> None:
        """A box was drawn for a new thing."""

    def mask_painted(self, key: str, pixels: Bools) -> None:
        """The mask of a thing was painted anew."""

    def camera_drawn(self, lines: "CameraLines") -> None:
        """A line of the camera was dragged; `finished` tells of the last step."""

    def pair_chosen(self, subject: str, object: str) -> None:
        """Two things are to be related."""


class PhotoTool(Protocol):
    """The life of a tool: press, moves, release; Esc cancels. Returns of `cancel`: whether there was something."""

    def press(self, event: PhotoEvent) -> None: ...
    def move(self, event: PhotoEvent) -> None: ...
    def release(self, event: PhotoEvent) -> None: ...
    def hover(self, event: PhotoEvent) -> None: ...
    def cancel(self) -> bool: ...


class SelectTool:
    """Selects things, drags them over the ground, and drags handles of the selected one."""

    def __init__(self, canvas: PhotoCanvas) -> None:
        self.canvas = canvas
        self.hot: PhotoHandle | None = None
        self.hovered: str | None = None
        self._pressed: PhotoEvent | None = None
        self._drag: PhotoDrag | None = None
        self._hit: str | None = None
        self._last: Step | None = None
        self._was_selected = False

    @property
    def dragging(self) -> bool:
        """Whether a drag goes on."""
        return self._drag is not None and self._pressed is not None

    def press(self, event: PhotoEvent) -> None:
        scene = self.canvas.document.committed
        self._pressed, self._drag, self._hit = event, None, None
        handle = self._handle_at(event)
        selection = self.canvas.document.selection
        under = things_at(scene, event.position)
        self._was_selected = bool(set(under) & set(selection))
        if handle is not None:
            self._drag = drag_of(picture_camera(scene), scene.objects[selection[0]], handle, event)
            return
        self._hit = next((key for key in selection if key in under), under[0] if under else None)
        if self._hit and not event.shift and self._hit not in selection:
            self.canvas.document.select((self._hit,))

    def move(self, event: PhotoEvent) -> None:
        if self._pressed is None:
            return
        if self._drag is None and self._hit and _far(self._pressed, event, self.canvas.px):
            self._drag = self._begin(self._pressed)
        step = self._drag.step(event, self.canvas.snap) if self._drag else None
        if step is not None:
            try:
                self.canvas.document.preview(step.edit)
            except (StudioError, ValueError):
                return  # out of the world: the last good step stays
            self._last = step
            self.canvas.say(step.readout)

    def release(self, event: PhotoEvent) -> None:
        pressed, drag, self._pressed, self._drag = self._pressed, self._drag, None, None
        self.canvas.say("")
        step, self._last = self._last, None
        if drag is not None and step is not None:
            self.canvas.document.apply(step.edit)
        elif pressed is not None:
            self._click(pressed)  # also on a handle that was not dragged: those of small things cover all of them

    def hover(self, event: PhotoEvent) -> None:
        hot = self._handle_at(event)
        under = things_at(self.canvas.document.scene, event.position) if hot is None else []
        hovered = under[0] if under else None
        if hot is not self.hot or hovered != self.hovered:
            self.hot, self.hovered = hot, hovered
            self.canvas.redraw()

    def cancel(self) -> bool:
        going, self._drag, self._pressed, self._last = self._drag is not None, None, None, None
        self.canvas.document.end_preview()
        self.canvas.say("")
        return going

    def _begin(self, pressed: PhotoEvent) -> PhotoDrag | None:
        document = self.canvas.document
        if self._hit not in document.selection and self._hit is not None:
            document.select((*document.selection, self._hit))
        scene = document.committed
        free = [key for key in document.selection if not scene.objects[key].locked]
        if self._hit not in free:
            return None
        things = [scene.objects[key] for key in (self._hit, *(k for k in free if k != self._hit))]
        return GroundDrag(picture_camera(scene), things, self.canvas.carried_by([t.id for t in things]), pressed)

    def _click(self, pressed: PhotoEvent) -> None:
        """A click selects; the next one at the same place takes what is below."""
        document = self.canvas.document
        under, selection = things_at(document.scene, pressed.position), document.selection
        if not under:
            if not pressed.shift:
                document.select(())
        elif pressed.shift:
            rest = tuple(key for key in selection if key != under[0])
            document.select(rest if len(rest) < len(selection) else (*rest, under[0]))
        elif self._was_selected and len(selection) == 1 and selection[0] in under:
            document.select((under[(under.index(selection[0]) + 1) % len(under)],))

    def _handle_at(self, event: PhotoEvent) -> PhotoHandle | None:
        selection, scene = self.canvas.document.selection, self.canvas.document.scene
        if len(selection) != 1 or selection[0] not in scene.objects or scene.objects[selection[0]].locked:
            return None
        if scene.objects[selection[0]].kind != "object":
            return None
        reach = REACH_PX * self.canvas.px
        point = np.array(event.position)
        for handle in handles_of(picture_camera(scene), scene.objects[selection[0]]):
            if _distance(point, handle.points) <= reach:
                return handle
        return None


class BoxTool:
    """Draws a box for a new thing."""

    def __init__(self, canvas: PhotoCanvas) -> None:
        self.canvas = canvas
        self.box: BoxPx | None = None
        self._start: tuple[float, float] | None = None

    def press(self, event: PhotoEvent) -> None:
        self._start = event.position

    def move(self, event: PhotoEvent) -> None:
        if self._start is not None:
            (x0, x1), (y0, y1) = (sorted((self._start[k], event.position[k])) for k in (0, 1))
            self.box = (x0, y0, x1, y1)
            self.canvas.say(f"{x1 - x0:.0f} × {y1 - y0:.0f} px")
            self.canvas.redraw()

    def release(self, event: PhotoEvent) -> None:
        box = self.box
        self.cancel()
        if box is not None and min(box[2] - box[0], box[3] - box[1]) >= 3.0:
            self.canvas.box_drawn(box)

    def hover(self, event: PhotoEvent) -> None:
        pass

    def cancel(self) -> bool:
        going, self.box, self._start = self._start is not None, None, None
        self.canvas.say("")
        self.canvas.redraw()
        return going


class BrushTool:
    """Paints the mask of the selected thing, or erases it (with Alt the other way round)."""

    def __init__(self, canvas: PhotoCanvas, erase: bool) -> None:
        self.canvas, self.erase = canvas, erase
        self.radius_px = 8.0
        """Radius of the brush, px of the screen."""
        self.pixels: Bools | None = None
        self.at: tuple[float, float] | None = None
        self._before: tuple[float, float] | None = None

    def press(self, event: PhotoEvent) -> None:
        self.pixels = mask_pixels(self.canvas.document.committed, self.canvas.document.selection)
        self._before = event.position
        self.move(event)

    def move(self, event: PhotoEvent) -> None:
        self.at = event.position
        if self.pixels is not None and self._before is not None:
            radius = self.radius_px * self.canvas.px
            self.pixels = stroked(self.pixels, self._before, event.position, radius, event.alt == self.erase)
            self._before = event.position
        self.canvas.redraw()

    def release(self, event: PhotoEvent) -> None:
        pixels = self.pixels
        self.cancel()
        if pixels is not None:
            self.canvas.mask_painted(self.canvas.document.selection[0], pixels)

    def hover(self, event: PhotoEvent) -> None:
        self.at = event.position
        self.canvas.redraw()

    def cancel(self) -> bool:
        going, self.pixels, self._before = self.pixels is not None, None, None
        self.canvas.redraw()
        return going


class PolygonTool:
    """Adds a polygon to the mask of the selected thing (with Alt at its end: takes it away).

    Clicks set corners; a click on the first one, a double click or Enter closes it.
    """

    def __init__(self, canvas: PhotoCanvas) -> None:
        self.canvas = canvas
        self.corners: list[tuple[float, float]] = []
        self.at: tuple[float, float] | None = None

    def press(self, event: PhotoEvent) -> None:
        if not self.canvas.document.selection:
            return
        if len(self.corners) > 2 and math.dist(self.corners[0], event.position) <= REACH_PX * self.canvas.px:
            self.close(event.alt)
        elif not self.corners or math.dist(self.corners[-1], event.position) > 1.0:
            self.corners.append(event.position)
        self.canvas.redraw()

    def close(self, take_away: bool = False) -> None:
        """Fill the polygon."""
        corners, self.corners = self.corners, []
        pixels = mask_pixels(self.canvas.document.committed, self.canvas.document.selection)
        if pixels is not None and len(corners) > 2:
            inside = polygon_pixels(corners, *pixels.shape)
            self.canvas.mask_painted(
                self.canvas.document.selection[0], pixels & ~inside if take_away else pixels | inside
            )
        self.canvas.redraw()

    def move(self, event: PhotoEvent) -> None:
        self.hover(event)

    def release(self, event: PhotoEvent) -> None:
        pass

    def hover(self, event: PhotoEvent) -> None:
        self.at = event.position
        self.canvas.redraw()

    def cancel(self) -> bool:
        going, self.corners = bool(self.corners), []
        self.canvas.redraw()
        return going


@dataclass(frozen=True, slots=True)
class CameraLines:
    """What is dragged to correct the camera, px of the photo.

    Parameters
    ----------
    horizon : (2, 2) two points
    first, second : (2, 2, 2) two lines each of two level directions at right angles
    last : which was dragged: "horizon" or "directions"
    finished : the button was released
    """

    horizon: np.ndarray
    first: np.ndarray
    second: np.ndarray
    last: str = ""
    finished: bool = False


class LinesTool:
    """Drags the horizon and the lines of two directions."""

    def __init__(self, canvas: PhotoCanvas, lines: CameraLines) -> None:
        self.canvas, self.lines = canvas, lines
        self.hot: tuple[str, tuple[int, ...]] | None = None
        self._start: tuple[PhotoEvent, CameraLines] | None = None

    def points(self) -> list[tuple[str, tuple[int, ...], np.ndarray]]:
        """All ends that can be dragged: which lines, which end, where."""
        found = [("horizon", (k,), self.lines.horizon[k]) for k in (0, 1)]
        for name in ("first", "second"):
            rows = getattr(self.lines, name)
            found += [(name, (line, end), rows[line, end]) for line in (0, 1) for end in (0, 1)]
        return found

    def press(self, event: PhotoEvent) -> None:
        self.hover(event)
        self._start = (event, self.lines) if self.hot else None

    def move(self, event: PhotoEvent) -> None:
        if self._start is None or self.hot is None:
            return
        name, index = self.hot
        start, before = self._start
        rows = getattr(before, name).copy()
        by = np.subtract(event.position, start.position) * (0.1 if event.shift else 1.0)
        rows[index] = getattr(before, name)[index] + by
        kind = "horizon" if name == "horizon" else "directions"
        self.lines = CameraLines(**{**_fields(before), name: rows, "last": kind})
        self.canvas.camera_drawn(self.lines)
        self.canvas.redraw()

    def release(self, event: PhotoEvent) -> None:
        if self._start is not None and self.lines is not self._start[1]:
            self.lines = CameraLines(**{**_fields(self.lines), "finished": True})
            self.canvas.camera_drawn(self.lines)
        self._start = None

    def hover(self, event: PhotoEvent) -> None:
        near = [(math.dist(point, event.position), name, index) for name, index, point in self.points()]
        best = min(near, key=lambda one: one[0])
        hot = (best[1], best[2]) if best[0] <= 1.5 * REACH_PX * self.canvas.px else None
        if hot != self.hot:
            self.hot = hot
            self.canvas.redraw()

    def cancel(self) -> bool:
        going = self._start is not None
        if self._start is not None:
            self.lines = self._start[1]
        self._start = None
        self.canvas.document.end_preview()
        self.canvas.redraw()
        return going


class RelateTool:
    """Takes two clicks: what is related, and to what. The view then asks for the predicate."""

    def __init__(self, canvas: PhotoCanvas, subject: str | None = None) -> None:
        self.canvas, self.subject = canvas, subject
        self.hovered: str | None = None
        self.at: tuple[float, float] | None = None

    def press(self, event: PhotoEvent) -> None:
        under = things_at(self.canvas.document.scene, event.position)
        if not under:
            self.subject = None
        elif self.subject is None:
            self.subject = under[0]
            self.canvas.document.select((under[0],))
        else:
            other = next((key for key in under if key != self.subject), None)
            if other is not None:
                subject, self.subject = self.subject, None
                self.canvas.document.select((subject, other))
                self.canvas.pair_chosen(subject, other)
        self.canvas.redraw()

    def move(self, event: PhotoEvent) -> None:
        self.hover(event)

    def release(self, event: PhotoEvent) -> None:
        pass

    def hover(self, event: PhotoEvent) -> None:
        under = things_at(self.canvas.document.scene, event.position)
        self.at, self.hovered = event.position, under[0] if under else None
        self.canvas.redraw()

    def cancel(self) -> bool:
        going, self.subject = self.subject is not None, None
        self.canvas.redraw()
        return going


def things_at(scene: Scene, position: tuple[float, float]) -> list[str]:
    """Ids of the things whose photo boxes hold a point, small ones first: they hide behind large ones otherwise."""
    camera = picture_camera(scene)
    found = []
    for thing in scene.solid_objects():
        box = visible_box(camera, thing)
        if box and box[0] <= position[0] <= box[2] and box[1] <= position[1] <= box[3]:
            found.append(((box[2] - box[0]) * (box[3] - box[1]), thing.id))
    return [key for _, key in sorted(found)]


def mask_pixels(scene: Scene, selection: Sequence[str]) -> Bools | None:
    """(H, W) mask of the selected thing in the photo's size, empty if it has none; None with nothing selected."""
    if len(selection) != 1 or selection[0] not in scene.objects:
        return None
    camera, mask = picture_camera(scene), scene.objects[selection[0]].mask
    if mask is not None and (mask.height, mask.width) == (camera.height, camera.width):
        return decode_mask(mask)
    return np.zeros((camera.height, camera.width), bool)


def _fields(lines: CameraLines) -> dict[str, object]:
    return {"horizon": lines.horizon, "first": lines.first, "second": lines.second, "last": lines.last}


def _far(start: PhotoEvent, now: PhotoEvent, px: float) -> bool:
    return math.dist(start.position, now.position) >= CLICK_PX * px


def _distance(point: np.ndarray, line: np.ndarray) -> float:
    if len(line) == 1:
        return float(np.linalg.norm(line[0] - point))
    start, step = line[:-1], np.diff(line, axis=0)
    share = np.clip(((point - start) * step).sum(axis=1) / np.maximum((step**2).sum(axis=1), 1e-12), 0.0, 1.0)
    return float(np.linalg.norm(start + share[:, None] * step - point, axis=1).min())


def lines_for(camera: Camera) -> CameraLines:
    """The lines that say what a camera is."""
    from sd3studio.core.annotation.cameras import horizon_of, lines_of

    horizon = horizon_of(camera)
    if horizon is None:
        middle = camera.height / 2.0
        horizon = np.array([[0.0, middle], [float(camera.width), middle]])
    first, second = lines_of(camera)
    inset = np.array([[0.06], [0.94]])
    return CameraLines(horizon[0] + inset * (horizon[1] - horizon[0]), first, second)
