"""Where a token goes that is not kept: to a mask, to another class, or to either.

All transitions are one family. From x_0 a token is, at time t, still x_0 with amount a, masked with amount c, and
otherwise (amount b) a draw of a noise distribution pi over the classes; a masked token stays masked:

====================  ==========  ==================  =========================================
kind                  mask share  pi                  from
====================  ==========  ==================  =========================================
``uniform``           0           uniform             D3PM (Austin et al. 2021, arXiv:2107.03006); the paper's choice
``marginal``          0           class frequencies   DiGress (Vignac et al. 2023, arXiv:2209.14734)
``absorbing``         1           (none)              D3PM
``mask_and_replace``  0.9         uniform             VQ-Diffusion (Gu et al. 2022, arXiv:2111.14822)
====================  ==========  ==================  =========================================

So Q_bar_t is ``a I + b 1 pi' + c 1 m'`` and nothing but `matrix` ever builds it: all else costs O(K) a token, and
drawing x_s given x_0 costs O(1).
"""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from sd3studio.ml.diffusion.categorical import LOG_ZERO, invert_cumulative, log_one_hot, safe_log, uniform_draws
from sd3studio.ml.diffusion.schedule import Amounts, Schedule

TransitionKind = Literal["uniform", "marginal", "absorbing", "mask_and_replace"]


@dataclass(frozen=True, slots=True)
class TransitionConfig:
    """Which transition, over which classes.

    Parameters
    ----------
    kind : see the table of the module
    classes : K, at least 2; where groups differ, the largest of them
    groups : ``((positions, classes), ...)`` along the last axis of x, where positions differ in their classes:
        ``((1, 70), (6, 5))`` is one token of 70 classes and then six of 5. Empty: all have K
    mask_share : for ``mask_and_replace``: how much of what is lost is masked (VQ-Diffusion: 0.9; its released
        configuration comes to 0.99999)
    marginal : for ``marginal``: rows of K frequencies, one for all positions or one for each along the last axis
    """

    kind: TransitionKind
    classes: int
    groups: tuple[tuple[int, int], ...] = ()
    mask_share: float = 0.9
    marginal: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in get_args(TransitionKind):
            raise ValueError(f"transition kind must be one of {', '.join(get_args(TransitionKind))}, not {self.kind!r}")
        if self.classes < 2:
            raise ValueError(f"transition classes must be at least 2, not {self.classes}")
        if any(count < 1 or not 2 <= size <= self.classes for count, size in self.groups):
            raise ValueError(f"transition groups must be (positions, 2 to {self.classes} classes), not {self.groups}")
        if self.kind == "mask_and_replace" and not 0.0 < self.mask_share < 1.0:
            raise ValueError(f"transition mask_share must be between 0 and 1, not {self.mask_share}")
        if (self.kind == "marginal") != bool(self.marginal):
            raise ValueError("transition marginal frequencies belong to the kind 'marginal', and only to it")
        for row in self.marginal:
            if len(row) != self.classes or min(row) < 0.0 or not 0.0 < sum(row) < float("inf"):
                raise ValueError(f"transition marginal rows must be {self.classes} frequencies, not {row}")

    @property
    def lost_to_mask(self) -> float:
        """Share of what is lost that is masked, in [0, 1]."""
        return {"uniform": 0.0, "marginal": 0.0, "absorbing": 1.0, "mask_and_replace": self.mask_share}[self.kind]


