"""SPICE (spaCy parse): how many of the things, attributes and relations of the references a caption says.

The score is that of SPICE (Anderson et al. 2016, arXiv:1607.08822): tuples of a caption and of all its references
together, F1 of the tuples matched, mean over captions. The graphs of nodes that mean the same and the matching follow
its program (``SceneGraph``, ``TupleSet``, ``Evaluation`` of SPICE 1.0). Two things are ours, so the values are not
comparable with published SPICE: sentences are read by spaCy instead of the Stanford parser
(`sd3studio.ml.metrics.tuples`), and words are alike by the synsets of our extract of WordNet 3.1, nouns only, where
SPICE has METEOR's list of all words.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.language.noun_net import noun_net

Tuple = tuple[str, ...]
"""(object,), (object, attribute) or (subject, relation, object), as lemmas."""

Synsets = Callable[[str], frozenset[int]]


def wordnet_synsets(word: str) -> frozenset[int]:
    """Synsets of a noun in our extract of WordNet; none for other words."""
    return frozenset(noun_net().senses.get(word, ()))


@dataclass(slots=True)
class Concept:
    """Words or phrases that mean one thing, and their synsets."""

    words: set[str]
    synsets: set[int]

    def like(self, other: "Concept") -> bool:
        """Whether they share a synset or a word."""
        return not (self.synsets.isdisjoint(other.synsets) and self.words.isdisjoint(other.words))

    def likeness(self, other: "Concept") -> float:
        """1 if they share a word, else the share of common synsets."""
        if not self.words.isdisjoint(other.words):
            return 1.0
        return len(self.synsets & other.synsets) / max(1, len(self.synsets | other.synsets))

    def merge(self, other: "Concept") -> None:
        """Take in another's words and synsets."""
        self.words |= other.words
        self.synsets |= other.synsets


@dataclass(slots=True)
class Node:
    """A thing and its attributes."""

    thing: Concept
    attributes: list[Concept] = field(default_factory=list)


@dataclass(slots=True)
class TupleGraph:
    """Tuples as a graph in which what means the same is one node."""

    synsets: Synsets = wordnet_synsets
    nodes: list[Node] = field(default_factory=list)
    relations: list[tuple[Node, Concept, Node]] = field(default_factory=list)

    @classmethod
    def of(cls, tuples: Iterable[Tuple], synsets: Synsets = wordnet_synsets) -> "TupleGraph":
        """The graph of the tuples of one or several sentences, in order."""
        graph = cls(synsets)
        for found in tuples:
            graph.add(found)
        return graph

    def add(self, found: Tuple) -> None:
        """Add a tuple of one, two or three lemmas."""
        node = self._node(found[0])
        if len(found) == 2:
            attribute = self._concept(found[1])
            if not _merged(attribute, node.attributes):
                node.attributes.append(attribute)
        elif len(found) == 3:
            self._relate(node, self._concept(found[1].removeprefix("be ")), self._node(found[2]))

    def statements(self) -> list[tuple[Concept, ...]]:
        """All its tuples."""
        things = [(node.thing,) for node in self.nodes]
        attributes = [(node.thing, attribute) for node in self.nodes for attribute in node.attributes]
        return [*things, *attributes, *((a.thing, relation, b.thing) for a, relation, b in self.relations)]

    def _concept(self, word: str) -> Concept:
        return Concept({word}, set(self.synsets(word)))

    def _node(self, word: str) -> Node:
        """The node most like a word; a new one if none is."""
        concept = self._concept(word)
        best, likeness = None, 0.0
        for node in self.nodes:
            if node.thing == concept:
                return node
            if (found := concept.likeness(node.thing)) > likeness:
                best, likeness = node, found
        if best is None:
            self.nodes.append(best := Node(concept))
        else:
            best.thing.merge(concept)
        return best

    def _relate(self, first: Node, relation: Concept, second: Node) -> None:
        known = [between for a, between, b in self.relations if a is first and b is second]
        if not _merged(relation, known):
            self.relations.append((first, relation, second))


def _merged(concept: Concept, known: Iterable[Concept]) -> bool:
    """Merge a concept into the first that is like it; whether one was."""
    for other in known:
        if other.like(concept):
            other.merge(concept)
            return True
    return False


def matched(candidate: Sequence[tuple[Concept, ...]], reference: Sequence[tuple[Concept, ...]]) -> int:
    """Tuples of the candidate that some tuple of the reference is like, part by part."""
    return sum(any(_alike(first, second) for second in reference) for first in candidate)


def _alike(first: tuple[Concept, ...], second: tuple[Concept, ...]) -> bool:
    return len(first) == len(second) and all(a.like(b) for a, b in zip(first, second, strict=True))


def f_score(candidate: Iterable[Tuple], references: Iterable[Tuple], synsets: Synsets = wordnet_synsets) -> float:
    """F1 of the tuples of one caption against those of all its references; 0 where either has none."""
    said = TupleGraph.of(candidate, synsets).statements()
    wanted = TupleGraph.of(references, synsets).statements()
    hits = matched(said, wanted)
    return 2.0 * hits / (len(said) + len(wanted)) if hits else 0.0


def spice_scores(captions: Sequence[str], references: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """(N,) SPICE (spaCy parse) in [0, 1] of each caption; their mean is the score of the set.

    Raises
    ------
    MissingModelError
        spaCy's English model is not installed.
    """
    from sd3studio.ml.metrics.tuples import tuples_of

    read = tuples_of([*captions, *(other for others in references for other in others)])
    pairs = zip(captions, references, strict=True)
    return np.array([f_score(read[said], [t for other in others for t in read[other]]) for said, others in pairs])
