"""The bound, computed exactly on problems small enough to list every state, and the parts of the loss."""

from itertools import product

import numpy as np
import pytest
import torch
from slow_diffusion import SlowProcess

from sd3studio.ml.diffusion.objective import (
    ObjectiveConfig,
    alignment_loss,
    bound_on_surprise,
    bound_term,
    cross_entropy,
    diffusion_loss,
)
from sd3studio.ml.diffusion.schedule import Schedule
from sd3studio.ml.diffusion.transition import Transition, TransitionConfig

K, STEPS = 3, 4
DATA = np.array([0.6, 0.3, 0.1])
KINDS = ("uniform", "absorbing", "mask_and_replace")


def both(kind: str) -> tuple[Transition, SlowProcess]:
    transition = Transition(TransitionConfig(kind, K), Schedule("linear", STEPS))
    return transition, SlowProcess(kind, np.full(K, 1.0 / K), "linear", STEPS)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def exact_guess(slow: SlowProcess, x_t: int, t: int) -> torch.Tensor:
    """log p(x_0 | x_t) under the data distribution, by Bayes' rule; (1, 1, K)."""
    joint = DATA * slow.between(0, t)[:K, x_t]
    return torch.tensor(joint / max(joint.sum(), 1e-30)).float().clamp(min=1e-30).log().reshape(1, 1, K)


def index(k: int) -> torch.Tensor:
    return torch.tensor([k])


