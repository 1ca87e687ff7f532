"""One composed scene as a training sample: scene, gold graph, detector's graph, captions with their graphs, maps."""

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.relations import RelationField
from sd3studio.core.scene.caption import Caption
from sd3studio.core.scene.value import BoxPx, Value
from sd3studio.core.scene.values import Scene
from sd3studio.core.synthesis import RECIPES, compose, place_of
from sd3studio.ml.training.data.captions import Captioner
from sd3studio.ml.training.data.detector_view import DetectorErrors, areas_of, box_of, detector_graph
from sd3studio.ml.training.data.graphs import SceneGraph, gold_facts, gold_graph
from sd3studio.ml.training.data.tags import TagBins

if TYPE_CHECKING:
    from sd3studio.render.maps import RenderedMaps

VISIBLE_SHARE = 0.0005
"""A thing of which less than this share of the picture shows is not spoken of (8 px at 128 x 128)."""
VISIBLE_STUFF = 0.01

MAP_TYPES = {
    "rgb": np.uint8, "normal": np.int8, "depth": np.float16, "id": np.uint8, "class": np.uint16, "part": np.uint8,
    "chart": np.uint8,
}  # fmt: skip
"""How the maps are stored. Normals are times 127, depths metres (infinite: nothing; 0.05 % exact), id k is the k-th
object of the scene, class k is the k-th name of `class_names`; 0 is nothing. Parts are numbers in a
thing's mesh, charts places in their textures (H, W, 2)."""
DRAWN = ("rgb", "depth", "normal", "id", "part", "chart")


class Sentence(Value):
    """A caption, the templates that it is made of, and the graph of what it says."""

    caption: Caption
    graph: SceneGraph
    templates: tuple[str, ...] = ()


class SceneRecord(Value):
    """All of a sample but its maps.

    Parameters
    ----------
    kind, place, seed : what `compose` was asked for, and the place that it gave
    boxes : id of each visible object or stretch of stuff -> its box in the picture, px
    pixels : id -> how many pixels show it
    """

    kind: str
    place: str
    seed: int
    scene: Scene
    gold: SceneGraph
    detected: SceneGraph
    sentences: tuple[Sentence, ...]
    boxes: dict[str, BoxPx]
    pixels: dict[str, Annotated[int, Field(ge=0)]]


class SampleSettings(Value):
    """What a sample depends on besides kind and seed; part of a data set's index.

    Parameters
    ----------
    size_px : width and height
    captions : sentences for each scene
    maps : whether pictures and maps are kept; the id map is always drawn, for what is visible
    quality : of the renderer
    meshes : of the kinds of few things, what they are; empty: any mesh
    """

    size_px: Annotated[int, Field(ge=32, le=1_024)] = 128
    captions: Annotated[int, Field(ge=1, le=64)] = 6
    maps: bool = True
    quality: Annotated[str, Field(pattern="^(draft|view|final)$")] = "final"
    bins: TagBins = TagBins()
    errors: DetectorErrors = DetectorErrors()
    meshes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """A record and its maps (name -> (H, W) or (H, W, 3), of `MAP_TYPES`); no maps if they were not asked for."""

    record: SceneRecord
    maps: dict[str, NDArray]


@cache
def class_names() -> tuple[str, ...]:
    """Names of the class map's numbers from 1 on: categories of the catalogue, then the stuff of the recipes."""
    stuff = {label for recipe in RECIPES.values() for part in recipe.stuff for label in part.labels}
    names = sorted(shipped_catalogue().categories)
    return (*names, *sorted((stuff | {"floor", "carpet", "tiles", "wall"}) - set(names)))


def make_sample(kind: str, seed: int, settings: SampleSettings) -> Sample:
    """Compose, draw and describe one scene; the same arguments give the same record with the same OpenGL driver."""
    from sd3studio.render.maps import render_maps

    scene = compose(kind, seed, settings.size_px, settings.meshes)
    drawn = render_maps(scene, maps=DRAWN if settings.maps else ("id",), quality=settings.quality)  # type: ignore[arg-type]
    assert drawn.id is not None
    record = describe(kind, place_of(kind, seed), seed, scene, drawn.id, settings)
    maps = stored_maps(scene, drawn) if settings.maps else {}
    return Sample(record, maps)


def describe(
    kind: str, place: str, seed: int, scene: Scene, id_map: NDArray[np.integer], settings: SampleSettings
) -> SceneRecord:
    """The record of a scene whose id map (H, W) is known; number k is its k-th object."""
    rng = Random(f"describe/{kind}/{seed}")
    areas = areas_of(id_map, len(scene.objects))
    pixels = {
        thing.id: int(area)
        for thing, area in zip(scene.objects.values(), areas.tolist(), strict=True)
        if area >= id_map.size * (VISIBLE_SHARE if thing.kind == "object" else VISIBLE_STUFF)
    }
    numbers = {key: number for number, key in enumerate(scene.objects, start=1)}
    boxes = {key: box for key in pixels if (box := box_of(id_map, numbers[key])) is not None}
    field = RelationField(scene)
    captioner = Captioner(scene, field, pixels)
    said = [captioner.say(rng) for _ in range(settings.captions)]
    return SceneRecord(
        kind=kind,
        place=place,
        seed=seed,
        scene=scene,
        gold=gold_graph(scene, gold_facts(field, pixels), settings.bins, pixels),
        detected=detector_graph(scene, id_map, rng, settings.errors),
        sentences=tuple(
            Sentence(caption=one.caption, graph=one.graph, templates=one.templates)
            for one in dict.fromkeys(one for one in said if one is not None)
        ),
        boxes=boxes,
        pixels=pixels,
    )


def stored_maps(scene: Scene, drawn: "RenderedMaps") -> dict[str, NDArray]:
    """The maps in the types of `MAP_TYPES`; all of them must have been drawn."""
    assert drawn.rgb is not None and drawn.normal is not None and drawn.depth_m is not None
    assert drawn.id is not None and drawn.part is not None and drawn.chart is not None
    index = {name: number for number, name in enumerate(class_names(), start=1)}
    classes = [index.get(thing.category or thing.label, 0) for thing in scene.objects.values()]
    with np.errstate(over="ignore"):
        depth = drawn.depth_m.astype(np.float16)
    normal: NDArray[np.int8] = np.rint(drawn.normal * 127.0).astype(np.int8)
    return {
        "rgb": drawn.rgb,
        "normal": normal,
        "depth": depth,
        "id": drawn.id.astype(np.uint8),
        "class": np.array([0, *classes], np.uint16)[drawn.id],
        "part": drawn.part,
        "chart": drawn.chart,
    }
