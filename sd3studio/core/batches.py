"""Batches as data: one request of a picture, and what varies over it: seeds, numbers, cameras, prompts.

A `Batch` is a plain value (it goes to JSON and back); `variants` expands it into complete requests, every one of which
can be made again alone. With several axes every combination is made, the last axis changing fastest.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from sd3studio.core.errors import InputError
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.value import Value
from sd3studio.core.scene.values import Scene

MOST_PICTURES = 10_000
MOST_SEED = 2**63 - 1

SHORT_FIELDS = {"camera": "scene.camera", "light": "scene.light"}
"""Short names of what lies deeper in a request: ``camera.fov_y`` is ``scene.camera.fov_y``."""

Varied = bool | int | float | Camera | str


class Axis(Value):
    """One thing that varies.

    Parameters
    ----------
    field : path of a field of the request: ``seed``, ``guidance``, ``controls.depth.strength``, ``camera.fov_y``,
        ``scene.objects.chair.yaw``
    values : what it becomes, one after the other
    names : what to call each value in file names; made from field and value where there are none
    """

    field: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\w:-]+(\.[\w:-]+)*$")]
    values: Annotated[tuple[Varied, ...], Field(min_length=1, max_length=MOST_PICTURES)]
    names: tuple[Annotated[str, Field(max_length=60)], ...] = ()

    @model_validator(mode="after")
    def _has_a_name_for_each(self) -> Self:
        if self.names and len(self.names) != len(self.values):
            raise ValueError(f"{len(self.names)} names for {len(self.values)} values")
        return self

    def name_of(self, index: int) -> str:
        """What value number `index` is called in a file name."""
        if self.names:
            return _slug(self.names[index])
        value = self.values[index]
        last = self.field.rpartition(".")[2]
        said = f"{value:g}" if isinstance(value, float) else str(value)
        return f"{last}-{_slug(said)}" if isinstance(value, bool | int | float) else f"{last}-{index + 1}"


class Variant(Value):
    """One picture of a batch: a complete request, a name for its file, and what is different in it."""

    request: GenerateImage
    name: str
    changed: Mapping[str, Varied]


class Batch(Value):
    """A request and the axes along which it varies. Raises ValueError for more than 10,000 pictures."""

    request: GenerateImage
    axes: Annotated[tuple[Axis, ...], Field(max_length=8)] = ()

    @model_validator(mode="after")
    def _is_not_too_large(self) -> Self:
        if len(self) > MOST_PICTURES:
            raise ValueError(
                f"this batch would be {len(self):,} pictures; at most {MOST_PICTURES:,} are made at once, so vary less"
            )
        if len({axis.field for axis in self.axes}) != len(self.axes):
            raise ValueError("the same field is varied twice")
        return self

    def __len__(self) -> int:
        return math.prod(len(axis.values) for axis in self.axes)

    def variants(self) -> Iterator[Variant]:
        """The pictures, in order, named ``0001-seed-7-guidance-2.5``. Raises `InputError` naming field and value."""
        digits = max(len(str(len(self))), 2)
        for number, indices in enumerate(product(*(range(len(axis.values)) for axis in self.axes)), start=1):
            request = self.request
            changed: dict[str, Varied] = {}
            words = [f"{number:0{digits}d}"]
            for axis, index in zip(self.axes, indices, strict=True):
                request = with_field(request, axis.field, axis.values[index])
                changed[axis.field] = axis.values[index]
                words.append(axis.name_of(index))
            yield Variant(request=request, name="-".join(words)[:150], changed=changed)


def make_batch(request: GenerateImage, axes: Sequence[Axis]) -> Batch:
    """A batch. Raises `InputError` with a sentence when it is too large or its axes don't fit together."""
    try:
        return Batch(request=request, axes=tuple(axes))
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InputError(f"{said[0].upper()}{said[1:]}.") from error


def over_seeds(count: int, first: int = 0) -> Axis:
    """`count` seeds from `first` on. Raises `InputError` for a count that is not between 1 and 10,000."""
    if not 1 <= count <= MOST_PICTURES:
        raise InputError(f"A batch has 1 to {MOST_PICTURES:,} seeds, not {count:,}.")
    return Axis(field="seed", values=tuple((first + index) % (MOST_SEED + 1) for index in range(count)))


def over_cameras(cameras: Mapping[str, Camera]) -> Axis:
    """Every camera, by the name of its bookmark. Raises `InputError` if there is none."""
    if not cameras:
        raise InputError("There is no camera to make pictures from. Keep a view as a bookmark first.")
    return Axis(field="scene.camera", values=tuple(cameras.values()), names=tuple(cameras))


