"""Label Studio tasks: rectangles, polygons, brush masks, relations, ``sd3`` facts where we wrote them."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from sd3studio.core.errors import DataError
from sd3studio.core.scene.brush_lengths import unpack_brush
from sd3studio.core.scene.mask_painting import box_of, polygon_pixels
from sd3studio.core.scene.masks import encode_mask
from sd3studio.core.scene.values import Frame
from sd3studio.services.import_.coco import MAX_MASK_PX, score_of, source_of, stored_scene
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
    facts_of_text,
    parsed,
    photo_of,
)

MOST_BRUSH_BYTES = 8_000_000
Words = Annotated[str, Field(max_length=1_000)]


class _Value(Loose):
    x: Side | None = None
    y: Side | None = None
    width: Side | None = None
    height: Side | None = None
    points: list[tuple[Side, Side]] | None = None
    rle: Annotated[list[Annotated[int, Field(ge=0, le=255)]], Field(max_length=MOST_BRUSH_BYTES)] | None = None
    brushlabels: list[Words] = Field(default_factory=list)
    rectanglelabels: list[Words] = Field(default_factory=list)
    polygonlabels: list[Words] = Field(default_factory=list)


class _Meta(Loose):
    text: Any = None


class _Result(Loose):
    type: Words = ""
    id: Words = ""
    parent: Annotated[Words | None, Field(alias="parentID")] = None
    original_width: Pixels | None = None
    original_height: Pixels | None = None
    value: _Value | None = None
    meta: _Meta | None = None
    score: float | None = None
    from_id: Words = ""
    to_id: Words = ""
    direction: Words = "right"
    labels: list[Words] = Field(default_factory=list)
    sd3: Any = None


class _Annotation(Loose):
    result: Annotated[list[_Result], Field(max_length=200_000)] = Field(default_factory=list)
    was_cancelled: bool | None = False


class _Task(Loose):
    data: dict[str, Any] = Field(default_factory=dict)
    annotations: list[_Annotation] = Field(default_factory=list)
    predictions: list[_Annotation] = Field(default_factory=list)
    meta: Any = None


def read(data: bytes, name: str, beside: Beside) -> Imported:
    """One scene for each task, from its last annotation. Raises `DataError` naming file and field."""
    tasks: list[_Task] = parsed(Annotated[list[_Task], Field(max_length=MAX_IMAGES)], data, name, "Label Studio")
    doubts = Doubts()
    return Imported(tuple(_scene(task, k, beside, doubts) for k, task in enumerate(tasks)), doubts.notes())


def _scene(task: _Task, number: int, beside: Beside, doubts: Doubts) -> ImportedScene:
    valid = [one for one in (*task.predictions, *task.annotations) if not one.was_cancelled]
    result = valid[-1].result if valid else []
    sizes = [(r.original_width, r.original_height) for r in result if r.original_width and r.original_height]
    width, height = sizes[0] if sizes else (768, 512)
    assert width is not None and height is not None
    drafts: list[Draft] = []
    index: dict[str, int] = {}
    for region in sorted(result, key=lambda one: one.value is not None and one.value.rle is not None):
        draft = _draft(region, width, height, doubts) if region.type != "relation" else None
        if draft is None:
            continue
        if region.parent in index and draft.mask is not None and region.value and region.value.rle:
            whole = index[region.parent]
            drafts[whole] = replace(drafts[whole], mask=draft.mask)
            continue
        index[region.id] = len(drafts)
        drafts.append(draft)
    relations = [relation for one in result if one.type == "relation" for relation in _relations(one, index)]
    image = next((v for key, v in task.data.items() if isinstance(v, str) and key in ("image", "img", "photo")), "")
    photo = photo_of(image.split("?")[0], width, height, beside)
    kept = stored_scene(task.meta.get("sd3") if isinstance(task.meta, dict) else None)
    scene = build(drafts, relations, (width, height), photo, doubts, kept.camera, kept.title, kept.sentence)
    return ImportedScene(image.rsplit("/", 1)[-1] or f"task-{number + 1}", scene)


def _draft(region: _Result, width: int, height: int, doubts: Doubts) -> Draft | None:
    value = region.value
    if value is None:
        return None
    facts = facts_of_text(_text(region.meta))
    named = (*value.rectanglelabels, *value.polygonlabels, *value.brushlabels)
    label = next((word for word in named if word.strip()), "thing")
    score = region.score if region.score is not None and 0.0 <= region.score <= 1.0 else None
    if value.points and len(value.points) > 2 and width * height <= MAX_MASK_PX:
        corners = [(x * width / 100.0, y * height / 100.0) for x, y in value.points]
        pixels = polygon_pixels(corners, height, width)
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        box = (min(xs), min(ys), max(xs), max(ys))
        return Draft(label, box, encode_mask(pixels) if pixels.any() else None, facts, score=score)
    if value.rle is not None:
        return _brushed(label, value.rle, width, height, facts, score, doubts)
    if None in (value.x, value.y, value.width, value.height):
        doubts.add("{} regions are neither rectangles, polygons nor brush masks and are left out.")
        return None
    x, y, w, h = (float(v) / 100.0 for v in (value.x, value.y, value.width, value.height) if v is not None)
    return Draft(label, (x * width, y * height, (x + w) * width, (y + h) * height), None, facts, score=score)


def _brushed(
    label: str, rle: list[int], width: int, height: int, facts: Facts | None, score: float | None, doubts: Doubts
) -> Draft | None:
    """A mask by the brush, with the box around it."""
    try:
        pixels = unpack_brush(rle, height, width) if width * height <= MAX_MASK_PX else None
    except DataError:
        pixels = None
    box = None if pixels is None else box_of(pixels)
    if pixels is None or box is None:
        doubts.add("{} brush masks are empty or damaged and are left out.")
        return None
    return Draft(label, box, encode_mask(pixels), facts, score=score)


def _text(meta: _Meta | None) -> str:
    text = meta.text if meta else None
    if isinstance(text, list):
        text = next((one for one in text if isinstance(one, str)), "")
    return text if isinstance(text, str) else ""


def _relations(one: _Result, index: dict[str, int]) -> list[DraftRelation]:
    if one.from_id not in index or one.to_id not in index:
        return []
    ends = (index[one.from_id], index[one.to_id])
    if one.direction == "left":
        ends = ends[::-1]
    extra = one.sd3 if isinstance(one.sd3, dict) else {}
    frame: Frame = "object" if extra.get("frame") == "object" else "camera"
    come = extra.get("provenance") if isinstance(extra.get("provenance"), dict) else {}
    known = extra.get("predicate") if isinstance(extra.get("predicate"), str) else None
    return [
        DraftRelation(ends[0], words, ends[1], frame, source_of(come.get("source")), score_of(come.get("score")), known)
        for words in one.labels or ["next to"]
    ]
