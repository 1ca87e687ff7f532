"""The graph codec: rounding, permutations, codes without collisions, and that it learns."""

from pathlib import Path

import pytest
import torch
from tiny_graphs import records, vocabulary

from sd3studio.ml.conditioning.graph_tensors import graph_of, tensors_of
from sd3studio.ml.metrics.graph_codec import reconstruction
from sd3studio.ml.nets.graph_codec import GraphCodec, seed_codes
from sd3studio.ml.training.losses.graph import dgae_loss


def codec(seed: int = 0) -> GraphCodec:
    torch.manual_seed(seed)
    net = GraphCodec(**GraphCodec.sizes(vocabulary()), width=32, feature_width=64, depth=1)
    with torch.no_grad():  # away from its start, so that all paths take part
        for parameter in net.parameters():
            parameter += 0.02 * torch.randn_like(parameter)
    return net.eval()


@pytest.fixture(scope="module")
def tensors():
    graphs = [one.gold for one in records(3)] + [records(1)[0].detected]
    return tensors_of(graphs, vocabulary(), torch.Generator().manual_seed(0), picture_px=(64.0, 64.0))


def test_encoding_and_decoding_commute_with_permutations(tensors):
    net = codec()
    order = torch.randperm(tensors.tag.shape[1], generator=torch.Generator().manual_seed(1))
    codes, moved = net.encode(tensors), net.encode(tensors.permuted(order))
    assert torch.equal(codes[:, order], moved)
    logits, again = net.decode(codes, tensors.mask), net.decode(moved, tensors.mask[:, order])
    assert torch.allclose(logits.tag[:, order], again.tag, atol=1e-4)
    assert torch.allclose(logits.edge[:, order][:, :, order], again.edge, atol=1e-4)
    features = net.features(codes, tensors.mask)
    assert torch.allclose(features[:, order], net.features(moved, tensors.mask[:, order]), atol=1e-4)


def test_codes_are_six_levels_of_five_and_padding_does_not_matter(tensors):
    net = codec()
    codes = net.encode(tensors)
    assert codes.shape == (*tensors.tag.shape, 6) and int(codes.min()) >= 0 and int(codes.max()) <= 4
    alone = tensors_of([records(1)[0].detected], vocabulary(), picture_px=(64.0, 64.0))
    wider = tensors_of([records(1)[0].detected, records(3)[2].gold], vocabulary(), picture_px=(64.0, 64.0))
    count = alone.tag.shape[1]
    assert torch.equal(net.encode(alone)[0], net.encode(wider)[0, :count])
    one, other = (net.decode(net.encode(some), some.mask).tag[0, :count] for some in (alone, wider))
    assert torch.allclose(one, other, atol=1e-4)


def test_seed_codes_never_collide(tensors):
    start = codec().relation_start
    codes = seed_codes(tensors, start)
    for k in range(3):
        rows = codes[k][tensors.mask[k]]
        assert len(torch.unique(rows, dim=0)) == len(rows)


def test_rounding_lets_gradients_through(tensors):
    net = codec()
    levels = net.levels(tensors)
    rounded = net.quantise(levels)
    assert torch.equal(rounded, rounded.round()) and float(rounded.detach().abs().max()) <= 2.0
    net.decode_soft(rounded, tensors.mask).tag.sum().backward()
    gradients = [net.word_in.weight.grad, net.instance_level.weight.grad]
    assert all(gradient is not None and float(gradient.abs().sum()) > 0.0 for gradient in gradients)


def test_hard_and_soft_decoding_agree(tensors):
    net = codec()
    codes = net.encode(tensors)
    soft = net.decode_soft((codes - 2).float(), tensors.mask)
    assert torch.allclose(soft.tag, net.decode(codes, tensors.mask).tag, atol=1e-5)


def test_it_learns_to_give_graphs_back(tensors):
    net = codec().train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3)
    before = reconstruction(net, [tensors])
    for _ in range(60):
        loss = dgae_loss(net, tensors)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    found = reconstruction(net.eval(), [tensors])
    assert found.tag_accuracy >= 0.98 and found.edge_f1 >= 0.98
    assert found.edge_f1 > before.edge_f1 or before.edge_f1 >= 0.98
    read = net.read(net.encode(tensors), tensors.mask)
    gold = records(1)[0].gold
    again = set(graph_of(read, 0, vocabulary()).named())
    assert len(again & set(gold.named())) >= 0.9 * len(set(gold.named()))


def test_it_is_saved_and_loaded(tensors, tmp_path: Path):
    net = codec()
    net.save_pretrained(tmp_path)
    again = GraphCodec.from_pretrained(tmp_path)
    assert torch.equal(net.encode(tensors), again.encode(tensors))


def test_the_empty_code_is_read_as_nothing():
    net = GraphCodec(**GraphCodec.sizes(vocabulary()), width=32, feature_width=64, depth=1).eval()
    empty = net.empty_code().expand(1, 4, 6)
    assert net.is_empty(empty).all()
    tensors = tensors_of([records(1)[0].gold], vocabulary())
    assert not net.is_empty(net.encode(tensors))[tensors.mask].any()
