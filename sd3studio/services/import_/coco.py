"""COCO object detection JSON: boxes, categories, masks (polygons, run lengths, packed run lengths), our facts."""

from collections import defaultdict
from typing import Annotated, Any

import numpy as np
from pydantic import Field, ValidationError

from sd3studio.core.errors import DataError
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.mask_painting import polygon_pixels
from sd3studio.core.scene.masks import encode_mask
from sd3studio.core.scene.values import Frame, Mask, Source
from sd3studio.services.import_.form import (
    MAX_IMAGES,
    Beside,
    Doubts,
    Draft,
    DraftRelation,
    Facts,
    Imported,
    ImportedScene,
    Loose,
    Pixels,
    Side,
    build,
    parsed,
    photo_of,
)

MAX_MASK_PX = 64_000_000


class _Image(Loose):
    id: int
    file_name: Annotated[str, Field(max_length=4_096)] = ""
    width: Pixels
    height: Pixels
    sd3: Any = None


class _Runs(Loose):
    size: tuple[Pixels, Pixels]
    counts: list[Annotated[int, Field(ge=0)]] | str


class _Annotation(Loose):
    image_id: int
    category_id: int
    bbox: tuple[Side, Side, Side, Side] | None = None
    segmentation: _Runs | list[list[Side]] | None = None
    iscrowd: int = 0
    score: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    sd3: Any = None


class _Category(Loose):
    id: int
    name: Annotated[str, Field(min_length=1, max_length=200)]


class _Said(Loose):
    image_id: int
    caption: Annotated[str, Field(max_length=20_000)]


class _Captions(Loose):
    annotations: list[_Said]


class StoredRelation(Loose):
    """A relation of ours, by the ids of its objects."""

    subject: str
    predicate: Annotated[str, Field(max_length=200)]
    object: str
    frame: Frame = "camera"
    text: Annotated[str, Field(max_length=200)] = ""
    kept: bool = False
    provenance: dict[str, Any] = Field(default_factory=dict)


class StoredScene(Loose):
    """What our exports keep of the scene as a whole."""

    camera: Camera | None = None
    title: Annotated[str, Field(max_length=200)] = ""
    sentence: Annotated[str, Field(max_length=20_000)] = ""
    relations: tuple[StoredRelation, ...] = ()


class _File(Loose):
    images: Annotated[list[_Image], Field(max_length=MAX_IMAGES)]
    annotations: list[_Annotation]
    categories: list[_Category]
    sd3: Any = None


def read(data: bytes, name: str, beside: Beside) -> Imported:
    """One scene for each image. Raises `DataError` naming file and field."""
    file: _File = parsed(_File, data, name, "COCO")
    labels = {category.id: category.name for category in file.categories}
    images = {image.id: image for image in file.images}
    by_image: dict[int, list[_Annotation]] = defaultdict(list)
    said, doubts = _captions(name, beside), Doubts()
    for number, annotation in enumerate(file.annotations):
        if annotation.image_id not in images:
            raise DataError(f"{name}: annotations.{number}.image_id names no image.")
        if annotation.category_id not in labels:
            raise DataError(f"{name}: annotations.{number}.category_id names no category.")
        by_image[annotation.image_id].append(annotation)
    scenes = []
    for image in images.values():
        kept = stored_scene(image.sd3 or (file.sd3 if len(images) == 1 else None))
        drafts = [_draft(one, labels[one.category_id], image, doubts) for one in by_image[image.id] if not one.iscrowd]
        photo = photo_of(image.file_name, image.width, image.height, beside)
        size = (image.width, image.height)
        relations = stored_relations(kept.relations, drafts)
        scene = build(drafts, relations, size, photo, doubts, kept.camera, kept.title, kept.sentence)
        scenes.append(ImportedScene(image.file_name or str(image.id), scene, tuple(said.get(image.id, ()))))
    return Imported(tuple(scenes), doubts.notes())


