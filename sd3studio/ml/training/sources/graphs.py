"""Graphs for the graph codec: 3D graphs, and what captions and detectors tell of the same scenes."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from sd3studio.core.errors import DataError, InputError
from sd3studio.ml.conditioning.graph_tensors import GraphTensors, GraphVocabulary, Nodes, NodeType, nodes_of, stack
from sd3studio.ml.system import System
from sd3studio.ml.training.data.shards import Dataset
from sd3studio.ml.training.losses import Batch

SWAPPED = 0.2
"""Of words that are replaced by another of their type, so that the codec learns each word, also those that the data
lack, and no habit of them."""

KIND_SHARES = (0.6, 0.2, 0.2)
"""How many batches are of 3D graphs, of captions' and of detectors'; a batch is of one kind, as sizes differ."""


class GraphSource:
    """Batches of graphs under ``graph_tag``, ``graph_type``, ``graph_instance``, ``graph_mask``, ``graph_adjacency``.

    Parameters
    ----------
    graphs : for each scene its 3D graph, those of its captions, its detector's
    vocabulary : their words
    swapped : share of words that are replaced
    """

    def __init__(
        self,
        graphs: Sequence[tuple[Nodes, tuple[Nodes, ...], Nodes]],
        vocabulary: GraphVocabulary,
        swapped: float = SWAPPED,
    ) -> None:
        self.graphs = graphs
        self.swapped = swapped
        counts = [sum(kind == one for kind, _ in vocabulary.words) for one in NodeType]
        self.starts = torch.tensor([0, *counts]).cumsum(0)

    @classmethod
    def open(cls, folder: Path, system: System, *, swapped: float = SWAPPED, scenes: int | None = None) -> Self:
        """The first `scenes` (None: all) of a data set, with or without maps.

        Raises `DataError` if it is empty.
        """
        if system.vocabulary is None:
            raise InputError("The source graphs needs a system with a vocabulary.")
        dataset = Dataset(folder)
        side = float(dataset.index.recipe.settings.size_px)
        kept: list[tuple[Nodes, tuple[Nodes, ...], Nodes]] = []
        for record in dataset.records():
            if scenes is not None and len(kept) >= scenes:
                break
            said = tuple(nodes_of(sentence.graph, system.vocabulary) for sentence in record.sentences)
            seen = nodes_of(record.detected, system.vocabulary, (side, side))
            kept.append((nodes_of(record.gold, system.vocabulary), said, seen))
        if not kept:
            raise DataError(f"There is no scene in {folder}.")
        return cls(kept, system.vocabulary, swapped)

    def __len__(self) -> int:
        return len(self.graphs)

    def batch(self, indices: Sequence[int], generator: torch.Generator) -> Batch:
        """One graph of each scene, all of a kind that is drawn; identities and replaced words are drawn, too."""
        level = float(torch.rand((), generator=generator))
        chosen: list[Nodes] = []
        for index in indices:
            gold, said, seen = self.graphs[index]
            if level < KIND_SHARES[0] or not said:
                chosen.append(gold)
            elif level < KIND_SHARES[0] + KIND_SHARES[1]:
                chosen.append(said[int(torch.randint(len(said), (), generator=generator))])
            else:
                chosen.append(seen)
        tensors = stack(chosen, generator)
        tensors.tag = self._swapped(tensors, generator)
        return named("graph", tensors)

    def _swapped(self, tensors: GraphTensors, generator: torch.Generator) -> Tensor:
        swap = (torch.rand(tensors.tag.shape, generator=generator) < self.swapped) & tensors.mask
        low, high = self.starts[tensors.type], self.starts[tensors.type + 1]
        other = low + (torch.rand(tensors.tag.shape, generator=generator) * (high - low)).long()
        return torch.where(swap, other, tensors.tag)


def named(name: str, tensors: GraphTensors) -> Batch:
    """Graphs as entries of a batch, ``name_*`` (see `sd3studio.ml.training.losses.graph.tensors_in`)."""
    return {f"{name}_{field.name}": getattr(tensors, field.name) for field in fields(tensors)}
