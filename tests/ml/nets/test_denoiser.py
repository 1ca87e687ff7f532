"""The denoiser: shapes, symmetries, absent conditions, caching, and that it learns."""

import pytest
import torch

from sd3studio.ml.diffusion.objective import ObjectiveConfig, diffusion_loss
from sd3studio.ml.diffusion.sampler import SamplerConfig, finish, sample
from sd3studio.ml.diffusion.schedule import Schedule
from sd3studio.ml.diffusion.transition import Transition, TransitionConfig
from sd3studio.ml.nets.denoiser import Denoiser

TINY = {"width": 32, "depth": 2, "heads": 2}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def net_of(**settings) -> Denoiser:
    """A tiny net with nothing left at its zero start, so that every path matters."""
    torch.manual_seed(0)
    net = Denoiser(**({"classes": 5, "states": 6} | TINY | settings)).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=seeded(1)))
    return net


def tokens(*shape: int) -> torch.Tensor:
    return torch.randint(0, 6, shape, generator=seeded())


def values(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=seeded(seed))


T = torch.tensor([0.3, 1.0])


@pytest.mark.parametrize(
    ("settings", "shape", "expected"),
    [
        ({"fields": 6}, (2, 7, 6), (2, 7, 6, 5)),
        ({"positions": (4, 4), "layout_width": 3}, (2, 16), (2, 16, 5)),
        ({"positions": (12,)}, (2, 9), (2, 9, 5)),
    ],
)
def test_graph_image_and_text_have_their_shapes(settings, shape, expected):
    net = net_of(condition_width=7, **settings)
    layout = values(*shape[:2], 3) if "layout_width" in settings else None
    found = net(tokens(*shape), T, values(2, 4, 7), layout=layout)
    assert found.logits.shape == expected and found.hidden.shape == (*shape[:2], 32)


@torch.no_grad()
def test_without_positions_it_commutes_with_permutations_of_the_nodes():
    net = net_of(fields=6, condition_width=7, layout_width=3)
    x, layout, condition = tokens(2, 7, 6), values(2, 7, 3), values(2, 4, 7)
    order = torch.randperm(7, generator=seeded())
    straight = net(x, T, condition, layout=layout).logits
    permuted = net(x[:, order], T, condition, layout=layout[:, order]).logits
    assert torch.allclose(straight[:, order], permuted, atol=1e-5)
    assert not torch.allclose(straight, permuted, atol=1e-2)


@torch.no_grad()
def test_with_positions_it_does_not():
    net, order = net_of(positions=(7,)), torch.tensor([1, 0, 2, 3, 4, 5, 6])
    x = tokens(2, 7)
    assert not torch.allclose(net(x, T).logits[:, order], net(x[:, order], T).logits, atol=1e-3)


@torch.no_grad()
def test_the_fields_of_a_node_are_told_apart():
    net = net_of(fields=3)
    x = torch.tensor([[[0, 1, 2]], [[2, 1, 0]]])
    first, second = net(x, torch.tensor([0.5, 0.5])).hidden
    assert not torch.allclose(first, second, atol=1e-3)


@torch.no_grad()
def test_each_sample_has_its_own_time():
    net, x = net_of(), tokens(1, 4).expand(2, 4)
    together = net(x, T).logits
    assert not torch.allclose(together[0], together[1], atol=1e-3)
    assert torch.allclose(together[1:], net(x[1:], T[1:]).logits, atol=1e-5)


@torch.no_grad()
def test_masked_parts_of_a_condition_do_not_matter():
    net, x = net_of(condition_width=7, second_width=3), tokens(2, 5)
    mask = torch.tensor([[True, True, False], [True, False, False]])
    condition, second = values(2, 3, 7), values(2, 2, 3)
    changed = torch.where(mask.unsqueeze(-1), condition, values(2, 3, 7, seed=5))
    straight = net(x, T, condition, mask, second).logits
    assert torch.allclose(straight, net(x, T, changed, mask, second).logits, atol=1e-5)
    assert not torch.allclose(straight, net(x, T, changed, None, second).logits, atol=1e-3)


@torch.no_grad()
@pytest.mark.parametrize("slot", ("condition", "second"))
def test_a_row_without_a_condition_is_an_absent_condition(slot):
    net, x = net_of(condition_width=7, second_width=7), tokens(2, 5)
    none_there = {slot: values(2, 3, 7), f"{slot}_mask": torch.tensor([[True] * 3, [False] * 3])}
    mixed, absent = net(x, T, **none_there).logits, net(x, T).logits
    assert torch.allclose(mixed[1], absent[1], atol=1e-5)
    assert not torch.allclose(mixed[0], absent[0], atol=1e-3)


@torch.no_grad()
def test_the_absent_token_is_not_seen_beside_a_condition():
    net, x = net_of(condition_width=7, second_width=7), tokens(2, 5)
    conditions = values(2, 3, 7), None, values(2, 3, 7)
    with_both, without = net(x, T, *conditions).logits, net(x, T).logits
    net.absent.add_(1.0)
    assert torch.allclose(with_both, net(x, T, *conditions).logits, atol=1e-5)
    assert not torch.allclose(without, net(x, T).logits, atol=1e-3)


