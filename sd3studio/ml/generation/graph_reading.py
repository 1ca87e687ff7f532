"""Triples of completed graphs, each with its probability: what the relation reader says of them.

A name may be in doubt (a photo does not tell the sand from the beach, and detectors mistake things). Then the graph is
read once with each name, and each triple's probability is that of its relation times those of both names.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.graph_tensors import GraphVocabulary
from sd3studio.ml.conditioning.graph_things import PREDICATE_INDEX, PREDICATES, Things, stack_things, things_of
from sd3studio.ml.nets.relation_reader import HOLDING, TELLING, RelationReader
from sd3studio.ml.training.data.graphs import SceneGraph

BATCH = 128
STATED_FROM = 0.1
"""A triple that is less likely one of the gold graph's is not stated. On a validation set of 512 scenes F1 is best from
0.2 to 0.3 on; here more is found, with the same precision of what holds."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A triple between two things of a graph, by their numbers, with the names that it is stated with.

    `telling` is the probability that the gold graph has it, `holding` that it is so; both with those of the names.
    """

    subject: int
    predicate: Predicate
    object: int
    names: tuple[str, str]
    telling: float
    holding: float

    @property
    def by_names(self) -> tuple[str, str, str]:
        """As TriRec compares triples."""
        return self.names[0], self.predicate.value, self.names[1]


@dataclass(frozen=True)
class ToRead:
    """A graph whose relations are to be read.

    Attributes
    ----------
    graph : things, with boxes or layouts; its triples are what its source tells, and are sure
    sure : for each thing, how likely it is there by its name
    added : for each thing, whether the source does not have it
    picture_px : that boxes are in
    others : number of a thing -> other names that it may have, with their probabilities
    """

    graph: SceneGraph
    sure: Sequence[float]
    added: Sequence[bool]
    picture_px: tuple[float, float] | None = None
    others: dict[int, tuple[tuple[str, float], ...]] = field(default_factory=dict)


@torch.no_grad()
def read_relations(
    reader: RelationReader, given: Sequence[ToRead], vocabulary: GraphVocabulary, least: float = 0.02
) -> list[list[Stated]]:
    """What can be stated of each graph with a probability (of telling or holding) of at least `least`, surest first."""
    jobs = [(number, one) for number, to_read in enumerate(given) for one in _readings(to_read, vocabulary)]
    found: list[dict[tuple[int, int, int, str, str], Stated]] = [{} for _ in given]
    for start in range(0, len(jobs), BATCH):
        part = jobs[start : start + BATCH]
        relations, _ = reader(stack_things([one.things for _, one in part]))
        for (number, one), probs in zip(part, relations.sigmoid().numpy(), strict=True):
            _take(given[number], one, probs, least, found[number])
    return [sorted(some.values(), key=lambda one: -one.telling) for some in found]


@torch.no_grad()
def missing_words(reader: RelationReader, given: Sequence[ToRead], vocabulary: GraphVocabulary) -> np.ndarray:
    """(N, W) how likely each word of a thing is among what the scene has and the graph lacks."""
    parts = [np.zeros((0, vocabulary.things_end), np.float32)]
    for start in range(0, len(given), BATCH):
        things = [_things(one, one.graph, vocabulary) for one in given[start : start + BATCH]]
        parts.append(reader(stack_things(things))[1].sigmoid().numpy())
    return np.concatenate(parts)


@dataclass(frozen=True)
class _Reading:
    """The graph with one thing by another name; `renamed` is None for the one with all the likeliest."""

    things: Things
    renamed: int | None = None
    name: str = ""
    sure: float = 1.0


def _readings(to_read: ToRead, vocabulary: GraphVocabulary) -> list[_Reading]:
    readings = [_Reading(_things(to_read, to_read.graph, vocabulary))]
    for k, names in to_read.others.items():
        for name, sure in names:
            things = list(to_read.graph.objects)
            things[k] = things[k].replace(tag=name)
            graph = to_read.graph.replace(objects=tuple(things))
            readings.append(_Reading(_things(to_read, graph, vocabulary), k, name, sure))
    return readings


def _things(to_read: ToRead, graph: SceneGraph, vocabulary: GraphVocabulary) -> Things:
    return things_of(graph, vocabulary, to_read.picture_px, to_read.added)


def _take(
    to_read: ToRead,
    reading: _Reading,
    probs: np.ndarray,
    least: float,
    found: dict[tuple[int, int, int, str, str], Stated],
) -> None:
    count = len(to_read.graph.objects)
    sure = np.array(to_read.sure, float)
    names = [thing.tag for thing in to_read.graph.objects]
    if reading.renamed is not None:
        sure[reading.renamed], names[reading.renamed] = reading.sure, reading.name
    weighed = probs[:count, :count] * np.outer(sure, sure)[..., None, None]
    for s, p, o in to_read.graph.triples:
        weighed[s, o, :, PREDICATE_INDEX[p]] = 1.0
    weighed[np.arange(count), np.arange(count)] = 0.0
    for s, o, p in np.argwhere(weighed.max(2) >= least).tolist():
        if reading.renamed is not None and reading.renamed not in (s, o):
            continue
        key = (s, p, o, names[s], names[o])
        telling, holding = float(weighed[s, o, TELLING, p]), float(weighed[s, o, HOLDING, p])
        if key not in found or telling > found[key].telling:
            found[key] = Stated(s, PREDICATES[p], o, (names[s], names[o]), telling, max(telling, holding))
