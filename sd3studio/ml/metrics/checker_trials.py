"""How right the checker is: renders whose truth is known, right and deliberately broken, and what it says of them.

A trial asks for one scene and draws another: the same, or one in which an object was removed, moved, swapped for
another thing, recoloured or added. The picture is then disturbed a little (brightness, noise, JPEG), so that it is
never the very picture that the checker compares with. Only the detectors are tried; the id map is exact.
"""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.checking import CheckReport
from sd3studio.core.checking.colours import colours_of
from sd3studio.core.checking.expecting import detector_names, iou
from sd3studio.core.language.colours import COLOURS
from sd3studio.core.relations import grade_of
from sd3studio.core.relations.conflicts import TRUE_FROM
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ml.checking import checker_of
from sd3studio.ml.checking.layout import Layout, box_around, layout_of
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES
from sd3studio.render.maps import render_maps

Pixels = NDArray[np.uint8]
Damage = Literal["none", "removed", "moved", "swapped", "recoloured", "added"]
DAMAGES: tuple[Damage, ...] = get_args(Damage)

MIN_SEEN_PX = 400
STILL_SEEN = 0.6
"""An untouched object counts only if at least this share of what should be seen of it is still seen."""
MOVES = 40
COLOUR_WORDS = ("red", "green", "blue", "yellow", "purple")


@dataclass(frozen=True, slots=True)
class Trial:
    """`asked` is what the picture should show, `drawn` what it shows; they differ in the object `target`."""

    damage: Damage
    target: str
    asked: Scene
    drawn: Scene


@dataclass(slots=True)
class Tally:
    """Counts of (truth, verdict) for objects, relations and colours."""

    objects: Counter[tuple[str, str]] = field(default_factory=Counter)
    relations: Counter[tuple[str, str]] = field(default_factory=Counter)
    colours: Counter[tuple[str, str]] = field(default_factory=Counter)

    def rows(self) -> list[dict[str, float | int | str]]:
        """For each kind and verdict: precision and recall among the decided, and the share left undecided."""
        kinds = (("object", self.objects), ("relation", self.relations), ("colour", self.colours))
        return [row for kind, counts in kinds for row in _rows(kind, counts)]


def _rows(kind: str, counts: Counter[tuple[str, str]]) -> Iterator[dict[str, float | int | str]]:
    undecided = ("cannot decide", "unseen")
    for truth in sorted({truth for truth, _ in counts if truth != "nothing"}):
        there = sum(n for (t, _), n in counts.items() if t == truth)
        decided = sum(n for (t, v), n in counts.items() if t == truth and v not in undecided)
        said = sum(n for (_, v), n in counts.items() if v == truth)
        right = counts[truth, truth]
        yield {
            "kind": kind,
            "verdict": truth,
            "cases": there,
            "precision": right / said if said else 0.0,
            "recall": right / decided if decided else 0.0,
            "undecided": 1.0 - decided / there if there else 0.0,
        }


def trials(scene: Scene, size_px: int, rng: Random) -> Iterator[Trial]:
    """One trial of each damage, where the scene has an object that it can be done to."""
    layout = layout_of(scene, size_px, size_px)
    able = [t for t in scene.solid_objects() if _can_be_target(layout, t)]
    if not able:
        return
    coloured, word = rng.choice(able), rng.choice(COLOUR_WORDS)
    for damage in DAMAGES:
        target = coloured if damage in ("none", "recoloured") else rng.choice(able)
        scenes = _damaged(scene, layout, target, damage, word, rng)
        if scenes is not None:
            yield Trial(damage, target.id, *scenes)


def _can_be_target(layout: Layout, thing: SceneObject) -> bool:
    """Well visible, of a class that the detectors know, and nothing stands on it or belongs to it."""
    if layout.mask(thing.id).sum() < MIN_SEEN_PX or not detector_names(thing, COCO_CLASSES):
        return False
    top = thing.center[2] + thing.size[2] / 2.0
    return not any(
        other.id != thing.id
        and abs(other.center[2] - other.size[2] / 2.0 - top) < 0.05
        and all(abs(other.center[k] - thing.center[k]) < (thing.size[k] + other.size[k]) / 2.0 for k in (0, 1))
        for other in layout.scene.solid_objects()
    )


def _damaged(
    scene: Scene, layout: Layout, target: SceneObject, damage: Damage, word: str, rng: Random
) -> tuple[Scene, Scene] | None:
    """(asked, drawn), None where it can't be done; `word` is the colour that is asked for where it matters."""
    painted = target.replace(colour=COLOURS[word], attributes=(word,))
    match damage:
        case "none":
            return scene.with_objects(painted), scene.with_objects(painted)
        case "recoloured":
            other = rng.choice([name for name in COLOUR_WORDS if name != word])
            return scene.with_objects(painted), scene.with_objects(painted.replace(colour=COLOURS[other]))
        case "removed":
            return scene, without(scene, target.id)
        case "added":
            return without(scene, target.id), scene
        case "swapped":
            return scene, scene.with_objects(_another(target, rng))
        case "moved":
            drawn = _moved(scene, layout, target, rng)
            return None if drawn is None else (scene, drawn)


def without(scene: Scene, name: str) -> Scene:
    """The scene without an object and its relations."""
    kept = {key: thing for key, thing in scene.objects.items() if key != name}
    return scene.replace(objects=kept, relations=tuple(r for r in scene.relations if name not in (r.subject, r.object)))


