"""The overlay paints every kind of mark without an error, and where it should."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from sd3studio.core.scene import Camera, SceneObject
from sd3studio.ui import theme
from sd3studio.ui.canvas.overlay import Overlay, OverlayState, Tag, clipped_segment, spread_tags
from sd3studio.ui.canvas.tools.base import Feedback
from sd3studio.ui.canvas.tools.gizmo import gizmo_of

CAMERA = Camera(position=(0, -5, 2), target=(0, 0, 0.4), width=400, height=300)
TABLE = SceneObject(id="table", label="table", center=(0, 0, 0.4), size=(1.2, 0.8, 0.8))


@pytest.fixture
def overlay(qtbot):
    parent = QWidget()
    parent.resize(400, 300)
    qtbot.addWidget(parent)
    made = Overlay(parent)
    made.setGeometry(parent.rect())
    yield made
    del parent


def painted(overlay):
    """(H, W, 4) pixels of the overlay on nothing."""
    image = overlay.grab().toImage()
    rows = np.frombuffer(image.constBits(), np.uint8, image.sizeInBytes())
    return rows.reshape(image.height(), -1, 4).copy()


LINES = (((-9, 0, 0), (9, 0, 0), "x"), ((0, -50, 0), (0, 9, 0), "guide"))
GIZMOS = {mode: gizmo_of([TABLE], CAMERA, mode, False) for mode in ("move", "turn", "scale")}
STATES = {
    "tags": OverlayState(tags=[Tag("table", (200.0, 100.0), "#ff9f1c")]),
    "frame": OverlayState(frame_px=(40.0, 30.0, 360.0, 270.0)),
    "compass": OverlayState(camera=CAMERA),
    "boxes": OverlayState(camera=CAMERA, boxes=(TABLE,)),
    "readout": OverlayState(camera=CAMERA, feedback=Feedback("x +0.20 m"), cursor_px=(100.0, 100.0)),
    "marquee": OverlayState(feedback=Feedback(marquee_px=(10.0, 10.0, 200.0, 150.0))),
    "guides": OverlayState(camera=CAMERA, feedback=Feedback("", LINES)),
    "badge": OverlayState(badge="Through the scene's camera"),
    **{mode: OverlayState(camera=CAMERA, gizmo=gizmo) for mode, gizmo in GIZMOS.items()},
}


@pytest.mark.parametrize("name", STATES)
def test_every_mark_is_painted(overlay, name):
    overlay.state = OverlayState()
    empty = painted(overlay)
    overlay.state = STATES[name]
    assert (painted(overlay) != empty).any()


def test_hot_handle_is_painted_in_the_selection_colour(overlay):
    gizmo = gizmo_of([TABLE], CAMERA, "move", False)
    arrow = next(handle for handle in gizmo.handles if handle.axis == "x")
    overlay.state = OverlayState(camera=CAMERA, gizmo=gizmo, hot=arrow)
    colour = overlay.grab().toImage().pixelColor(*(round(v) for v in arrow.points_px[4]))
    wanted = QColor(theme.current().selection)
    assert (colour.red(), colour.green()) == pytest.approx((wanted.red(), wanted.green()), abs=9)


def test_photo_is_mixed_in_at_its_share(overlay):
    overlay.take_photo(np.full((30, 40, 3), (200, 40, 40), np.uint8))
    overlay.state = OverlayState(frame_px=(40.0, 30.0, 360.0, 270.0), photo_over=1.0)
    colour = overlay.grab().toImage().pixelColor(200, 150)
    assert (colour.red(), colour.green()) == pytest.approx((200, 40), abs=9)  # the screen may have few colours


def test_tags_never_cover_each_other():
    tags = [Tag(f"thing {i}", (100.0 + i, 100.0), "#ffffff") for i in range(10)]
    placed = spread_tags(tags)
    assert placed[0].position_px == tags[0].position_px
    rows = sorted(tag.position_px[1] for tag in placed)
    assert all(below - above >= 22.0 for above, below in pairwise(rows))


def test_segment_behind_the_camera_is_left_out_and_one_through_it_is_cut():
    assert clipped_segment(CAMERA, np.array([0, -9, 2.0]), np.array([0, -20, 2.0])) is None
    cut = clipped_segment(CAMERA, np.array([0, -9, 0.0]), np.array([0, 3, 0.0]))
    assert cut is not None and np.isfinite(cut).all()
