"""One battery for every transition and schedule, against the slow reference; then what only some of them do."""

from itertools import product

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from slow_diffusion import SlowProcess

from sd3studio.ml.diffusion.categorical import LOG_ZERO, log_one_hot
from sd3studio.ml.diffusion.schedule import Schedule
from sd3studio.ml.diffusion.transition import Transition, TransitionConfig

STEPS = 6
MARGINAL = (0.4, 0.1, 0.3, 0.2)
CASES = list(product(("uniform", "marginal", "absorbing", "mask_and_replace"), ("linear", "cosine")))


def transition_of(kind: str, schedule: str = "linear", classes: int = 4, steps: int = STEPS, **settings) -> Transition:
    marginal = (tuple(np.resize(MARGINAL, classes)),) if kind == "marginal" else ()
    config = TransitionConfig(kind, classes, marginal=marginal, **settings)
    return Transition(config, Schedule(schedule, steps))


def slow_of(kind: str, schedule: str, steps: int = STEPS) -> SlowProcess:
    noise = np.array(MARGINAL) if kind == "marginal" else np.full(4, 0.25)
    return SlowProcess(kind, noise, schedule, steps)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def time(index: int, count: int = 1, steps: int = STEPS) -> torch.Tensor:
    return torch.full((count,), index / steps, dtype=torch.float64)


