"""COCO (Lin et al. 2014) as annotated images, from its JSON files of instances, panoptic segments and captions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from sd3studio.core.errors import DataError
from sd3studio.ml.training.data.annotated import AnnotatedImage, LabelledBox
from sd3studio.ml.training.data.files import load_json
from sd3studio.ml.training.data.json_stream import checked

MAX_BYTES = 1_500_000_000
MAX_IMAGES = 1_000_000
Side = Annotated[float, Field(ge=-1e6, le=1e6)]
Sides = tuple[Side, Side, Side, Side]
F = TypeVar("F", bound="_File")


class _Base(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class _Image(_Base):
    id: int
    width: Annotated[int, Field(ge=1)] | None = None
    height: Annotated[int, Field(ge=1)] | None = None


class _Category(_Base):
    id: int
    name: Annotated[str, Field(min_length=1, max_length=500)]
    isthing: bool = True


class _Instance(_Base):
    image_id: int
    category_id: int
    bbox: Sides
    iscrowd: bool = False


class _Caption(_Base):
    image_id: int
    caption: Annotated[str, Field(max_length=20_000)]


class _Segment(_Base):
    category_id: int
    bbox: Sides
    iscrowd: bool = False


class _Panoptic(_Base):
    image_id: int
    segments_info: tuple[_Segment, ...]


class _File(_Base):
    images: Annotated[tuple[_Image, ...], Field(max_length=MAX_IMAGES)]


class _Instances(_File):
    annotations: tuple[_Instance, ...]
    categories: tuple[_Category, ...]


class _Captions(_File):
    annotations: tuple[_Caption, ...]


class _Segments(_File):
    annotations: tuple[_Panoptic, ...]
    categories: tuple[_Category, ...]


def load_coco(
    instances: Path | None = None, captions: Path | None = None, panoptic: Path | None = None
) -> tuple[AnnotatedImage, ...]:
    """The images of one or several COCO files, joined by image id, in the order of their first mention.

    Crowd regions are left out: their box is no box of a thing. Raises `DataError` naming file and field, also for an
    annotation of an image or a category that the file does not have.
    """
    images: dict[int, _Image] = {}
    boxes: dict[int, list[LabelledBox]] = {}
    said: dict[int, list[str]] = {}
    if instances is not None:
        found = _read(_Instances, instances, "a COCO file of instances", images)
        names = {category.id: category for category in found.categories}
        for number, one in enumerate(found.annotations):
            _known(one.image_id, images, instances, number)
            _add(boxes, one.image_id, one, names, instances, number)
    if panoptic is not None:
        parts = _read(_Segments, panoptic, "a COCO file of panoptic segments", images)
        names = {category.id: category for category in parts.categories}
        for number, picture in enumerate(parts.annotations):
            _known(picture.image_id, images, panoptic, number)
            for segment in picture.segments_info:
                _add(boxes, picture.image_id, segment, names, panoptic, number)
    if captions is not None:
        for number, caption in enumerate(_read(_Captions, captions, "a COCO file of captions", images).annotations):
            _known(caption.image_id, images, captions, number)
            said.setdefault(caption.image_id, []).append(caption.caption.strip())
    return tuple(
        AnnotatedImage(
            image_id=str(key),
            width=image.width,
            height=image.height,
            boxes=tuple(boxes.get(key, ())),
            captions=tuple(said.get(key, ())),
        )
        for key, image in images.items()
    )


def _read(model: type[F], path: Path, what: str, images: dict[int, _Image]) -> F:
    """A file, checked; its images are added to those that are known."""
    data = load_json(path, MAX_BYTES, what)
    if not isinstance(data, dict):
        raise DataError(f"{path} is not {what}: it should be a JSON object with images and annotations.")
    found = checked(model, data, path, what)
    for image in found.images:
        images.setdefault(image.id, image)
    return found


def _known(image_id: int, images: Mapping[int, _Image], path: Path, number: int) -> None:
    if image_id not in images:
        raise DataError(f"{path}: annotations.{number}.image_id is {image_id}, which no image has.")


def _add(
    boxes: dict[int, list[LabelledBox]],
    image_id: int,
    thing: _Instance | _Segment,
    names: Mapping[int, _Category],
    path: Path,
    number: int,
) -> None:
    if thing.iscrowd:
        return
    if thing.category_id not in names:
        raise DataError(f"{path}: annotations.{number}: category_id {thing.category_id} is not among the categories.")
    category = names[thing.category_id]
    x, y, width, height = thing.bbox
    box = LabelledBox(label=category.name, box=(x, y, x + width, y + height), stuff=not category.isthing)
    boxes.setdefault(image_id, []).append(box)
