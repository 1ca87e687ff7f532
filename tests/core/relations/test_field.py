"""The graded relations of whole scenes, and how they follow a drag."""

import math

import numpy as np
import pytest

from sd3studio.core.relations import LAYERS, RelationField, grade_of
from sd3studio.core.scene import Camera, Predicate, Scene, SceneObject


def thing(
    name: str, center: tuple[float, float, float], size: tuple[float, float, float], **more: object
) -> SceneObject:
    return SceneObject(id=name, label=str(more.pop("label", name)), center=center, size=size, **more)


@pytest.fixture
def room() -> Scene:
    """A table with a chair at its left that turns its back to it, a book on the chair, a dog below the table."""
    return Scene.of(
        [
            thing("table", (0, 0, 0.375), (1.4, 0.8, 0.75)),
            thing("chair", (-1.2, 0, 0.45), (0.45, 0.5, 0.9), yaw=-math.pi / 2),
            thing("book", (-1.2, 0, 0.465), (0.15, 0.2, 0.03)),
            thing("dog", (0, 0, 0.25), (0.3, 0.7, 0.5)),
            thing("lamp", (0, 0, 2.2), (0.4, 0.4, 0.4)),
            thing("painting", (0, 2, 1.6), (1.0, 0.03, 0.7)),
        ]
    )


@pytest.mark.parametrize(
    ("subject", "predicate", "object"),
    [
        ("book", Predicate.ON, "chair"),
        ("chair", Predicate.LEFT_OF, "table"),
        ("table", Predicate.RIGHT_OF, "chair"),
        ("chair", Predicate.FACING_AWAY, "table"),
        ("chair", Predicate.NEXT_TO, "table"),
        ("dog", Predicate.UNDER, "table"),
        ("table", Predicate.ABOVE, "dog"),
        ("lamp", Predicate.ABOVE, "table"),
        ("painting", Predicate.BEHIND, "table"),
        ("table", Predicate.IN_FRONT_OF, "painting"),
    ],
)
def test_what_is_so_grades_high(room: Scene, subject: str, predicate: Predicate, object: str) -> None:
    assert RelationField(room).grade(subject, predicate, object) > 0.9


@pytest.mark.parametrize(
    ("subject", "predicate", "object"),
    [
        ("book", Predicate.IN, "chair"),
        ("dog", Predicate.IN, "table"),
        ("table", Predicate.ON, "chair"),
        ("chair", Predicate.RIGHT_OF, "table"),
        ("chair", Predicate.FACING, "table"),
        ("lamp", Predicate.ON, "table"),
        ("book", Predicate.NEXT_TO, "chair"),
        ("table", Predicate.BEHIND, "painting"),
    ],
)
def test_what_is_not_so_grades_low(room: Scene, subject: str, predicate: Predicate, object: str) -> None:
    assert RelationField(room).grade(subject, predicate, object) < 0.1


def test_sides_of_an_object_are_its_own() -> None:
    # Seen from the camera the dog sits to the right; the chair looks at the camera, so the dog is at its left hand.
    scene = Scene.of([thing("chair", (0, 0, 0.5), (0.5, 0.5, 1)), thing("dog", (2, 0, 0.25), (0.5, 0.5, 0.5))])
    field = RelationField(scene)
    assert field.grade("dog", Predicate.RIGHT_OF, "chair", "camera") == 1.0
    assert field.grade("dog", Predicate.LEFT_OF, "chair", "object") == 1.0
    turned = scene.with_objects(scene.objects["chair"].replace(yaw=math.pi))
    assert RelationField(turned).grade("dog", Predicate.RIGHT_OF, "chair", "object") == 1.0


def test_in_front_of_an_object_is_where_it_looks() -> None:
    scene = Scene.of(
        [thing("tv", (0, 0, 0.5), (1, 0.2, 0.6), yaw=math.pi / 2), thing("cat", (2, 0, 0.2), (0.3, 0.4, 0.3))]
    )
    field = RelationField(scene)
    assert field.grade("cat", Predicate.IN_FRONT_OF, "tv", "object") == 1.0
    assert field.grade("tv", Predicate.FACING, "cat") == 1.0


def test_part_of_comes_from_the_parents() -> None:
    scene = Scene.of(
        [
            SceneObject(id="room", label="living room", kind="concept"),
            SceneObject(id="corner", label="corner", kind="concept", parent="room"),
            thing("sofa", (0, 0, 0.4), (2, 0.9, 0.8), parent="corner"),
        ]
    )
    assert grade_of(scene, "sofa", Predicate.PART_OF, "room") == 1.0
    assert grade_of(scene, "room", Predicate.PART_OF, "sofa") == 0.0


def test_a_drag_step_equals_a_full_computation(room: Scene) -> None:
    field = RelationField(room)
    moved = room.with_objects(
        room.objects["chair"].replace(center=(1.3, 0.2, 0.45), yaw=0.3),
        room.objects["lamp"].replace(size=(0.2, 0.3, 1.0)),
    )
    np.testing.assert_array_equal(field.update(moved).grades, RelationField(moved).grades)


def test_a_moved_camera_renews_the_camera_frame(room: Scene) -> None:
    field = RelationField(room)
    turned = room.replace(camera=Camera(position=(0, 6, 1.6), target=(0, 0, 0.8)))
    later = field.updated(turned)
    np.testing.assert_array_equal(later.grades, RelationField(turned).grades)
    assert later.grade("chair", Predicate.RIGHT_OF, "table") == 1.0
    assert field.grade("chair", Predicate.LEFT_OF, "table") == 1.0


def test_added_hidden_and_removed_objects_change_the_rows(room: Scene) -> None:
    field = RelationField(room)
    hidden = room.with_objects(room.objects["dog"].replace(hidden=True))
    assert "dog" not in field.update(hidden).ids
    assert field.grades.shape == (len(LAYERS), 5, 5)
    assert field.grade("dog", Predicate.UNDER, "table") > 0.9  # computed on the spot
    with pytest.raises(KeyError):
        field.grade("cat", Predicate.ON, "table")


def test_an_empty_scene_has_an_empty_field() -> None:
    assert RelationField(Scene()).grades.shape == (len(LAYERS), 0, 0)
