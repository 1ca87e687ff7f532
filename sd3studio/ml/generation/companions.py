"""What is likely to stand with the things of a graph, in which room, and where: companions.

The relation reader says which words are missing; they are drawn one after the other, each given those before it, so
that they go together. The graph diffusion then gives all of them a layout at once, and the reader what they stand on.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.graph_places import ROOM
from sd3studio.ml.conditioning.graph_tensors import KINDS, GraphVocabulary, NodeType
from sd3studio.ml.conditioning.graph_things import PREDICATE_INDEX, stack_things, things_of
from sd3studio.ml.diffusion.sampler import SamplerConfig
from sd3studio.ml.generation.graph_reading import ToRead, missing_words
from sd3studio.ml.generation.graph_sampling import completed
from sd3studio.ml.nets.relation_reader import HOLDING, RelationReader
from sd3studio.ml.system import System
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph, Triple

PARTS = ("graph_codec", "graph_diffusion", "graph_relations")

MOST = 4
"""Companions that are drawn."""
LIKELY_FROM = 0.12
"""What is less likely to be in the scene is not drawn."""
AGAIN = 0.5
"""What the chance of a kind is multiplied by for each one that is there."""
OF_THE_BEST = 6
"""Words among which one is drawn."""
STUFF_FROM = 0.4
"""Stuff that is at least so likely belongs to the setting."""
ON_FROM = 0.35
"""A thing stands on what it is at least so likely on."""


def with_companions(
    system: System, graph: SceneGraph, generator: torch.Generator, config: SamplerConfig, words: Tensor | None = None
) -> SceneGraph:
    """A description's graph with likely companions and its setting, if it tells none, laid out.

    What was given comes first, in its order, then what is new, with the probability of its word as score. Objects have
    a layout, and triples say what the new ones stand on.
    """
    reader = system.parts["graph_relations"]
    assert isinstance(reader, RelationReader)
    count = len(graph.objects)
    fuller = with_setting(reader, graph, generator, system.vocabulary)
    for _ in range(min(MOST, ROOM["object"] - sum(thing.kind == "object" for thing in graph.objects))):
        thing = drawn(reader, fuller, count, generator, system.vocabulary)
        if thing is None:
            break
        fuller = fuller.replace(objects=(*fuller.objects, thing))
    found = completed(system, [fuller], generator, config, words=words)[0]
    layouts = {k: thing.layout for thing, k in zip(found.graph.objects, found.of_source, strict=True) if k is not None}
    things = tuple(thing.replace(layout=layouts.get(k)) for k, thing in enumerate(fuller.objects))
    laid_out = SceneGraph(source="3dsg", objects=things, triples=fuller.triples)
    return _supported(reader, laid_out, count, system.vocabulary)


def with_setting(
    reader: RelationReader, graph: SceneGraph, generator: torch.Generator, vocabulary: GraphVocabulary
) -> SceneGraph:
    """The graph with a concept and with stuff where it has none."""
    count, kinds = len(graph.objects), {thing.kind for thing in graph.objects}
    if "concept" not in kinds:
        chances = _chances(reader, graph, count, NodeType.CONCEPT, vocabulary)
        chosen = _draw(chances, generator, 0.0)
        graph = _joined(graph, chosen, chances, vocabulary)
    if "stuff" not in kinds:
        chances = _chances(reader, graph, count, NodeType.STUFF, vocabulary)
        order = sorted(chances, key=lambda word: -chances[word])
        likely = [word for word in order if chances[word] >= STUFF_FROM] or order[:1]
        for word in likely[: ROOM["stuff"]]:
            graph = _joined(graph, word, chances, vocabulary)
    return graph


def drawn(
    reader: RelationReader, graph: SceneGraph, given: int, generator: torch.Generator, vocabulary: GraphVocabulary
) -> GraphObject | None:
    """One more thing that goes with a graph, or None if nothing is likely; the catalogue has a shape for it."""
    chances = _chances(reader, graph, given, NodeType.OBJECT, vocabulary)
    there = [thing.tag for thing in graph.objects]
    chances = {
        word: chance * AGAIN ** there.count(vocabulary.words[word][1])
        for word, chance in chances.items()
        if has_shape(vocabulary.words[word][1])
    }
    word = _draw(chances, generator, LIKELY_FROM)
    return None if word is None else GraphObject(tag=vocabulary.words[word][1], score=round(chances[word], 4))


def has_shape(tag: str) -> bool:
    """Whether the catalogue has something to show for a tag."""
    category = shipped_catalogue().category_of(tag)
    return category is not None and bool(shipped_catalogue().of_category(category))


def _chances(
    reader: RelationReader, graph: SceneGraph, given: int, kind: NodeType, vocabulary: GraphVocabulary
) -> dict[int, float]:
    """How likely each word of a kind is among what is missing."""
    count = len(graph.objects)
    to_read = ToRead(graph, (1.0,) * count, tuple(k >= given for k in range(count)))
    chances = missing_words(reader, [to_read], vocabulary)[0]
    return {
        word: float(chance)
        for word, chance in enumerate(chances)
        if vocabulary.words[word][0] == kind and vocabulary.words[word][1] != "(unknown)"
    }


def _draw(chances: dict[int, float], generator: torch.Generator, least: float) -> int | None:
    """One of the likeliest words, by their chances; None if none reaches the least."""
    best = sorted(chances, key=lambda word: -chances[word])[:OF_THE_BEST]
    best = [word for word in best if chances[word] >= least]
    if not best:
        return None
    weights = torch.tensor([chances[word] for word in best]).clamp(min=1e-9)
    return best[int(torch.multinomial(weights, 1, generator=generator))]


def _joined(graph: SceneGraph, word: int | None, chances: dict[int, float], vocabulary: GraphVocabulary) -> SceneGraph:
    if word is None:
        return graph
    kind = next(name for name, of in KINDS.items() if of == vocabulary.words[word][0])
    thing = GraphObject(tag=vocabulary.words[word][1], kind=kind, score=round(chances[word], 4))  # type: ignore[arg-type]
    return graph.replace(objects=(*graph.objects, thing))


@torch.no_grad()
def _supported(reader: RelationReader, graph: SceneGraph, given: int, vocabulary: GraphVocabulary) -> SceneGraph:
    """The graph with what each new object is likeliest on, if anything."""
    added = [k >= given for k in range(len(graph.objects))]
    relations, _ = reader(stack_things([things_of(graph, vocabulary, None, added)]))
    on = relations.sigmoid()[0, :, :, HOLDING, PREDICATE_INDEX[Predicate.ON]].numpy()
    more = [
        (k, Predicate.ON, below)
        for k in range(given, len(graph.objects))
        if graph.objects[k].kind == "object" and (below := _below(on[k], k, graph.objects)) is not None
    ]
    triples: tuple[Triple, ...] = tuple(dict.fromkeys((*graph.triples, *more)))
    return graph.replace(triples=triples)


def _below(on: np.ndarray, k: int, things: Sequence[GraphObject]) -> int | None:
    candidates = [o for o, thing in enumerate(things) if o != k and thing.kind == "object"]
    best = max(candidates, key=lambda o: float(on[o]), default=None)
    return best if best is not None and on[best] >= ON_FROM else None
