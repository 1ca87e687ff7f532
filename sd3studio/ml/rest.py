"""Keep the rest: what a changed scene leaves as it was in an earlier picture, and how far a new picture is from that.

A picture is drawn anew where another thing is seen than before, where a thing that changed is seen, and where the sun's
shadow differs; a margin is put around all that. Elsewhere the old pixels stay. Ours.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sd3studio.core.errors import InputError
from sd3studio.core.picture_controls import Keep, KeptDifference
from sd3studio.core.scene.values import Scene

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

SHADOW_STEP = 0.5
"""A pixel's shadow differs if it does by so much (0 in the sun, 1 in shadow)."""


@dataclass(frozen=True, eq=False)
class Held:
    """What is held of an earlier picture.

    Parameters
    ----------
    pixels : the earlier picture, (H, W, 3)
    mask : (H, W), what is drawn anew
    """

    pixels: Pixels
    mask: Mask

    def put_back(self, drawn: Pixels, rim_px: int) -> Pixels:
        """The new picture inside the mask, the old one outside, blended over the mask's last `rim_px` pixels."""
        inside = ndimage.distance_transform_edt(np.pad(self.mask, 1, mode="edge"))[1:-1, 1:-1]
        share = np.clip(inside / (rim_px + 1.0), 0.0, 1.0)[..., None]
        return np.rint(drawn * share + self.pixels * (1.0 - share)).astype(np.uint8)

    def difference(self, drawn: Pixels, finished: Pixels) -> KeptDifference:
        """How far what was drawn, and the finished picture, are from the old one outside of the mask."""
        numbers = [number for picture in (finished, drawn) for number in outside(picture, self.pixels, self.mask)]
        mean, largest, drawn_mean, drawn_largest = numbers
        return KeptDifference(
            redrawn=float(self.mask.mean()),
            mean=mean,
            largest=largest,
            drawn_mean=drawn_mean,
            drawn_largest=drawn_largest,
        )


def outside(made: Pixels, old: Pixels, mask: Mask) -> tuple[float, float]:
    """Mean and largest absolute difference of two pictures outside of a mask, in levels of 255."""
    apart = np.abs(made.astype(int) - old.astype(int))[~mask]
    return (float(apart.mean()), float(apart.max())) if apart.size else (0.0, 0.0)


def check_view(keep: Keep, scene: Scene) -> None:
    """Raises `InputError` if the picture can't be held because the camera stands elsewhere now."""
    size = {"width": scene.camera.width, "height": scene.camera.height}
    if keep.scene.camera.replace(**size) != scene.camera:
        raise InputError(
            "The camera has moved since that picture was made, so nothing of it can be kept. "
            "Put the camera back, or generate the whole picture."
        )


def mask_of_change(
    old_id: NDArray[np.integer],
    new_id: NDArray[np.integer],
    old_keys: tuple[str, ...],
    new_keys: tuple[str, ...],
    changed: Collection[str],
    shadows: tuple[NDArray[np.floating], NDArray[np.floating]] | None,
    margin_px: int,
) -> Mask:
    """(H, W): what is drawn anew.

    Parameters
    ----------
    old_id, new_id : (H, W) maps of ids, 0 nothing, number k is ``keys[k - 1]``
    changed : ids of what changed
    shadows : (h, w) each, before and after, 0 in the sun and 1 in shadow, of any size; None: not looked at
    """
    old_names, new_names = (np.array(["", *keys], dtype=object) for keys in (old_keys, new_keys))
    names = sorted({*old_names, *new_names})
    number = {name: k for k, name in enumerate(names)}
    before, after = (
        np.array([number[name] for name in some])[ids] for some, ids in ((old_names, old_id), (new_names, new_id))
    )
    moved = np.array([name in changed for name in names])
    mask = (before != after) | moved[before] | moved[after]
    if shadows is not None:
        apart = np.abs(shadows[0] - shadows[1]) > SHADOW_STEP
        rows = ((np.arange(mask.shape[0]) + 0.5) * apart.shape[0] / mask.shape[0]).astype(int)
        columns = ((np.arange(mask.shape[1]) + 0.5) * apart.shape[1] / mask.shape[1]).astype(int)
        mask |= _without_specks(apart)[rows][:, columns]
    if margin_px > 0 and mask.any():
        mask = ndimage.distance_transform_edt(~mask) <= margin_px
    return mask


def _without_specks(apart: Mask) -> Mask:
    """Single pixels of the coarse shadow map are its own roughness, not a shadow that moved."""
    return ndimage.binary_opening(apart, np.ones((2, 2), bool))
