"""The paper's z^{I+}: image latents joined with graph latents by attention (its eqs. 4 and 5)."""

import torch
from torch import Tensor, nn


class GraphJoin(nn.Module):
    """Beside each image latent, the mean of the graph's nodes, weighted by ``softmax_m <z^G[m], z^I[i]>``.

    The paper concatenates both. Their widths differ, so the nodes are first mapped to the image latents' width (our
    reading; it says nothing of it). What reads the joined half starts at zero (`zero_graph_half`), so a decoder that
    never saw a graph is unchanged until the spatial alignment tunes it; an absent graph is zeros.

    Parameters
    ----------
    width : D of the image latents
    graph_width : C of the graph latents; 0 for a codec that can't join any
    """

    def __init__(self, width: int, graph_width: int) -> None:
        super().__init__()
        self.nodes = nn.Linear(graph_width, width) if graph_width else None

    def forward(self, latents: Tensor, graph: Tensor | None, graph_mask: Tensor | None) -> Tensor:
        """(B, N, D) image latents, (B, M, C) graph latents with their (B, M) bool mask, or None, to (B, N, 2 D)."""
        if graph is None or self.nodes is None:
            return torch.cat([latents, torch.zeros_like(latents)], -1)
        nodes = self.nodes(graph)  # (B, M, D)
        scores = latents @ nodes.transpose(1, 2)  # (B, N, M)
        if graph_mask is not None:
            # an empty graph: all weights are equal, and the nodes count nothing
            scores = scores.masked_fill(~graph_mask.unsqueeze(1), -1e9)
            nodes = nodes * graph_mask.unsqueeze(-1)
        return torch.cat([latents, scores.softmax(-1) @ nodes], -1)


def zero_graph_half(layer: nn.Linear, width: int) -> nn.Linear:
    """The layer with its weights of the inputs ``width`` to ``2 width`` (the graph's half) set to zero."""
    with torch.no_grad():
        layer.weight[:, width : 2 * width] = 0.0
    return layer
