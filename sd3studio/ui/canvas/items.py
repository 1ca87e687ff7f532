"""What pyqtgraph draws in the view: our renderer as one item, the ground grid, boxes and relation edges as lines."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from OpenGL import GL
from pyqtgraph.opengl import GLGridItem, GLLinePlotItem
from pyqtgraph.opengl.GLGraphicsItem import GLGraphicsItem
from PySide6.QtGui import QColor

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import SceneObject
from sd3studio.render.renderer import SceneRenderer
from sd3studio.ui import theme
from sd3studio.ui.canvas.marks import BOX_EDGES

BEHIND_M = 60.0
"""How far behind the target the grid of a view from the side stands."""


class SceneItem(GLGraphicsItem):
    """The scene, drawn by `SceneRenderer` into the view's frame buffer. `draw` is set by the view."""

    def __init__(self) -> None:
        super().__init__()
        self.renderer: SceneRenderer | None = None
        self.draw: Any = None
        self.setDepthValue(-10)

    def initializeGL(self) -> None:
        self.renderer = SceneRenderer()

    def paint(self) -> None:
        if self.draw is not None and self.renderer is not None:
            self.draw(self.renderer)


class GroundGrid(GLGridItem):
    """One-metre grid just above the ground."""

    def __init__(self) -> None:
        super().__init__(antialias=False, glOptions="translucent")
        self.setSize(40, 40, 1)
        self.setSpacing(1, 1, 1)
        self.translate(0, 0, 0.003)
        self.take_theme()

    def take_theme(self) -> None:
        """Use the colours of the current theme."""
        dark = theme.current().name == "dark"
        self.setColor(QColor(255, 255, 255, 30) if dark else QColor(40, 50, 70, 34))

    def follow(self, x_m: float, y_m: float) -> None:
        """Centre the grid near a point, on whole metres."""
        self.resetTransform()
        self.translate(round(x_m), round(y_m), 0.003)

    def stand(self, x_m: float, y_m: float, z_m: float, axis: str) -> None:
        """Stand upright behind everything, across the Y axis (for the view from the front) or the X axis."""
        self.resetTransform()
        x, y, z = round(x_m), round(y_m), round(z_m)
        if axis == "y":
            self.rotate(90.0, 1.0, 0.0, 0.0)
            self.translate(x, y + BEHIND_M, z)
        else:
            self.rotate(90.0, 0.0, 1.0, 0.0)
            self.translate(x - BEHIND_M, y, z)


class Lines(GLLinePlotItem):
    """Line segments of one colour."""

    def __init__(self, width: float, on_top: bool = False) -> None:
        super().__init__(pos=np.zeros((2, 3)), mode="lines", width=width, antialias=False, glOptions="translucent")
        if on_top:
            self.updateGLOptions({GL.GL_DEPTH_TEST: False})
        self.setVisible(False)

    def show_segments(self, points: np.ndarray, colour: str, alpha: float = 1.0) -> None:
        """Show (2n, 3) points, two a segment."""
        self.setVisible(len(points) > 0)
        if len(points):
            self.setData(pos=points.astype(np.float32), color=(*QColor(colour).getRgbF()[:3], alpha))


def box_segments(things: Sequence[SceneObject]) -> np.ndarray:
    """(24 n, 3) ends of the edges of the objects' boxes."""
    if not things:
        return np.zeros((0, 3))
    return Boxes.of(things).corners()[:, BOX_EDGES].reshape(-1, 3)
