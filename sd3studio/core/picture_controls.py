"""What steers a picture besides its scene: style, a reference picture, an earlier picture of which the rest is kept.

All are whole values, so that a request that holds them can be replayed without any other file.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from sd3studio.core.scene.value import Unit, Value
from sd3studio.core.scene.values import Scene

Words = Annotated[str, Field(max_length=20_000)]

MAX_PICTURE_CHARS = 24_000_000
"""Of an encoded picture in a request: 18 MB, a PNG of some 2500 x 2500 px."""


def _is_base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("a picture in a request is PNG or JPEG, written as base64") from error
    return text


Encoded = Annotated[str, Field(max_length=MAX_PICTURE_CHARS), AfterValidator(_is_base64)]
"""An encoded picture (PNG or JPEG) as base64."""

SlotTokens = Mapping[Annotated[str, Field(max_length=64)], Annotated[tuple[int, ...], Field(max_length=64)]]
"""Id of a thing in sight ("" is the light) -> the tokens of its look, as SD3 mini drew them."""


class Style(Value):
    """A preset: words added to the prompt and to what should not be there, and perhaps guidance and steps.

    `guidance` and `steps` are what the preset proposes; the request's own fields are what acts.
    """

    name: Annotated[str, Field(min_length=1, max_length=80)]
    prompt: Words = ""
    negative: Words = ""
    guidance: Annotated[float, Field(ge=0.0, le=50.0)] | None = None
    steps: Annotated[int, Field(ge=1, le=1_000)] | None = None
    about: Annotated[str, Field(max_length=500)] = ""


class Reference(Value):
    """A picture whose look is taken over.

    Parameters
    ----------
    picture : the picture, reduced
    name : of its file, to be shown
    scene : what it shows, if it is one of ours: then things of the same name get the same look
    tokens : the looks in it, where SD3 mini drew it
    strength : how much of it acts (diffusers, and colours that are matched)
    model : folder of an IP-Adapter, for diffusers
    """

    picture: Encoded
    name: Annotated[str, Field(max_length=4_096)] = ""
    scene: Scene | None = None
    tokens: SlotTokens = Field(default_factory=dict)
    strength: Unit = 0.6
    model: Annotated[str, Field(max_length=4_096)] = ""


class Keep(Value):
    """An earlier picture of which everything is kept that the new scene leaves as it was.

    Parameters
    ----------
    picture : its pixels, lossless
    scene : what it shows, with the camera that it was taken with
    tokens : the looks in it, where SD3 mini drew it; empty: they are read from the picture
    margin : of what is drawn anew around things that changed, as a share of the longer side
    name : of its file, to be shown
    """

    picture: Encoded
    scene: Scene
    tokens: SlotTokens = Field(default_factory=dict)
    margin: Annotated[float, Field(ge=0.0, le=0.25)] = 0.02
    name: Annotated[str, Field(max_length=4_096)] = ""


class KeptDifference(Value):
    """How far a picture is from the one of which the rest was kept, outside of what was drawn anew.

    Parameters
    ----------
    redrawn : share of the picture that was drawn anew
    mean, largest : absolute difference of the finished picture outside of that, in levels of 255
    drawn_mean, drawn_largest : the same before the old pixels were put back: how well the network itself kept the rest
    """

    redrawn: Unit
    mean: Annotated[float, Field(ge=0.0, le=255.0)]
    largest: Annotated[float, Field(ge=0.0, le=255.0)]
    drawn_mean: Annotated[float, Field(ge=0.0, le=255.0)]
    drawn_largest: Annotated[float, Field(ge=0.0, le=255.0)]

    @property
    def sentence(self) -> str:
        """The difference in words."""
        return (
            f"{self.redrawn:.0%} of the picture was drawn anew; outside of it the difference is {self.mean:.2f} of 255 "
            f"on average and {self.largest:.0f} at most ({self.drawn_mean:.2f} and {self.drawn_largest:.0f} before "
            "the old pixels were put back)."
        )


class DepthRange(Value):
    """The depths (m) that become white and black in a depth picture; None is that of the picture, but for outliers."""

    near_m: Annotated[float, Field(ge=0.01, le=10_000.0)] | None = None
    far_m: Annotated[float, Field(ge=0.01, le=10_000.0)] | None = None

    @model_validator(mode="after")
    def _near_is_nearer(self) -> Self:
        if self.near_m is not None and self.far_m is not None and self.far_m <= self.near_m:
            raise ValueError(f"far ({self.far_m:g} m) must be farther than near ({self.near_m:g} m)")
        return self


def joined_words(*parts: str) -> str:
    """Words of several sources as one list with commas."""
    return ", ".join(part.strip().strip(",").strip() for part in parts if part.strip().strip(","))
