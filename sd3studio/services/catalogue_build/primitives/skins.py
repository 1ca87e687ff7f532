"""Pictures that go round things, and the noise that they are drawn with."""

import numpy as np
from PIL import Image

from sd3studio.services.catalogue_build.surface import Floats, Material, Surface


def noise(random: np.random.Generator, width: int, height: int, grain_px: float) -> Floats:
    """(height, width) noise of mean 0 and deviation 1 with grains of about twice that size."""
    cells = (max(int(height / grain_px), 2), max(int(width / grain_px), 2))
    raw = Image.fromarray(random.normal(size=cells).astype(np.float32))
    values = np.asarray(raw.resize((width, height), Image.Resampling.BICUBIC), float)
    return (values - values.mean()) / values.std()


def as_image(pixels: Floats) -> Image.Image:
    """(H, W, 3) numbers, cut to 0 to 255, as a picture."""
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def textured(surface: Surface, corner_uv: Floats, picture: Image.Image) -> Surface:
    """The surface with a picture at (F, 3, 2) texture coordinates."""
    return surface.replace(
        corner_uv=corner_uv,
        material_of_face=np.zeros(len(surface.faces), np.int64),
        materials=(Material((1.0, 1.0, 1.0, 1.0), picture),),
    )


def wrapped(surface: Surface, picture: Image.Image, times: int = 1) -> Surface:
    """The surface with a picture wrapped `times` round the z axis, its lower side at the lowest point."""
    x, y, z = surface.vertices.T
    turn = (np.arctan2(y, x) / (2 * np.pi) % 1.0)[surface.faces]
    across_seam = np.ptp(turn, axis=1) > 0.5
    turn = np.where(across_seam[:, None] & (turn < 0.5), turn + 1, turn)
    on_axis = (np.hypot(x, y) < 1e-6)[surface.faces]
    for k in range(3):
        others = turn[:, [(k + 1) % 3, (k + 2) % 3]].mean(axis=1)
        turn[:, k] = np.where(on_axis[:, k], others, turn[:, k])
    height = (z - z.min()) / np.ptp(z)
    return textured(surface, np.stack([turn * times, height[surface.faces] * 0.996 + 0.002], -1), picture)