@pytest.mark.parametrize(("kind", "schedule"), CASES)
class TestEveryTransition:
    def test_one_step_matrices_are_those_of_the_definition(self, kind, schedule):
        fast, slow = transition_of(kind, schedule), slow_of(kind, schedule)
        for k in range(STEPS):
            assert np.allclose(fast.matrix(k / STEPS, (k + 1) / STEPS).numpy(), slow.one_step[k], atol=1e-12)

    def test_the_closed_form_is_the_product_of_the_steps(self, kind, schedule):
        fast, slow = transition_of(kind, schedule), slow_of(kind, schedule)
        for s in range(STEPS):
            for t in range(s + 1, STEPS + 1):
                assert np.allclose(fast.matrix(s / STEPS, t / STEPS).numpy(), slow.between(s, t), atol=1e-12)

    def test_rows_sum_to_one_and_nothing_is_negative(self, kind, schedule):
        for k in range(STEPS):
            matrix = transition_of(kind, schedule).matrix(k / STEPS, (k + 1) / STEPS)
            assert torch.allclose(matrix.sum(1), torch.ones(matrix.shape[0], dtype=torch.float64), atol=1e-12)
            assert (matrix >= 0.0).all()

    def test_the_last_step_is_the_prior(self, kind, schedule):
        transition, slow = transition_of(kind, schedule), slow_of(kind, schedule)
        prior = transition.prior().numpy()
        assert prior.sum() == pytest.approx(1.0)
        assert np.allclose(slow.between(0, STEPS)[: slow.classes], prior, atol=1e-12)

    def test_posteriors_obey_bayes_for_every_pair(self, kind, schedule):
        transition, slow = transition_of(kind, schedule), slow_of(kind, schedule)
        compared = 0
        for x_t, x_0, t in product(range(slow.states), range(slow.classes), range(1, STEPS + 1)):
            for s in range(t):
                truth = slow.posterior(x_t, x_0, s, t)
                if truth is None:
                    continue
                known = log_one_hot(torch.tensor([[x_0]]), slow.classes)
                found = transition.posterior(torch.tensor([[x_t]]), known, time(s), time(t))[0, 0].exp()
                assert np.allclose(found.numpy(), truth, atol=2e-6), (x_t, x_0, s, t)
                compared += 1
        assert compared >= slow.classes * STEPS

    def test_a_guess_gives_the_mixture_of_posteriors(self, kind, schedule):
        transition, slow = transition_of(kind, schedule), slow_of(kind, schedule)
        guess = torch.tensor([0.1, 0.2, 0.3, 0.4])
        for x_t in range(slow.states):
            posteriors = [slow.posterior(x_t, x_0, 2, 4) for x_0 in range(slow.classes)]
            if any(rows is None for rows in posteriors):  # x_t tells x_0, whatever was guessed
                truth = slow.posterior(x_t, x_t, 2, 4)
            else:
                truth = sum(share * rows for share, rows in zip(guess.tolist(), posteriors, strict=True))
            found = transition.posterior(torch.tensor([[x_t]]), guess.log().expand(1, 1, -1), time(2), time(4))
            assert np.allclose(found[0, 0].exp().numpy(), truth, atol=2e-6)

    def test_the_first_step_back_from_the_start_is_the_guess(self, kind, schedule):
        transition = transition_of(kind, schedule)
        x_t = torch.full((1, 1), transition.mask_id if transition.mask_id is not None else 2)
        guess = torch.tensor([0.1, 0.2, 0.3, 0.4]).log().expand(1, 1, -1)
        found = transition.posterior(x_t, guess, time(0), time(1))
        assert torch.allclose(found[0, 0, :4].exp(), guess[0, 0].exp(), atol=1e-6)

    def test_noised_tokens_have_the_closed_form_frequencies(self, kind, schedule):
        transition, slow = transition_of(kind, schedule), slow_of(kind, schedule)
        for x_0, t in ((0, 2), (3, 4), (1, STEPS)):
            drawn = transition.q_sample(torch.full((4, 5000), x_0), time(t, 4), seeded(x_0))
            assert frequencies_fit(drawn, slow.between(0, t)[x_0])

    def test_the_quick_draw_has_the_frequencies_of_the_posterior(self, kind, schedule):
        transition = transition_of(kind, schedule)
        guess = torch.tensor([0.1, 0.2, 0.3, 0.4])
        for x_t, s in product(range(transition.states), (0, 2)):
            states = torch.full((1, 20000), x_t)
            x_0 = torch.multinomial(guess, 20000, replacement=True, generator=seeded(7)).unsqueeze(0)
            drawn = transition.sample_posterior(states, x_0, time(s), time(4), seeded(x_t))
            log_probs = transition.posterior(states[:, :1], guess.log().expand(1, 1, -1), time(s), time(4))
            assert frequencies_fit(drawn, log_probs[0, 0].exp().double().numpy())

    def test_fixed_positions_never_move(self, kind, schedule):
        transition = transition_of(kind, schedule)
        x = torch.randint(0, 4, (3, 50), generator=seeded())
        fixed = torch.rand(3, 50, generator=seeded(1)) < 0.5
        assert (transition.q_sample(x, time(STEPS, 3), seeded(), fixed)[fixed] == x[fixed]).all()
        other = (x + 1) % 4
        moved = transition.sample_posterior(x, other, time(1, 3), time(4, 3), seeded(), fixed)
        assert (moved[fixed] == x[fixed]).all()
        rows = transition.posterior(x, log_one_hot(other, 4), time(1, 3), time(4, 3), fixed)
        assert torch.equal(rows[fixed].exp(), torch.nn.functional.one_hot(x[fixed], transition.states).float())

    def test_times_may_differ_within_a_batch(self, kind, schedule):
        transition = transition_of(kind, schedule)
        x_t = torch.randint(0, transition.states, (3, 8), generator=seeded())
        guess = torch.randn(3, 8, 4, generator=seeded()).log_softmax(-1)
        s, t = torch.tensor([0.0, 0.2, 0.5]), torch.tensor([0.1, 0.9, 1.0])
        together = transition.posterior(x_t, guess, s, t)
        for b in range(3):
            alone = transition.posterior(x_t[b : b + 1], guess[b : b + 1], s[b : b + 1], t[b : b + 1])
            assert torch.allclose(together[b], alone[0], atol=1e-6)

    @pytest.mark.parametrize("classes", (2, 3, 4096))
    def test_any_number_of_classes_is_stable_in_float32(self, kind, schedule, classes):
        transition = transition_of(kind, schedule, classes=classes, steps=1000)
        x_t = torch.tensor([[0, 1, transition.states - 1]])
        logits = (60.0 * torch.randn(1, 3, classes, generator=seeded())).requires_grad_()
        for index in (1, 2, 500, 999, 1000):
            s, t = time(index - 1, steps=1000), time(index, steps=1000)
            rows = transition.posterior(x_t, transition.log_x0(logits), s, t)
            assert torch.allclose(rows.exp().sum(-1), torch.ones(1, 3), atol=1e-4)  # rounding: to 3e-5, by processor
            (gradient,) = torch.autograd.grad(rows.clamp(min=-100).sum(), logits)
            assert gradient.isfinite().all()

    def test_the_same_generator_gives_the_same_tokens(self, kind, schedule):
        transition = transition_of(kind, schedule)
        x = torch.randint(0, 4, (2, 40), generator=seeded())
        one, two = (transition.q_sample(x, time(3, 2), seeded(5)) for _ in range(2))
        assert torch.equal(one, two)
        assert not torch.equal(one, transition.q_sample(x, time(3, 2), seeded(6)))


@pytest.mark.parametrize("kind", ("uniform", "absorbing", "mask_and_replace"))
def test_groups_of_positions_have_their_own_classes(kind):
    transition = transition_of(kind, classes=7, groups=((1, 7), (2, 3)))
    x = transition.sample_prior((400, 3), seeded(), torch.device("cpu"))
    small = x[:, 1:]
    assert set(small.unique().tolist()) <= {0, 1, 2, transition.mask_id}
    log_x0 = transition.log_x0(torch.randn(400, 3, 7, generator=seeded()))
    assert (log_x0[:, 1:, 3:] <= LOG_ZERO / 2).all() and torch.allclose(log_x0.exp().sum(-1), torch.ones(400, 3))
    rows = transition.posterior(x, log_x0, time(2, 400), time(4, 400)).exp()
    assert (rows[:, 1:, 3:7] == 0.0).all() and torch.allclose(rows.sum(-1), torch.ones(400, 3), atol=1e-5)


