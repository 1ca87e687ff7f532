"""Visual Genome (Krishna et al. 2016) as annotated images, from its JSON files.

``scene_graphs.json`` has objects (with attributes) and relationships by object id; ``relationships.json`` has the two
objects inside each relationship; ``objects.json`` has objects alone. All three are one list with an entry an image.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sd3studio.core.errors import DataError
from sd3studio.ml.training.data.annotated import AnnotatedImage, LabelledBox
from sd3studio.ml.training.data.json_stream import checked, stream_list

Part = Literal["scene_graphs", "relationships", "objects"]
Side = Annotated[float, Field(ge=-1e6, le=1e6)]
MAX_OBJECTS = 5_000


class _Thing(BaseModel):
    """An object; older files have ``name`` instead of ``names``, some have ``merged_object_ids`` and the like."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    object_id: int
    names: tuple[str, ...] = ()
    name: str = ""
    x: Side
    y: Side
    w: Side
    h: Side
    attributes: tuple[str, ...] | None = None

    @property
    def label(self) -> str:
        return next((name.strip() for name in (*self.names, self.name) if name.strip()), "thing")


class _ById(BaseModel):
    model_config = ConfigDict(frozen=True)
    predicate: str
    subject_id: int
    object_id: int


class _WithThings(BaseModel):
    model_config = ConfigDict(frozen=True)
    predicate: str
    subject: _Thing
    object: _Thing


class _SceneGraph(BaseModel):
    model_config = ConfigDict(frozen=True)
    image_id: int
    objects: Annotated[tuple[_Thing, ...], Field(max_length=MAX_OBJECTS)] = ()
    relationships: Annotated[tuple[_ById, ...], Field(max_length=10 * MAX_OBJECTS)] = ()


class _Objects(BaseModel):
    model_config = ConfigDict(frozen=True)
    image_id: int
    objects: Annotated[tuple[_Thing, ...], Field(max_length=MAX_OBJECTS)]


class _Relationships(BaseModel):
    model_config = ConfigDict(frozen=True)
    image_id: int
    relationships: Annotated[tuple[_WithThings, ...], Field(max_length=10 * MAX_OBJECTS)]


def load_visual_genome(path: Path, part: Part | None = None) -> Iterator[AnnotatedImage]:
    """The images of a Visual Genome file, one after the other.

    Parameters
    ----------
    part : which of the three files it is; None tells by its name

    Raises `DataError` naming file, entry and field.
    """
    part = part or _part_of(path)
    what = f"a Visual Genome file of {part.replace('_', ' ')}"
    models: dict[str, type[_SceneGraph | _Objects | _Relationships]] = {
        "scene_graphs": _SceneGraph,
        "relationships": _Relationships,
        "objects": _Objects,
    }
    for number, item in enumerate(stream_list(path, what)):
        entry = checked(models[part], item, path, f"entry {number}")
        if isinstance(entry, _SceneGraph):
            yield _of_graph(entry, path, number)
        elif isinstance(entry, _Relationships):
            yield _of_relationships(entry)
        else:
            yield AnnotatedImage(image_id=str(entry.image_id), boxes=tuple(_box(thing) for thing in entry.objects))


def _part_of(path: Path) -> Part:
    for part in ("scene_graphs", "relationships", "objects"):
        if part in path.name:
            return part  # type: ignore[return-value]
    raise DataError(
        f"{path}: its name should say which part of Visual Genome it is: scene_graphs, relationships, objects."
    )


def _of_graph(entry: _SceneGraph, path: Path, number: int) -> AnnotatedImage:
    index = {thing.object_id: place for place, thing in enumerate(entry.objects)}
    for k, relation in enumerate(entry.relationships):
        for name in ("subject_id", "object_id"):
            if getattr(relation, name) not in index:
                raise DataError(f"{path}, entry {number}: relationships.{k}.{name} names no object of this image.")
    return AnnotatedImage(
        image_id=str(entry.image_id),
        boxes=tuple(_box(thing) for thing in entry.objects),
        triples=tuple(
            (index[r.subject_id], r.predicate.strip().lower(), index[r.object_id]) for r in entry.relationships
        ),
    )


def _of_relationships(entry: _Relationships) -> AnnotatedImage:
    things = {
        thing.object_id: thing for relation in entry.relationships for thing in (relation.subject, relation.object)
    }
    index = {key: place for place, key in enumerate(things)}
    return AnnotatedImage(
        image_id=str(entry.image_id),
        boxes=tuple(_box(thing) for thing in things.values()),
        triples=tuple(
            (index[r.subject.object_id], r.predicate.strip().lower(), index[r.object.object_id])
            for r in entry.relationships
        ),
    )


def _box(thing: _Thing) -> LabelledBox:
    attributes = tuple(word.strip() for word in thing.attributes or () if word.strip())
    box = (thing.x, thing.y, thing.x + thing.w, thing.y + thing.h)
    return LabelledBox(label=thing.label[:500], box=box, attributes=attributes)
