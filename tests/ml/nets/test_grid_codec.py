"""The plain grid codec: shapes, the graph's part, and that it learns."""

import pytest
import torch

from sd3studio.ml.nets.fsq import codes_one_hot, fsq_codes, fsq_one_hot
from sd3studio.ml.nets.graph_join import GraphJoin
from sd3studio.ml.nets.grid_codec import GridCodec


def codec_of(**settings) -> GridCodec:
    torch.manual_seed(0)
    return GridCodec(**({"size_px": 32, "width": 32} | settings)).eval()


def pictures(count: int = 4, side: int = 32) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    coarse = torch.randint(0, 256, (count, 4, 4, 3), generator=generator, dtype=torch.uint8)
    return {"pixels": coarse.repeat_interleave(side // 4, 1).repeat_interleave(side // 4, 2)}


def test_a_picture_is_a_grid_of_tokens() -> None:
    codec = codec_of()
    codes = codec.encode(pictures())
    assert codes.shape == (4, 16, 6) and codes.dtype == torch.int64
    assert codec.decode(codes).shape == (4, 3, 32, 32)
    assert codec.token_mask(pictures()).all() and codec.layout(pictures()) is None


def test_larger_pictures_are_brought_to_its_size() -> None:
    codec = codec_of()
    torch.testing.assert_close(codec.targets(pictures(side=64)), codec.targets(pictures(side=32)))


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="size_px"):
        GridCodec(size_px=60)


def test_an_absent_or_empty_graph_changes_nothing_and_a_learned_one_does() -> None:
    codec = codec_of(graph_width=8)
    codes = codec.encode(pictures(2))
    graph, mask = torch.randn(2, 5, 8), torch.ones(2, 5, dtype=torch.bool)
    torch.testing.assert_close(codec.decode(codes, None, graph, mask), codec.decode(codes))
    torch.nn.init.normal_(codec.joined.weight)
    assert not torch.allclose(codec.decode(codes, None, graph, mask), codec.decode(codes))
    torch.testing.assert_close(codec.decode(codes, None, graph, ~mask), codec.decode(codes))


def test_joined_latents_are_the_papers_attention() -> None:
    torch.manual_seed(0)
    join = GraphJoin(4, 3)
    latents, graph = torch.randn(2, 5, 4), torch.randn(2, 6, 3)
    mask = torch.tensor([[True] * 6, [True] * 2 + [False] * 4])
    joined = join(latents, graph, mask)
    assert join.nodes is not None
    nodes = join.nodes(graph)
    for b, count in ((0, 6), (1, 2)):
        weights = torch.softmax(latents[b] @ nodes[b, :count].T, -1)
        torch.testing.assert_close(joined[b], torch.cat([latents[b], weights @ nodes[b, :count]], -1))


def test_straight_through_codes_are_exact_forward_and_soft_backward() -> None:
    values = torch.linspace(-2.0, 2.0, 41).unsqueeze(1).requires_grad_()
    one_hot = fsq_one_hot(values, 5)
    torch.testing.assert_close(one_hot.detach(), codes_one_hot(fsq_codes(values, 5), 5))
    (one_hot * torch.arange(5.0)).sum().backward()
    assert values.grad is not None and bool((values.grad >= 0.0).all()) and float(values.grad.sum()) > 1.0


def test_it_learns_four_pictures() -> None:
    codec, batch = codec_of().train(), pictures()
    optimiser = torch.optim.Adam(codec.parameters(), 3e-3)
    losses = []
    for _ in range(60):
        made, true = codec.rebuild(batch)
        loss = (made - true).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.4 * losses[0]
