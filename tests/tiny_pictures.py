"""A made-up picture for the picture codecs: a box on a floor before a wall, without any renderer."""

import numpy as np
import torch

from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.ml.conditioning.layout_map import LAYOUT_WIDTH, camera_numbers, slots_of
from sd3studio.ml.nets.object_codec import ObjectCodec
from sd3studio.ml.training.sources.pictures import kind_rows, slot_inputs

SETTINGS = {
    "categories": ["floor", "wall", "box"],
    "meshes": ["crate"],
    "width": 16,
    "context_width": 16,
    "shader_width": 16,
    "texture_px": 4,
    "texture_width": 4,
}


def tiny_codec(seed: int = 0, **settings) -> ObjectCodec:
    """A codec with no weight left at zero, so that every path matters."""
    torch.manual_seed(seed)
    codec = ObjectCodec(**(SETTINGS | settings)).eval()
    with torch.no_grad():
        for parameter in codec.parameters():
            parameter.add_(0.02 * torch.randn(parameter.shape))
    return codec


def tiny_scene(x_m: float = 0.0) -> Scene:
    """The floor, the wall and the box (1 m), which stands at `x_m`, seen from 6 m."""
    return Scene.of(
        [
            SceneObject(
                id="floor", label="floor", category="floor", kind="stuff", center=(0, 0, -0.05), size=(20, 20, 0.1)
            ),
            SceneObject(id="wall", label="wall", category="wall", kind="stuff", center=(0, 3, 3), size=(20, 0.1, 6)),
            SceneObject(id="box", label="box", category="box", mesh="crate", center=(x_m, 0, 0.5), attributes=("red",)),
        ],
        camera=Camera(position=(0.0, -6.0, 1.6), target=(0.0, 0.0, 0.5), width=64, height=64),
    )


def tiny_inputs(codec: ObjectCodec, side: int = 64, x_m: float = 0.0, seed: int = 0) -> dict[str, torch.Tensor]:
    """Maps and slots of `tiny_scene` by ray casting, and a picture of random colours, one for each thing."""
    scene = tiny_scene(x_m)
    scene = scene.replace(camera=scene.camera.replace(width=side, height=side))
    pixels = np.stack(np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5), -1)
    eye, rays = scene.camera.ray(pixels)
    hits = np.full((3, side, side), np.inf)
    normals = np.zeros((3, side, side, 3))
    for k, thing in enumerate(scene.objects.values()):
        low, high = (np.array(thing.center) + sign * np.array(thing.size) / 2.0 for sign in (-1, 1))
        a, b = (low - eye) / rays, (high - eye) / rays
        enter, leave = np.minimum(a, b), np.maximum(a, b).min(-1)
        axis = enter.argmax(-1)
        first = enter.max(-1)
        hits[k] = np.where((first < leave) & (first > 0), first, np.inf)
        normals[k] = -np.sign(np.take_along_axis(rays, axis[..., None], -1)) * np.eye(3)[axis]
    nearest = hits.argmin(0)
    distance = np.take_along_axis(hits, nearest[None], 0)[0]
    depth = distance * (rays @ scene.camera.axes[2])
    world = np.take_along_axis(normals, nearest[None, ..., None], 0)[0]
    right, down, forward = scene.camera.axes
    eye_normal = np.stack([world @ right, -(world @ down), -(world @ forward)], -1)
    seen = np.isfinite(distance)
    slots = slots_of(scene, np.where(seen, nearest + 1, 0), np.where(seen, depth, np.inf))
    rng = np.random.default_rng(seed)
    colours = rng.integers(30, 226, (len(slots), 3))
    arrays = slot_inputs(slots, kind_rows(slots, codec), len(slots)) | {
        "pixels": colours[slots.slot_map].astype(np.uint8),
        "slot_map": slots.slot_map,
        "depth": np.where(seen, depth, 0.0).astype(np.float32),
        "normal": np.where(seen[..., None], np.rint(eye_normal * 127.0), 0).astype(np.int8),
        "camera": camera_numbers(scene.camera),
        "light": np.array([4, 0, 2, 2, 3, 2]),
        "layout": rng.normal(size=(len(slots), LAYOUT_WIDTH)).astype(np.float32),
    }
    return {name: torch.from_numpy(np.asarray(value)).unsqueeze(0) for name, value in arrays.items()}


def joined(*samples: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Samples with the same number of slots as one batch."""
    return {name: torch.cat([sample[name] for sample in samples]) for name in samples[0]}