def _another(target: SceneObject, rng: Random) -> SceneObject:
    """Another thing that stands in the target's place, of about its height and of no class that it may be taken for."""
    names = detector_names(target, COCO_CLASSES)
    entries = [
        entry
        for entry in shipped_catalogue()
        if entry.category in COCO_CLASSES
        and entry.category not in names
        and 0.6 < entry.size[2] / target.size[2] < 1.6
        and entry.elevation_m == 0.0
    ]
    entry = rng.choice(entries or list(shipped_catalogue()))
    base = target.center[2] - target.size[2] / 2.0
    center = (target.center[0], target.center[1], base + entry.size[2] / 2.0)
    return target.replace(
        label=entry.category, category=entry.category, mesh=entry.id, size=entry.size, center=center, attributes=(),
        colour=None,
    )  # fmt: skip


def _moved(scene: Scene, layout: Layout, target: SceneObject, rng: Random) -> Scene | None:
    """The target slid over its floor until its box in the picture is clearly elsewhere and it is still well visible."""
    before = box_around(layout.mask(target.id))
    size = layout.scene.camera.width
    for _ in range(MOVES):
        far = rng.uniform(0.8, 3.0) * max(target.size[0], target.size[1], 0.3)
        angle = rng.uniform(0.0, 2.0 * np.pi)
        x, y = target.center[0] + far * np.cos(angle), target.center[1] + far * np.sin(angle)
        if _is_taken(scene, target, x, y):
            continue
        drawn = scene.with_objects(target.replace(center=(x, y, target.center[2])))
        mask = layout_of(drawn, size, size).mask(target.id)
        after = box_around(mask)
        whole = mask.sum() >= 0.7 * layout.mask(target.id).sum()
        if before and after and whole and iou(before, after) < 0.25:
            return drawn
    return None


def _is_taken(scene: Scene, target: SceneObject, x: float, y: float) -> bool:
    reach = max(target.size[:2]) / 2.0
    low, high = target.center[2] - target.size[2] / 2.0, target.center[2] + target.size[2] / 2.0
    return any(
        other.id != target.id
        and np.hypot(other.center[0] - x, other.center[1] - y) < reach + max(other.size[:2]) / 2.0
        and other.center[2] + other.size[2] / 2.0 > low + 0.05
        and other.center[2] - other.size[2] / 2.0 < high
        for other in scene.solid_objects()
    )


def picture_of(scene: Scene, size_px: int, rng: Random) -> Pixels:
    """(H, W, 3) a render of the scene with other brightness, some noise and the traces of JPEG."""
    camera = scene.camera.replace(width=size_px, height=size_px)
    pixels = render_maps(scene.replace(camera=camera), maps=("rgb",), quality="final").rgb
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0.0, 4.0, pixels.shape)
    changed = 255.0 * (pixels / 255.0) ** rng.uniform(0.8, 1.25) + noise
    out = io.BytesIO()
    Image.fromarray(np.clip(changed, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=75)
    return np.asarray(Image.open(out))


def count_trial(trial: Trial, size_px: int, rng: Random, tally: Tally) -> CheckReport:
    """Check the picture of a trial and enter truth and verdicts in the tally."""
    checker = checker_of(trial.asked, size_px, size_px)
    report = checker.check(picture_of(trial.drawn, size_px, rng), reader="detectors")
    drawn = layout_of(trial.drawn, size_px, size_px)
    truths = _object_truths(trial, checker.layout, drawn)
    verdicts = {check.id: check for check in report.objects}
    for name, truth in truths.items():
        tally.objects[truth, verdicts[name].verdict] += 1
    _count_extras(trial, report, drawn, tally)
    _count_relations(trial, report, truths, tally)
    if trial.damage in ("none", "recoloured"):
        truth = "holds" if trial.damage == "none" else "broken"
        for colour in verdicts[trial.target].attributes:
            tally.colours[truth, colour.verdict] += 1
        if not verdicts[trial.target].attributes and colours_of(trial.asked.objects[trial.target]):
            tally.colours[truth, "unseen"] += 1
    return report


def _object_truths(trial: Trial, asked: Layout, drawn: Layout) -> dict[str, str]:
    """The true verdict on each object of the asked scene; those that the damage now hides are left out."""
    truths = {}
    for thing in trial.asked.solid_objects():
        if thing.id == trial.target and trial.damage in ("removed", "swapped", "moved"):
            truths[thing.id] = "wrong place" if trial.damage == "moved" else "missing"
        elif drawn.mask(thing.id).sum() >= STILL_SEEN * asked.mask(thing.id).sum() > 0:
            truths[thing.id] = "found"
    return truths


def _count_extras(trial: Trial, report: CheckReport, drawn: Layout, tally: Tally) -> None:
    """An extra is right if it is the added object, or what a swapped object was swapped for."""
    box = box_around(drawn.mask(trial.target)) if trial.damage in ("added", "swapped", "moved") else None
    extras = [check for check in report.objects if check.verdict == "extra" and check.found]
    right = [check for check in extras if box is not None and check.found and iou(check.found, box) >= 0.3]
    if trial.damage == "added":
        tally.objects["extra", "extra" if right else "unseen"] += 1
    tally.objects["nothing", "extra"] += len(extras) - len(right)


def _count_relations(trial: Trial, report: CheckReport, truths: dict[str, str], tally: Tally) -> None:
    for item in report.relations:
        ends = (item.subject, item.object)
        if any(end not in truths for end in ends):
            continue
        if any(truths[end] == "missing" for end in ends):
            truth = "broken"
        else:
            grade = grade_of(trial.drawn, item.subject, item.predicate, item.object, item.frame)
            truth = "holds" if grade >= TRUE_FROM else "broken"
        tally.relations[truth, item.verdict] += 1
