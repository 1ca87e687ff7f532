"""The id-map oracle: what stands where in a render of ours, exactly, because the renderer can draw it again.

The scene in the picture's record is drawn once more. Where the picture still has the render's pixels, the id map tells
which object each of them belongs to; where it has others (somebody painted over it), nothing is known to be there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.checking.expecting import Sighting
from sd3studio.core.png import PictureRecord
from sd3studio.core.scene.values import Scene
from sd3studio.ml.checking.layout import Layout, box_around, layout_of
from sd3studio.render.maps import render_maps

SAME_LEVELS = 24
"""Greatest difference of a channel (of 255) of an unchanged pixel: graphics drivers round and smooth differently."""
WHOLE_PICTURE, WHOLE_OBJECT = 0.5, 0.5
"""Shares of unchanged pixels from which a picture is a render, and an object is still seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A render of ours: its scene seen in the picture's size, and which pixels are still as they were drawn."""

    layout: Layout
    same: NDArray[np.bool_]

    @property
    def scene(self) -> Scene:
        """The drawn scene, with its camera in the picture's size."""
        return self.layout.scene

    def sightings(self) -> tuple[Sighting, ...]:
        """The solid objects that are seen, each with the drawn object itself."""
        found = []
        for thing in self.scene.solid_objects():
            mask = self.layout.mask(thing.id)
            kept = mask & self.same
            box = box_around(kept)
            if box is not None and kept.sum() >= WHOLE_OBJECT * mask.sum():
                found.append(Sighting(thing.label, 1.0, box, thing))
        return tuple(found)


def drawn_scene(pixels: NDArray[np.uint8], record: PictureRecord | None) -> Drawn | None:
    """What was drawn in a picture ((H, W, 3) uint8 RGB); None if it is not a render of ours, or no longer one."""
    if record is None or record.request.backend != "render":
        return None
    height, width = pixels.shape[:2]
    layout = layout_of(record.request.scene, width, height)
    again = render_maps(layout.scene, maps=("rgb",), quality="final").rgb
    same = np.abs(pixels.astype(np.int16) - again).max(axis=2) <= SAME_LEVELS
    return Drawn(layout, same) if same.mean() >= WHOLE_PICTURE else None