def over_bookmarks(scene: Scene, names: Sequence[str] = ()) -> Axis:
    """The cameras that were kept with a scene, all or those named. Raises `InputError` for a name that is not there."""
    kept = {bookmark.name: bookmark.camera for bookmark in scene.bookmarks}
    missing = [name for name in names if name not in kept]
    if missing:
        raise InputError(f"The scene keeps no camera {missing[0]!r}; it keeps: {', '.join(kept) or 'none'}.")
    return over_cameras({name: kept[name] for name in names} if names else kept)


def over_prompts(prompts: Sequence[str]) -> Axis:
    """Every prompt; an empty one is written from the graph. Raises `InputError` if there is none."""
    if not prompts:
        raise InputError("There is no prompt to make pictures for.")
    return Axis(field="prompt", values=tuple(prompts))


def read_axis(text: str) -> Axis:
    """An axis from text: ``guidance=1,2,4``, ``steps=4..12``, ``guidance=1..3:0.5`` (both ends are in it).

    Raises `InputError` saying what was expected.
    """
    field, equals, said = (part.strip() for part in text.partition("="))
    if not (field and equals and said):
        raise InputError(f"{text!r} is not of the form guidance=1,2,4 or steps=4..12 or guidance=1..3:0.5.")
    values: list[Varied] = []
    for word in said.split(","):
        values += _range(word, text) if ".." in word else [_value(word.strip())]
    try:
        return Axis(field=field, values=tuple(values))
    except ValidationError as error:
        raise InputError(f"{text!r}: {error.errors()[0]['msg']}.") from error


def with_field(request: GenerateImage, field: str, value: Varied) -> GenerateImage:
    """The request with the field at a path changed. Raises `InputError` naming field, value and what is possible."""
    first, _, rest = field.partition(".")
    path = f"{SHORT_FIELDS.get(first, first)}{'.' if rest else ''}{rest}".split(".")
    try:
        changed = _replaced(request, path, value, field)
    except ValidationError as error:
        raise InputError(f"{field} can't be {value}: {error.errors()[0]['msg']}.") from error
    assert isinstance(changed, GenerateImage)
    return changed


def _replaced(at: Any, path: list[str], value: Varied, field: str) -> Any:
    """`at` with what lies at `path` in it replaced."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(at, Value):
        if key not in type(at).model_fields or key == "kind":
            known = ", ".join(name for name in type(at).model_fields if name != "kind")
            raise InputError(f"There is no field {key!r} in {field}; it could be: {known}.")
        return at.replace(**{key: _replaced(getattr(at, key), rest, value, field)})
    if isinstance(at, Mapping):
        if key not in at:
            raise InputError(f"There is no {key!r} in {field}.")
        return {**at, key: _replaced(at[key], rest, value, field)}
    if isinstance(at, tuple):
        index = _index(at, key, field)
        return (*at[:index], _replaced(at[index], rest, value, field), *at[index + 1 :])
    raise InputError(f"{field} goes deeper than the request does: there is nothing below {key!r}.")


def _index(items: tuple[Any, ...], key: str, field: str) -> int:
    """Place of an item: by number, or by the map that a control steers with."""
    for index, item in enumerate(items):
        if key in (str(index), getattr(item, "map", None)):
            return index
    raise InputError(f"There is no {key!r} in {field}; there are {len(items)}.")


def _range(word: str, text: str) -> list[Varied]:
    ends, _, step_said = word.partition(":")
    low_said, _, high_said = ends.partition("..")
    try:
        low, high, step = float(low_said), float(high_said), float(step_said or 1)
    except ValueError as error:
        raise InputError(f"{word!r} in {text!r} is not a range like 1..5 or 1..3:0.5.") from error
    if not (step > 0 and low <= high and math.isfinite((high - low) / step)):
        raise InputError(f"{word!r} in {text!r} should go up, by a step above 0.")
    count = int((high - low) / step + 1e-9) + 1
    if count > MOST_PICTURES:
        raise InputError(f"{word!r} in {text!r} is {count:,} values; at most {MOST_PICTURES:,} pictures are made.")
    exact = [round(low + index * step, 9) for index in range(count)]
    return [int(number) if number == int(number) and step == int(step) else number for number in exact]


def _value(word: str) -> Varied:
    for read in (int, float):
        try:
            number = read(word)
        except ValueError:
            continue
        if math.isfinite(number):
            return number
    return word


def _slug(text: str) -> str:
    """`text` as a part of a file name."""
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.")[:40] or "x"
