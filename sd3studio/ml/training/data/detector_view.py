"""The VSG of a rendered view: what a detector and simple 2D rules would make of the picture, errors included."""

from collections.abc import Mapping
from random import Random
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sd3studio.core.relations.apparent import APPARENT, apparent_codes
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import BoxPx, Unit, Value
from sd3studio.core.scene.values import Scene
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph, Triple

Floats = NDArray[np.float64]

CONFUSED: Mapping[str, tuple[str, ...]] = {
    "armchair": ("couch", "chair"), "couch": ("armchair", "bed"), "chair": ("armchair", "stool", "bench"),
    "stool": ("chair", "table"), "ottoman": ("stool", "couch"), "coffee table": ("table", "bench"),
    "dining table": ("desk", "coffee table"), "desk": ("table", "cabinet"), "bed": ("couch",), "bench": ("chair",),
    "bookcase": ("cabinet", "wardrobe"), "cabinet": ("dresser", "oven"), "dresser": ("cabinet", "nightstand"),
    "nightstand": ("cabinet", "box"), "wardrobe": ("bookcase", "refrigerator"), "refrigerator": ("wardrobe", "oven"),
    "oven": ("microwave", "cabinet"), "microwave": ("oven", "tv"), "tv": ("monitor", "laptop"), "monitor": ("tv",),
    "laptop": ("book", "monitor"), "cup": ("bowl", "glass", "vase"), "bowl": ("cup", "plate"), "plate": ("bowl",),
    "bottle": ("vase", "glass"), "vase": ("bottle", "cup"), "glass": ("cup", "bottle"), "wine glass": ("glass",),
    "apple": ("orange", "ball"), "orange": ("apple", "ball"), "lemon": ("banana", "ball"), "pizza": ("plate", "cake"),
    "cake": ("pizza", "donut"), "donut": ("cake",), "sandwich": ("hamburger",), "hamburger": ("sandwich",),
    "car": ("truck", "bus"), "truck": ("bus", "car"), "bus": ("truck", "train"), "motorcycle": ("bicycle",),
    "bicycle": ("motorcycle",), "dog": ("cat", "sheep"), "cat": ("dog",), "horse": ("cow",), "cow": ("horse",),
    "sheep": ("dog", "cow"), "zebra": ("horse",), "bear": ("dog",), "person": ("person", "man", "woman"),
    "backpack": ("suitcase", "bag"), "suitcase": ("backpack", "box"), "handbag": ("backpack",), "box": ("suitcase",),
    "lamp": ("vase", "umbrella"), "floor lamp": ("lamp",), "desk lamp": ("lamp",), "picture": ("window", "mirror"),
    "mirror": ("picture", "window"), "window": ("picture",), "clock": ("plate",), "toilet": ("sink",),
    "sink": ("toilet", "bowl"), "tree": ("bush",), "bush": ("tree", "potted plant"), "pine tree": ("tree",),
    "trash can": ("barrel", "mailbox"), "surfboard": ("boat",), "boat": ("surfboard",), "skis": ("snowboard",),
    "snowboard": ("surfboard", "skis"), "fire hydrant": ("parking meter",), "sports ball": ("apple", "frisbee"),
}  # fmt: skip
"""Category -> what a detector takes it for when it errs (ours, after confusions of COCO detectors)."""


class DetectorErrors(Value):
    """How a detector errs; all rates are ours, set near those of a small detector on COCO (recall 0.6 to 0.8).

    Parameters
    ----------
    miss : of things that are large and free, this share is missed
    small_px : below this share of the picture's area a thing is small; the chance to miss it rises to `miss_small`
        in proportion as its area falls to zero
    occluded : of a thing that others hide to the last bit, this share more is missed, in proportion
    confused : takes it for something else
    duplicate : reports it twice
    invented : chance of one more object that is not there, for each picture
    box_noise : standard deviation of each side of a box, as a share of the box's size
    attribute : share of visible attributes that are read
    relation : share of clear 2D relations that are given
    """

    miss: Unit = 0.05
    small_px: Unit = 0.01
    miss_small: Unit = 0.75
    occluded: Unit = 0.6
    confused: Unit = 0.07
    duplicate: Unit = 0.04
    invented: Unit = 0.06
    box_noise: Annotated[float, Field(ge=0.0, le=1.0)] = 0.05
    attribute: Unit = 0.6
    relation: Unit = 0.8


DEFAULT_ERRORS = DetectorErrors()
NO_ERRORS = DetectorErrors(
    miss=0, miss_small=0, occluded=0, confused=0, duplicate=0, invented=0, box_noise=0.0, attribute=1, relation=1
)


def areas_of(id_map: NDArray[np.integer], count: int) -> NDArray[np.int64]:
    """(count,) pixels of each object; number k of the map is object k - 1."""
    return np.bincount(id_map.ravel(), minlength=count + 1)[1:]


