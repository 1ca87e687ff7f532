"""Pixels to encoded pictures, and the result of a generation."""

import base64
import io
import warnings
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sd3studio.core.errors import PhotoError
from sd3studio.core.messages import ImageResult
from sd3studio.core.picture_controls import KeptDifference, SlotTokens
from sd3studio.core.png import embed_record
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene.values import Scene

PREVIEW_SIDE_PX = 512
"""Longest side of a preview: enough to judge the layout, a few milliseconds to encode."""

Pixels = NDArray[np.uint8]
"""(H, W, 3) sRGB."""


def scene_for(request: GenerateImage, width: int, height: int) -> Scene:
    """The request's scene seen by its camera, at this picture size (px); the vertical field of view is kept."""
    return request.scene.replace(camera=request.scene.camera.replace(width=width, height=height))


def png_of(pixels: Pixels) -> bytes:
    """The picture as PNG."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def preview_of(pixels: Pixels) -> bytes:
    """The picture as JPEG, its longest side brought to `PREVIEW_SIDE_PX`."""
    image = Image.fromarray(pixels)
    scale = PREVIEW_SIDE_PX / max(image.size)
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    out = io.BytesIO()
    image.resize(size, Image.Resampling.BICUBIC).save(out, "JPEG", quality=80)
    return out.getvalue()


def decoded(picture: str) -> Pixels:
    """The pixels of a picture in a request (base64). Raises `PhotoError` for what is no picture, or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(base64.b64decode(picture)), formats=("PNG", "JPEG")) as image:
                return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError(f"A picture that this request holds can't be read: {error}.") from error


def result_of(
    request: GenerateImage,
    pixels: Pixels,
    prompt: str = "",
    weights: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
    tokens: SlotTokens | None = None,
    difference: KeptDifference | None = None,
) -> ImageResult:
    """The result: the picture as PNG with all that `PictureRecord` tells inside."""
    height, width = pixels.shape[:2]
    return ImageResult(
        png=embed_record(png_of(pixels), request, weights, tokens, difference),
        width=width,
        height=height,
        seed=request.seed,
        backend=request.backend,
        is_render=request.backend == "render",
        prompt=prompt,
        notes=notes,
        difference=difference,
    )