class Transition:
    """The noising process of one kind of token: forward draws, posteriors, the prior.

    Times are (B,) tensors for x of any shape (B, ...); a position may be `fixed` (see the package).
    """

    def __init__(self, config: TransitionConfig, schedule: Schedule) -> None:
        self.config = config
        self.schedule = schedule
        exists = _existing_classes(config)
        self._noise = _noise(config, exists)  # (K,), or (P, K) where the P positions of the last axis differ; float64
        self._exists = exists.expand_as(self._noise)

    @property
    def classes(self) -> int:
        """K."""
        return self.config.classes

    @property
    def mask_id(self) -> int | None:
        """The state K of a masked token, or None where nothing is masked."""
        return self.classes if self.config.lost_to_mask > 0.0 else None

    @property
    def states(self) -> int:
        """S: the classes and the mask, if there is one."""
        return self.classes + (self.mask_id is not None)

    def amounts(self, t: Tensor) -> Amounts:
        """Kept, masked and replaced at t (B,)."""
        return self.schedule.amounts(t, self.config.lost_to_mask)

    # ---- forward

    def q_sample(self, x_0: Tensor, t: Tensor, generator: torch.Generator, fixed: Tensor | None = None) -> Tensor:
        """x_t given x_0, int64 of the same shape; fixed positions keep their value."""
        self.check_tokens(x_0, fixed)
        now = self.amounts(_spread(t, x_0))
        level = uniform_draws(x_0.shape, generator, x_0.device)
        x_t = torch.where(level < (now.keep + now.replace).float(), self._draw_noise(x_0, generator), self.states - 1)
        x_t = torch.where(level < now.keep.float(), x_0, x_t)
        return x_t if fixed is None else torch.where(fixed, x_0, x_t)

    def sample_prior(self, shape: tuple[int, ...], generator: torch.Generator, device: torch.device) -> Tensor:
        """x_1, all noise: int64 of `shape`."""
        blank = torch.zeros(shape, dtype=torch.int64, device=device)
        return self.q_sample(blank, torch.ones(shape[0], device=device), generator)

    def blank(self, like: Tensor, generator: torch.Generator) -> Tensor:
        """Tokens that say nothing: masked, or draws of the noise where there is no mask; int64, the shape of `like`."""
        return self._draw_noise(like, generator) if self.mask_id is None else torch.full_like(like, self.mask_id)

    def prior(self) -> Tensor:
        """Distribution of x_1: (S,), or (P, S) where positions differ along the last axis; float64."""
        mask_share = self.config.lost_to_mask
        noise = (1.0 - mask_share) * self._noise
        if self.mask_id is None:
            return noise
        return torch.cat([noise, torch.full_like(noise[..., :1], mask_share)], -1)

    def matrix(self, s: float, t: float, position: int = 0) -> Tensor:
        """The whole matrix q(x_t | x_s), rows x_s, (S, S) float64: for tests and to look at, never used to sample."""
        moved = self.amounts(torch.tensor(t, dtype=torch.float64)).since(
            self.amounts(torch.tensor(s, dtype=torch.float64))
        )
        noise = self._noise if self._noise.dim() == 1 else self._noise[position]
        rows = moved.keep * torch.eye(self.classes, dtype=torch.float64) + moved.replace * noise
        if self.mask_id is None:
            return rows
        stays_masked = torch.zeros(1, self.states, dtype=torch.float64)
        stays_masked[0, self.mask_id] = 1.0
        return torch.cat([torch.cat([rows, moved.mask.expand(self.classes, 1)], 1), stays_masked], 0)

    # ---- backward

    def log_x0(self, logits: Tensor, at: Tensor | None = None) -> Tensor:
        """Normalised float32 log-probabilities of x_0 in which classes that a position doesn't have are ruled out.

        Parameters
        ----------
        logits : (..., K) of all positions of x, or (P, K) of those in `at`
        at : bool of the shape of x, or None for all
        """
        logits = logits.float()
        if self._exists.dim() == 2:
            exists = self._exists.to(logits.device)
            if at is not None:
                exists = exists.expand(*at.shape, self.classes)[at]
            logits = logits.masked_fill(~exists, LOG_ZERO)
        return logits.log_softmax(-1)

    def posterior(self, x_t: Tensor, log_x0: Tensor, s: Tensor, t: Tensor, fixed: Tensor | None = None) -> Tensor:
        """Distribution of x_s given x_t and a guess of x_0: the sum over x_0 of q(x_s | x_t, x_0) p(x_0 | x_t).

        This is VQ-Diffusion's reading (arXiv:2111.14822, eq. 11), exact if p is. Where x_t tells x_0 for certain (a
        token that can't have been replaced), the guess is not asked. At s = 0 it is p itself.

        Parameters
        ----------
        x_t : (B, ...) int64
        log_x0 : (B, ..., K) float, normalised
        s, t : (B,), 0 <= s < t <= 1; raises ValueError otherwise
        fixed : (B, ...) bool; there x_s is x_t

        Returns
        -------
        (B, ..., S) float32 log-probabilities, normalised
        """
        now, before, moved = self._three_amounts(_spread(t, x_t), _spread(s, x_t))
        unmasked = self._from_class(x_t, log_x0, now, before, moved)  # (B, ..., K)
        if self.mask_id is None:
            rows = unmasked
        else:
            masked = (x_t == self.mask_id).unsqueeze(-1)
            guessed = torch.logaddexp(_log(before.keep) + log_x0, _log(before.replace) + self._log_noise(x_t))
            rows = torch.where(masked, _log(moved.mask / now.mask) + guessed, unmasked)
            still = torch.where(masked, _log(before.mask / now.mask), torch.full_like(log_x0[..., :1], LOG_ZERO))
            rows = torch.cat([rows, still], -1)  # (B, ..., S)
        if fixed is not None:
            rows = torch.where(fixed.unsqueeze(-1), log_one_hot(x_t, self.states), rows)
        return rows.log_softmax(-1)

    def sample_posterior(
        self, x_t: Tensor, x_0: Tensor, s: Tensor, t: Tensor, generator: torch.Generator, fixed: Tensor | None = None
    ) -> Tensor:
        """x_s given x_t and x_0, in O(1) a token: x_s can only be x_t, x_0, the mask, or fresh noise.

        With x_0 drawn from p, x_s is an exact draw from `posterior`.
        """
        _, before, moved = self._three_amounts(_spread(t, x_t), _spread(s, x_t))
        masked = x_t == self.mask_id if self.mask_id is not None else torch.zeros_like(x_t, dtype=torch.bool)
        pi = self._noise_of(torch.where(masked, 0, x_t))
        # x_t a class: the routes x_s = noise, x_0, x_t.   x_t masked: the routes noise, x_0, still masked.
        noise = torch.where(masked, moved.mask * before.replace, moved.replace * pi * before.replace)
        clean = torch.where(masked, moved.mask * before.keep, moved.replace * pi * before.keep)
        kept = moved.keep * (before.keep * (x_0 == x_t) + before.replace * pi)
        stays = torch.where(masked, before.mask.expand_as(pi), kept)
        level = uniform_draws(x_t.shape, generator, x_t.device) * (noise + clean + stays)
        x_s = torch.where(level < noise, self._draw_noise(x_t, generator), x_t)
        x_s = torch.where((level >= noise) & (level < noise + clean), x_0, x_s)
        return x_s if fixed is None else torch.where(fixed, x_t, x_s)

    def settled(self, x_t: Tensor) -> Tensor:
        """Which tokens can't change any more on the way back: under ``absorbing`` all that aren't masked. Bool."""
        if self.config.kind == "absorbing":
            return x_t.ne(self.classes)
        return torch.zeros_like(x_t, dtype=torch.bool)

    def check_tokens(self, x_0: Tensor, fixed: Tensor | None = None) -> None:
        """Raises ValueError unless all tokens that aren't fixed are classes that their position has."""
        positions, last = self._exists.shape[:-1].numel(), x_0.shape[-1]
        if self._exists.dim() == 2 and positions != last:
            raise ValueError(f"the transition describes {positions} positions on the last axis, x has {last}")
        sizes = self._exists.sum(-1).to(x_0.device)
        wrong = (x_0 < 0) | (x_0 >= sizes)
        if fixed is not None:
            wrong &= ~fixed
        if bool(wrong.any()):
            raise ValueError(
                f"tokens must be classes from 0 to {self.classes - 1} (fewer in smaller groups), not {x_0[wrong][0]}"
            )

    def _from_class(self, x_t: Tensor, log_x0: Tensor, now: Amounts, before: Amounts, moved: Amounts) -> Tensor:
        """`posterior` where x_t is a class k (rows of masked tokens are finite and not used); (B, ..., K)."""
        k = x_t.clamp(max=self.classes - 1)
        here = torch.zeros(log_x0.shape, dtype=torch.bool, device=x_t.device).scatter_(-1, k.unsqueeze(-1), True)
        pi_k = self._noise_of(k)
        # q(x_t | x_0) and q(x_t | x_s) are each one number at k and another elsewhere.
        from_other = _log(now.replace * pi_k)
        from_same = _log(now.keep + now.replace * pi_k)
        certain = from_other <= LOG_ZERO / 2
        guess = torch.where(certain, torch.where(here, 0.0, LOG_ZERO), log_x0)
        weight = guess - torch.where(here, from_same, torch.where(certain, torch.zeros_like(from_other), from_other))
        step = torch.where(here, _log(moved.keep + moved.replace * pi_k), _log(moved.replace * pi_k))
        total = weight.logsumexp(-1, keepdim=True)
        return step + torch.logaddexp(_log(before.keep) + weight, _log(before.replace) + self._log_noise(x_t) + total)

    def _three_amounts(self, t: Tensor, s: Tensor) -> tuple[Amounts, Amounts, Amounts]:
        if bool((s >= t).any()):
            raise ValueError("each s must be before its t")
        now, before = self.amounts(t), self.amounts(s)
        return now, before, now.since(before)

    def _draw_noise(self, like: Tensor, generator: torch.Generator) -> Tensor:
        """Draws of pi, of the shape of `like`."""
        level = uniform_draws(like.shape, generator, like.device)
        if self.config.kind != "marginal":
            sizes = self._exists.sum(-1).to(like.device)
            return torch.minimum((level * sizes).long(), sizes - 1)
        if self._noise.dim() == 1:
            return invert_cumulative(self._noise.float().to(like.device), level.flatten()).reshape(like.shape)
        columns = level.movedim(-1, 0).reshape(like.shape[-1], -1)  # (P, all else)
        drawn = invert_cumulative(self._noise.float().to(like.device), columns)
        return drawn.reshape(like.shape[-1], *like.shape[:-1]).movedim(0, -1)

    def _noise_of(self, x: Tensor) -> Tensor:
        """pi of each class in x (which must not be masked); float64, the shape of x."""
        noise = self._noise.to(x.device)
        if noise.dim() == 1:
            return noise[x]
        return noise.expand(*x.shape, self.classes).gather(-1, x.unsqueeze(-1)).squeeze(-1)

    def _log_noise(self, like: Tensor) -> Tensor:
        return safe_log(self._noise).to(like.device)


def _spread(t: Tensor, like: Tensor) -> Tensor:
    """(B,) times as (B, 1, ...) beside an x of shape (B, ...)."""
    if t.shape != like.shape[:1]:
        raise ValueError(f"times must be one a sample, ({like.shape[0]},), not {tuple(t.shape)}")
    return t.reshape(-1, *[1] * (like.dim() - 1))


def _log(values: Tensor) -> Tensor:
    """Logarithm of one number a token, ready to meet (..., K) rows."""
    return safe_log(values).unsqueeze(-1)


def _existing_classes(config: TransitionConfig) -> Tensor:
    if not config.groups:
        return torch.ones(config.classes, dtype=torch.bool)
    sizes = torch.tensor([size for count, size in config.groups for _ in range(count)])
    return torch.arange(config.classes) < sizes.unsqueeze(-1)


def _noise(config: TransitionConfig, exists: Tensor) -> Tensor:
    if config.kind != "marginal":
        return exists.double() / exists.sum(-1, keepdim=True)
    rows = torch.tensor(config.marginal, dtype=torch.float64).squeeze(0) * exists
    return rows / rows.sum(-1, keepdim=True)
