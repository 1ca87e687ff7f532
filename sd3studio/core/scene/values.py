"""The holistic 3D scene graph (3DSG) as frozen values.

World frame: right-handed, Z up, metres, radians, ground at z = 0. An object of zero yaw faces -Y, towards the default
camera; positive yaw turns it counter-clockwise seen from above, so that it faces ``(sin yaw, -cos yaw, 0)``.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import Angle, BoxPx, Colour, ObjectId, Size3, Unit, Value, Vec3

MAX_OBJECTS = 20_000
MAX_RELATIONS = 100_000
MAX_BOOKMARKS = 1_000
MAX_COMMENTS = 10_000

Source = Literal["user", "photo", "text", "model", "sample"]
ObjectKind = Literal["object", "stuff", "concept"]
Frame = Literal["camera", "object"]
RelationKey = tuple[str, Predicate, str, Frame]
"""Subject, predicate, object, frame: what makes two relations the same statement."""
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Provenance(Value):
    """Where a thing came from, how sure that was, and which of its numbers are only priors.

    Parameters
    ----------
    source : who said it
    score : confidence in [0, 1], None when a person said it
    detail : what exactly, e.g. ``"CenterNet + NanoDet-g"`` or ``"drawn as armchair"``
    priors : field name -> why its value is a guess, e.g. ``{"size": "typical size of a chair"}``
    """

    source: Source = "user"
    score: Unit | None = None
    detail: Annotated[str, Field(max_length=1_000)] = ""
    priors: Mapping[str, str] = Field(default_factory=dict)


class Mask(Value):
    """Pixels of a photo that belong to an object, as COCO run lengths.

    `counts` are runs of 0 and 1 in turn, starting with 0, down the columns (column-major), of an image of `height` x
    `width` pixels; they add up to ``height * width``.
    """

    height: Annotated[int, Field(ge=1, le=32_768)]
    width: Annotated[int, Field(ge=1, le=32_768)]
    counts: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=1_000_000)]

    @model_validator(mode="after")
    def _covers_the_picture(self) -> Self:
        if sum(self.counts) != self.height * self.width:
            raise ValueError(f"mask runs cover {sum(self.counts)} pixels, the picture has {self.height * self.width}")
        return self


class SceneObject(Value):
    """A node of the graph: a thing with a box, a stretch of stuff (wall, grass, sky) or a concept (living room).

    Parameters
    ----------
    label : free text, "power lines"
    category : key of the catalogue or of the detector, or None
    attributes : "blue", "wooden", "lying"
    center, size : the oriented box, metres; size is width (local X), depth (local Y), height (local Z)
    yaw, pitch, roll : radians, about Z, local X, local Y in this order
    mesh : id of a catalogue entry or of an imported model; None draws a box
    colour : tint that replaces the colours of the mesh, or None
    parent : the concept that it is part of
    prompt : words for this object alone, used by image generation
    photo_box, mask : where it is in the photo that the scene was read from
    truncated, occluded : part of it lies outside the photo, or another thing hides a part
    checked : an annotator has looked at it and found it right
    """

    id: ObjectId
    label: Name
    category: Annotated[str, Field(max_length=200)] | None = None
    kind: ObjectKind = "object"
    attributes: Annotated[tuple[Name, ...], Field(max_length=32)] = ()
    center: Vec3 = (0.0, 0.0, 0.5)
    size: Size3 = (1.0, 1.0, 1.0)
    yaw: Angle = 0.0
    pitch: Angle = 0.0
    roll: Angle = 0.0
    mesh: Annotated[str, Field(max_length=200)] | None = None
    colour: Colour | None = None
    parent: ObjectId | None = None
    prompt: Annotated[str, Field(max_length=2_000)] = ""
    provenance: Provenance = Provenance()
    photo_box: BoxPx | None = None
    mask: Mask | None = None
    truncated: bool = False
    occluded: bool = False
    checked: bool = False
    locked: bool = False
    hidden: bool = False


class Relation(Value):
    """A relation that a person asserted or a parser read. What the geometry implies is computed, never stored.

    `frame` says from where left, right, front and behind are meant: the camera, or the reference object's own facing.
    A `kept` relation is a live constraint: while something is dragged, it goes on holding
    (`sd3studio.core.layout.keeping`).
    `text` holds the words that a person wrote ("leaning against"), where the predicate only stands for them.
    """

    subject: ObjectId
    predicate: Predicate
    object: ObjectId
    frame: Frame = "camera"
    provenance: Provenance = Provenance()
    kept: bool = False
    text: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _joins_two_objects(self) -> Self:
        if self.subject == self.object:
            raise ValueError(f"relation {self.predicate.value!r} joins {self.subject!r} with itself")
        return self

    @property
    def key(self) -> RelationKey:
        """What makes two relations the same statement."""
        return self.subject, self.predicate, self.object, self.frame


class Comment(Value):
    """What somebody wrote about the scene, or about one object of it.

    Parameters
    ----------
    about : id of the object, None for the whole scene
    when : ISO 8601, UTC, as the writer's clock had it
    """

    text: Annotated[str, Field(min_length=1, max_length=4_000)]
    about: ObjectId | None = None
    author: Annotated[str, Field(max_length=200)] = ""
    when: Annotated[str, Field(max_length=40)] = ""


class PhotoRef(Value):
    """The photo that a scene was read from. Pixels stay in the file; `sha256` tells whether it is still the same."""

    path: Annotated[str, Field(min_length=1, max_length=4_096)]
    width: Annotated[int, Field(ge=1, le=32_768)]
    height: Annotated[int, Field(ge=1, le=32_768)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Light(Value):
    """Sun direction and strengths, for rendering. Azimuth is counter-clockwise from +X, elevation above the ground."""

    azimuth: Angle = -2.2
    elevation: Annotated[float, Field(ge=0.0, le=1.5708)] = 0.9
    sun: Unit = 0.75
    ambient: Unit = 0.45


class Bookmark(Value):
    """A camera that is kept under a name, to come back to."""

    name: Name
    camera: Camera


class Scene(Value):
    """A whole 3DSG: objects by id (in the order in which they were added), stored relations, camera, photo, sentence.

    `rejected` are relations that somebody looked at and found wrong: they are not suggested again.

    Raises `pydantic.ValidationError` for relations, parents or ids that don't fit together.
    """

    objects: Annotated[Mapping[ObjectId, SceneObject], Field(max_length=MAX_OBJECTS)] = Field(default_factory=dict)
    relations: Annotated[tuple[Relation, ...], Field(max_length=MAX_RELATIONS)] = ()
    camera: Camera = Camera()
    light: Light = Light()
    title: Annotated[str, Field(max_length=200)] = ""
    sentence: Annotated[str, Field(max_length=20_000)] = ""
    photo: PhotoRef | None = None
    bookmarks: Annotated[tuple[Bookmark, ...], Field(max_length=MAX_BOOKMARKS)] = ()
    comments: Annotated[tuple[Comment, ...], Field(max_length=MAX_COMMENTS)] = ()
    rejected: Annotated[tuple[Relation, ...], Field(max_length=MAX_RELATIONS)] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for key, thing in self.objects.items():
            if key != thing.id:
                raise ValueError(f"object {thing.id!r} is stored under the id {key!r}")
        self._check_parents()
        for relation in self.relations:
            for end in (relation.subject, relation.object):
                if end not in self.objects:
                    raise ValueError(f"relation {relation.predicate.value!r} names an object {end!r} that is not there")
        if len({relation.key for relation in self.relations}) != len(self.relations):
            raise ValueError("the same relation is stored twice")
        if len({bookmark.name for bookmark in self.bookmarks}) != len(self.bookmarks):
            raise ValueError("two camera bookmarks have the same name")
        return self

    def _check_parents(self) -> None:
        for thing in self.objects.values():
            seen = {thing.id}
            parent = thing.parent
            while parent is not None:
                if parent not in self.objects:
                    raise ValueError(f"parent {parent!r} of {thing.id!r} is not in the scene")
                if parent in seen:
                    raise ValueError(f"parents form a cycle through {parent!r}")
                seen.add(parent)
                parent = self.objects[parent].parent

    @classmethod
    def of(cls, objects: Iterable[SceneObject], **fields: object) -> Self:
        """A scene of these objects, in this order. Raises ValueError if two share an id."""
        listed = list(objects)
        by_id = {thing.id: thing for thing in listed}
        if len(by_id) != len(listed):
            raise ValueError("two objects have the same id")
        return cls(objects=by_id, **fields)

    def with_objects(self, *changed: SceneObject) -> Self:
        """The scene with these objects added, or replaced where their id is known; order is kept."""
        return self.replace(objects={**self.objects, **{thing.id: thing for thing in changed}})

    def solid_objects(self) -> tuple[SceneObject, ...]:
        """The objects of kind ``"object"`` that are not hidden: those that relations and captions speak of."""
        return tuple(thing for thing in self.objects.values() if thing.kind == "object" and not thing.hidden)

    def added_by_model(self) -> tuple[str, ...]:
        """Ids of the objects that a model added and nobody has adopted yet."""
        return tuple(key for key, thing in self.objects.items() if thing.provenance.source == "model")

    def free_id(self, stem: str) -> str:
        """An id that is not taken yet: ``chair``, ``chair-2``, ``chair-3`` ..."""
        stem = "".join(c if c.isalnum() else "-" for c in stem.lower()).strip("-")[:48] or "object"
        if stem not in self.objects:
            return stem
        number = 2
        while f"{stem}-{number}" in self.objects:
            number += 1
        return f"{stem}-{number}"
