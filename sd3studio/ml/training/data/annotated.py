"""One annotated image of a public data set, whatever its format: boxes, triples, captions; and the split."""

import hashlib
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sd3studio.core.scene.value import BoxPx, Value

Split = Literal["train", "dev"]
DEV_PARTS = 5
"""One image in so many is for development."""

Text = Annotated[str, Field(max_length=20_000)]
Label = Annotated[str, Field(min_length=1, max_length=500)]


class LabelledBox(Value):
    """A thing in an image: its name, its box (x0, y0, x1, y1 px, origin top left) and what is said of it."""

    label: Label
    box: BoxPx
    attributes: tuple[Label, ...] = ()
    stuff: bool = False


class AnnotatedImage(Value):
    """What a data set says of one image.

    Parameters
    ----------
    image_id : as the data set names it, as text
    width, height : px, None where the data set does not say
    boxes : the things
    triples : (subject, predicate, object), subject and object by their place in `boxes`
    captions : sentences
    """

    image_id: Annotated[str, Field(min_length=1, max_length=500)]
    width: Annotated[int, Field(ge=1)] | None = None
    height: Annotated[int, Field(ge=1)] | None = None
    boxes: tuple[LabelledBox, ...] = ()
    triples: tuple[tuple[int, str, int], ...] = ()
    captions: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _indices_fit(self) -> Self:
        for subject, predicate, object in self.triples:
            if not (0 <= subject < len(self.boxes) and 0 <= object < len(self.boxes)):
                raise ValueError(f"the triple ({subject}, {predicate!r}, {object}) names a box that is not there")
        return self

    @property
    def split(self) -> Split:
        """The part that it belongs to; see `split_of`."""
        return split_of(self.image_id)


def split_of(image_id: str) -> Split:
    """ "dev" for one image in five, else "train": by the SHA-256 of its id, so that it never changes."""
    digest = hashlib.sha256(image_id.encode()).digest()
    return "dev" if int.from_bytes(digest[:8], "big") % DEV_PARTS == 0 else "train"