@pytest.mark.parametrize("kind", KINDS)
def test_with_the_exact_net_the_bound_is_the_surprise(kind):
    transition, slow = both(kind)
    for x_0 in range(K):
        bound = 0.0
        for k, x_t in product(range(1, STEPS + 1), range(slow.states)):
            reached = slow.between(0, k)[x_0, x_t]
            if reached > 0.0:
                states = torch.tensor([[x_t]])
                guess = exact_guess(slow, x_t, k)
                bound += reached * bound_term(transition, torch.tensor([[x_0]]), states, guess, index(k)).item()
        assert bound == pytest.approx(-np.log(DATA[x_0]), abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_with_any_net_the_bound_is_not_below_the_surprise(kind):
    """Two tokens and a net that looks at both: every path is listed, p(x_0) is exact."""
    transition, slow = both(kind)
    pairs = list(product(range(slow.states), repeat=2))
    states = torch.tensor(pairs)  # (S * S, 2)
    chain = slow_prior(transition)
    guesses = {}
    for k in range(STEPS, 0, -1):
        guesses[k] = transition.log_x0(2.0 * torch.randn(len(pairs), 2, K, generator=seeded(k)))
        s, t = (torch.full((len(pairs),), time / STEPS, dtype=torch.float64) for time in (k - 1, k))
        rows = transition.posterior(states, guesses[k], s, t).exp().double().numpy()  # (S * S, 2, S)
        chain = chain @ np.stack([np.outer(row[0], row[1]).ravel() for row in rows])
    assert chain.sum() == pytest.approx(1.0, abs=1e-5)
    for x_0 in product(range(K), repeat=2):
        bound = 0.0
        for k, (place, x_t) in product(range(1, STEPS + 1), enumerate(pairs)):
            q_bar = slow.between(0, k)
            reached = q_bar[x_0[0], x_t[0]] * q_bar[x_0[1], x_t[1]]
            if reached > 0.0:
                guess = guesses[k][place : place + 1]
                term = bound_term(transition, torch.tensor([x_0]), torch.tensor([x_t]), guess, index(k)).item()
                bound += reached * 2.0 * term  # the mean of two tokens
        assert bound >= -np.log(chain[pairs.index(x_0)]) - 1e-4


def slow_prior(transition: Transition) -> np.ndarray:
    prior = transition.prior().numpy()
    return np.outer(prior, prior).ravel()


@pytest.mark.parametrize("kind", KINDS)
def test_the_estimate_of_the_bound_agrees_with_the_surprise(kind):
    transition, slow = both(kind)
    table = torch.stack(
        [torch.cat([exact_guess(slow, x, k) for x in range(slow.states)], 1)[0] for k in range(1, STEPS + 1)]
    )  # (T, S, K)

    def exact(x_t: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return table[(t * STEPS).round().long()[:, None] - 1, x_t]

    truth = torch.tensor(-np.log(DATA[[0, 2]])).float()
    every_step = bound_on_surprise(exact, transition, torch.tensor([[0], [2]]).expand(2, 30000), seeded())
    assert torch.allclose(every_step, truth, atol=0.05)
    two_steps = bound_on_surprise(exact, transition, torch.zeros(20000, 1, dtype=torch.int64), seeded(), draws=2)
    assert two_steps.mean().item() == pytest.approx(truth[0].item(), abs=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_step_back_is_the_decoder(kind):
    transition, _ = both(kind)
    x_0, log_x0 = torch.tensor([[2, 1]]), torch.randn(1, 2, K, generator=seeded()).log_softmax(-1)
    x_t = x_0.clone() if transition.mask_id is None else torch.full_like(x_0, transition.mask_id)
    term = bound_term(transition, x_0, x_t, log_x0, index(1))
    assert torch.allclose(term, cross_entropy(log_x0, x_0).mean(1), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_net_that_knows_pays_nothing(kind):
    transition, _ = both(kind)
    x_0 = torch.randint(0, K, (4, 9), generator=seeded())
    steps = torch.tensor([1, 2, 3, 4])
    x_t = transition.q_sample(x_0, transition.schedule.time_of(steps), seeded())
    sure = 200.0 * torch.nn.functional.one_hot(x_0, K).float()
    loss = diffusion_loss(transition, sure, x_0, x_t, steps, ObjectiveConfig())
    assert loss.total.item() == pytest.approx(0.0, abs=1e-5)


def test_fixed_positions_do_not_count_whatever_they_hold():
    transition, _ = both("mask_and_replace")
    fixed = torch.tensor([[False, True, True]])
    logits = torch.randn(1, 3, K, generator=seeded())
    losses = []
    for held in (0, K):  # a class, the mask
        x_0 = torch.tensor([[1, held, held]])
        x_t = torch.tensor([[K, held, held]])
        losses.append(diffusion_loss(transition, logits, x_0, x_t, index(2), ObjectiveConfig(), fixed=fixed))
    alone = diffusion_loss(
        transition, logits[:, :1], torch.tensor([[1]]), torch.tensor([[K]]), index(2), ObjectiveConfig()
    )
    for loss in losses:
        assert torch.allclose(loss.total, alone.total) and torch.allclose(loss.auxiliary, alone.auxiliary)


def test_a_sample_that_is_wholly_fixed_costs_nothing():
    transition, _ = both("uniform")
    x = torch.tensor([[0, 1]])
    fixed = torch.ones(1, 2, dtype=torch.bool)
    loss = diffusion_loss(transition, torch.randn(1, 2, K), x, x, index(1), ObjectiveConfig(), fixed=fixed)
    assert loss.total.item() == 0.0


def test_the_auxiliary_term_fades_with_the_time():
    transition, _ = both("uniform")
    x_0, x_t, logits = torch.tensor([[0]] * 2), torch.tensor([[1]] * 2), torch.zeros(2, 1, K)
    steps = torch.tensor([1, STEPS])
    plain = diffusion_loss(transition, logits, x_0, x_t, steps, ObjectiveConfig(auxiliary_weight=0.0))
    weighted = diffusion_loss(transition, logits, x_0, x_t, steps, ObjectiveConfig(auxiliary_weight=1.0))
    extra = STEPS * (np.log(K) * ((2 - 1 / STEPS) + (2 - 1))) / 2  # mean of two samples, times T
    assert (weighted.total - plain.total).item() == pytest.approx(extra, rel=1e-5)


def test_uneven_draws_are_weighed_so_that_the_mean_stays():
    transition, _ = both("uniform")
    x_0, x_t = torch.zeros(STEPS, 1, dtype=torch.int64), torch.ones(STEPS, 1, dtype=torch.int64)
    logits, steps = torch.randn(STEPS, 1, K, generator=seeded()), torch.arange(1, STEPS + 1)
    even = diffusion_loss(transition, logits, x_0, x_t, steps, ObjectiveConfig())
    probs = torch.tensor([0.1, 0.2, 0.3, 0.4])
    expected = sum(
        probs[k]
        * diffusion_loss(
            transition, logits[[k]], x_0[[k]], x_t[[k]], steps[[k]], ObjectiveConfig(), index_probs=probs[[k]]
        ).total
        for k in range(STEPS)
    )
    assert torch.allclose(expected, even.total)


def test_alignment_teaches_the_student_only_and_ends_at_the_teacher():
    transition, _ = both("mask_and_replace")
    x_t = torch.tensor([[0, K, 2]])
    student = torch.randn(1, 3, K, generator=seeded(), requires_grad=True)
    teacher = torch.randn(1, 3, K, generator=seeded(1), requires_grad=True)
    loss = alignment_loss(transition, x_t, student, teacher, index(2)).sum()
    loss.backward()
    assert loss.item() > 0.0 and student.grad.abs().sum() > 0.0 and teacher.grad is None
    assert alignment_loss(transition, x_t, teacher, teacher, index(2)).item() == pytest.approx(0.0, abs=1e-6)


def test_a_negative_weight_is_told():
    with pytest.raises(ValueError, match="auxiliary_weight"):
        ObjectiveConfig(auxiliary_weight=-1.0)


def test_what_one_step_tells_of_the_whole_bound_is_right_on_average_however_steps_are_drawn():
    transition, _ = both("mask_and_replace")
    x_0 = torch.tensor([[0, 2]]).expand(STEPS, 2)
    every = torch.arange(1, STEPS + 1)
    x_t = transition.q_sample(x_0, transition.schedule.time_of(every), seeded())
    logits = torch.randn(STEPS, 2, K, generator=seeded(1))
    for probs in (torch.full((STEPS,), 1.0 / STEPS), torch.tensor([0.1, 0.2, 0.3, 0.4])):
        loss = diffusion_loss(transition, logits, x_0, x_t, every, ObjectiveConfig(0.0), index_probs=probs)
        assert (probs * loss.whole).sum().item() == pytest.approx(loss.bound.sum().item(), rel=1e-5)
        assert loss.total.item() == pytest.approx(loss.whole.mean().item(), rel=1e-5)