def _captions(name: str, beside: Beside) -> dict[int, list[str]]:
    """Image -> its captions, from the file beside ``instances_*.json`` that has them."""
    other = name.replace("instances", "captions")
    data = beside(other) if other != name else None
    found: dict[int, list[str]] = defaultdict(list)
    for one in parsed(_Captions, data, other, "COCO").annotations if data is not None else ():
        found[one.image_id].append(one.caption)
    return found


def _draft(annotation: _Annotation, category: str, image: _Image, doubts: Doubts) -> Draft:
    box = None
    if annotation.bbox is not None:
        x, y, w, h = annotation.bbox
        box = (x, y, x + max(w, 0.0), y + max(h, 0.0))
    facts = facts_or_none(annotation.sd3)
    from_outline = isinstance(annotation.sd3, dict) and annotation.sd3.get("segmentation_from", "mask") != "mask"
    from_projection = isinstance(annotation.sd3, dict) and annotation.sd3.get("bbox_from") == "projection"
    mask = None if from_outline else _mask(annotation.segmentation, image, doubts)
    return Draft(
        label=facts.label if facts and facts.label else category,
        box=None if from_projection and facts else box,
        mask=mask,
        facts=facts,
        score=annotation.score,
        category=None if facts else category,
    )


def facts_or_none(data: Any) -> Facts | None:
    """Facts in 3D of plain data; None where it holds something else."""
    try:
        return Facts.model_validate(data)
    except (ValidationError, RecursionError):
        return None


def stored_scene(data: Any) -> StoredScene:
    """What our exports keep of the scene; empty for files of others."""
    try:
        return StoredScene.model_validate(data or {})
    except (ValidationError, RecursionError):
        return StoredScene()


def stored_relations(relations: tuple[StoredRelation, ...], drafts: list[Draft]) -> list[DraftRelation]:
    """Relations by ids as relations by the indices of drafts; those to others are left out."""
    index = {draft.facts.id: k for k, draft in enumerate(drafts) if draft.facts and draft.facts.id}
    return [
        DraftRelation(
            index[r.subject],
            r.text or r.predicate,
            index[r.object],
            r.frame,
            source_of(r.provenance.get("source")),
            score_of(r.provenance.get("score")),
            r.predicate,
            r.kept,
        )
        for r in relations
        if r.subject in index and r.object in index
    ]


def source_of(value: Any) -> Source:
    """A source, "user" for what is none."""
    return value if value in ("user", "photo", "text", "model", "sample") else "user"


def score_of(value: Any) -> float | None:
    """A score in [0, 1], or None."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0
    return float(value) if number else None


def _mask(segmentation: _Runs | list[list[float]] | None, image: _Image, doubts: Doubts) -> Mask | None:
    if segmentation is None or segmentation == [] or image.width * image.height > MAX_MASK_PX:
        return None
    if isinstance(segmentation, _Runs):
        height, width = segmentation.size
        counts = segmentation.counts if isinstance(segmentation.counts, list) else _unpacked(segmentation.counts)
        if counts is None or sum(counts) != height * width or (height, width) != (image.height, image.width):
            doubts.add("{} masks do not fit their picture and are left out.")
            return None
        return Mask(height=height, width=width, counts=tuple(counts)) if any(counts[1::2]) else None
    pixels = np.zeros((image.height, image.width), bool)
    for outline in segmentation:
        if len(outline) >= 6 and len(outline) % 2 == 0:
            pixels |= polygon_pixels(np.array(outline).reshape(-1, 2), image.height, image.width)
    return encode_mask(pixels) if pixels.any() else None


def _unpacked(text: str) -> list[int] | None:
    """The run lengths of COCO's compressed form: 5 bits a character, differences from the run before the last."""
    counts: list[int] = []
    place = 0
    while place < len(text):
        value, shift, more = 0, 0, True
        while more:
            if place >= len(text) or shift > 40:
                return None
            code = ord(text[place]) - 48
            if not 0 <= code < 64:
                return None
            value |= (code & 31) << shift
            more = bool(code & 32)
            place, shift = place + 1, shift + 5
            if not more and code & 16:
                value |= -1 << shift
        if len(counts) > 2:
            value += counts[-2]
        if value < 0:
            return None
        counts.append(value)
    return counts
