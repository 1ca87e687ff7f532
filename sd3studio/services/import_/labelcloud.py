"""labelCloud centroid JSON: boxes in space, angles in degrees (or radians within half a turn, its relative form)."""

import math
from typing import Annotated

from pydantic import Field, ValidationError

from sd3studio.core.errors import DataError
from sd3studio.services.import_.form import (
    Beside,
    Doubts,
    Draft,
    Facts,
    Imported,
    ImportedScene,
    Loose,
    Side,
    build,
    parsed,
)

SIZE_PX = (768, 512)


class _Point(Loose):
    x: Side
    y: Side
    z: Side


class _Dimensions(Loose):
    length: Side
    width: Side
    height: Side


class _Object(Loose):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    centroid: _Point
    dimensions: _Dimensions
    rotations: _Point


class _File(Loose):
    filename: Annotated[str, Field(max_length=4_096)] = ""
    objects: Annotated[list[_Object], Field(max_length=20_000)]


def read(data: bytes, name: str, beside: Beside) -> Imported:
    """One scene. Raises `DataError` naming file and field."""
    file: _File = parsed(_File, data, name, "labelCloud")
    doubts = Doubts()
    angles = [abs(v) for one in file.objects for v in (one.rotations.x, one.rotations.y, one.rotations.z)]
    negative = any(min(one.rotations.x, one.rotations.y, one.rotations.z) < 0 for one in file.objects)
    relative = bool(angles) and negative and max(angles) <= math.pi + 1e-6
    if relative:
        doubts.add("The angles of {} file are read as radians: they are negative and within half a turn.")
    drafts = [_draft(one, relative, name, number) for number, one in enumerate(file.objects)]
    scene = build(drafts, (), SIZE_PX, None, doubts)
    return Imported((ImportedScene(file.filename or name, scene),), doubts.notes())


def _draft(one: _Object, relative: bool, name: str, number: int) -> Draft:
    turns = [one.rotations.x, one.rotations.y, one.rotations.z]
    pitch, roll, turn = turns if relative else [math.radians(v) for v in turns]
    try:
        facts = Facts(
            label=one.name,
            center_m=(one.centroid.x, one.centroid.y, one.centroid.z),
            size_m=(one.dimensions.width, one.dimensions.length, one.dimensions.height),
            yaw_rad=math.remainder(turn + math.pi / 2.0, math.tau),
            pitch_rad=math.remainder(pitch, math.tau),
            roll_rad=math.remainder(roll, math.tau),
        )
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise DataError(f"{name} is not a labelCloud file: objects.{number}.{where}: no size or absurd.") from error
    return Draft(label=one.name, facts=facts)
