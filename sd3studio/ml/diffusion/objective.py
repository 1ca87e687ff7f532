"""What a denoising net learns: the variational bound, with a little cross entropy beside it.

The net guesses x_0 from x_t; the posterior turns the guess into a distribution of x_s, one step earlier, and the bound
is the divergence of the true one from it (Austin et al. 2021, arXiv:2107.03006; the paper's loss). The first step (s=0)
needs no case of its own: there the divergence is the decoder's ``-log p(x_0 | x_1)``. Nor does the prior: our schedules
end in it, so its term is 0. All losses are nats a token, means over the positions that aren't fixed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from sd3studio.ml.diffusion.categorical import divergence, log_one_hot
from sd3studio.ml.diffusion.transition import Transition

Predict = Callable[[Tensor, Tensor], Tensor]
"""A net with its condition: ``(x_t (B, ...), t (B,) float32) -> logits (B, ..., K)``."""


@dataclass(frozen=True, slots=True)
class ObjectiveConfig:
    """Weights of the loss.

    Parameters
    ----------
    auxiliary_weight : of the cross entropy of x_0 (VQ-Diffusion: 5e-4)
    fade_auxiliary : multiply it by (2 - t/T), twice as much at the clean end, as the code of VQ-Diffusion does
    """

    auxiliary_weight: float = 5e-4
    fade_auxiliary: bool = True

    def __post_init__(self) -> None:
        if self.auxiliary_weight < 0.0:
            raise ValueError(f"objective auxiliary_weight must not be negative, not {self.auxiliary_weight}")


@dataclass(frozen=True, slots=True)
class DiffusionLoss:
    """The loss of a batch and its parts.

    Attributes
    ----------
    total : () estimate of the bound over all T steps and of the auxiliary term; the one to differentiate
    bound : (B,) the bound's term at each sample's step
    whole : (B,) what that step tells of the bound over all T steps: an unbiased estimate, and a noisy one
    auxiliary : (B,) the cross entropy of x_0 at each sample's step
    """

    total: Tensor
    bound: Tensor
    whole: Tensor
    auxiliary: Tensor


def diffusion_loss(
    transition: Transition,
    logits: Tensor,
    x_0: Tensor,
    x_t: Tensor,
    index: Tensor,
    config: ObjectiveConfig,
    *,
    index_probs: Tensor | None = None,
    fixed: Tensor | None = None,
) -> DiffusionLoss:
    """The loss of a net's logits for noised tokens.

    Parameters
    ----------
    logits : (B, ..., K) the net's guess of x_0
    x_0, x_t : (B, ...) int64, clean and noised
    index : (B,) int64, the step of each sample, 1 to T
    index_probs : (B,) with what probability each step was drawn (see `importance.StepDraws`); None: evenly
    fixed : (B, ...) bool, positions that don't count
    """
    log_x0 = transition.log_x0(logits)
    bound = bound_term(transition, x_0, x_t, log_x0, index, fixed)
    auxiliary = mean_over_open(cross_entropy(log_x0, x_0, fixed), fixed)
    steps = transition.schedule.steps
    fade = 2.0 - index / steps if config.fade_auxiliary else torch.ones_like(bound)
    probs = torch.full_like(bound, 1.0 / steps) if index_probs is None else index_probs.to(bound)
    total = ((bound + config.auxiliary_weight * fade * auxiliary) / probs).mean()
    return DiffusionLoss(total, bound, bound / probs, auxiliary)


def bound_term(
    transition: Transition, x_0: Tensor, x_t: Tensor, log_x0: Tensor, index: Tensor, fixed: Tensor | None = None
) -> Tensor:
    """KL(q(x_s | x_t, x_0) || p(x_s | x_t)) of the step back from `index`, (B,) nats a token."""
    known = x_0 if fixed is None else x_0.masked_fill(fixed, 0)
    true = log_one_hot(known, transition.classes)
    return mean_over_open(_divergence_of_guesses(transition, x_t, true, log_x0, index, fixed), fixed)


def alignment_loss(
    transition: Transition,
    x_t: Tensor,
    logits: Tensor,
    teacher_logits: Tensor,
    index: Tensor,
    fixed: Tensor | None = None,
) -> Tensor:
    """KL(p(x_s | x_t) || p_teacher(x_s | x_t)), by which one branch of a process teaches another; (B,) nats a token.

    The paper's eqs. 2 and 3; it doesn't say where gradients stop. Here the teacher is detached (our reading).
    """
    student, teacher = transition.log_x0(logits), transition.log_x0(teacher_logits.detach())
    return mean_over_open(_divergence_of_guesses(transition, x_t, student, teacher, index, fixed), fixed)


@torch.no_grad()
def bound_on_surprise(
    predict: Predict,
    transition: Transition,
    x_0: Tensor,
    generator: torch.Generator,
    *,
    fixed: Tensor | None = None,
    draws: int | None = None,
) -> Tensor:
    """Estimate of the whole bound, an upper bound of -log p(x_0), (B,) nats a token.

    Parameters
    ----------
    draws : steps to look at, spread evenly over the T with a random start in each stretch; None: all T, once each
    """
    steps = transition.schedule.steps
    draws = steps if draws is None else min(draws, steps)
    edges = torch.linspace(0, steps, draws + 1, dtype=torch.float64).round().long()
    found = torch.zeros(x_0.shape[0], device=x_0.device)
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        index = torch.randint(low + 1, high + 1, x_0.shape[:1], generator=generator, device=generator.device)
        index = index.to(x_0.device)
        t = transition.schedule.time_of(index)
        x_t = transition.q_sample(x_0, t, generator, fixed)
        log_x0 = transition.log_x0(predict(x_t, t.float()))
        found += (high - low) * bound_term(transition, x_0, x_t, log_x0, index, fixed)
    return found


def cross_entropy(log_x0: Tensor, x_0: Tensor, fixed: Tensor | None = None) -> Tensor:
    """-log p(x_0 | x_t) of each token, (B, ...) nats; 0 at fixed positions."""
    if fixed is None:
        return -log_x0.gather(-1, x_0.unsqueeze(-1)).squeeze(-1)
    open_x0 = x_0.masked_fill(fixed, 0)
    return -log_x0.gather(-1, open_x0.unsqueeze(-1)).squeeze(-1).masked_fill(fixed, 0.0)


def mean_over_open(values: Tensor, fixed: Tensor | None) -> Tensor:
    """(B, ...) to (B,): the mean over the positions that aren't fixed, 0 where all are."""
    if fixed is None:
        return values.flatten(1).mean(1)
    open_count = (~fixed).flatten(1).sum(1)
    return values.masked_fill(fixed, 0.0).flatten(1).sum(1) / open_count.clamp(min=1)


def _divergence_of_guesses(
    transition: Transition, x_t: Tensor, log_x0: Tensor, other_log_x0: Tensor, index: Tensor, fixed: Tensor | None
) -> Tensor:
    """KL between the posteriors that two guesses of x_0 lead to, one step back, (B, ...) nats."""
    t, s = transition.schedule.time_of(index), transition.schedule.time_of(index - 1)
    one = transition.posterior(x_t, log_x0, s, t, fixed)
    other = transition.posterior(x_t, other_log_x0, s, t, fixed)
    return divergence(one, other)
