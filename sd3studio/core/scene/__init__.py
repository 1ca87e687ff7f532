"""Scene values, geometry, vocabulary and the JSON form."""

from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import Value
from sd3studio.core.scene.values import (
    Bookmark,
    Comment,
    Light,
    Mask,
    PhotoRef,
    Provenance,
    Relation,
    Scene,
    SceneObject,
)

__all__ = [
    "Bookmark",
    "Camera",
    "Comment",
    "Light",
    "Mask",
    "PhotoRef",
    "Predicate",
    "Provenance",
    "Relation",
    "Scene",
    "SceneObject",
    "Value",
]
