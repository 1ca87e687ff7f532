"""How much of the clean tokens is left at time t.

Both schedules start at exactly 1 and end at exactly 0, so that the last step *is* the prior and the bound needs no term
for it. (VQ-Diffusion ends at 9e-6 because its logarithms need it; ours don't.)
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

COSINE_OFFSET = 0.008
"""Keeps the first steps of the cosine schedule from being too small (Nichol and Dhariwal 2021, arXiv:2102.09672)."""

ROUNDING = 1e-4
"""Of a step: a time this little after a step of the grid is at that step (float32 times of up to 1,000 steps)."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """What has become of a token: kept, masked, or replaced by noise. Three (B,) float64 that add up to 1."""

    keep: Tensor
    mask: Tensor
    replace: Tensor

    def since(self, earlier: "Amounts") -> "Amounts":
        """The amounts of the steps between an earlier time and this one: ``Q_bar_s Q_ts = Q_bar_t``.

        A masked token stays masked, so what is not yet masked shrinks by a factor, and so does what is kept.
        """
        keep = self.keep / earlier.keep
        unmasked_before = earlier.keep + earlier.replace
        mask = (self.mask - earlier.mask) / unmasked_before
        # 1 - keep - mask, written without the cancellation
        gained = self.replace * earlier.keep - self.keep * earlier.replace
        replace = (gained / (unmasked_before * earlier.keep)).clamp(min=0.0)
        return Amounts(keep, mask, replace)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The share of tokens still clean at time t in [0, 1].

    Parameters
    ----------
    kind : ``"linear"``, as VQ-Diffusion (Gu et al. 2022, arXiv:2111.14822), or ``"cosine"``, the square of a cosine
    steps : T, the steps of the discrete process; a net is trained at the times 1/T, 2/T, ..., 1
    """

    kind: Literal["linear", "cosine"] = "linear"
    steps: int = 100

    def __post_init__(self) -> None:
        if self.kind not in ("linear", "cosine"):
            raise ValueError(f"schedule kind must be 'linear' or 'cosine', not {self.kind!r}")
        if self.steps < 1:
            raise ValueError(f"schedule steps must be at least 1, not {self.steps}")

    def keep(self, t: Tensor) -> Tensor:
        """Share of tokens still clean at t, float64, the shape of t. Raises ValueError outside [0, 1]."""
        t = t.double()
        if bool(((t < 0.0) | (t > 1.0)).any()):
            raise ValueError(f"times must be in [0, 1], not {t.tolist()}")
        if self.kind == "linear":
            return 1.0 - t
        angle = (t + COSINE_OFFSET) / (1.0 + COSINE_OFFSET) * (math.pi / 2.0)
        share = (angle.cos().square() / _cosine_start()).clamp(0.0, 1.0)
        return torch.where(t == 1.0, torch.zeros_like(share), share)

    def time(self, keep: Tensor) -> Tensor:
        """The time at which a share is still clean: the inverse of `keep`, float64."""
        keep = keep.double()
        if self.kind == "linear":
            return 1.0 - keep
        angle = (keep * _cosine_start()).clamp(0.0, 1.0).sqrt().acos()
        return (angle / (math.pi / 2.0) * (1.0 + COSINE_OFFSET) - COSINE_OFFSET).clamp(0.0, 1.0)

    def amounts(self, t: Tensor, mask_share: float) -> Amounts:
        """What has become of a token at t, where `mask_share` of what is lost is masked and the rest is replaced."""
        keep = self.keep(t)
        return Amounts(keep, mask_share * (1.0 - keep), (1.0 - mask_share) * (1.0 - keep))

    def time_of(self, index: Tensor) -> Tensor:
        """t of a step index (0 to T), float64."""
        return index.double() / self.steps

    def index_of(self, t: Tensor) -> Tensor:
        """The first step index whose time is not before t, at least 1, int64."""
        return (t.double() * self.steps - ROUNDING).ceil().long().clamp(1, self.steps)

    def grid(self, steps: int | None = None) -> Tensor:
        """Step indices to sample along, from T down to 0: all of them, or `steps` evenly skipping ones.

        Returns
        -------
        (steps + 1,) int64, strictly falling. Raises ValueError if there are more steps than T.
        """
        steps = self.steps if steps is None else steps
        if not 1 <= steps <= self.steps:
            raise ValueError(f"sampling steps must be between 1 and the {self.steps} of the schedule, not {steps}")
        return torch.linspace(self.steps, 0, steps + 1, dtype=torch.float64).round().long()


def _cosine_start() -> float:
    return math.cos(COSINE_OFFSET / (1.0 + COSINE_OFFSET) * math.pi / 2.0) ** 2