@torch.no_grad()
def test_a_layout_of_zeros_is_an_absent_layout():
    net, x = net_of(layout_width=3), tokens(2, 5)
    assert torch.allclose(net(x, T, layout=torch.zeros(2, 5, 3)).logits, net(x, T).logits, atol=1e-5)
    assert not torch.allclose(net(x, T, layout=values(2, 5, 3)).logits, net(x, T).logits, atol=1e-3)


@torch.no_grad()
def test_the_two_slots_are_told_apart():
    net, x, condition = net_of(condition_width=7, second_width=7), tokens(2, 5), values(2, 3, 7)
    net.second_in.load_state_dict(net.condition_in.state_dict())
    assert not torch.allclose(net(x, T, condition).logits, net(x, T, second=condition).logits, atol=1e-3)


@torch.no_grad()
def test_places_that_do_not_take_part_do_not_matter():
    net, x = net_of(), tokens(2, 6)
    token_mask = torch.arange(6).expand(2, 6) < 4
    padded = net(x, T, token_mask=token_mask).logits[:, :4]
    assert torch.allclose(padded, net(x[:, :4], T).logits, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("fields", (1, 3))
def test_encoded_conditions_and_chosen_positions_give_the_same_logits(fields):
    net = net_of(condition_width=7, layout_width=2, fields=fields)
    x = tokens(2, 5) if fields == 1 else tokens(2, 5, fields)
    condition, layout = values(2, 3, 7), values(2, 5, 2)
    whole = net(x, T, condition, layout=layout).logits
    at = torch.rand(x.shape, generator=seeded(2)) < 0.4
    some = net.bind(net.encode(2, condition, layout=layout))(x, T, at)
    assert torch.allclose(some, whole[at], atol=1e-5)


@pytest.mark.parametrize("kind", ("uniform", "absorbing", "mask_and_replace"))
def test_it_overfits_four_samples_and_samples_them(kind):
    """Each of four conditions has its own six tokens; after a few seconds of training the sampler returns them."""
    torch.manual_seed(0)
    transition = Transition(TransitionConfig(kind, 5), Schedule("linear", 20))
    net = Denoiser(5, transition.states, positions=(6,), condition_width=4, **TINY)
    x_0, condition = torch.randint(0, 5, (4, 6), generator=seeded(3)), torch.eye(4).unsqueeze(1)
    optimiser, generator = torch.optim.AdamW(net.parameters(), lr=3e-3), seeded()
    batch, conditions = x_0.repeat(4, 1), condition.repeat(4, 1, 1)
    for _ in range(120):
        index = torch.randint(1, 21, (16,), generator=generator)
        t = transition.schedule.time_of(index)
        x_t = transition.q_sample(batch, t, generator)
        logits = net(x_t, t.float(), conditions).logits
        loss = diffusion_loss(transition, logits, batch, x_t, index, ObjectiveConfig(auxiliary_weight=0.01))
        optimiser.zero_grad()
        loss.total.backward()
        optimiser.step()
    net.eval()
    with torch.no_grad():
        denoise = net.bind(net.encode(4, condition))
    for sampler in (SamplerConfig("ancestral", 10), SamplerConfig("confident", 3)):
        found = finish(sample(denoise, transition, sampler, (4, 6), seeded(1)))
        assert (found == x_0).float().mean() > 0.95


def test_gradient_checkpointing_gives_the_same_gradients():
    gradients = []
    for checkpoints in (False, True):
        net = net_of(condition_width=7).train()
        if checkpoints:
            net.enable_gradient_checkpointing()
        net(tokens(2, 5), T, values(2, 3, 7)).logits.square().sum().backward()
        gradients.append([weight.grad for weight in net.blocks.parameters()])
    assert all(torch.allclose(one, two, atol=1e-4) for one, two in zip(*gradients, strict=True))


@torch.no_grad()
def test_every_weight_learns():
    net = net_of(condition_width=7, second_width=3, layout_width=2, positions=(5,))
    with torch.enable_grad():
        logits = net(tokens(2, 5), T, values(2, 3, 7), None, values(2, 2, 3), None, values(2, 5, 2)).logits
        absent = net(tokens(2, 5), T).logits
        (logits.square().sum() + absent.square().sum()).backward()
    idle = [name for name, weight in net.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert not idle


def test_wrong_sizes_are_told():
    with pytest.raises(ValueError, match="states"):
        Denoiser(5, 7)
    with pytest.raises(ValueError, match="multiple of heads"):
        Denoiser(5, 6, width=30, heads=4)
    with pytest.raises(ValueError, match=r"\(B, N, 3\)"):
        net_of(fields=3)(tokens(2, 5), T)
    with pytest.raises(ValueError, match="4 x 4 tokens, not for 9"):
        net_of(positions=(4, 4))(tokens(2, 9), T)
    with pytest.raises(ValueError, match="without a condition"):
        net_of()(tokens(2, 5), T, values(2, 3, 7))
