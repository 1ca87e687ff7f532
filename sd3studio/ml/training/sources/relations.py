"""Things of a scene as a completed graph has them, and which relations hold between them: for the relation reader.

What the graph diffusion adds and where it puts things is imitated: a gold layout with errors of the size that sampled
ones were measured to have. So no sampling is needed to train, and every scene gives as many examples as one likes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Self

import numpy as np
import torch

from sd3studio.core.errors import DataError, InputError
from sd3studio.core.relations import LAYERS, RelationField
from sd3studio.ml.conditioning.graph_tensors import KINDS, GraphVocabulary
from sd3studio.ml.conditioning.graph_things import PREDICATE_INDEX, PREDICATES, Things, stack_things, things_of
from sd3studio.ml.system import System
from sd3studio.ml.training.data.graphs import TRUE_FROM, GraphObject, SceneGraph
from sd3studio.ml.training.data.records import SceneRecord
from sd3studio.ml.training.data.shards import Dataset
from sd3studio.ml.training.data.tags import LayoutTags, TagBins
from sd3studio.ml.training.losses import Batch
from sd3studio.ml.training.sources.completions import SALIENT, drawn_description

SPOKEN = 0.01
"""Share of the picture from which on a thing counts as shown, and its relations as telling; that of `metrics.graph`."""
VARIANTS = 2
"""Examples of a scene that are drawn: one from its description, one from what a detector sees."""
SETTING_READ = (0.0, 0.5, 0.9, 0.9)
ADDED = (0.0, 0.0, 0.4, 0.8)
"""Chances, one of them for each example, that a piece of the setting is known, and that a salient thing which the
source lacks was added."""
LAYOUT_KNOWN = 0.8
MOST_OBJECTS = 10
"""As many as the canvas has room for."""

PLACE_ERRORS = {"said": (5.5, 2.5, 2.4), "seen": (0.5, 0.5, 1.8)}
"""Standard deviations of column, row and depth, in bins."""
SIZE_KEPT, SIZE_ERROR = 0.4, 2.5
YAW_KEPT, YAW_NEAR = 0.25, 0.55
"""Measured of sampled layouts on 96 scenes of a validation set."""


@dataclass(frozen=True)
class Example:
    """Things, the answers (T, T, 2, P) bool that are known where `judged` (T, T) bool says so, and words (W,) bool of
    what is missing."""

    things: Things
    answers: np.ndarray
    judged: np.ndarray
    missing: np.ndarray


class RelationSource:
    """Batches of examples: ``things_tag``, ``things_numbers``, ``things_told``, ``things_mask``, ``answers``,
    ``judged`` and ``missing``.

    Shapes are those of `ThingTensors` and `Example`, padded.
    """

    def __init__(self, records: Sequence[SceneRecord], vocabulary: GraphVocabulary, seed: int = 0) -> None:
        self.records, self.vocabulary, self.seed = records, vocabulary, seed
        self._kept: dict[tuple[int, int], Example] = {}
        self._answers: dict[int, np.ndarray] = {}

    @classmethod
    def open(
        cls, folder: Path, system: System, *, folders: Sequence[str] = ("",), seed: int = 0, scenes: int | None = None
    ) -> Self:
        """All scenes of the data sets `folders` below `folder`, or the first `scenes` of each."""
        if system.vocabulary is None:
            raise InputError("The source relations needs a system with a vocabulary.")
        records: list[SceneRecord] = []
        for name in folders:
            dataset = Dataset(Path(folder) / name)
            own = [record for record in dataset.records() if record.sentences][:scenes]
            if not own:
                raise DataError(f"There is no scene with a caption in {dataset.folder}.")
            records += own
        return cls(records, system.vocabulary, seed)

    def __len__(self) -> int:
        return len(self.records)

    def example(self, index: int, variant: int) -> Example:
        """One of a scene: from what a description says for even variants, from what a detector sees for odd ones."""
        key = (index, variant)
        if key not in self._kept:
            kind = ("said", "seen")[variant % 2]
            record = self.records[index]
            if index not in self._answers:
                self._answers[index] = answers_of(record)
            seed = f"{self.seed}/{index}/{variant}"
            self._kept[key] = example_of(record, kind, self.vocabulary, seed, self._answers[index])
        return self._kept[key]

    def batch(self, indices: Sequence[int], generator: torch.Generator) -> Batch:
        """These scenes; which variants is drawn."""
        variants = torch.randint(VARIANTS, (len(indices),), generator=generator).tolist()
        examples = [self.example(index, variant) for index, variant in zip(indices, variants, strict=True)]
        tensors = stack_things([one.things for one in examples])
        most = tensors.tag.shape[1]
        answers = torch.zeros(len(examples), most, most, 2, len(PREDICATES), dtype=torch.bool)
        judged = torch.zeros(len(examples), most, most, dtype=torch.bool)
        for row, one in enumerate(examples):
            count = len(one.judged)
            answers[row, :count, :count] = torch.from_numpy(one.answers)
            judged[row, :count, :count] = torch.from_numpy(one.judged)
        return {
            "things_tag": tensors.tag,
            "things_numbers": tensors.numbers,
            "things_told": tensors.told,
            "things_mask": tensors.mask,
            "answers": answers,
            "judged": judged,
            "missing": torch.from_numpy(np.stack([one.missing for one in examples])),
        }


def example_of(
    record: SceneRecord, kind: str, vocabulary: GraphVocabulary, seed: str, gold_answers: np.ndarray
) -> Example:
    """An example of a scene from one of its sources, ``"said"`` or ``"seen"``; `gold_answers` are `answers_of` it."""
    rng = Random(f"relations/{seed}")
    source = record.detected if kind == "seen" else drawn_description(record, seed)
    things, added = _completed(source, record, kind, vocabulary.bins, rng)
    triples = tuple(t for t in source.triples) if kind == "said" else ()
    side = float(record.scene.camera.width)
    graph = SceneGraph(source=source.source, objects=tuple(things), triples=triples)
    of_gold = _matched(things, record)
    answers = _answers(gold_answers, of_gold)
    known = np.array([k is not None for k in of_gold], bool)
    judged = known[:, None] & known[None, :] & ~np.eye(len(things), dtype=bool)
    have = {thing.key for thing in things}
    missing = np.zeros(vocabulary.things_end, bool)
    for thing in record.gold.objects:
        if thing.key not in have:
            missing[vocabulary.number(KINDS[thing.kind], thing.tag)] = True
    return Example(things_of(graph, vocabulary, (side, side), added), answers, judged, missing)


def _completed(
    source: SceneGraph, record: SceneRecord, kind: str, bins: TagBins, rng: Random
) -> tuple[list[GraphObject], list[bool]]:
    """The source's things and those that were added, most of them with a layout; and which were added."""
    gold = {thing.key: thing for thing in record.gold.objects}
    things, added = list(source.objects), [False] * len(source.objects)
    if kind == "seen":  # as many as there is room for, the surest
        things = sorted(things, key=lambda thing: -(thing.score or 0.0))[:MOST_OBJECTS]
        added = [False] * len(things)
    have = {thing.key for thing in things}
    setting_read, chance_added = rng.choice(SETTING_READ), rng.choice(ADDED)
    salient = SALIENT * float(record.scene.camera.width) ** 2
    for thing in record.gold.objects:
        if thing.key in have:
            continue
        bare = thing.replace(attributes=())
        if thing.kind != "object":
            if rng.random() < setting_read:
                things, added = [*things, bare], [*added, kind == "said"]
        elif record.pixels.get(thing.key, 0) >= salient and rng.random() < chance_added:
            things, added = [*things, bare], [*added, True]
    with_layout = []
    for thing, is_new in zip(things, added, strict=True):
        true = gold[thing.key].layout if thing.key in gold else None
        layout = None
        if thing.kind == "object" and true is not None and (is_new or rng.random() < LAYOUT_KNOWN):
            layout = erring(true, bins, "said" if is_new else kind, rng)
        with_layout.append(thing.replace(layout=layout))
    return with_layout, added


