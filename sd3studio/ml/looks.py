"""The looks of things in a picture, as tokens of the picture codec; and taking them over into another scene. Ours.

A picture whose scene is known is encoded with the maps of that scene. Its light, which the codec is told and does not
find, is looked for: number by number, the one under which decoding gives the picture best.
"""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sd3studio.core.language.colours import first_colour
from sd3studio.core.picture_controls import SlotTokens
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ml.conditioning.layout_map import LEVELS, light_codes
from sd3studio.ml.image_path import BLOCK_PX, codec_of, drawn_inputs, tokens_by_id
from sd3studio.ml.nets.object_codec import ObjectCodec
from sd3studio.ml.nets.surface import Inputs
from sd3studio.ml.system import System
from sd3studio.ml.training.losses.image import graph_condition

Pixels = NDArray[np.uint8]

READ_PX, LIGHT_PX = 256, 128
"""Longer side at which a picture is encoded, and at which its light is looked for."""


@torch.no_grad()
def read_tokens(pixels: Pixels, scene: Scene, system: System) -> SlotTokens:
    """The looks in a picture (H, W, 3) of a scene, by the ids of its things; "" is the light."""
    codec = codec_of(system)
    light = _found_light(pixels, scene, system)
    slots, inputs = _with_pixels(pixels, scene, system, READ_PX)
    return tokens_by_id(slots, codec.encode(inputs | {"light": light}))


def _found_light(pixels: Pixels, scene: Scene, system: System) -> Tensor:
    """(1, 6): codes of the light, coordinate by coordinate from the scene's own."""
    codec = codec_of(system)
    _, inputs = _with_pixels(pixels, scene, system, LIGHT_PX)
    best = torch.from_numpy(light_codes(scene.light, scene.camera)).unsqueeze(0)
    least = _mistake(codec, inputs, best, system)
    for number in (5, 4, 0, 2):  # ambient, sun, azimuth, elevation: fine steps of the angles matter little
        start = best
        for level in range(LEVELS):
            tried = start.clone()
            tried[0, number] = level
            if torch.equal(tried, start):
                continue
            mistake = _mistake(codec, inputs, tried, system)
            if mistake < least:
                best, least = tried, mistake
    return best


def _mistake(codec: ObjectCodec, inputs: Inputs, light: Tensor, system: System) -> float:
    lit = inputs | {"light": light}
    graph, mask = graph_condition(system, inputs)
    return float((codec.decode(codec.encode(lit), lit, graph, mask) - codec.targets(lit)).abs().mean())


def _with_pixels(pixels: Pixels, scene: Scene, system: System, longest_px: int):
    """Slots and inputs of a picture, reduced to whole blocks of at most `longest_px`."""
    from PIL import Image

    height, width = pixels.shape[:2]
    scale = min(longest_px / max(width, height), 1.0)
    width, height = (max(round(side * scale / BLOCK_PX), 2) * BLOCK_PX for side in (width, height))
    small = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))
    slots, inputs = drawn_inputs(scene, "", width, height, system)
    return slots, inputs | {"pixels": torch.from_numpy(small.copy()).unsqueeze(0)}


def looks_like(scene: Scene, reference: Scene, tokens: SlotTokens) -> SlotTokens:
    """Looks for the things of a scene from those of like things in another picture, and its light.

    Like is: the same label, else the same category. A thing for which the scene itself names another colour keeps that.
    """
    taken = {"": tokens[""]} if "" in tokens else {}
    for thing in scene.objects.values():
        for other in _alike(thing, reference):
            own, theirs = first_colour(thing.attributes), first_colour(other.attributes)
            if other.id in tokens and (own is None or own == theirs):
                taken[thing.id] = tokens[other.id]
                break
    stand_ins = {key: codes for key, codes in tokens.items() if key.startswith("stand-in-")}
    return stand_ins | taken


def _alike(thing: SceneObject, reference: Scene) -> Iterator[SceneObject]:
    others = [other for other in reference.objects.values() if other.kind == thing.kind]
    yield from (other for other in others if other.id == thing.id and other.label.lower() == thing.label.lower())
    yield from (other for other in others if other.label.lower() == thing.label.lower())
    yield from (other for other in others if thing.category is not None and other.category == thing.category)


def matched_colours(pixels: Pixels, reference: Pixels, strength: float) -> Pixels:
    """A picture with the colours of another: means and spreads in CIELAB (Reinhard et al. 2001, doi:10.1109/38.946629).

    Parameters
    ----------
    pixels, reference : (H, W, 3) sRGB of any sizes
    strength : 0 changes nothing, 1 matches wholly
    """
    import cv2

    own, theirs = (
        cv2.cvtColor(picture.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB) for picture in (pixels, reference)
    )
    mean, spread = own.mean((0, 1)), own.std((0, 1))
    goal_mean, goal_spread = theirs.mean((0, 1)), theirs.std((0, 1))
    gain = np.clip(goal_spread / np.maximum(spread, 1e-3), 0.5, 2.0)
    matched = own + strength * ((own - mean) * gain + goal_mean - own)
    return np.rint(np.clip(cv2.cvtColor(matched.astype(np.float32), cv2.COLOR_LAB2RGB), 0.0, 1.0) * 255.0).astype(
        np.uint8
    )
