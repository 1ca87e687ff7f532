"""Scene -> what a diffusers pipeline is steered by: control pictures, and boxes with a phrase each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.language.prompt import BoxNorm, phrases_of
from sd3studio.core.picture_controls import DepthRange
from sd3studio.core.scene.values import Scene
from sd3studio.ml.generation.pictures import Pixels
from sd3studio.render.palette import class_colour

WHOLE_DEPTH = DepthRange()
MAX_BOXES = 30
"""GLIGEN's networks have this many places for boxes."""


def control_pictures(scene: Scene, maps: Sequence[str], depth_range: DepthRange = WHOLE_DEPTH) -> dict[str, Pixels]:
    """A control picture, (H, W, 3) of the camera's size, for each of ``"depth"``, ``"normal"`` and ``"class"``.

    `depth_range` says which depths become white and black.
    """
    from sd3studio.render.map_files import depth_control
    from sd3studio.render.maps import render_maps

    if not maps:
        return {}
    # with the default floor: the networks were trained on photos, where nothing hangs in the void
    drawn = render_maps(scene, maps=tuple({"depth", *maps}), ground="all")
    made = {}
    for name in maps:
        if name == "depth":
            depth = depth_control(drawn.depth_m, depth_range.near_m, depth_range.far_m)
            made[name] = np.repeat(depth[..., None], 3, axis=-1)
        elif name == "normal":
            made[name] = normal_picture(drawn.normal)
        else:
            made[name] = class_picture(drawn.class_rgb, drawn.depth_m)
    return made


def normal_picture(normal: NDArray[np.float32]) -> Pixels:
    """Normals as the normal ControlNets know them (ScanNet's protocol): red left, green up, blue to the viewer.

    Parameters
    ----------
    normal : (H, W, 3) unit vectors in the eye frame (x right, y up, z to the viewer), zero where there is nothing
    """
    nothing = np.linalg.norm(normal, axis=-1) < 0.5
    full = np.where(nothing[..., None], (0.0, 0.0, 1.0), normal) * (-1.0, 1.0, 1.0)
    return np.round((full + 1.0) * 127.5).clip(0, 255).astype(np.uint8)


def class_picture(class_rgb: Pixels, depth_m: NDArray[np.float32]) -> Pixels:
    """ADE20K class colours; unnamed ground counts as floor, black is what no class covers.

    Parameters
    ----------
    class_rgb : (H, W, 3), black where no object is
    depth_m : (H, W), inf where there is nothing at all
    """
    ground = (class_rgb == 0).all(axis=-1) & np.isfinite(depth_m)
    return np.where(ground[..., None], np.array(class_colour("floor"), np.uint8), class_rgb)


def grounding(scene: Scene) -> tuple[list[str], list[BoxNorm]]:
    """Phrases and boxes of the objects in the picture, for GLIGEN; the nearest `MAX_BOXES` where there are more."""
    pairs = phrases_of(scene)[-MAX_BOXES:]
    return [phrase for phrase, _ in pairs], [box for _, box in pairs]
