"""How things look: the dominant colour inside a mask, by name."""

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.language.colours import COLOURS
from sd3studio.core.scene.value import Colour

Pixels = NDArray[np.uint8]

NAMED = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "beige", "black", "gray", "white")
"""Names that are given to what is seen: those that people agree on (Berlin and Kay 1969), and beige."""

SURE_SHARE = 0.4
"""A colour is named only if so much of the thing has it."""


def colour_words(pixels: Pixels, mask: NDArray[np.bool_]) -> tuple[str, Colour, float] | None:
    """Name of the dominant colour inside a mask, its sRGB mean, and the share of pixels that have it.

    None for grey pictures and where no colour dominates. Shares are of pixels (H, W, 3) uint8 RGB under `mask` (H, W).
    """
    import cv2

    ys, xs = np.nonzero(mask)
    if len(ys) < 30:
        return None
    step = max(1, len(ys) // 2_000)
    inside = pixels[ys[::step], xs[::step]]
    if _is_grey(pixels):
        return None
    lab = cv2.cvtColor(np.concatenate([inside, _palette()])[None], cv2.COLOR_RGB2LAB)[0].astype(float)
    things, named = lab[: len(inside)], lab[len(inside) :]
    weights = np.array([0.6, 1.2, 1.2])  # lightness varies with the light, hue does not
    nearest = (((things[:, None] - named[None]) * weights) ** 2).sum(axis=-1).argmin(axis=1)
    counts = np.bincount(nearest, minlength=len(named))
    best = int(counts.argmax())
    share = float(counts[best] / len(inside))
    if share < SURE_SHARE:
        return None
    mean = inside[nearest == best].mean(axis=0) / 255.0
    return NAMED[best], (float(mean[0]), float(mean[1]), float(mean[2])), share


def _palette() -> Pixels:
    return np.round(np.array([COLOURS[name] for name in NAMED]) * 255).astype(np.uint8)


def _is_grey(pixels: Pixels) -> bool:
    """Whether a picture has no colours at all."""
    sample = pixels[::16, ::16].astype(int)
    return bool((sample.max(axis=-1) - sample.min(axis=-1)).mean() < 6)
