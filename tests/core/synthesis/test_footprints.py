"""The quick test for room agrees with the overlap test of the layout solver."""

from hypothesis import given
from hypothesis import strategies as st

from sd3studio.core.layout import overlaps
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.synthesis.footprints import clash, footprint

side = st.floats(0.2, 2.0)
place = st.floats(-1.5, 1.5)
boxes = st.builds(
    lambda w, d, h, x, y, z, yaw, label: SceneObject(
        id="a", label=label, center=(x, y, z + h / 2.0), size=(w, d, h), yaw=yaw
    ),
    side, side, side, place, place, st.floats(0.0, 1.0), st.floats(-3.1, 3.1),
    st.sampled_from(["box", "table", "chair", "person"]),
)  # fmt: skip


@given(boxes, boxes)
def test_what_has_room_does_not_overlap(first: SceneObject, second: SceneObject) -> None:
    if not clash(footprint(first), footprint(second)):
        assert overlaps(Scene.of([first, second.replace(id="b")]), tolerance_m=0.012) == ()


@given(boxes, boxes)
def test_who_is_first_makes_no_difference(first: SceneObject, second: SceneObject) -> None:
    a, b = footprint(first), footprint(second)
    assert clash(a, b) == clash(b, a)


@given(boxes, boxes)
def test_a_wider_gap_is_not_easier(first: SceneObject, second: SceneObject) -> None:
    a, b = footprint(first), footprint(second)
    assert clash(a, b, 0.2) or not clash(a, b, 0.0)
