"""What tools get from the view and give back to it."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from sd3studio.core.document import Document
from sd3studio.core.measuring import Measurement
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Scene
from sd3studio.core.settings import Snapping

if TYPE_CHECKING:
    from sd3studio.ui.canvas.tools.gizmo import Gizmo

SCALE_STEP = 0.1
LONGEST_NAME = 32
"""Letters of a label in the view: longer ones would lie across all else."""

GuideLine = tuple[tuple[float, float, float], tuple[float, float, float], str]
"""World start, world end, and the axis ("x", "y", "z") or "guide" that gives the colour."""

LastWord = Callable[[Scene], Scene]
"""Maps the scene that one step of a drag proposes to the one that is shown and kept: kept relations, for one."""


@dataclass(frozen=True, slots=True)
class SnapSteps:
    """Steps that Ctrl snaps to, and the share of the mouse's way that counts with Shift; both give fine steps."""

    move_m: float = 0.1
    turn_rad: float = math.pi / 12.0
    fine: float = 0.1
    fine_turn_rad: float = math.pi / 180.0

    @classmethod
    def of(cls, settings: Snapping) -> Self:
        """The steps of the settings."""
        turns = math.radians(settings.angle_deg), math.radians(settings.fine_angle_deg)
        return cls(settings.step_m, turns[0], settings.fine, turns[1])


@dataclass(frozen=True, slots=True)
class PointerEvent:
    """The mouse at one moment: where in the view (logical px), through which camera, with which keys held."""

    position_px: tuple[float, float]
    camera: Camera
    shift: bool = False
    ctrl: bool = False
    alt: bool = False

    def on_plane(self, point: ArrayLike, normal: ArrayLike) -> np.ndarray | None:
        """World point under the cursor on a plane, or None where the plane is edge-on, behind, or absurdly far."""
        origin, direction = self.camera.ray(self.position_px)
        normal = np.asarray(normal, float)
        slope = float(direction @ normal)
        if abs(slope) < 0.02:
            return None
        distance = float((np.asarray(point, float) - origin) @ normal) / slope
        return origin + distance * direction if 0.0 < distance < (1e5 if self.camera.flat else 5e3) else None


@dataclass(frozen=True, slots=True)
class SurfacePoint:
    """What is seen at a place of the view: a point (m, world) and the object that it is on; None for the ground."""

    point: tuple[float, float, float]
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the view draws over the picture while a drag goes on: readout at the cursor, guide lines, a marquee."""

    readout: str = ""
    lines: tuple[GuideLine, ...] = ()
    marquee_px: tuple[float, float, float, float] | None = None
    measures: tuple[Measurement, ...] = ()


class Canvas(Protocol):
    """What tools may ask of the view."""

    document: Document
    snap: SnapSteps
    magnetism: bool
    """Whether things that are dragged catch on floor, surfaces, walls and neighbours."""

    def pick(self, position_px: tuple[float, float]) -> str | None:
        """Id of the object under the cursor."""

    def surface(self, position_px: tuple[float, float]) -> SurfacePoint | None:
        """The point that is seen there: of any object, walls too, at a corner if one is near; or of the ground."""

    def within(self, rectangle_px: tuple[float, float, float, float]) -> tuple[str, ...]:
        """Ids of the objects in a rectangle of the view."""

    def carried_by(self, ids: Iterable[str]) -> tuple[str, ...]:
        """These ids and those of all that stands on or in them."""

    def last_word(self, before: Scene, ids: tuple[str, ...]) -> LastWord | None:
        """What corrects each step of a drag of these objects that starts at the scene `before`; None for nothing."""

    def show_feedback(self, feedback: Feedback) -> None:
        """Draw this over the picture from now on."""


class Drag(Protocol):
    """One drag, made at mouse-down and dropped at mouse-up."""

    def move(self, event: PointerEvent) -> None:
        """The mouse moved with the button down."""

    def finish(self) -> None:
        """The button was released: make it one undo step."""

    def cancel(self) -> None:
        """The user gave up (Esc): nothing has happened."""

    def key(self, name: str, shift: bool) -> bool:
        """A key went down meanwhile, named as in `KEY_NAMES`. Returns whether the drag wants it."""


KEY_NAMES = (*"0123456789.-xyz", "backspace", "tab")
"""Keys that drags get; Enter and Esc end them before they are asked."""


class Tool(Protocol):
    """What the left button, and the keys meanwhile, do. The view has one tool at a time."""

    @property
    def dragging(self) -> bool:
        """Whether something goes on that Esc would give up."""

    def hover(self, event: PointerEvent) -> None:
        """The mouse moved with no button down."""

    def press(self, event: PointerEvent, gizmo: "Gizmo | None") -> None:
        """The left button went down; `gizmo` is that of the selection."""

    def move(self, event: PointerEvent) -> None:
        """The mouse moved with the left button down."""

    def release(self, event: PointerEvent) -> None:
        """The left button went up."""

    def key(self, name: str, shift: bool) -> bool:
        """A key went down: one of `KEY_NAMES` or "enter". Returns whether the tool wanted it."""

    def finish(self) -> None:
        """End what goes on, for good: the view lost the focus."""

    def cancel(self) -> bool:
        """Give up what goes on (Esc). Returns whether there was anything."""


def short_name(label: str) -> str:
    """A label as it is written into the view; a long one without its end."""
    return label if len(label) <= LONGEST_NAME else f"{label[: LONGEST_NAME - 1].rstrip()}…"


def snapped(value: float, step: float, fine: float, event: PointerEvent) -> float:
    """The nearest multiple of `step` (of a fine step while Shift is held too)."""
    step *= fine if event.shift else 1.0
    return round(value / step) * step
