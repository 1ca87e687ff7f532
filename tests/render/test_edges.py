"""Arrows between things: where they end, that they don't cover each other, and that they are drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.render.edges import ARROW, EdgeBatch, edge_ends, lanes_of

metres = st.floats(-5, 5)
sides = st.floats(0.1, 2.0)


@st.composite
def pairs_of_things(draw):
    return Scene.of(
        SceneObject(
            id=key, label=key, center=(draw(metres), draw(metres), draw(metres)), yaw=draw(metres),
            size=(draw(sides), draw(sides), draw(sides)),
        )
        for key in "ab"
    )  # fmt: skip


@given(pairs_of_things())
@settings(max_examples=80, deadline=None)
def test_arrows_lie_on_the_way_and_outside_of_boxes_that_are_apart(scene):
    (start,), (end,) = edge_ends(scene, [("a", "b")])
    a, b = (np.array(scene.objects[key].center) for key in "ab")
    way = b - a
    shares = [float((point - a) @ way / max(way @ way, 1e-12)) for point in (start, end)]
    assert -1e-9 <= shares[0] <= shares[1] <= 1.0 + 1e-9
    assert np.allclose(start, a + shares[0] * way, atol=1e-6)
    again = edge_ends(scene, [("b", "a")])
    assert np.allclose(again[0][0], end, atol=1e-6) and np.allclose(again[1][0], start, atol=1e-6)


def test_arrow_ends_at_the_faces():
    things = [SceneObject(id=key, label=key, center=(x, 0, 0.5), size=(1, 1, 1)) for key, x in (("a", 0), ("b", 4))]
    start, end = edge_ends(Scene.of(things), [("a", "b")])
    assert np.allclose(start, [[0.5, 0, 0.5]]) and np.allclose(end, [[3.5, 0, 0.5]])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")).filter(lambda p: p[0] != p[1]), max_size=8))
def test_arrows_of_a_pair_never_share_a_lane(pairs):
    lanes = lanes_of(pairs)
    seen = {
        (*sorted(pair), round(lane if pair[0] < pair[1] else -lane, 3)) for pair, lane in zip(pairs, lanes, strict=True)
    }
    assert len(seen) == len(pairs)


@pytest.mark.gl
def test_arrow_is_drawn_from_one_to_the_other_and_nowhere_else(gl):
    from OpenGL import GL

    from sd3studio.render.gl.targets import Target

    camera = Camera(position=(0, -5, 0), target=(0, 0, 0), width=160, height=120)
    arrows = np.zeros(1, ARROW)
    arrows["start"], arrows["end"] = (-1, 0, 0), (1, 0, 0)
    arrows["colour"], arrows["style"] = (255, 0, 0, 255), (3, 0, 0, 12)
    target = Target(160, 120, {"lit": "rgba8"}, depth=False)
    target.bind()
    GL.glClearColor(0, 0, 0, 0)
    GL.glClear(GL.GL_COLOR_BUFFER_BIT)
    batch = EdgeBatch()
    batch.set(arrows)
    batch.draw(camera.projection_matrix(0.1, 100) @ camera.view_matrix(), (160, 120))
    red = target.read("lit")[..., 0]
    batch.spikes = True
    target.clear(depth=False)
    batch.draw(camera.projection_matrix(0.1, 100) @ camera.view_matrix(), (160, 120))
    spike = target.read("lit")[..., 0] > 100
    batch.release()
    target.release()
    target_px, _ = camera.project(np.array([[-1.0, 0, 0], [1.0, 0, 0]]))
    x0, x1 = target_px[:, 0]
    columns = np.flatnonzero((red > 100).any(axis=0))
    assert abs(columns.min() - x0) <= 2 and abs(columns.max() - x1) <= 2
    head = (red > 100)[:, int(x1) - 10].sum()
    assert 2 <= (red > 100)[:, int(x0) + 5].sum() <= 4 < head
    assert spike[:, int(x0) + 3].sum() > spike[:, int(x1) - 12].sum() and spike[:, int(x0) + 3].sum() >= 3
    assert not spike[:, : int(x0) - 2].any() and not spike[:, int(x1) + 2 :].any()