def erring(layout: LayoutTags, bins: TagBins, kind: str, rng: Random) -> LayoutTags:
    """A layout with the errors of sampled ones, from a description (``"said"``) or a detector's boxes (``"seen"``)."""

    def moved(value: int, spread: float, count: int) -> int:
        return min(count - 1, max(0, round(value + rng.gauss(0.0, spread))))

    x, y, depth = PLACE_ERRORS[kind]
    kept = rng.random() < SIZE_KEPT
    size = layout.size if kept else tuple(moved(side, SIZE_ERROR, bins.size) for side in layout.size)
    chance, yaw = rng.random(), layout.yaw
    if chance > YAW_KEPT + YAW_NEAR:
        yaw = rng.randrange(bins.yaw)
    elif chance > YAW_KEPT:
        yaw = (yaw + rng.choice((-1, 1))) % bins.yaw
    return LayoutTags(
        x=moved(layout.x, x, bins.grid),
        y=moved(layout.y, y, bins.grid),
        depth=moved(layout.depth, depth, bins.depth),
        size=size,  # type: ignore[arg-type]
        yaw=yaw,
    )


def _matched(things: Sequence[GraphObject], record: SceneRecord) -> list[int | None]:
    """The gold graph's number of each thing; None of mistakes: what is not there, or goes by another name."""
    number = {thing.key: k for k, thing in enumerate(record.gold.objects)}
    found = [number.get(thing.key) for thing in things]
    return [
        k if k is not None and record.gold.objects[k].tag == thing.tag else None
        for k, thing in zip(found, things, strict=True)
    ]


def _answers(whole: np.ndarray, of_gold: Sequence[int | None]) -> np.ndarray:
    """(T, T, 2, P) bool: telling, holding."""
    picked = np.array([-1 if k is None else k for k in of_gold], int)
    answers = whole[picked[:, None], picked[None, :]]
    answers[picked < 0] = False
    answers[:, picked < 0] = False
    return answers


def answers_of(record: SceneRecord) -> np.ndarray:
    """(G, G, 2, P) bool: which relations between the G things of the gold graph are telling, and which hold."""
    gold, least = record.gold.objects, SPOKEN * float(record.scene.camera.width) ** 2
    shown = [thing.kind != "object" or record.pixels.get(thing.key, 0) >= least for thing in gold]
    whole = np.zeros((len(gold), len(gold), 2, len(PREDICATES)), bool)
    field = RelationField(record.scene)
    rows = [(k, field.index[thing.key]) for k, thing in enumerate(gold) if thing.key in field.index]
    if rows:
        number, row = (np.array(part) for part in zip(*rows, strict=True))
        for layer, (predicate, frame) in enumerate(LAYERS):
            if frame == "camera":
                holds = field.grades[layer][np.ix_(row, row)] > TRUE_FROM
                whole[number[:, None], number[None, :], 1, PREDICATE_INDEX[predicate]] = holds
    for s, p, o in record.gold.triples:
        whole[s, o, 1, PREDICATE_INDEX[p]] = True
        whole[s, o, 0, PREDICATE_INDEX[p]] = shown[s] and shown[o]
    return whole