def test_a_group_behaves_as_a_transition_of_its_own_size():
    mixed, small = transition_of("uniform", classes=7, groups=((1, 7), (2, 3))), transition_of("uniform", classes=3)
    assert torch.allclose(mixed.matrix(0.2, 0.7, position=1)[:3, :3], small.matrix(0.2, 0.7))
    x_t = torch.tensor([[0, 2, 1]])
    guess = torch.randn(1, 3, 7, generator=seeded())
    found = mixed.posterior(x_t, mixed.log_x0(guess), time(2), time(4))[:, 1:, :3]
    alone = small.posterior(x_t[:, 1:], small.log_x0(guess[:, 1:, :3]), time(2), time(4))
    assert torch.allclose(found, alone, atol=1e-5)


def test_marginals_may_differ_by_position():
    rows = ((0.7, 0.3, 0.0), (0.1, 0.1, 0.8))
    transition = Transition(TransitionConfig("marginal", 3, marginal=rows), Schedule("linear", STEPS))
    drawn = transition.sample_prior((20000, 5, 2), seeded(), torch.device("cpu"))
    assert frequencies_fit(drawn[..., 0], np.array(rows[0])) and frequencies_fit(drawn[..., 1], np.array(rows[1]))


def test_a_class_the_noise_never_gives_tells_x0():
    transition = Transition(TransitionConfig("marginal", 3, marginal=((0.5, 0.5, 0.0),)), Schedule("linear", STEPS))
    wrong_guess = torch.tensor([[[0.5, 0.5, 0.0]]]).log().clamp(min=LOG_ZERO)
    found = transition.posterior(torch.tensor([[2]]), wrong_guess, time(2), time(4))
    assert torch.allclose(found.exp(), torch.tensor([[[0.0, 0.0, 1.0]]]), atol=1e-6)


def test_any_leading_shape_is_the_same_process():
    transition = transition_of("mask_and_replace")
    x_t = torch.randint(0, 5, (2, 3, 6), generator=seeded())
    guess = torch.randn(2, 3, 6, 4, generator=seeded()).log_softmax(-1)
    whole = transition.posterior(x_t, guess, time(1, 2), time(5, 2))
    flat = transition.posterior(x_t.flatten(1), guess.flatten(1, 2), time(1, 2), time(5, 2))
    assert torch.equal(whole.flatten(1, 2), flat)


def test_nothing_is_as_large_as_a_matrix():
    """K = 4096 with 1024 positions: a matrix a position would be 64 GiB."""
    transition = transition_of("mask_and_replace", classes=4096)
    x_t = transition.q_sample(torch.zeros(1, 1024, dtype=torch.int64), time(3), seeded())
    assert transition.sample_posterior(x_t, torch.ones_like(x_t), time(2), time(3), seeded()).shape == (1, 1024)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"kind": "gaussian", "classes": 4}, "must be one of uniform"),
        ({"kind": "uniform", "classes": 1}, "at least 2, not 1"),
        ({"kind": "uniform", "classes": 4, "groups": ((2, 5),)}, "2 to 4 classes"),
        ({"kind": "mask_and_replace", "classes": 4, "mask_share": 1.0}, "mask_share"),
        ({"kind": "marginal", "classes": 4}, "marginal frequencies"),
        ({"kind": "uniform", "classes": 2, "marginal": ((0.5, 0.5),)}, "marginal frequencies"),
        ({"kind": "marginal", "classes": 3, "marginal": ((0.5, 0.5),)}, "rows must be 3 frequencies"),
        ({"kind": "marginal", "classes": 2, "marginal": ((0.5, float("nan")),)}, "rows must be 2 frequencies"),
    ],
)
def test_wrong_settings_are_told(settings, told):
    with pytest.raises(ValueError, match=told):
        TransitionConfig(**settings)


def test_wrong_tokens_and_times_are_told():
    transition = transition_of("absorbing")
    with pytest.raises(ValueError, match="classes from 0 to 3"):
        transition.q_sample(torch.tensor([[4]]), time(1), seeded())
    with pytest.raises(ValueError, match="one a sample"):
        transition.q_sample(torch.tensor([[1]]), time(1, 2), seeded())
    with pytest.raises(ValueError, match="before its t"):
        transition.posterior(torch.tensor([[4]]), torch.zeros(1, 1, 4), time(3), time(3))
    with pytest.raises(ValueError, match="describes 3 positions"):
        transition_of("uniform", groups=((3, 4),)).q_sample(torch.tensor([[1]]), time(1), seeded())


def frequencies_fit(drawn: torch.Tensor, probs: np.ndarray) -> bool:
    """Chi-square at 1 in 10,000, with a fixed seed; what can't be drawn must not be."""
    counts = np.bincount(drawn.flatten().numpy(), minlength=len(probs))
    possible = probs > 1e-9
    if counts[~possible].any():
        return False
    if possible.sum() == 1:
        return True
    expected = probs[possible] / probs[possible].sum() * counts.sum()
    return chisquare(counts[possible], expected).pvalue > 1e-4
