"""Visual Genome scene graphs (``scene_graphs.json``), with the sizes from ``image_data.json`` if it is beside it."""

from typing import Annotated, Any

from pydantic import Field

from sd3studio.core.scene.values import Frame
from sd3studio.services.import_.coco import facts_or_none, score_of, source_of, stored_scene
from sd3studio.services.import_.form import (
    MAX_IMAGES,
    Beside,
    Doubts,
    Draft,
    DraftRelation,
    Imported,
    ImportedScene,
    Loose,
    Pixels,
    Side,
    build,
    parsed,
    photo_of,
)

Words = Annotated[str, Field(max_length=1_000)]


class _Object(Loose):
    object_id: int
    names: list[Words] = Field(default_factory=list)
    name: Words = ""
    attributes: list[Words] | None = None
    x: Side
    y: Side
    w: Side
    h: Side
    sd3: Any = None


class _Relationship(Loose):
    predicate: Words
    subject_id: int
    object_id: int
    sd3: Any = None


class _Graph(Loose):
    image_id: int
    objects: Annotated[list[_Object], Field(max_length=20_000)]
    relationships: Annotated[list[_Relationship], Field(max_length=100_000)] = Field(default_factory=list)
    sd3: Any = None


class _Picture(Loose):
    image_id: int
    width: Pixels
    height: Pixels
    file_name: Annotated[str, Field(max_length=4_096)] | None = None


def read(data: bytes, name: str, beside: Beside) -> Imported:
    """One scene for each graph. Raises `DataError` naming file and field."""
    graphs: list[_Graph] = parsed(
        Annotated[list[_Graph], Field(min_length=1, max_length=MAX_IMAGES)], data, name, "Visual Genome"
    )
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".json")
    pictures: dict[int, _Picture] = {}
    for other in (f"{stem}.image_data.json", "image_data.json"):
        found = beside(other)
        if found is not None:
            pictures = {one.image_id: one for one in parsed(list[_Picture], found, other, "Visual Genome")}
            break
    doubts = Doubts()
    return Imported(tuple(_scene(graph, pictures.get(graph.image_id), beside, doubts) for graph in graphs),
                    doubts.notes())  # fmt: skip


def _scene(graph: _Graph, picture: _Picture | None, beside: Beside, doubts: Doubts) -> ImportedScene:
    if picture is None:
        doubts.add("{} pictures have no known size; the boxes tell the least it can be.")
        width = max([int(o.x + o.w) + 1 for o in graph.objects], default=1)
        height = max([int(o.y + o.h) + 1 for o in graph.objects], default=1)
        picture = _Picture(
            image_id=graph.image_id, width=min(max(width, 64), 32_768), height=min(max(height, 64), 32_768)
        )
    drafts = [_draft(thing) for thing in graph.objects]
    index = {thing.object_id: k for k, thing in enumerate(graph.objects)}
    relations = [
        relation
        for one in graph.relationships
        if one.subject_id in index and one.object_id in index
        if (relation := _relation(one, index)) is not None
    ]
    file_name = picture.file_name or f"{graph.image_id}.jpg"
    photo = photo_of(file_name, picture.width, picture.height, beside)
    kept = stored_scene(graph.sd3)
    scene = build(
        drafts, relations, (picture.width, picture.height), photo, doubts, kept.camera, kept.title, kept.sentence
    )
    return ImportedScene(file_name, scene)


def _draft(thing: _Object) -> Draft:
    facts = facts_or_none(thing.sd3)
    label = next((word for word in (*thing.names, thing.name) if word.strip()), "thing")
    words = tuple(" ".join(word.split())[:200] for word in thing.attributes or () if word.strip())
    return Draft(
        label=label,
        box=(thing.x, thing.y, thing.x + max(thing.w, 0.0), thing.y + max(thing.h, 0.0)),
        facts=facts,
        attributes=words[:32],
    )


def _relation(one: _Relationship, index: dict[int, int]) -> DraftRelation | None:
    """A relationship; None for those that our export computed from the geometry."""
    extra = one.sd3 if isinstance(one.sd3, dict) else {}
    if extra.get("source") == "geometry":
        return None
    frame: Frame = "object" if extra.get("frame") == "object" else "camera"
    known = extra.get("predicate")
    return DraftRelation(
        index[one.subject_id],
        one.predicate,
        index[one.object_id],
        frame,
        source_of(extra.get("source")),
        score_of(extra.get("score")),
        known if isinstance(known, str) else None,
    )
