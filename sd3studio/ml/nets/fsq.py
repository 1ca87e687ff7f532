"""Finite scalar quantisation: numbers rounded to a few levels, with no codebook to learn (or to collapse).

Mentzer et al. 2023, arXiv:2309.15505; the paper's appendix A.2 (there ``L/2 tanh``, here ``(L-1)/2 tanh``, so that an
odd number of levels comes out).
"""

import torch
from torch import Tensor
from torch.nn import functional


def fsq_codes(values: Tensor, levels: int) -> Tensor:
    """Real numbers of any shape to codes 0 to levels - 1, int64."""
    half = (levels - 1) / 2.0
    return (half * values.tanh() + half).round().long()


def fsq_one_hot(values: Tensor, levels: int) -> Tensor:
    """(..., F) real numbers to (..., F * levels): 1 at each field's code; its gradient is that of a soft neighbourhood.

    Straight-through: forward the exact code, backward a hat function of width 1 around the unrounded number, so that
    what reads codes as classes (an embedding) can still train what made them.
    """
    half = (levels - 1) / 2.0
    place = half * values.tanh() + half  # (..., F) in [0, L-1]
    steps = torch.arange(levels, device=values.device, dtype=values.dtype)
    soft = (1.0 - (place.unsqueeze(-1) - steps).abs()).clamp(min=0.0)  # (..., F, L), rows sum to 1
    hard = functional.one_hot(place.detach().round().long(), levels).to(values.dtype)
    return (soft + (hard - soft).detach()).flatten(-2)


def codes_one_hot(codes: Tensor, levels: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """(..., F) codes to (..., F * levels)."""
    return functional.one_hot(codes, levels).to(dtype).flatten(-2)
