"""Sampling: an oracle's tokens come back, clamped ones stay, each is filled once, guidance, early exit, same seed."""

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from torch.nn.functional import one_hot

from sd3studio.ml.diffusion.sampler import SamplerConfig, finish, guided, sample
from sd3studio.ml.diffusion.schedule import Schedule
from sd3studio.ml.diffusion.transition import Transition, TransitionConfig

K, SHAPE = 5, (3, 12)
KINDS = ("uniform", "marginal", "absorbing", "mask_and_replace")
CASES = list(product(KINDS, ("ancestral", "confident")))


def transition_of(kind: str, steps: int = 20) -> Transition:
    marginal = ((0.2, 0.2, 0.3, 0.1, 0.2),) if kind == "marginal" else ()
    return Transition(TransitionConfig(kind, K, marginal=marginal), Schedule("cosine", steps))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tokens(seed: int = 0, shape: tuple[int, ...] = SHAPE) -> torch.Tensor:
    return torch.randint(0, K, shape, generator=seeded(seed))


class Oracle:
    """Knows the clean tokens, as surely as told, and keeps what it was asked."""

    def __init__(self, x_0: torch.Tensor, sureness: float = 60.0) -> None:
        self.x_0, self.sureness, self.asked = x_0, sureness, []

    def __call__(self, x_t: torch.Tensor, t: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        self.asked.append((x_t.clone(), t.clone(), at.clone()))
        return self.sureness * one_hot(self.x_0, K).float()[at]


def noisy_net(x_t: torch.Tensor, t: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """A net without memory: its logits depend on the tokens it sees."""
    weights = torch.randn(K + 1, K, generator=seeded(9))
    return (weights[x_t] + weights[x_t].mean(1, keepdim=True))[at]


@pytest.mark.parametrize(("kind", "sampler"), CASES)
class TestEverySampler:
    @pytest.mark.parametrize("steps", (1, 4, 20))
    def test_an_oracle_gets_its_tokens(self, kind, sampler, steps):
        x_0 = tokens()
        found = finish(sample(Oracle(x_0), transition_of(kind), SamplerConfig(sampler, steps), SHAPE, seeded()))
        assert torch.equal(found, x_0)

    def test_fields_of_a_node_are_sampled_as_well(self, kind, sampler):
        x_0 = tokens(shape=(2, 4, 6))
        found = finish(sample(Oracle(x_0), transition_of(kind), SamplerConfig(sampler, 5), (2, 4, 6), seeded()))
        assert torch.equal(found, x_0)

    def test_clamped_tokens_never_change(self, kind, sampler):
        known, fixed = tokens(1), torch.rand(SHAPE, generator=seeded(2)) < 0.4
        steps = list(
            sample(noisy_net, transition_of(kind), SamplerConfig(sampler, 6), SHAPE, seeded(), known=known, fixed=fixed)
        )
        for step in steps:
            assert torch.equal(step.x[fixed], known[fixed]) and not (step.open & fixed).any()
            assert torch.equal(step.guess[fixed], known[fixed])
        assert (steps[-1].x < K).all()

    def test_with_everything_clamped_the_net_is_not_asked(self, kind, sampler):
        oracle, known, fixed = Oracle(tokens()), tokens(1), torch.ones(SHAPE, dtype=torch.bool)
        steps = sample(
            oracle, transition_of(kind), SamplerConfig(sampler, 6), SHAPE, seeded(), known=known, fixed=fixed
        )
        assert torch.equal(finish(steps), known) and not oracle.asked

    def test_the_same_generator_gives_the_same_sample_bit_for_bit(self, kind, sampler):
        config = SamplerConfig(sampler, 8, truncation=0.9)
        one, two, other = (
            finish(sample(noisy_net, transition_of(kind), config, SHAPE, seeded(seed))) for seed in (4, 4, 5)
        )
        assert torch.equal(one, two) and not torch.equal(one, other)

    def test_the_global_random_state_is_neither_read_nor_changed(self, kind, sampler):
        torch.manual_seed(1)
        before = torch.get_rng_state()
        finish(sample(noisy_net, transition_of(kind), SamplerConfig(sampler, 8), SHAPE, seeded()))
        assert torch.equal(before, torch.get_rng_state())

    def test_the_steps_can_be_watched_and_left(self, kind, sampler):
        oracle = Oracle(tokens(), sureness=1.0)
        steps = sample(oracle, transition_of(kind), SamplerConfig(sampler, 10), SHAPE, seeded())
        first, second = next(steps), next(steps)
        steps.close()
        assert (first.number, second.number, first.total) == (1, 2, 10)
        assert (second.guess < K).all() and second.open.any()
        assert len(oracle.asked) == 2

    def test_only_open_positions_are_asked_for_and_nothing_is_open_at_the_end(self, kind, sampler):
        oracle = Oracle(tokens(), sureness=2.0)
        steps = list(sample(oracle, transition_of(kind), SamplerConfig(sampler, 7), SHAPE, seeded()))
        for (_, _, at), step in zip(oracle.asked[1:], steps[:-1], strict=True):
            assert torch.equal(at, step.open)
        assert not steps[-1].open.any() and len(steps) == len(oracle.asked) <= 7

    def test_a_sure_net_ends_early(self, kind, sampler):
        x_0 = tokens()
        steps = list(
            sample(Oracle(x_0), transition_of(kind), SamplerConfig(sampler, 15, exit_at=0.99), SHAPE, seeded())
        )
        assert len(steps) == 1 and torch.equal(steps[0].x, x_0)

    def test_the_net_is_asked_at_trained_times_only(self, kind, sampler):
        oracle = Oracle(tokens(), sureness=1.0)
        finish(sample(oracle, transition_of(kind), SamplerConfig(sampler, 7), SHAPE, seeded()))
        for _, t, _ in oracle.asked:
            assert t.dtype == torch.float32 and t.shape == SHAPE[:1]
            assert torch.allclose(t * 20, (t * 20).round(), atol=1e-4) and (t > 0.0).all()
        assert (oracle.asked[0][1] == 1.0).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", (1, 5, 20))
def test_confident_sampling_fills_every_token_exactly_once(kind, steps):
    start_open = torch.ones(SHAPE, dtype=torch.bool)
    taken = list(sample(noisy_net, transition_of(kind), SamplerConfig("confident", steps), SHAPE, seeded()))
    filled = torch.zeros(SHAPE, dtype=torch.int64)
    for before, after in pairwise([None, *taken]):
        was_open = start_open if before is None else before.open
        newly = was_open & ~after.open
        filled += newly
        assert newly.flatten(1).any(1).all()
        if before is not None:
            assert torch.equal(after.x[~was_open], before.x[~was_open])
    assert (filled == 1).all() and (taken[-1].x < K).all()


@pytest.mark.parametrize("kind", ("absorbing", "mask_and_replace"))
def test_open_tokens_are_masked_for_the_net_and_for_the_eye(kind):
    oracle = Oracle(tokens(), sureness=1.0)
    for step in sample(oracle, transition_of(kind), SamplerConfig("confident", 5), SHAPE, seeded()):
        assert torch.equal(step.x == K, step.open)
    for x_t, _, at in oracle.asked:
        assert torch.equal(x_t == K, at)


def test_without_a_mask_open_tokens_are_fresh_noise_at_each_step():
    oracle = Oracle(tokens(), sureness=1.0)
    finish(sample(oracle, transition_of("uniform"), SamplerConfig("confident", 4), SHAPE, seeded()))
    for (before, _, _), (after, _, at) in pairwise(oracle.asked):
        assert not torch.equal(before[at], after[at])


def test_absorbing_asks_only_for_what_is_masked():
    oracle = Oracle(tokens(), sureness=1.0)
    steps = list(sample(oracle, transition_of("absorbing"), SamplerConfig("ancestral", 20), SHAPE, seeded()))
    for x_t, _, at in oracle.asked:
        assert torch.equal(x_t == K, at)
    assert all(torch.equal(step.x == K, step.open) for step in steps)


def test_without_order_noise_the_surest_token_is_filled_first():
    sureness = torch.arange(12.0).expand(SHAPE)

    def net(x_t: torch.Tensor, t: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        return (one_hot(tokens(), K) * sureness.unsqueeze(-1))[at]

    config = SamplerConfig("confident", 12, temperature=0.0, order_temperature=0.0)
    order = [step.open.sum(1) for step in sample(net, transition_of("absorbing"), config, SHAPE, seeded())]
    steps = list(sample(net, transition_of("absorbing"), config, SHAPE, seeded()))
    assert all((later < earlier).all() for earlier, later in pairwise(order))
    for step in steps:
        count = int(step.open[0].sum())
        assert step.open[0, :count].all() and not step.open[0, count:].any()


@pytest.mark.parametrize("kind", KINDS)
def test_ancestral_samples_have_the_distribution_of_the_data(kind):
    """One token, the exact net: whatever the steps, the samples follow the data."""
    data = torch.tensor([0.4, 0.3, 0.15, 0.1, 0.05], dtype=torch.float64)
    transition = transition_of(kind)

    def exact(x_t: torch.Tensor, t: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        forward = transition.matrix(0.0, float(t[0]))[:K]
        return (data * forward[:, x_t[at]].T).clamp(min=1e-300).log()

    for steps in (3, 20):
        drawn = finish(sample(exact, transition, SamplerConfig("ancestral", steps), (20000, 1), seeded(steps)))
        counts = np.bincount(drawn.flatten().numpy(), minlength=K)
        assert chisquare(counts, data.numpy() * 20000).pvalue > 1e-4


def test_guidance_of_scale_one_is_no_guidance():
    asked = Oracle(tokens())
    assert guided(noisy_net, asked, 1.0) is noisy_net
    same = guided(noisy_net, noisy_net, 4.0)
    at = torch.ones(SHAPE, dtype=torch.bool)
    x_t, t = tokens(), torch.ones(3)
    assert torch.allclose(same(x_t, t, at), noisy_net(x_t, t, at).log_softmax(-1), atol=1e-5)


def test_guidance_moves_away_from_the_unconditional():
    at, t = torch.ones(1, 1, dtype=torch.bool), torch.ones(1)
    conditional = torch.tensor([[0.5, 0.3, 0.2]])
    unconditional = torch.tensor([[0.5, 0.4, 0.1]])
    net = guided(lambda *_: conditional.log(), lambda *_: unconditional.log(), 3.0)
    found = net(torch.zeros(1, 1), t, at).softmax(-1)
    truth = conditional**3 / unconditional**2
    assert torch.allclose(found, truth / truth.sum(), atol=1e-6)


def test_each_place_may_have_a_guidance_of_its_own():
    at, t = torch.tensor([[[True, False], [True, True]]]), torch.ones(1)
    conditional, unconditional = torch.full((3, 2), 0.5), torch.tensor([[0.9, 0.1]]).expand(3, 2)
    scale = torch.tensor([[[1.0], [3.0]]])  # of the first row of places and the second
    net = guided(lambda *_: conditional.log(), lambda *_: unconditional.log(), scale)
    found = net(torch.zeros(1, 2, 2), t, at).softmax(-1)
    assert found.shape == (3, 2)
    assert torch.allclose(found[0], conditional[0], atol=1e-6)
    assert (found[1:, 1] > 0.9).all()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"kind": "beam"}, "one of ancestral, confident"),
        ({"temperature": -1.0}, "temperatures"),
        ({"truncation": 0.0}, "truncation"),
        ({"exit_at": 1.5}, "exit_at"),
        ({"steps": 0}, "steps"),
    ],
)
def test_wrong_settings_are_told(settings, told):
    with pytest.raises(ValueError, match=told):
        SamplerConfig(**settings)


def test_known_without_fixed_is_told():
    with pytest.raises(ValueError, match="together"):
        sample(noisy_net, transition_of("uniform"), SamplerConfig(), SHAPE, seeded(), known=tokens())
