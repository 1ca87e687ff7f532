"""The words of graph nodes: one text tag a node, as in the paper; which tags there are, and their numbers, is ours.

Layout enters as words too (`TagBins`): column, row, depth and heading one word each, the three sides of a box together
one of the `sizes` (a product tag: one node instead of three). A detector's box gives column, row, and how wide and high
it looks. All words but the relations are numbered from 1 on so that they fit into four levels of five (`MAX_WORDS`);
that is what lets a node's code hold its word and an identity (`sd3studio.ml.nets.graph_codec`).
"""

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from functools import cached_property
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sd3studio.core.errors import DataError, InputError
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import Value
from sd3studio.core.scene.values import Name
from sd3studio.ml.training.data.graphs import SceneGraph
from sd3studio.ml.training.data.records import SceneRecord
from sd3studio.ml.training.data.tags import LayoutTags, TagBins

UNKNOWN = "(unknown)"
MAX_WORDS = 625
"""Words that are not relations, with the empty one: 5 ** 4."""

SizeBins = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
Order = Callable[[Sequence[str]], Sequence[str]]


class NodeType(IntEnum):
    """Of a node. Empty is what a graph has in a place that it does not use."""

    EMPTY = 0
    OBJECT = 1
    STUFF = 2
    CONCEPT = 3
    ATTRIBUTE = 4
    LAYOUT = 5
    RELATION = 6


THINGS = (NodeType.OBJECT, NodeType.STUFF, NodeType.CONCEPT)
"""Nodes that others name: an attribute its object, a relation its subject and object."""

KINDS: dict[str, NodeType] = {
    "object": NodeType.OBJECT,
    "stuff": NodeType.STUFF,
    "concept": NodeType.CONCEPT,
}


