"""The layout solver: moves objects so that relations come true, places new ones, arranges whole scenes."""

from sd3studio.core.layout.arranging import arrange
from sd3studio.core.layout.framing import framing_camera
from sd3studio.core.layout.overlapping import Overlap, overlaps
from sd3studio.core.layout.placing import place
from sd3studio.core.layout.satisfying import Layout, satisfy
from sd3studio.core.layout.showing import framed_for, shown_well
from sd3studio.core.layout.sizing import sized_alike
from sd3studio.core.layout.standing import drop_to_support

__all__ = [
    "Layout",
    "Overlap",
    "arrange",
    "drop_to_support",
    "framed_for",
    "framing_camera",
    "overlaps",
    "place",
    "satisfy",
    "shown_well",
    "sized_alike",
]
