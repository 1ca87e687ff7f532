"""Graph, picture and sentence of one scene together: what the steps 2 to 4 of the paper learn from.

Pictures are shrunk, and what frozen networks say of pictures and sentences (c^I, c^Y) is computed once and can be kept
in a cache folder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from sd3studio.core.errors import DataError, InputError
from sd3studio.core.files import write_atomic
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.graph_tensors import GraphTensors, GraphVocabulary, Nodes, nodes_of, stack
from sd3studio.ml.conditioning.text_tokens import PAD_ID
from sd3studio.ml.system import System
from sd3studio.ml.training.data.files import sha256
from sd3studio.ml.training.data.graphs import SceneGraph
from sd3studio.ml.training.data.shards import INDEX, Dataset
from sd3studio.ml.training.losses import Batch

CELLS = 4
"""The photo condition is a grid of so many rows and columns of features."""
MAX_TOKENS = 32
"""Longer sentences are left out."""


@dataclass(frozen=True)
class Scenes:
    """A data set in memory.

    Attributes
    ----------
    pixels : (N, S, S, 3) uint8
    photo : (N, CELLS * CELLS, 1280) float16, c^I
    words : (N, K, 384) float32, c^Y of the first K sentences
    gold, seen : 3DSG and the detector's graph, without layout
    said : the first K sentences and the graphs of what they say
    sentences : all sentences
    """

    pixels: NDArray[np.uint8]
    photo: NDArray[np.float16]
    words: NDArray[np.float32]
    gold: list[SceneGraph]
    seen: list[SceneGraph]
    said: list[list[tuple[str, SceneGraph]]]
    sentences: list[list[str]]

    def __len__(self) -> int:
        return len(self.gold)


class TripleSource:
    """Batches of scenes, with one of their sentences each, chosen by the generator.

    Keys: ``pixels`` (B, S, S, 3); ``photo`` (B, L, 1280); ``words`` (B, 1, 384) and ``words_mask``; ``text`` (B, T)
    ids; ``graph_*`` the 3DSG with all that the sentence states, padded to `nodes` places, ``graph_told`` (B, N) which
    nodes the sentence states; ``seen_*`` the detector's graph.

    Parameters
    ----------
    nodes : places of a graph; what is not told is left out of graphs that have more
    """

    def __init__(self, scenes: Scenes, system: System, nodes: int = 40) -> None:
        if system.vocabulary is None or system.tokenizer is None:
            raise InputError("The source triples needs a system with a vocabulary and a tokenizer.")
        self.scenes, self.system, self.nodes = scenes, system, nodes
        encoded = [system.tokenizer.encode_many([text for text, _ in some]) for some in scenes.said]
        self.ids = encoded
        self.usable = [[k for k, ids in enumerate(some) if len(ids) <= MAX_TOKENS] for some in encoded]
        self.rows = [row for row, some in enumerate(self.usable) if some]

    @classmethod
    def open(
        cls, folder: Path, system: System, *, nodes: int = 40, size_px: int = 64, captions: int = 3, cache: str = ""
    ) -> Self:
        """The scenes of a data set with pictures; `captions` of each are used, `cache` is a folder."""
        return cls(scenes_of(Path(folder), size_px, captions, cache), system, nodes)

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, indices: Sequence[int], generator: torch.Generator) -> Batch:
        """These scenes; which sentence and which numbers tell equal things apart is drawn."""
        rows = [self.rows[index] for index in indices]
        level = torch.rand(len(rows), generator=generator).tolist()
        chosen = [self.usable[row][int(share * len(self.usable[row]))] for row, share in zip(rows, level, strict=True)]
        return self.batch_of(rows, chosen, generator)

    def batch_of(self, rows: Sequence[int], chosen: Sequence[int], generator: torch.Generator | None) -> Batch:
        """Scenes by their row, each with its sentence number `chosen`."""
        scenes, vocabulary = self.scenes, self.system.vocabulary
        told = [scenes.said[row][k][1] for row, k in zip(rows, chosen, strict=True)]
        pairs = [joined_nodes(scenes.gold[row], tsg, vocabulary) for row, tsg in zip(rows, told, strict=True)]
        kept = [trimmed(nodes, flags, self.nodes) for nodes, flags in pairs]
        seen = [nodes_of(scenes.seen[row], vocabulary) for row in rows]
        seen = [trimmed(nodes, np.zeros(len(nodes), bool), self.nodes)[0] for nodes in seen]
        flags = np.zeros((len(rows), self.nodes), bool)
        for k, (_, own) in enumerate(kept):
            flags[k, : len(own)] = own
        ids = [self.ids[row][k] for row, k in zip(rows, chosen, strict=True)]
        longest = max(map(len, ids))
        words = [scenes.words[row, k] for row, k in zip(rows, chosen, strict=True)]
        return {
            "pixels": torch.from_numpy(scenes.pixels[list(rows)]),
            "photo": torch.from_numpy(scenes.photo[list(rows)].astype(np.float32)),
            "words": torch.from_numpy(np.stack(words)).unsqueeze(1),
            "words_mask": torch.ones(len(rows), 1, dtype=torch.bool),
            "text": torch.tensor([[*some, *[PAD_ID] * (longest - len(some))] for some in ids]),
            **_named("graph", padded_graphs(stack([nodes for nodes, _ in kept], generator), self.nodes)),
            "graph_told": torch.from_numpy(flags),
            **_named("seen", stack(seen, generator)),
        }


def joined_nodes(gold: SceneGraph, said: SceneGraph, vocabulary: GraphVocabulary) -> tuple[Nodes, NDArray[np.bool_]]:
    """The nodes of `joined_graph` of a 3DSG without layout, and which of them the sentence states."""
    both = joined_graph(gold, said)
    told = {thing.key: thing.attributes for thing in said.objects}
    stated = {(said.objects[s].key, predicate, said.objects[o].key) for s, predicate, o in said.triples}
    flags = [thing.key in told for thing in both.objects]
    flags += [word in told.get(thing.key, ()) for thing in both.objects for word in thing.attributes]
    concepts = [k for k, thing in enumerate(both.objects) if thing.kind == "concept"]
    flags += [
        (both.objects[s].key, predicate, both.objects[o].key) in stated
        for s, predicate, o in both.triples
        if not (predicate == Predicate.PART_OF and concepts == [o])
    ]
    return nodes_of(both, vocabulary), np.array(flags, bool)


def joined_graph(gold: SceneGraph, said: SceneGraph) -> SceneGraph:
    """A 3DSG with all that a sentence says of its things; what is said comes first among the relations."""
    place = {thing.key: k for k, thing in enumerate(gold.objects)}
    told = {thing.key: thing.attributes for thing in said.objects}
    objects = tuple(
        thing.replace(attributes=tuple(dict.fromkeys((*thing.attributes, *told.get(thing.key, ())))))
        for thing in gold.objects
    )
    keys = [thing.key for thing in said.objects]
    stated = [
        (place[keys[s]], predicate, place[keys[o]])
        for s, predicate, o in said.triples
        if keys[s] in place and keys[o] in place
    ]
    return gold.replace(objects=objects, triples=tuple(dict.fromkeys((*stated, *gold.triples))))


def trimmed(nodes: Nodes, told: NDArray[np.bool_], limit: int) -> tuple[Nodes, NDArray[np.bool_]]:
    """At most `limit` nodes: things first, then what is told, then the others in their order."""
    if len(nodes) <= limit:
        return nodes, told
    place = np.arange(len(nodes))
    rank = np.where(place < nodes.things, 0, np.where(told, 1, 2))
    kept = np.sort(np.lexsort((place, rank))[:limit])
    new = np.full(len(nodes), -1)
    new[kept] = np.arange(len(kept))
    edges = new[nodes.edges]
    edges = edges[(edges >= 0).all(1)]
    return Nodes(nodes.tag[kept], nodes.type[kept], edges, int((kept < nodes.things).sum())), told[kept]


def padded_graphs(tensors: GraphTensors, nodes: int) -> GraphTensors:
    """The same graphs with `nodes` places."""
    more = nodes - tensors.mask.shape[1]
    rows = [functional.pad(getattr(tensors, name), (0, more)) for name in ("tag", "type", "instance", "mask")]
    return GraphTensors(*rows, functional.pad(tensors.adjacency, (0, more, 0, more)))


@lru_cache(maxsize=4)
def scenes_of(folder: Path, size_px: int, captions: int, cache: str = "") -> Scenes:
    """A data set in memory. Raises `DataError` if it has no pictures."""
    dataset = Dataset(folder)
    if not dataset.index.recipe.settings.maps:
        raise DataError(f"The data set {folder} has no pictures. Make one without --no-maps.")
    arrays: dict[str, NDArray] | None = None
    kept = Path(cache) / f"triples-{_digest(folder, size_px, captions)}.safetensors" if cache else None
    if kept is not None and kept.is_file():
        arrays = _read_arrays(kept)
    records = [record for record in dataset.records() if record.sentences]
    said = [[(one.caption.text, one.graph) for one in record.sentences[:captions]] for record in records]
    if arrays is None:
        arrays = _computed(dataset, said, size_px, captions)
        if kept is not None:
            _write_arrays(kept, arrays)
    return Scenes(
        **arrays,
        gold=[plain_graph(record.gold) for record in records],
        seen=[plain_graph(record.detected) for record in records],
        said=said,
        sentences=[[one.caption.text for one in record.sentences] for record in records],
    )


def plain_graph(graph: SceneGraph) -> SceneGraph:
    """A graph without geometry."""
    return graph.replace(objects=tuple(thing.replace(layout=None, box=None) for thing in graph.objects))


def photo_condition(pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float16]:
    """c^I of pictures: (B, CELLS * CELLS, 1280), the net's grid averaged over larger cells."""
    from sd3studio.ml.features import image_features

    grid = torch.from_numpy(image_features(pixels).grid).permute(0, 3, 1, 2)
    pooled = functional.adaptive_avg_pool2d(grid, CELLS).flatten(2).transpose(1, 2)
    return pooled.numpy().astype(np.float16)


