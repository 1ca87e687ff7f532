"""Draws, truncation and divergences of categorical distributions."""

import pytest
import torch
from scipy.stats import chisquare

from sd3studio.ml.diffusion.categorical import (
    divergence,
    draw,
    gumbel_draws,
    invert_cumulative,
    log_one_hot,
    safe_log,
    truncate,
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_draws_have_the_right_frequencies_and_never_hit_a_class_of_no_probability():
    probs = torch.tensor([0.0, 1.0, 0.0, 3.0, 0.0]).expand(100000, 5)
    counts = torch.bincount(draw(probs, seeded()), minlength=5)
    assert counts[[0, 2, 4]].sum() == 0
    assert chisquare(counts[[1, 3]].numpy(), [25000, 75000]).pvalue > 1e-4


@pytest.mark.parametrize("level", (0.0, 0.5, 1.0 - 2**-24, 1.0))
def test_the_ends_of_the_cumulative_sum_stay_inside(level):
    probs = torch.cat([torch.zeros(3), torch.full((4000,), 1.0 / 3e3), torch.zeros(5)])
    assert 3 <= invert_cumulative(probs, torch.tensor([level])).item() < 4003


def test_truncation_keeps_the_likeliest_that_reach_the_share():
    probs = torch.tensor([[0.1, 0.5, 0.3, 0.1], [0.9, 0.05, 0.03, 0.02]])
    assert torch.equal(truncate(probs, 0.7), torch.tensor([[0.0, 0.5, 0.3, 0.0], [0.9, 0.0, 0.0, 0.0]]))
    assert truncate(probs, 1.0) is probs


def test_divergence_is_that_of_the_definition():
    p, q = torch.tensor([0.2, 0.8]), torch.tensor([0.5, 0.5])
    expected = 0.2 * torch.tensor(0.4).log() + 0.8 * torch.tensor(1.6).log()
    assert torch.allclose(divergence(p.log(), q.log()), expected)


def test_certainty_costs_the_surprise_and_nothing_is_nan():
    q = torch.tensor([0.0, 0.25, 0.75])
    sure = log_one_hot(torch.tensor(1), 3)
    assert torch.allclose(divergence(sure, safe_log(q)), -torch.tensor(0.25).log())
    assert sure.exp().tolist() == [0.0, 1.0, 0.0]


def test_gumbel_noise_draws_from_the_distribution_it_is_added_to():
    log_probs = torch.tensor([0.1, 0.2, 0.7]).log().expand(50000, 3)
    counts = torch.bincount((log_probs + gumbel_draws(log_probs.shape, seeded(), log_probs.device)).argmax(-1))
    assert chisquare(counts.numpy(), [5000, 10000, 35000]).pvalue > 1e-4
