"""The backends' side of *keep the rest*: from a request to what is held, from a drawn picture to the finished one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import InputError
from sd3studio.core.picture_controls import Keep, KeptDifference
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene.changes import changed_ids
from sd3studio.core.scene.values import Scene
from sd3studio.ml.generation.pictures import Pixels, decoded, scene_for
from sd3studio.ml.rest import Held, check_view, mask_of_change

SHADOW_PX = 256
"""Longer side of the maps from which shadows are found."""
RIM_SHARE = 0.5
"""Of the margin, over which old and new are blended."""

LightCodes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Rest:
    """What a request keeps of an earlier picture; `scene` is the new one as that picture's camera sees it."""

    keep: Keep
    held: Held
    scene: Scene
    changed: frozenset[str]
    rim_px: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height (px)."""
        height, width = self.held.mask.shape
        return width, height

    def finished(self, drawn: Pixels) -> tuple[Pixels, KeptDifference]:
        """The picture with the old pixels put back, and how far it is from the old one."""
        picture = self.held.put_back(drawn, self.rim_px)
        return picture, self.held.difference(drawn, picture)

    def notes(self, request: GenerateImage) -> list[str]:
        """What the user should know."""
        width, height = self.size
        said = []
        if (request.width, request.height) != self.size:
            said.append(f"The picture is {width} x {height}, as the one of which the rest is kept.")
        if not self.held.mask.any():
            said.append("Nothing that is in the picture has changed: it stays as it was.")
        elif self.held.mask.all():
            said.append("The change touches the whole picture, so nothing of it is kept.")
        return said


def rest_of(request: GenerateImage, light: LightCodes | None = None, block_px: int = 1) -> Rest | None:
    """What the request keeps; None if it keeps nothing.

    Parameters
    ----------
    light : codes (6,) under which shadows fall; None: the scene's own light
    block_px : sides must be multiples of this

    Raises `InputError` when the camera has moved or the size does not fit.
    """
    keep = request.keep
    if keep is None:
        return None
    pixels = decoded(keep.picture)
    height, width = pixels.shape[:2]
    if width % block_px or height % block_px:
        raise InputError(
            f"The picture of which the rest is kept is {width} x {height}; what makes this one draws sides that are "
            f"multiples of {block_px}."
        )
    new = scene_for(request, width, height)
    old = keep.scene.replace(camera=new.camera)
    check_view(keep, new)
    changed = changed_ids(old, new)
    shadows = (_shadow(old, light), _shadow(new, light))
    old_ids, new_ids = _ids(old), _ids(new)
    margin = max(round(keep.margin * max(width, height)), 1)
    keys = (tuple(old.objects), tuple(new.objects))
    mask = mask_of_change(old_ids, new_ids, *keys, changed, shadows, margin)
    return Rest(keep, Held(pixels, mask), new, changed, max(round(margin * RIM_SHARE), 1))


def _ids(scene: Scene) -> NDArray[np.int32]:
    from sd3studio.render.maps import render_maps

    ids = render_maps(scene, maps=("id",), ground="all").id
    assert ids is not None
    return ids


def _shadow(scene: Scene, light: LightCodes | None) -> NDArray[np.float32]:
    """(h, w), as `shadow_map` has it: where the sun does not get."""
    import torch

    from sd3studio.ml.conditioning.layout_map import camera_numbers, depth_of, light_codes, slots_of
    from sd3studio.ml.nets.surface import shadow_map
    from sd3studio.render.maps import render_maps

    scale = min(SHADOW_PX / max(scene.camera.width, scene.camera.height), 1.0)
    width, height = (max(round(side * scale), 8) for side in (scene.camera.width, scene.camera.height))
    camera = scene.camera.replace(width=width, height=height)
    drawn = render_maps(scene, maps=("depth", "normal", "id"), camera=camera, ground="all")
    assert drawn.depth_m is not None and drawn.normal is not None and drawn.id is not None
    slots = slots_of(scene.replace(camera=camera), drawn.id, drawn.depth_m)
    arrays = {
        "slot_map": slots.slot_map,
        "depth": depth_of(drawn.depth_m),
        "normal": np.rint(drawn.normal * 127.0).astype(np.int8),
        "camera": camera_numbers(camera),
        "slot_frame": slots.frames,
    }
    inputs = {name: torch.from_numpy(np.asarray(value)).unsqueeze(0) for name, value in arrays.items()}
    codes = light_codes(scene.light, camera) if light is None else light
    return shadow_map(inputs, torch.from_numpy(codes).unsqueeze(0))[0].numpy()
