"""A system with fresh weights that paints scenes with a couch before a wall: all of SD3 mini's picture path, tiny."""

import torch

from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.ml.system import PartConfig, System, SystemConfig, TransitionSettings

CAMERA = Camera(position=(0.0, -5.0, 1.8), target=(0.0, 0.0, 0.6), width=128, height=128)


def room(x_m: float = 0.0) -> Scene:
    """A couch before a wall."""
    return Scene.of(
        [
            SceneObject(id="room", label="living room", category="living room", kind="concept"),
            SceneObject(
                id="floor", label="floor", category="floor", kind="stuff", center=(0, 0, -0.05), size=(16, 9, 0.1)
            ),
            SceneObject(
                id="wall", label="wall", category="wall", kind="stuff", center=(0, 2, 1.8), size=(16, 0.1, 3.6)
            ),
            SceneObject(
                id="couch", label="couch", category="couch", mesh="couch", center=(x_m, 0, 0.4), size=(2.0, 0.9, 0.8)
            ),
        ],
        camera=CAMERA,
        title="living room",
    )


def tiny_painter() -> System:
    """A system with fresh weights, none of them zero."""
    codec = {
        "width": 16,
        "context_width": 16,
        "shader_width": 16,
        "texture_px": 4,
        "texture_width": 4,
        "graph_width": 16,
    }
    net = {
        **{"fields": 6, "width": 32, "depth": 1, "heads": 2},
        **{"layout_width": 788, "condition_width": 16, "second_width": 384},
    }
    config = SystemConfig(
        parts={
            "graph_codec": PartConfig(
                kind="GraphCodec", settings={"width": 16, "feature_width": 16, "depth": 1, "heads": 2}
            ),
            "image_codec": PartConfig(kind="ObjectCodec", settings=codec),
            "image_diffusion": PartConfig(kind="Denoiser", settings=net),
        },
        transitions={"image": TransitionSettings(classes=5)},
        vocabulary="graph_vocabulary.json",
    )
    system = System.build(config, seed=0)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name in ("image_codec", "image_diffusion"):
            for parameter in system.parts[name].parameters():
                parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    return system
