"""Small textures: shrunk, and those of one colour replaced by it."""

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from sd3studio.services.catalogue_build.surface import Material, Surface, joined

Colour = tuple[float, float, float, float]

MAX_SIDE_PX = 256
UNIFORM_DEVIATION = 7.0
"""Standard deviation (of 255) under which the part of a texture in use counts as one colour."""
JPEG_QUALITY = 78


def with_small_textures(surface: Surface, max_side_px: int = MAX_SIDE_PX) -> Surface:
    """The surface with textures of at most `max_side_px`; unused and near-uniform textures become plain colours."""
    materials = []
    for index, material in enumerate(surface.materials):
        uv = surface.corner_uv[surface.material_of_face == index]
        materials.append(_small(material, uv, max_side_px))
    return joined([surface.replace(materials=tuple(materials))])  # equal materials become one


def _small(material: Material, uv: np.ndarray, max_side_px: int) -> Material:
    if material.texture is None or len(uv) == 0:
        return replace(material, colour=_rounded(material.colour), texture=None)
    image = material.texture
    see_through = image.mode == "RGBA" and np.asarray(image.getchannel("A")).min() < 250
    used = _used_part(image, uv)
    pixels = np.asarray(used.convert("RGB"), float).reshape(-1, 3)
    if not see_through and pixels.std(axis=0).max() < UNIFORM_DEVIATION:
        red, green, blue = (float(value) / 255 for value in pixels.mean(axis=0))
        return Material(_rounded((red, green, blue, material.colour[3])))
    scale = min(max_side_px / max(image.size), 1.0)
    size = (max(round(image.width * scale), 4), max(round(image.height * scale), 4))
    small = image.convert("RGBA" if see_through else "RGB").resize(size, Image.Resampling.LANCZOS)
    return Material((1.0, 1.0, 1.0, _rounded(material.colour)[3]), small)


def _rounded(colour: Colour) -> Colour:
    """Steps of 1/64, so that colours nobody can tell apart become one material."""
    red, green, blue, alpha = (round(value * 64) / 64 for value in colour)
    return red, green, blue, alpha


def _used_part(image: Image.Image, uv: np.ndarray) -> Image.Image:
    """The rectangle of the texture that the coordinates reach; all of it where they repeat."""
    low, high = uv.reshape(-1, 2).min(axis=0), uv.reshape(-1, 2).max(axis=0)
    if (high - low >= 1.0).any() or (np.floor(low) != np.floor(high)).any():
        part = image
    else:
        low, high = low - np.floor(low), high - np.floor(low)
        width, height = image.size
        left, right = int(low[0] * width), max(int(np.ceil(high[0] * width)), int(low[0] * width) + 1)
        top, bottom = (
            int((1 - high[1]) * height),
            max(int(np.ceil((1 - low[1]) * height)), int((1 - high[1]) * height) + 1),
        )
        part = image.crop((left, max(top, 0), right, bottom))
    part = part.copy()
    part.thumbnail((128, 128))
    return part


def encoded(image: Image.Image) -> tuple[bytes, str]:
    """File content and MIME type of a texture: JPEG, or PNG where it has holes."""
    stream = io.BytesIO()
    if image.mode == "RGBA":
        image.quantize(128, method=Image.Quantize.FASTOCTREE).save(stream, "PNG", optimize=True)
        return stream.getvalue(), "image/png"
    image.save(stream, "JPEG", quality=JPEG_QUALITY)
    return stream.getvalue(), "image/jpeg"
