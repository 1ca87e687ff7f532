"""Whatever mouse and keys do in a drag: Esc restores the scene, the end is at most one undo step, nothing breaks."""

import math

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sd3studio.core.scene import Camera
from sd3studio.ui.canvas.navigation import Orbit
from sd3studio.ui.canvas.tools.base import KEY_NAMES, PointerEvent
from sd3studio.ui.canvas.tools.gizmo import gizmo_of
from sd3studio.ui.canvas.tools.pointer import PointerTool
from tests.ui.canvas.fake_canvas import CAMERA, FakeCanvas

CAMERAS = (
    CAMERA,
    Camera(position=(3.0, -0.5, 0.3), target=(0, 0, 0.3), width=800, height=600),
    Orbit((0.0, 0.0, 0.4)).flattened().looking(0.0, math.pi / 2).camera(800, 600),
    Orbit((0.0, 0.0, 0.4)).flattened().looking(math.pi / 2, 0.0).camera(800, 600),
)
places = st.tuples(st.floats(-2_000.0, 3_000.0), st.floats(-2_000.0, 3_000.0))
held = st.fixed_dictionaries({name: st.booleans() for name in ("shift", "ctrl", "alt")})
steps = st.lists(
    st.one_of(st.tuples(places, held), st.tuples(st.sampled_from(KEY_NAMES), st.booleans())), min_size=1, max_size=12
)


@given(st.sampled_from(CAMERAS), st.sampled_from(["move", "turn", "scale"]), st.integers(0, 30), steps, st.booleans())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_drag_is_reverted_or_one_step(camera, mode, which, doings, gives_up):
    canvas = FakeCanvas()
    canvas.magnetism = True
    canvas.document.select(("table",))
    before = canvas.document.scene
    gizmo = gizmo_of([before.objects["table"]], camera, mode, False, pull=True)
    handle = gizmo.handles[which % len(gizmo.handles)]
    tool = PointerTool(canvas)
    tool.press(PointerEvent(handle.tip_px, camera), gizmo)
    for what, how in doings:
        if isinstance(what, str):
            tool.key(what, how)
        else:
            tool.move(PointerEvent(what, camera, **how))
        assert canvas.document.committed is before
        table = canvas.document.scene.objects["table"]
        assert np.isfinite([*table.center, *table.size, table.yaw]).all() and min(table.size) > 0.0
    if gives_up:
        assert tool.cancel()
        assert canvas.document.scene is before
    else:
        tool.release(PointerEvent(handle.tip_px, camera))
        assert canvas.document.position <= 1
        canvas.document.undo()
        assert canvas.document.scene is before
    assert not canvas.feedback.lines and not canvas.feedback.readout
