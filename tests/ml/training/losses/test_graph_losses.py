"""Losses of the graph diffusion: both branches, what is learnt, what gets no gradient."""

import torch
from tiny_graphs import records, tiny_system

from sd3studio.ml.training.losses.graph import align_image, align_text, graph_vlb_image, graph_vlb_text
from sd3studio.ml.training.sources.completions import CompletionSource


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_few_scenes_are_learnt_by_heart():
    system = tiny_system(width=64)
    system.parts["graph_codec"].requires_grad_(False)
    source = CompletionSource(records(4), system)
    net = system.parts["graph_diffusion"].train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3)
    generator, losses = seeded(), []
    for _ in range(60):
        batch = source.batch(range(4), generator)
        loss = graph_vlb_text(system, batch, generator) + graph_vlb_image(system, batch, generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
        system.take_recorded()
    assert sum(losses[-10:]) / 10 < 0.35 * sum(losses[:5]) / 5


def test_the_branches_share_one_pass_and_the_teacher_is_detached():
    system = tiny_system()
    batch = CompletionSource(records(2), system).batch(range(2), seeded())
    net = system.parts["graph_diffusion"]
    torch.nn.init.normal_(net.head.weight, std=0.02, generator=seeded())
    calls = []
    net.register_forward_hook(lambda *_: calls.append(1))
    generator = seeded()
    total = sum(loss(system, batch, generator) for loss in (graph_vlb_text, graph_vlb_image, align_text, align_image))
    assert len(calls) == 4  # a c-branch and a z-branch of each source
    total.backward()
    assert float(net.second_in.weight.grad.abs().sum()) > 0.0


def test_given_features_of_another_diffusion_are_used_instead_of_the_other_source():
    system = tiny_system()
    batch = CompletionSource(records(2), system).batch(range(2), seeded())
    shared = torch.randn(2, 7, 32, generator=seeded(), requires_grad=True)
    alone = {name: value for name, value in batch.items() if name.startswith("said_")} | {"said_shared": shared}
    net = system.parts["graph_diffusion"]
    torch.nn.init.normal_(net.head.weight, generator=seeded())
    one = align_text(system, alone, seeded(1))
    other = align_text(system, alone | {"said_shared": shared * 3.0}, seeded(1))
    assert float(one.detach()) != float(other.detach())
    one.backward()
    assert shared.grad is None


def test_steps_are_recorded_for_the_importance_of_their_draws():
    system = tiny_system()
    batch = CompletionSource(records(2), system).batch(range(2), seeded())
    graph_vlb_text(system, batch, seeded())
    assert {name: len(index) for name, (index, _) in system.take_recorded().items()} == {"graph": 2}
