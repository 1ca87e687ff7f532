"""What a photo or a graph's context proposes beside what a detector found: names, setting, things that it missed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sd3studio.ml.conditioning.graph_tensors import KINDS, GraphVocabulary, NodeType
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph

KIND_OF = {value: key for key, value in KINDS.items()}

SETTING_FROM = 0.5
"""A piece of the setting that is at least so likely is in the graph; the likeliest concept always is."""
ANOTHER_FROM = 0.15
"""A name that is at least so likely is considered."""
MISSED_FROM = 0.3
"""So likely must a thing be that no box holds."""
MOST_STUFF, MOST_MISSED, MOST_OTHERS = 4, 3, 4
RENAMED_FROM = 0.6
"""A box is taken for something else than the detector says if that is at least so likely."""


@dataclass(frozen=True)
class Proposed:
    """A detector's graph with what is proposed.

    Attributes
    ----------
    graph : its things first, perhaps renamed, in their order
    sure : how likely each thing is there by its name
    others : other names, as in `graph_reading.ToRead`
    """

    graph: SceneGraph
    sure: tuple[float, ...]
    others: dict[int, tuple[tuple[str, float], ...]] = field(default_factory=dict)


def proposed(
    source: SceneGraph, shown: np.ndarray, named: np.ndarray | None, boxed: Sequence[int], vocabulary: GraphVocabulary
) -> Proposed:
    """A detector's graph with what its photo shows.

    Parameters
    ----------
    shown : (W,) how likely each word of a thing is true of the photo
    named : (T, W) how likely each box holds what; None: the detector is right
    boxed : the number in the graph of each box
    """
    things, sure, others = list(source.objects), [1.0] * len(source.objects), {}
    if named is not None:
        for row, k in enumerate(boxed):
            things[k], sure[k], rest = _renamed(things[k], named[row], vocabulary)
            if rest:
                others[k] = rest
    known = {thing.tag for thing in things} | {name for rest in others.values() for name, _ in rest}
    for thing, chance, rest in _setting(shown, {thing.kind for thing in things}, vocabulary):
        if rest:
            others[len(things)] = rest
        things.append(thing)
        sure.append(chance)
    for word in _likely(shown, NodeType.OBJECT, MISSED_FROM, vocabulary)[: MOST_MISSED + len(known)]:
        tag, chance = vocabulary.words[word][1], float(shown[word])
        if tag not in known and len(things) < len(source.objects) + MOST_STUFF + 1 + MOST_MISSED:
            things.append(GraphObject(tag=tag, score=round(chance, 4)))
            sure.append(chance)
    return Proposed(source.replace(objects=tuple(things)), tuple(sure), others)


def _renamed(
    thing: GraphObject, named: np.ndarray, vocabulary: GraphVocabulary
) -> tuple[GraphObject, float, tuple[tuple[str, float], ...]]:
    """A thing by its likeliest name, how likely that is, and the other names that come into question."""
    own = vocabulary.number(KINDS[thing.kind], thing.tag)
    order = [int(word) for word in np.argsort(-named)[:MOST_OTHERS] if vocabulary.words[word][0] == NodeType.OBJECT]
    best = order[0] if order and order[0] != own and named[order[0]] >= RENAMED_FROM else own
    rest = [word for word in dict.fromkeys((own, *order)) if word != best and named[word] >= ANOTHER_FROM]
    name = thing.tag if best == own else vocabulary.words[best][1]
    return (
        thing.replace(tag=name),
        float(named[best]),
        tuple((vocabulary.words[word][1], float(named[word])) for word in rest),
    )


def _setting(
    shown: np.ndarray, kinds: set[str], vocabulary: GraphVocabulary
) -> list[tuple[GraphObject, float, tuple[tuple[str, float], ...]]]:
    """Stuff and concept where a graph has none; likely names that are left over are other names of the last stuff."""
    found = []
    for kind in (NodeType.STUFF, NodeType.CONCEPT):
        if KIND_OF[kind] in kinds:
            continue
        words = _likely(shown, kind, ANOTHER_FROM, vocabulary)
        if kind == NodeType.CONCEPT:
            first, rest = words[:1] or [_best(shown, kind, vocabulary)], words[1:MOST_OTHERS]
        else:
            first = [word for word in words if shown[word] >= SETTING_FROM][:MOST_STUFF]
            first = first or words[:1]
            rest = [word for word in words if word not in first][:MOST_OTHERS]
        for word in first:
            chance = float(shown[word])
            thing = GraphObject(tag=vocabulary.words[word][1], kind=KIND_OF[kind], score=round(chance, 4))  # type: ignore[arg-type]
            others = tuple((vocabulary.words[other][1], float(shown[other])) for other in rest)
            found.append((thing, chance, others if word == first[-1] else ()))
    return found


def _likely(shown: np.ndarray, kind: NodeType, least: float, vocabulary: GraphVocabulary) -> list[int]:
    """Words of a kind that are at least so likely, the likeliest first."""
    return [
        int(word)
        for word in np.argsort(-shown, kind="stable")
        if shown[word] >= least and vocabulary.words[word][0] == kind and vocabulary.words[word][1] != "(unknown)"
    ]


def _best(shown: np.ndarray, kind: NodeType, vocabulary: GraphVocabulary) -> int:
    words = [k for k, (of, _) in enumerate(vocabulary.words[: len(shown)]) if of == kind]
    return max(words, key=lambda word: float(shown[word]))
