"""What a scene should look like: every solid object's pixels, visible and whole, from the renderer."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.checking.expecting import Expected, detector_names
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.render.maps import render_maps

WHOLE_SIDE_PX = 384
"""Longest side of the drawings of objects alone: enough for their boxes, 3 ms each."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A scene seen at one picture size.

    Parameters
    ----------
    scene : with its camera in that size
    ids : (H, W) int32, number k is the k-th object of the scene, 0 nothing
    numbers : object id -> number
    """

    scene: Scene
    ids: NDArray[np.int32]
    numbers: dict[str, int]

    def mask(self, name: str) -> NDArray[np.bool_]:
        """(H, W) the visible pixels of an object."""
        return self.ids == self.numbers[name]


def layout_of(scene: Scene, width: int, height: int) -> Layout:
    """The scene's id map at a picture size (px); the vertical field of view is kept. Needs EGL."""
    seen = scene.replace(camera=scene.camera.replace(width=width, height=height))
    drawn = render_maps(seen, maps=("id",))
    return Layout(seen, drawn.id, {name: k for k, name in enumerate(drawn.ids, start=1)})


def box_around(mask: NDArray[np.bool_]) -> BoxPx | None:
    """Box around the true pixels of (H, W), None if there are none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def expectations(layout: Layout, classes: Collection[str]) -> tuple[Expected, ...]:
    """Where every solid object of the scene should be seen; `classes` are those of the detector."""
    return tuple(_expected(layout, thing, classes) for thing in layout.scene.solid_objects())


def _expected(layout: Layout, thing: SceneObject, classes: Collection[str]) -> Expected:
    mask = layout.mask(thing.id)
    whole, whole_px = _whole(layout, thing)
    seen_px = int(mask.sum())
    return Expected(
        thing=thing,
        box=box_around(mask),
        whole=whole,
        seen_px=seen_px,
        whole_px=max(whole_px, seen_px),
        names=detector_names(thing, classes),
    )


def _whole(layout: Layout, thing: SceneObject) -> tuple[BoxPx | None, int]:
    """Box (px) and number of pixels of an object with nothing before it."""
    camera = layout.scene.camera
    scale = min(WHOLE_SIDE_PX / max(camera.width, camera.height), 1.0)
    width, height = (max(round(side * scale), 1) for side in (camera.width, camera.height))
    alone = Scene.of([thing.replace(parent=None)], camera=camera, light=layout.scene.light)
    mask = render_maps(alone, maps=("id",), width=width, height=height).id == 1
    box = box_around(mask)
    if box is None:
        return None, 0
    across, down = camera.width / width, camera.height / height
    return (box[0] * across, box[1] * down, box[2] * across, box[3] * down), round(float(mask.sum()) * across * down)
