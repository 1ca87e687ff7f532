"""Categorical distributions by their logarithms: drawing, truncating, comparing."""

import torch
from torch import Tensor

LOG_ZERO = -1e30
"""The logarithm of nothing. Finite, so that no product or gradient with it becomes NaN; its exponential is 0."""


def safe_log(values: Tensor) -> Tensor:
    """Logarithm in float32 in which log 0 is `LOG_ZERO`."""
    return values.double().log().clamp(min=LOG_ZERO).float()


def uniform_draws(shape: torch.Size | tuple[int, ...], generator: torch.Generator, device: torch.device) -> Tensor:
    """Numbers in [0, 1), made where the generator lives and moved to `device`; float32."""
    return torch.rand(shape, generator=generator, device=generator.device).to(device)


def gumbel_draws(shape: torch.Size | tuple[int, ...], generator: torch.Generator, device: torch.device) -> Tensor:
    """Standard Gumbel noise, float32, finite."""
    draws = uniform_draws(shape, generator, device).clamp(min=1e-20)
    return -(-draws.log()).clamp(min=1e-20).log()


def draw(probs: Tensor, generator: torch.Generator) -> Tensor:
    """One class a row, by inverting the cumulative sum: one random number a row, where Gumbel noise needs K.

    Parameters
    ----------
    probs : (..., K) float, not negative, each row with a sum above 0 (rows needn't add up to 1)

    Returns
    -------
    (...) int64; a class of probability 0 is never drawn
    """
    level = uniform_draws((*probs.shape[:-1], 1), generator, probs.device)
    return invert_cumulative(probs, level).squeeze(-1)


def invert_cumulative(probs: Tensor, level: Tensor) -> Tensor:
    """The class in which each level in [0, 1) falls, as a share of the sum of its row.

    Parameters
    ----------
    probs : (..., K) float, not negative
    level : (..., n), with the same leading shape

    Returns
    -------
    (..., n) int64; never a class of probability 0
    """
    cumulative = probs.cumsum(-1)
    total = cumulative[..., -1:]
    # the product may be rounded up to the total, past the last class
    reached = torch.minimum(level * total, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(cumulative, reached.contiguous(), right=True)


def truncate(probs: Tensor, share: float) -> Tensor:
    """Only the likeliest classes of each row that together reach `share`, the rest set to 0 (not scaled up again).

    The truncation of VQ-Diffusion (arXiv:2111.14822, sec. 4.2; it uses 0.86), elsewhere called nucleus sampling.
    The likeliest class always stays, for nothing comes before it. `share` 1 keeps all.
    """
    if share >= 1.0:
        return probs
    ordered, classes = probs.sort(-1, descending=True)
    before = ordered.cumsum(-1) - ordered
    kept = torch.where(before < share, ordered, torch.zeros_like(ordered))
    return torch.zeros_like(probs).scatter(-1, classes, kept)


def divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Kullback-Leibler divergence KL(p || q) in nats of (..., S) log-probabilities; shape (...)."""
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def log_one_hot(x: Tensor, classes: int) -> Tensor:
    """Log-probabilities of certainty: 0 at the class, `LOG_ZERO` elsewhere. (...) int64 to (..., K) float32."""
    rows = torch.full((*x.shape, classes), LOG_ZERO, device=x.device)
    return rows.scatter_(-1, x.unsqueeze(-1), 0.0)
