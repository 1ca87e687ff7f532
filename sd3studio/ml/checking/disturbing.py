"""A render under other light and with the traces of a camera: what detectors see in all of these they see reliably."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from sd3studio.core.checking.expecting import Sighting

Pixels = NDArray[np.uint8]
"""(H, W, 3) sRGB."""


def _darker(pixels: Pixels) -> Pixels:
    blurred = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(0.8)))
    return np.round(235.0 * (blurred / 255.0) ** 1.3).astype(np.uint8)


def _brighter(pixels: Pixels) -> Pixels:
    noise = np.random.default_rng(0).normal(0.0, 7.0, pixels.shape)
    return np.clip(255.0 * (pixels / 255.0) ** 0.75 + noise, 0.0, 255.0).astype(np.uint8)


DISTURBANCES: Mapping[str, Callable[[Pixels], Pixels]] = MappingProxyType({"darker": _darker, "brighter": _brighter})
"""What is done to a picture; ours, within what photos of one place differ by."""


def mirrored(pixels: Pixels) -> Pixels:
    """The picture with left and right exchanged."""
    return np.ascontiguousarray(pixels[:, ::-1])


def mirrored_back(sightings: tuple[Sighting, ...], width: int) -> tuple[Sighting, ...]:
    """What was seen in a mirrored picture of this width (px), where it is in the picture itself."""
    return tuple(
        Sighting(s.label, s.score, (width - s.box[2], s.box[1], width - s.box[0], s.box[3]), s.thing) for s in sightings
    )
