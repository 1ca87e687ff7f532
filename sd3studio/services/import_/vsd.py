"""VSD v1 and v2: triples of labels with boxes, and captions. The size of a picture is not in the file."""

from typing import Annotated

from pydantic import Field

from sd3studio.services.import_.form import (
    MAX_IMAGES,
    Beside,
    Doubts,
    Draft,
    DraftRelation,
    Imported,
    ImportedScene,
    Loose,
    Side,
    build,
    parsed,
    photo_of,
)

Label = Annotated[str, Field(min_length=1, max_length=500)]
Box = tuple[Side, Side, Side, Side]


class _Triple(Loose):
    s: Label
    p: Annotated[str, Field(max_length=200)]
    o: Label
    s_bbox: Box
    o_bbox: Box


class _Item(Loose):
    img_id: Annotated[str, Field(max_length=1_000)]
    triple_list: Annotated[list[_Triple], Field(max_length=10_000)]
    captions: list[Annotated[str, Field(max_length=20_000)]] = Field(default_factory=list)


def read(data: bytes, name: str, beside: Beside) -> Imported:
    """One scene for each item. Raises `DataError` naming file and field."""
    items: list[_Item] = parsed(Annotated[list[_Item], Field(max_length=MAX_IMAGES)], data, name, "VSD")
    doubts = Doubts()
    return Imported(tuple(_scene(item, beside, doubts) for item in items), doubts.notes())


def _scene(item: _Item, beside: Beside, doubts: Doubts) -> ImportedScene:
    numbers: dict[tuple[str, Box], int] = {}
    relations = []
    for triple in item.triple_list:
        ends = [
            numbers.setdefault((label, box), len(numbers))
            for label, box in ((triple.s, triple.s_bbox), (triple.o, triple.o_bbox))
        ]
        relations.append(DraftRelation(ends[0], triple.p, ends[1]))
    drafts = [Draft(label=label, box=(box[2], box[0], box[3], box[1])) for label, box in numbers]
    size = _size(drafts)
    photo = next((p for end in (".jpg", ".png") if (p := photo_of(item.img_id + end, *size, beside))), None)
    scene = build(drafts, relations, size, photo, doubts, sentence=item.captions[0] if item.captions else "")
    return ImportedScene(f"{item.img_id}.jpg", scene, tuple(item.captions))


def _size(drafts: list[Draft]) -> tuple[int, int]:
    """The least that a picture with these boxes can measure, and not less than 640 x 480."""
    boxes = [draft.box for draft in drafts if draft.box]
    width = max([640.0, *(box[2] for box in boxes)])
    height = max([480.0, *(box[3] for box in boxes)])
    return min(int(width) + 1, 32_768), min(int(height) + 1, 32_768)
