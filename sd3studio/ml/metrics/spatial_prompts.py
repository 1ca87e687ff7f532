"""The prompts of the layout benchmark: two things and a relation, in pairs that say the same thing both ways.

After SpatialBench-UC (arXiv:2601.13462): 50 pairs of classes, each with four relations (left, right, above, below),
which makes 200 prompts; ours adds in front of and behind, 100 prompts more. Classes are drawn by seed from the 80 of
COCO that are in the catalogue, or from the 35 of them that SpatialBench-UC takes because detectors know them well.
"""

import math
from dataclasses import dataclass
from random import Random

from sd3studio.core.catalogue import CatalogueEntry, shipped_catalogue
from sd3studio.core.layout.framing import framing_camera
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import INVERSE, Predicate
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES

COMMON: tuple[str, ...] = (
    *("cat", "dog", "horse", "cow", "elephant", "bear", "zebra", "giraffe", "bird", "car", "bicycle", "motorcycle"),
    *("bus", "truck", "airplane", "boat", "chair", "couch", "bed", "dining table", "tv", "laptop", "bottle", "cup"),
    *("bowl", "pizza", "cake", "banana", "apple", "teddy bear", "clock", "vase", "potted plant", "fire hydrant"),
    "stop sign",
)
"""The classes of SpatialBench-UC."""

PLANAR = (Predicate.LEFT_OF, Predicate.ABOVE)
DEPTH = (Predicate.IN_FRONT_OF,)
WORDS = {
    Predicate.LEFT_OF: "to the left of", Predicate.RIGHT_OF: "to the right of", Predicate.ABOVE: "above",
    Predicate.UNDER: "below", Predicate.IN_FRONT_OF: "in front of", Predicate.BEHIND: "behind",
}  # fmt: skip
PAIRS = 50
SEED = 1234
GAP = 0.25
"""Between two things side by side or one behind the other, of their size."""
ASIDE = 0.25
"""How far the nearer thing stands aside of the farther one, of the sum of their widths, so that both are seen."""


@dataclass(frozen=True, slots=True)
class SpatialPrompt:
    """``first predicate second``; `text` says it as a sentence."""

    id: str
    first: str
    predicate: Predicate
    second: str

    @property
    def text(self) -> str:
        return f"A photo of {_a(self.first)} {WORDS[self.predicate]} {_a(self.second)}."


def spatial_prompts(classes: tuple[str, ...] = (), pairs: int = PAIRS, seed: int = SEED) -> tuple[SpatialPrompt, ...]:
    """All prompts, six a pair; the same for the same arguments. No `classes` means all that the catalogue has."""
    known = classes or tuple(name for name in COCO_CLASSES if name in set(shipped_catalogue().categories))
    rng, told = Random(seed), []
    every = [(a, b) for a in known for b in known if a < b]
    for number, (one, other) in enumerate(rng.sample(every, min(pairs, len(every)))):
        a, b = (one, other) if rng.random() < 0.5 else (other, one)
        for predicate in (*PLANAR, *DEPTH):
            name = f"{number:03d}-{predicate.value.replace(' ', '-')}"
            told.append(SpatialPrompt(name, a, predicate, b))
            told.append(SpatialPrompt(f"{name}-inverse", b, INVERSE[predicate], a))
    return tuple(told)


def composed(prompt: SpatialPrompt, width: int, height: int, seed: int = 0) -> Scene:
    """The prompt laid out by hand, as a designer would: both things at real size, the relation clear, all in view."""
    rng = Random(f"{seed}/{prompt.id}")
    a, b = (_thing(prompt, name, rng, label) for name, label in ((prompt.first, "first"), (prompt.second, "second")))
    (width_a, depth_a), (width_b, depth_b) = _extent(a), _extent(b)
    match prompt.predicate:
        case Predicate.LEFT_OF | Predicate.RIGHT_OF:
            sign = -1.0 if prompt.predicate is Predicate.LEFT_OF else 1.0
            a = _moved(a, dx=sign * (1.0 + GAP) * (width_a + width_b) / 2.0)
        case Predicate.IN_FRONT_OF | Predicate.BEHIND:
            sign = -1.0 if prompt.predicate is Predicate.IN_FRONT_OF else 1.0
            apart = (depth_a + depth_b) / 2.0 + GAP * max(width_a, depth_a, width_b, depth_b)
            a = _moved(a, dx=ASIDE * (width_a + width_b), dy=sign * apart)
        case Predicate.ABOVE:
            a = _moved(a, dz=(1.0 + GAP) * b.size[2])
        case Predicate.UNDER:
            b = _moved(b, dz=(1.0 + GAP) * a.size[2])
    scene = Scene.of([a, b])
    return scene.replace(camera=framing_camera(scene, width, height), sentence=prompt.text)


def _thing(prompt: SpatialPrompt, name: str, rng: Random, key: str) -> SceneObject:
    entries = [entry for entry in shipped_catalogue() if entry.category == name]
    entry: CatalogueEntry = rng.choice(entries)
    thing = entry.as_object(key, 0.0, 0.0)
    turn = rng.choice((-1.0, 1.0)) * math.radians(rng.uniform(15.0, 40.0))
    return thing.replace(label=name, center=(0.0, 0.0, thing.size[2] / 2.0), yaw=turn)


def _extent(thing: SceneObject) -> tuple[float, float]:
    """Width along X and depth along Y (m) of the thing as it is turned."""
    low, high = Boxes.of([thing]).bounds()
    return float(high[0, 0] - low[0, 0]), float(high[0, 1] - low[0, 1])


def _moved(thing: SceneObject, dx: float = 0.0, dy: float = 0.0, dz: float = 0.0) -> SceneObject:
    x, y, z = thing.center
    return thing.replace(center=(x + dx, y + dy, z + dz))


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
