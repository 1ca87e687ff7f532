"""Records of composed scenes without OpenGL (boxes stand for pixels), and a tiny system for their graphs."""

from functools import cache

import numpy as np

from sd3studio.core.language.prompt import projected_boxes
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.synthesis import compose, place_of
from sd3studio.ml.conditioning.graph_places import FIELDS
from sd3studio.ml.conditioning.graph_vocabulary import GraphVocabulary
from sd3studio.ml.system import CONFIGS, System, SystemConfig, read_value
from sd3studio.ml.training.data.records import SampleSettings, SceneRecord, describe
from sd3studio.ml.training.losses.graph import CONDITION_WIDTH, LAYOUT_WIDTH

SIZE_PX = 64


@cache
def record(seed: int) -> SceneRecord:
    """The record of a scene whose things are drawn as their boxes, the farthest first."""
    scene = compose("mixed", seed, SIZE_PX)
    things = list(scene.objects.values())
    numbers = {thing.id: k for k, thing in enumerate(things, start=1)}
    id_map = np.zeros((SIZE_PX, SIZE_PX), np.int64)
    for thing in things:
        if thing.kind == "stuff":
            id_map[: SIZE_PX // 2 if thing.label == "wall" else SIZE_PX] = numbers[thing.id]
    solid = scene.solid_objects()
    boxes = np.nan_to_num(projected_boxes(Boxes.of(solid), scene.camera), posinf=SIZE_PX, neginf=0.0)
    depth = scene.camera.to_camera([thing.center for thing in solid])[:, 2]
    for k in np.argsort(-depth):
        x0, y0, x1, y1 = np.clip(boxes[k], 0, SIZE_PX).round().astype(int)
        id_map[y0:y1, x0:x1] = numbers[solid[k].id]
    return describe(
        "mixed", place_of("mixed", seed), seed, scene, id_map, SampleSettings(size_px=SIZE_PX, captions=4, maps=False)
    )


def records(count: int) -> list[SceneRecord]:
    """So many of them, with captions."""
    return [record(seed) for seed in range(count)]


@cache
def vocabulary() -> GraphVocabulary:
    """The shipped one."""
    return read_value(GraphVocabulary, CONFIGS / "graph_vocabulary.json")


def tiny_system(seed: int = 0, width: int = 32) -> System:
    """Untrained codec (which starts from its seed codes), graph diffusion and readers."""
    denoiser = {
        "fields": FIELDS,
        "width": width,
        "depth": 1,
        "heads": 2,
        "condition_width": CONDITION_WIDTH,
        "second_width": width,
        "layout_width": LAYOUT_WIDTH,
    }
    config = SystemConfig.model_validate(
        {
            "parts": {
                "graph_codec": {"kind": "GraphCodec", "settings": {"width": 32, "depth": 1}},
                "graph_diffusion": {"kind": "Denoiser", "settings": denoiser},
                "graph_relations": {"kind": "RelationReader", "settings": {"width": 16, "depth": 1, "heads": 2}},
                "photo_reader": {"kind": "PhotoReader", "settings": {"width": 16, "depth": 1, "heads": 2}},
            },
            "transitions": {"graph": {"classes": 5, "steps": 20}},
            "vocabulary": "graph_vocabulary.json",
            "options": {"graph_auxiliary": 0.02},
        }
    )
    return System.build(config, seed)
