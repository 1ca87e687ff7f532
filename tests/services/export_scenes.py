"""Scenes for the export tests."""

import numpy as np

from sd3studio.core.scene import Camera, Mask, PhotoRef, Predicate, Provenance, Relation, Scene, SceneObject


def table_scene() -> Scene:
    """A table with a cup, a turned chair, a tilted ladder, a concept, stuff, a hidden lamp and a far-off tree."""
    objects = [
        SceneObject(id="room", label="living room", kind="concept", center=(0, 0, 1), size=(4, 4, 2.5)),
        SceneObject(
            id="table",
            label="wooden table",
            category="dining table",
            center=(0.3, 0.2, 0.375),
            size=(1.4, 0.8, 0.75),
            yaw=0.4,
            parent="room",
            attributes=("wooden",),
        ),
        SceneObject(id="cup", label="cup", category="cup", center=(0.3, 0.2, 0.8), size=(0.1, 0.1, 0.1)),
        SceneObject(
            id="chair", label="chair", category="chair", center=(-1.2, 0.1, 0.45), size=(0.5, 0.5, 0.9), yaw=-1.2
        ),
        SceneObject(
            id="ladder", label="ladder", center=(1.6, 0.9, 1.0), size=(0.5, 0.1, 2.0), pitch=0.3, colour=(0.8, 0.2, 0.1)
        ),
        SceneObject(id="floor", label="floor", kind="stuff", center=(0, 0, -0.05), size=(8, 8, 0.1)),
        SceneObject(id="lamp", label="lamp", hidden=True),
        SceneObject(id="tree", label="tree", center=(0, -90, 2), size=(1, 1, 4)),
    ]
    relations = (
        Relation(subject="cup", predicate=Predicate.ON, object="table"),
        Relation(subject="chair", predicate=Predicate.LEFT_OF, object="table", frame="camera"),
        Relation(subject="tree", predicate=Predicate.BEHIND, object="table"),
    )
    return Scene.of(objects, relations=relations, title="test room")


def photo_scene() -> Scene:
    """Two people read from a photo of 100 x 80 pixels, one with a mask, one cut by the frame."""
    inside = np.zeros((80, 100), np.uint8)
    inside[20:70, 30:50] = 1
    flat = inside.ravel(order="F")
    change = np.flatnonzero(np.diff(np.concatenate([[0], flat, [0]])))
    counts = np.diff(np.concatenate([[0], change, [flat.size]]))
    mask = Mask(height=80, width=100, counts=tuple(int(v) for v in counts))
    seen = Provenance(source="photo", score=0.75)
    objects = [
        SceneObject(
            id="person",
            label="person",
            category="person",
            center=(-0.4, 0, 0.85),
            size=(0.5, 0.3, 1.7),
            photo_box=(30, 20, 50, 70),
            mask=mask,
            provenance=seen,
        ),
        SceneObject(
            id="person-2",
            label="person",
            category="person",
            center=(1.6, 0, 0.85),
            size=(0.5, 0.3, 1.7),
            photo_box=(80, 15, 104, 82),
            provenance=seen,
        ),
    ]
    return Scene.of(
        objects, photo=PhotoRef(path="/photos/two.jpg", width=100, height=80, sha256="0" * 64), camera=Camera()
    )
