"""A reference picture of which no scene is known: its colours are matched in the finished picture."""

from sd3studio.core.picture_controls import Reference
from sd3studio.ml.generation.pictures import Pixels, decoded


def colours_sentence(reference: Reference) -> str:
    """What is taken from such a picture, in words."""
    name = reference.name or "the reference picture"
    return f"The colours of the finished picture are matched to {name} ({reference.strength:.0%}); nothing else acts."


def with_reference_colours(reference: Reference, pixels: Pixels) -> Pixels:
    """The picture (H, W, 3) with its colours matched."""
    from sd3studio.ml.looks import matched_colours

    return matched_colours(pixels, decoded(reference.picture), reference.strength)
