"""`Value`: the frozen base of everything that is stored, compared and sent to a job."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field


class Value(BaseModel):
    """An immutable, validated value: compares by content, prints, goes to JSON and back."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="constants")

    def replace(self, **changes: Any) -> Self:
        """A validated copy with some fields changed (`model_copy` would not validate).

        Fields that don't change are shared with the original. Raises `pydantic.ValidationError`.
        """
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**fields, **changes})


Coordinate = Annotated[float, Field(ge=-100_000.0, le=100_000.0)]
"""A length or position along one axis, metres."""
Extent = Annotated[float, Field(ge=1e-4, le=100_000.0)]
"""A positive size, metres."""
Angle = Annotated[float, Field(ge=-1_000.0, le=1_000.0)]
"""An angle, radians."""
Unit = Annotated[float, Field(ge=0.0, le=1.0)]
"""A score, a grade or a colour channel in [0, 1]."""
Vec3 = tuple[Coordinate, Coordinate, Coordinate]
"""A point in the world frame, metres: right-handed, Z up."""
Size3 = tuple[Extent, Extent, Extent]
"""Width (local X), depth (local Y) and height (local Z), metres."""
Colour = tuple[Unit, Unit, Unit]
"""sRGB colour."""
BoxPx = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels, origin top left."""
ObjectId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.:-]+$")]