class GraphVocabulary(Value):
    """The tags that nodes can have.

    Parameters
    ----------
    objects, stuff, concepts, attributes : their tags; neighbours get neighbouring codes, so like tags belong together
    sizes : width, depth and height bins of the size words
    bins : how geometry is cut (the one of the data set)
    apparent : bins of a detector's box width and height, evenly in their logarithm from a 64th of the picture to all
    """

    objects: tuple[Name, ...]
    stuff: tuple[Name, ...]
    concepts: tuple[Name, ...]
    attributes: tuple[Name, ...]
    sizes: Annotated[tuple[SizeBins, ...], Field(min_length=1)]
    bins: TagBins = TagBins()
    apparent: Annotated[int, Field(ge=2, le=64)] = 24

    @model_validator(mode="after")
    def _fits(self) -> Self:
        own = self.relation_start
        if own > MAX_WORDS:
            raise ValueError(f"there are {own} words with those of the layout; a node's code has room for {MAX_WORDS}")
        if len(self.index) != len(self.words):
            raise ValueError("a tag is listed twice")
        return self

    @classmethod
    def of(
        cls,
        graphs: Iterable[SceneGraph | SceneRecord],
        bins: TagBins | None = None,
        sizes: int = 96,
        order: Order | None = None,
        more_objects: Iterable[str] = (),
    ) -> Self:
        """The vocabulary of graphs, or of all graphs of records.

        Parameters
        ----------
        sizes : how many size words at most, by clusters of the boxes that occur
        order : sorts tags so that like ones are neighbours (`by_meaning`); None: by the alphabet
        more_objects : object tags beyond those of the graphs, such as a detector's classes
        """
        tags: dict[str, set[str]] = {kind: set() for kind in (*KINDS, "attribute")}
        boxes: list[tuple[int, int, int]] = []
        for graph in _graphs(graphs):
            for thing in graph.objects:
                tags[thing.kind].add(thing.tag)
                tags["attribute"].update(thing.attributes)
                if thing.layout is not None:
                    boxes.append(thing.layout.size)
        tags["object"].update(tag for tag in more_objects if not any(tag in found for found in tags.values()))
        sort: Order = sorted if order is None else order
        listed = {kind: tuple(sort(sorted(found))) for kind, found in tags.items()}
        return cls(
            objects=listed["object"],
            stuff=listed["stuff"],
            concepts=listed["concept"],
            attributes=listed["attribute"],
            sizes=_clusters(boxes, sizes),
            bins=bins or TagBins(),
        )

    @cached_property
    def words(self) -> tuple[tuple[NodeType, str], ...]:
        """Type and text of every word, by its number; 0 is the empty one."""
        named = (
            (NodeType.OBJECT, self.objects),
            (NodeType.STUFF, self.stuff),
            (NodeType.CONCEPT, self.concepts),
            (NodeType.ATTRIBUTE, self.attributes),
        )
        tags = [(kind, tag) for kind, listed in named for tag in (UNKNOWN, *listed)]
        layout = [(NodeType.LAYOUT, f"{letter}{k}") for letter, count in self.layout_bins.items() for k in range(count)]
        relations = [(NodeType.RELATION, predicate.value) for predicate in Predicate]
        return ((NodeType.EMPTY, ""), *tags, *layout, *relations)

    @cached_property
    def index(self) -> dict[tuple[NodeType, str], int]:
        """Number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    @property
    def layout_bins(self) -> dict[str, int]:
        """Letter of a layout word -> how many: x, y, d (depth), s (size), t (yaw), u, v (how wide, high it looks)."""
        grid, bins = self.bins.grid, self.bins
        return {
            "x": grid, "y": grid, "d": bins.depth, "s": len(self.sizes), "t": bins.yaw,
            "u": self.apparent, "v": self.apparent,
        }  # fmt: skip

    @property
    def relation_start(self) -> int:
        """Number of the first relation word; all others are below it."""
        return len(self.words) - len(Predicate)

    @property
    def things_end(self) -> int:
        """Number after the last word of a thing; all words of things, and the empty one, are below it."""
        return 1 + sum(1 + len(tags) for tags in (self.objects, self.stuff, self.concepts))

    def __len__(self) -> int:
        return len(self.words)

    def number(self, kind: NodeType, tag: str, strict: bool = False) -> int:
        """Number of a tag. A thing's tag that only another kind of thing has gives that one's; else "unknown".

        Raises `InputError` for what is not there if `strict`.
        """
        kinds = (kind, *(other for other in THINGS if other != kind)) if kind in THINGS else (kind,)
        for one in kinds:
            found = self.index.get((one, tag))
            if found is not None:
                return found
        if strict or (kind, UNKNOWN) not in self.index:
            raise InputError(
                f"The tag {tag!r} is not in the vocabulary: {len(self)} words, of which {kind.name.lower()} tags: "
                f"{', '.join(text for of, text in self.words if of == kind and text != UNKNOWN)[:200]} ..."
            )
        return self.index[kind, UNKNOWN]

    def layout_words(self, layout: LayoutTags) -> tuple[str, ...]:
        """The five layout words of an object. Raises `InputError` for bins that this vocabulary does not have."""
        words = (f"x{layout.x}", f"y{layout.y}", f"d{layout.depth}", f"s{self._size_word(layout)}", f"t{layout.yaw}")
        for word in words:
            if (NodeType.LAYOUT, word) not in self.index:
                raise InputError(f"The layout tag {word} is outside the bins of the vocabulary; were others used?")
        return words

    def layout_of(self, words: Iterable[str]) -> LayoutTags | None:
        """The tags that layout words say, missing ones in the middle; None if none of x, y and depth is said."""
        said = {word[0]: int(word[1:]) for word in words}
        if not said.keys() & {"x", "y", "d"}:
            return None
        middle = {letter: count // 2 for letter, count in self.layout_bins.items()}
        said = middle | {"t": 0} | said
        return LayoutTags(x=said["x"], y=said["y"], depth=said["d"], size=self.sizes[said["s"]], yaw=said["t"])

    def _size_word(self, layout: LayoutTags) -> int:
        centers = np.array(self.sizes)
        return int(np.square(centers - np.array(layout.size)).sum(1).argmin())


def by_meaning(tags: Sequence[str]) -> Sequence[str]:
    """Tags in an order in which like ones (by MiniLM embedding) are neighbours: halved by the main direction, over and
    over."""
    from sd3studio.ml.embedding import embed

    vectors = embed(tags) if tags else np.zeros((0, 1), np.float32)

    def halved(places: NDArray[np.intp]) -> list[int]:
        if len(places) < 3:
            return places.tolist()
        centred = vectors[places] - vectors[places].mean(0)
        direction = np.linalg.svd(centred, full_matrices=False)[2][0]
        order = places[np.argsort(centred @ (direction * np.sign(direction.sum() or 1.0)), kind="stable")]
        return halved(order[: len(order) // 2]) + halved(order[len(order) // 2 :])

    return [tags[k] for k in halved(np.arange(len(tags)))]


def _graphs(given: Iterable[SceneGraph | SceneRecord]) -> Iterable[SceneGraph]:
    for one in given:
        if isinstance(one, SceneGraph):
            yield one
        else:
            yield from (one.gold, one.detected, *(sentence.graph for sentence in one.sentences))


def _clusters(boxes: Sequence[tuple[int, int, int]], count: int, rounds: int = 12) -> tuple[tuple[int, int, int], ...]:
    """At most `count` rounded means of the clusters of size bins (Lloyd's), in the order of their volume."""
    if not boxes:
        raise DataError("There is no object with a size in these graphs, so there are no size words. Are they 3D?")
    values, weights = np.unique(np.array(boxes, float), axis=0, return_counts=True)
    order = np.lexsort(values.T)
    centers = values[order[np.linspace(0, len(values) - 1, min(count, len(values))).round().astype(int)]]
    for _ in range(rounds):
        nearest = np.square(values[:, None] - centers[None]).sum(-1).argmin(1)
        for k in np.unique(nearest):
            centers[k] = np.average(values[nearest == k], axis=0, weights=weights[nearest == k])
    found = {(int(w), int(d), int(h)) for w, d, h in centers.round().tolist()}
    return tuple(sorted(found, key=lambda size: (sum(size), size)))
