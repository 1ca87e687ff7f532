"""All graded relations of a scene at once, kept up to date while objects are dragged."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.relations.comparatives import COMPARE
from sd3studio.core.relations.geometry import Bodies, Pairs, View
from sd3studio.core.relations.grading import DIRECTED, FREE, grade_pairs
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.predicates import INVERSE, Predicate
from sd3studio.core.scene.values import Frame, Scene, SceneObject

Layer = tuple[Predicate, Frame]

LAYERS: tuple[Layer, ...] = (
    *((predicate, "camera") for predicate in DIRECTED),
    *((predicate, "camera") for predicate in FREE),
    *((predicate, "object") for predicate in DIRECTED),
)
"""What the first axis of `RelationField.grades` stands for. Predicates that don't depend on a frame are listed once."""

LAYER_INDEX: dict[Layer, int] = {layer: i for i, layer in enumerate(LAYERS)} | {
    (predicate, "object"): i for i, (predicate, _) in enumerate(LAYERS) if predicate in FREE
}

CAMERA_LAYERS = len(DIRECTED)
"""The first layers are those that a new camera changes."""

MAX_FIELD_OBJECTS = 1_000
"""More solid objects than these are left out of the field (60 MB of grades); `grade` still answers for them."""

_BLOCK_PAIRS = 4_096
"""Pairs graded at a time, so that the temporaries stay in the processor's cache."""


class RelationField:
    """Grades of every predicate for every pair of the solid objects of a scene.

    Parameters
    ----------
    scene : the scene; only its objects of kind ``"object"`` that are not hidden take part

    Attributes
    ----------
    ids : the objects, in the order of rows (subjects) and columns (objects)
    index : id -> row
    grades : (len(LAYERS), N, N) float32 in [0, 1]; an object with itself has 0
    """

    def __init__(self, scene: Scene) -> None:
        self._build(scene)

    def _build(self, scene: Scene) -> None:
        self.scene = scene
        self._solid = _solid(scene)
        self.ids: tuple[str, ...] = tuple(self._solid)
        self.index: dict[str, int] = {name: row for row, name in enumerate(self.ids)}
        self.bodies = Bodies.of(self._solid.values())
        self.view = View.of(scene.camera)
        self.grades: NDArray[np.float32] = np.zeros((len(LAYERS), len(self.ids), len(self.ids)), np.float32)
        for rows in _blocks(np.arange(len(self.ids)), len(self.ids)):
            self._grade_rows(rows, LAYERS, with_columns=False)

    def __len__(self) -> int:
        return len(self.ids)

    def _grade_rows(self, rows: NDArray[np.intp], layers: Sequence[Layer], with_columns: bool) -> None:
        """Compute these layers for these subjects with all objects, and for all subjects with these as objects."""
        pairs = Pairs(self.bodies.take(rows), self.bodies)
        for predicate, frame in layers:
            layer = self.grades[LAYER_INDEX[predicate, frame]]
            layer[rows] = grade_pairs(pairs, predicate, self.view, frame)
            if with_columns:
                layer[:, rows] = self._columns(pairs, predicate, frame)
            layer[rows, rows] = 0.0
        if "turned" in pairs.__dict__:
            del pairs.turned.__dict__["turned"]  # each holds the other: free the arrays now, not at the next collection

    def _columns(self, pairs: Pairs, predicate: Predicate, frame: Frame) -> NDArray[np.floating]:
        """The grades of all subjects with a few objects, from the pairs of these few with all."""
        if predicate in INVERSE and frame == "camera":  # the same said from the other side: graded already
            return grade_pairs(pairs, INVERSE[predicate], self.view, frame).T
        return grade_pairs(pairs.turned, predicate, self.view, frame)

    def update(self, scene: Scene) -> Self:
        """Follow the scene, in place: only objects that are other values than before are computed again.

        A changed camera renews the camera-frame layers; added, removed or reordered objects renew everything.
        """
        solid = _solid(scene)
        if tuple(solid) != self.ids:
            self._build(scene)
            return self
        before, camera = self._solid, self.scene.camera
        rows = [i for i, name in enumerate(self.ids) if solid[name] is not before[name]]
        moved = np.array([i for i in rows if _shape(solid[self.ids[i]]) != _shape(before[self.ids[i]])], np.intp)
        self.scene, self._solid = scene, solid
        if len(moved):
            self.bodies.put(moved, Bodies.of(solid[self.ids[i]] for i in moved))
        if not _same_view(scene.camera, camera):
            self.view = View.of(scene.camera)
            for block in _blocks(np.arange(len(self.ids)), len(self.ids)):
                self._grade_rows(block, LAYERS[:CAMERA_LAYERS], with_columns=False)
        for block in _blocks(moved, len(self.ids)):
            self._grade_rows(block, LAYERS, with_columns=True)
        return self

    def updated(self, scene: Scene) -> "RelationField":
        """A field of `scene`, computed from this one, which stays as it is."""
        other = object.__new__(RelationField)
        other.__dict__.update(self.__dict__)
        other.bodies = self.bodies.copied()
        other.grades = self.grades.copy()
        return other.update(scene)

    def grade(self, subject: str, predicate: Predicate, object: str, frame: Frame = "camera") -> float:
        """How true "subject predicate object" is, in [0, 1]. Raises KeyError for an id that is not in the scene.

        Objects that are not in the field (hidden ones, stuff) and comparatives are computed on the spot.
        """
        rows, layer = self.index, LAYER_INDEX.get((predicate, frame))
        if layer is not None and subject in rows and object in rows:
            return float(self.grades[layer, rows[subject], rows[object]])
        return grade_of(self.scene, subject, predicate, object, frame)


def _blocks(rows: NDArray[np.intp], columns: int) -> list[NDArray[np.intp]]:
    """The rows in portions of about `_BLOCK_PAIRS` pairs."""
    step = max(1, _BLOCK_PAIRS // max(columns, 1))
    return [rows[start : start + step] for start in range(0, len(rows), step)]


def _solid(scene: Scene) -> dict[str, SceneObject]:
    return {thing.id: thing for thing in scene.solid_objects()[:MAX_FIELD_OBJECTS]}


def _shape(thing: SceneObject) -> tuple[object, ...]:
    """All that grades depend on: a new name or colour changes nothing."""
    return thing.center, thing.size, thing.yaw, thing.pitch, thing.roll, thing.category, thing.label


def _same_view(camera: Camera, before: Camera) -> bool:
    return camera is before or (camera.position, camera.target, camera.roll) == (
        before.position,
        before.target,
        before.roll,
    )


def grade_of(scene: Scene, subject: str, predicate: Predicate, object: str, frame: Frame = "camera") -> float:
    """How true one relation of a scene is, in [0, 1], without a field. Raises KeyError for an unknown id.

    *Part of* is 1 if the object is a parent of the subject, at any level.
    """
    first, second = scene.objects[subject], scene.objects[object]
    if predicate is Predicate.PART_OF:
        return float(object in _parents(scene, first))
    if predicate in COMPARE:
        return float(COMPARE[predicate](Bodies.of([first]), Bodies.of([second]), scene.camera)[0, 0])
    if subject == object:
        return 0.0
    pairs = Pairs(Bodies.of([first]), Bodies.of([second]))
    return float(grade_pairs(pairs, predicate, View.of(scene.camera), frame)[0, 0])


def _parents(scene: Scene, thing: SceneObject) -> tuple[str, ...]:
    chain: list[str] = []
    while thing.parent is not None:
        chain.append(thing.parent)
        thing = scene.objects[thing.parent]
    return tuple(chain)