def box_of(id_map: NDArray[np.integer], number: int) -> BoxPx | None:
    """Box (x0, y0, x1, y1) px around the pixels with a number, None if there are none."""
    rows, columns = np.flatnonzero((id_map == number).any(axis=1)), np.flatnonzero((id_map == number).any(axis=0))
    if not len(rows):
        return None
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def detector_graph(
    scene: Scene, id_map: NDArray[np.integer], rng: Random, errors: DetectorErrors = DEFAULT_ERRORS
) -> SceneGraph:
    """What a detector sees: boxes of visible solid objects with errors, and 2D relations between neighbouring boxes.

    Parameters
    ----------
    id_map : (H, W), number k is the k-th object of the scene, 0 nothing
    rng : source of the errors
    """
    names = list(scene.objects)
    areas = areas_of(id_map, len(names))
    found: list[GraphObject] = []
    for thing in scene.solid_objects():
        number = names.index(thing.id) + 1
        box = box_of(id_map, number)
        if box is None or rng.random() < _miss_chance(box, int(areas[number - 1]), id_map.size, errors):
            continue
        tag = thing.label
        others = CONFUSED.get(thing.category or "", ())
        if rng.random() < errors.confused and others:
            tag = rng.choice(others)
        attributes = tuple(word for word in thing.attributes if rng.random() < errors.attribute)
        for _ in range(1 + (rng.random() < errors.duplicate)):
            noisy = _shaken(box, id_map.shape, errors.box_noise, rng)
            score = round(rng.uniform(0.35, 0.99), 3)
            found.append(GraphObject(key=thing.id, tag=tag, attributes=attributes, box=noisy, score=score))
    if rng.random() < errors.invented:
        found.append(_invented(id_map.shape, rng))
    return SceneGraph(source="vsg", objects=tuple(found), triples=tuple(_plane_relations(found, rng, errors)))


def _miss_chance(box: BoxPx, area: int, pixels: int, errors: DetectorErrors) -> float:
    """Chance to miss a thing of `area` visible pixels; how much of its box it fills stands for how hidden it is."""
    small = max(0.0, 1.0 - area / max(errors.small_px * pixels, 1e-9))
    filled = area / ((box[2] - box[0]) * (box[3] - box[1]))
    hidden = max(0.0, 1.0 - filled / 0.3)
    return min(1.0, max(errors.miss, errors.miss_small * small) + errors.occluded * hidden)


def _shaken(box: BoxPx, shape: tuple[int, ...], noise: float, rng: Random) -> BoxPx:
    width, height = box[2] - box[0], box[3] - box[1]
    x0, y0, x1, y1 = (
        side + rng.gauss(0.0, noise) * extent for side, extent in zip(box, (width, height, width, height), strict=True)
    )
    high, wide = shape[:2]
    x0, y0 = min(max(x0, 0.0), wide - 1.0), min(max(y0, 0.0), high - 1.0)
    return round(x0, 2), round(y0, 2), round(min(max(x1, x0 + 1.0), wide), 2), round(min(max(y1, y0 + 1.0), high), 2)


def _invented(shape: tuple[int, ...], rng: Random) -> GraphObject:
    high, wide = shape[:2]
    x0, y0 = rng.uniform(0.0, 0.8) * wide, rng.uniform(0.0, 0.8) * high
    box = (round(x0, 2), round(y0, 2), round(x0 + 0.15 * wide, 2), round(y0 + 0.15 * high, 2))
    return GraphObject(tag=rng.choice(sorted(CONFUSED)), box=box, score=round(rng.uniform(0.3, 0.5), 3))


def _plane_relations(found: list[GraphObject], rng: Random, errors: DetectorErrors) -> list[Triple]:
    """Left, right, above, under in the picture plane, of each box to its two nearest; *on* where one box is in another.

    "On" stands for overlap: a 2D rule can't tell on from in, in front of or behind.
    """
    if len(found) < 2:
        return []
    boxes: Floats = np.array([thing.box for thing in found], float)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2.0
    codes = apparent_codes(boxes[:, None], boxes[None, :])
    distance = np.hypot(*(centers[:, None] - centers[None, :]).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    triples: list[Triple] = []
    for a, nearest in enumerate(np.argsort(distance, axis=1, kind="stable")[:, :2].tolist()):
        for b in nearest:
            if a == b or (found[a].key and found[a].key == found[b].key):
                continue  # the same thing twice
            predicate = APPARENT[int(codes[a, b])]
            if predicate is None and _inside_share(boxes[a], boxes[b]) > 0.6:
                predicate = Predicate.ON
            told = predicate is not None and (b, predicate, a) not in triples and not _told(triples, a, b)
            if told and rng.random() < errors.relation:
                triples.append((a, predicate, b))  # type: ignore[arg-type]
    return triples


def _told(triples: list[Triple], a: int, b: int) -> bool:
    return any({s, o} == {a, b} for s, _, o in triples)


def _inside_share(inner: Floats, outer: Floats) -> float:
    """Share of a box that lies in another one."""
    common = np.minimum(inner[2:], outer[2:]) - np.maximum(inner[:2], outer[:2])
    return float(np.prod(np.maximum(common, 0.0)) / max(np.prod(inner[2:] - inner[:2]), 1e-9))
