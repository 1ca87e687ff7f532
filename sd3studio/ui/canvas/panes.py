"""The panes of the view: one, or four with the scene from above, from the front and from the right. No Qt.

A pane has its own viewpoint and its place in the view; whatever happens in it is told in its own pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from sd3studio.core.scene.camera import Camera
from sd3studio.ui.canvas.navigation import FittedCamera, Orbit, fitted

GAP_PX = 2
"""Width of the line between two panes."""


@dataclass(slots=True)
class Pane:
    """One picture of the scene.

    Parameters
    ----------
    key : "main", "top", "front" or "right"
    fixed : the side views only pan and zoom
    rect_px : left, top, width, height in the view
    """

    key: str
    title: str
    orbit: Orbit
    fixed: bool = False
    through_camera: bool = False
    rect_px: tuple[int, int, int, int] = (0, 0, 1, 1)

    @property
    def size_px(self) -> tuple[int, int]:
        return self.rect_px[2:]

    def camera(self, of_scene: Camera) -> Camera:
        """The camera of what the pane shows; `of_scene` is the scene's own."""
        return self.fit(of_scene).camera if self.through_camera else self.orbit.camera(*self.size_px)

    def scene_camera(self, of_scene: Camera) -> Camera:
        """The camera with perspective that shows what the pane shows, in pictures of the size of the scene's own."""
        if self.through_camera:
            return of_scene
        shown = self.orbit.with_perspective().camera(*self.size_px)
        return shown.replace(width=of_scene.width, height=of_scene.height)

    def fit(self, of_scene: Camera) -> FittedCamera:
        """The scene's camera fitted into the pane."""
        return fitted(of_scene, *self.size_px)

    def local(self, position_px: tuple[float, float]) -> tuple[float, float]:
        """A position of the view in pixels of the pane."""
        return position_px[0] - self.rect_px[0], position_px[1] - self.rect_px[1]

    def holds(self, position_px: tuple[float, float]) -> bool:
        """Whether a position of the view lies in the pane."""
        x, y = self.local(position_px)
        return 0 <= x < self.size_px[0] and 0 <= y < self.size_px[1]

    def clip_m(self) -> tuple[float, float]:
        """Near and far (m) of the depth in which our lines and the scene meet."""
        if self.orbit.flat and not self.through_camera:
            return 0.0, 2.0 * self.orbit.back_m
        reach = max(30.0, 6.0 * self.orbit.distance_m)
        return max(0.02, reach / 2_000.0), 10.0 * reach


def side_panes() -> tuple[Pane, ...]:
    """The flat panes beside the main one: from above, from the front, from the right."""
    flat = Orbit().flattened()
    return (
        Pane("top", "Top", flat.looking(0.0, math.pi / 2.0), fixed=True),
        Pane("front", "Front", flat.looking(0.0, 0.0), fixed=True),
        Pane("right", "Right", flat.looking(math.pi / 2.0, 0.0), fixed=True),
    )


@dataclass
class Panes:
    """The main pane and the side panes, which are shown or not; `active` is the one that was pointed at last."""

    main: Pane = field(default_factory=lambda: Pane("main", "Perspective", Orbit()))
    sides: tuple[Pane, ...] = field(default_factory=side_panes)
    four: bool = False
    active: Pane = field(init=False)

    def __post_init__(self) -> None:
        self.active = self.main

    @property
    def shown(self) -> tuple[Pane, ...]:
        """The panes on the screen, from the upper left to the lower right."""
        top, front, right = self.sides
        return (top, self.main, front, right) if self.four else (self.main,)

    def show_four(self, on: bool) -> None:
        """Show four panes, or the main one alone."""
        self.four, self.active = on, self.main

    def lay_out(self, width_px: int, height_px: int) -> None:
        """Give each pane its place; four panes are of one size, so that they share buffers."""
        if not self.four:
            self.main.rect_px = (0, 0, max(width_px, 1), max(height_px, 1))
            return
        width, height = max((width_px - GAP_PX) // 2, 1), max((height_px - GAP_PX) // 2, 1)
        for row, pane in enumerate(self.shown):
            pane.rect_px = ((row % 2) * (width + GAP_PX), (row // 2) * (height + GAP_PX), width, height)

    def at(self, position_px: tuple[float, float]) -> Pane:
        """The pane at a position of the view; the active one where there is none."""
        return next((pane for pane in self.shown if pane.holds(position_px)), self.active)

    def frame(self, low: ArrayLike, high: ArrayLike, only: Sequence[Pane] | None = None) -> None:
        """Bring the box from `low` to `high` (m) into sight in all panes that look freely."""
        for pane in self.shown if only is None else only:
            if not pane.through_camera:
                width, height = pane.size_px
                pane.orbit = pane.orbit.framing(np.asarray(low), np.asarray(high), width / max(height, 1))