def shrunk(pixels: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    """A picture (H, W, 3) of `size_px` a side, areas averaged."""
    import cv2

    return np.asarray(cv2.resize(pixels, (size_px, size_px), interpolation=cv2.INTER_AREA), np.uint8)


def _computed(
    dataset: Dataset, said: list[list[tuple[str, SceneGraph]]], size_px: int, captions: int
) -> dict[str, NDArray]:
    from sd3studio.ml.embedding import WIDTH, embed

    pixels = np.stack([*_small_pictures(dataset, size_px)]) if said else np.zeros((0, size_px, size_px, 3), np.uint8)
    photo = [photo_condition(pixels[start : start + 64]) for start in range(0, len(pixels), 64)]
    texts = [text for some in said for text, _ in some]
    embedded = embed(texts) if texts else np.zeros((0, WIDTH), np.float32)
    words, done = np.zeros((len(said), captions, WIDTH), np.float32), 0
    for row, some in enumerate(said):
        words[row, : len(some)] = embedded[done : done + len(some)]
        done += len(some)
    none = np.zeros((0, CELLS * CELLS, 1280), np.float16)
    return {"pixels": pixels, "photo": np.concatenate([none, *photo]), "words": words}


def _small_pictures(dataset: Dataset, size_px: int) -> Iterator[NDArray[np.uint8]]:
    for sample in dataset.samples(("rgb",)):
        if sample.record.sentences:
            yield shrunk(sample.maps["rgb"], size_px)


def _digest(folder: Path, size_px: int, captions: int) -> str:
    return sha256((folder / INDEX).read_bytes() + f"{size_px}/{captions}/{CELLS}".encode())[:16]


def _read_arrays(path: Path) -> dict[str, NDArray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise DataError(f"{path} is damaged ({error}). Delete it: it is made again.") from error


def _write_arrays(path: Path, arrays: dict[str, NDArray]) -> None:
    from safetensors.numpy import save

    write_atomic(path, save({name: np.ascontiguousarray(value) for name, value in arrays.items()}))


def _named(name: str, tensors: GraphTensors) -> dict[str, Tensor]:
    return {f"{name}_{field.name}": getattr(tensors, field.name) for field in fields(tensors)}


def graph_in(batch: Batch, name: str) -> GraphTensors:
    """The graphs that a batch holds under ``name_*``."""
    values: list[Any] = [batch[f"{name}_{field.name}"] for field in fields(GraphTensors)]
    return GraphTensors(*values)
