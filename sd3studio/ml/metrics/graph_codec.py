"""How exactly a codec gives graphs back: tag accuracy and edge F1, over all nodes of held-out graphs."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from sd3studio.ml.conditioning.graph_tensors import GraphTensors
from sd3studio.ml.nets.graph_codec import GraphCodec


@dataclass
class Reconstruction:
    """Counts over graphs; `edges` by the plain threshold of 0.5 on each pair."""

    nodes: int = 0
    tags_right: int = 0
    types_right: int = 0
    edges_right: int = 0
    edges_said: int = 0
    edges_true: int = 0
    graphs: int = 0
    graphs_right: int = 0

    @property
    def tag_accuracy(self) -> float:
        """Share of nodes whose tag is the likeliest."""
        return self.tags_right / max(self.nodes, 1)

    @property
    def edge_f1(self) -> float:
        """F1 of edges."""
        return 2.0 * self.edges_right / max(self.edges_said + self.edges_true, 1)

    def row(self) -> dict[str, float]:
        """The measures, rounded."""
        return {
            "graphs": self.graphs,
            "tag_accuracy": round(self.tag_accuracy, 4),
            "type_accuracy": round(self.types_right / max(self.nodes, 1), 4),
            "edge_f1": round(self.edge_f1, 4),
            "whole_graphs": round(self.graphs_right / max(self.graphs, 1), 4),
        }


@torch.no_grad()
def reconstruction(codec: GraphCodec, batches: Iterable[GraphTensors]) -> Reconstruction:
    """Encode, quantise and decode graphs, and count what comes back as it was."""
    found = Reconstruction()
    for graphs in batches:
        logits = codec.decode(codec.encode(graphs), graphs.mask)
        mask = graphs.mask
        pairs = mask.unsqueeze(1) & mask.unsqueeze(2)
        said, true = (logits.edge > 0.0) & pairs, graphs.adjacency & pairs
        tags = logits.tag.argmax(-1) == graphs.tag
        found.nodes += int(mask.sum())
        found.tags_right += int((tags & mask).sum())
        found.types_right += int(((logits.type.argmax(-1) == graphs.type) & mask).sum())
        found.edges_right += int((said & true).sum())
        found.edges_said += int(said.sum())
        found.edges_true += int(true.sum())
        found.graphs += len(graphs)
        found.graphs_right += int(((tags | ~mask).all(1) & (said == true).flatten(1).all(1)).sum())
    return found
