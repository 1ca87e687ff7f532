"""The way back from noise to tokens, as a generator: each step can be shown, and between steps one can stop.

`ancestral` walks the posterior (Austin et al. 2021), skipping steps if told to. `confident` fills the tokens the net is
surest of first, in few steps (MaskGIT, Chang et al. 2022, arXiv:2202.04200). Neither builds anything larger than the
logits: x_0 is drawn with one random number a token, and x_s given x_0 takes O(1).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from sd3studio.ml.diffusion.categorical import draw, gumbel_draws, truncate
from sd3studio.ml.diffusion.transition import Transition

Denoise = Callable[[Tensor, Tensor, Tensor], Tensor]
"""A net with its condition: ``(x_t (B, ...), t (B,) float32, at (B, ...) bool) -> logits (P, K)``.

The logits are those of the P positions in `at`, in order. A net that can't leave positions out
is ``lambda x_t, t, at: net(x_t, t)[at]``.
"""


@dataclass(frozen=True, slots=True)
class SamplerConfig:
    """How to sample.

    Parameters
    ----------
    kind : ``"ancestral"`` or ``"confident"``
    steps : calls of the net at most; None: all T steps
    temperature : of the draw of x_0: 1 as the net says, 0 the likeliest class
    truncation : draw only among the likeliest classes that together reach this share (VQ-Diffusion: 0.86)
    order_temperature : ``confident``: Gumbel noise on the confidences, fading to none; 0 fills strictly by confidence
    exit_at : ``ancestral`` stops once every token's likeliest class has this probability; ``confident`` also fills
        at once each token that was drawn with it. None: never
    """

    kind: Literal["ancestral", "confident"] = "ancestral"
    steps: int | None = None
    temperature: float = 1.0
    truncation: float = 1.0
    order_temperature: float = 1.0
    exit_at: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in SAMPLERS:
            raise ValueError(f"sampler kind must be one of {', '.join(SAMPLERS)}, not {self.kind!r}")
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"sampler steps must be at least 1, not {self.steps}")
        if self.temperature < 0.0 or self.order_temperature < 0.0:
            raise ValueError("sampler temperatures must not be negative")
        if not 0.0 < self.truncation <= 1.0:
            raise ValueError(f"sampler truncation must be above 0 and at most 1, not {self.truncation}")
        if self.exit_at is not None and not 0.0 < self.exit_at <= 1.0:
            raise ValueError(f"sampler exit_at must be above 0 and at most 1, not {self.exit_at}")


@dataclass(frozen=True, slots=True)
class SampleStep:
    """Where sampling stands after a step.

    Attributes
    ----------
    number, total : this step, and how many there are at most
    x : (B, ...) int64, the tokens now
    guess : (B, ...) int64, the clean tokens as guessed in this step: for a preview
    open : (B, ...) bool, positions that may still change; none after the last step
    """

    number: int
    total: int
    x: Tensor
    guess: Tensor
    open: Tensor


def sample(
    denoise: Denoise,
    transition: Transition,
    config: SamplerConfig,
    shape: tuple[int, ...],
    generator: torch.Generator,
    *,
    device: torch.device | str = "cpu",
    known: Tensor | None = None,
    fixed: Tensor | None = None,
) -> Iterator[SampleStep]:
    """Sample tokens of `shape` (B, ...); the `x` of the last step yielded is the sample (see `finish`).

    Parameters
    ----------
    denoise : the net, see `Denoise` and `guided`
    known, fixed : (B, ...) tokens to keep, and where; both or neither
    """
    if (known is None) != (fixed is None):
        raise ValueError("known tokens and where they are fixed must be given together")
    x = transition.sample_prior(shape, generator, torch.device(device))
    if known is None or fixed is None:
        fixed = torch.zeros(shape, dtype=torch.bool, device=x.device)
    else:
        x = torch.where(fixed, known, x)
    return SAMPLERS[config.kind](denoise, transition, config, x, fixed, generator)


@torch.no_grad()
def finish(steps: Iterator[SampleStep]) -> Tensor:
    """Go through all steps and give the sample, (B, ...) int64."""
    for step in steps:
        last = step
    return last.x


def guided(conditional: Denoise, unconditional: Denoise, scale: float | Tensor) -> Denoise:
    """Classifier-free guidance of log-probabilities: ``u + scale (c - u)``. Scale 1 asks the conditional net alone.

    As in VQ-Diffusion's improved version (Tang et al. 2022, arXiv:2205.16007); it uses scales of 3 to 5. Nets that can
    be asked ``beside`` each other (`nets.denoiser.BoundDenoiser`) are asked in one call. A scale may be one for each
    place (broadcast to x_t).
    """
    if not isinstance(scale, Tensor) and scale == 1.0:
        return conditional
    beside = getattr(conditional, "beside", None)
    together = beside(unconditional) if beside else None

    def denoise(x_t: Tensor, t: Tensor, at: Tensor) -> Tensor:
        pair = together(x_t, t, at) if together else (conditional(x_t, t, at), unconditional(x_t, t, at))
        told, without = (logits.float().log_softmax(-1) for logits in pair)
        by_place = scale.expand(x_t.shape)[at].unsqueeze(-1) if isinstance(scale, Tensor) else scale
        return without + by_place * (told - without)

    return denoise


def with_prior(denoise: Denoise, prior: Tensor | None) -> Denoise:
    """The net's log-probabilities and those of a prior (B, ..., K) added: both must like a token."""
    if prior is None:
        return denoise
    return lambda x_t, t, at: denoise(x_t, t, at).float().log_softmax(-1) + prior[at]


def ancestral(
    denoise: Denoise,
    transition: Transition,
    config: SamplerConfig,
    x: Tensor,
    fixed: Tensor,
    generator: torch.Generator,
) -> Iterator[SampleStep]:
    """From the prior `x` along the posterior. Tokens that can't change any more cost little; once none can, it ends."""
    schedule = transition.schedule
    grid = schedule.grid(config.steps)
    total = len(grid) - 1
    open_now = ~(fixed | transition.settled(x))
    if not bool(open_now.any()):
        yield SampleStep(0, total, x, x, open_now)
    for number, pair in enumerate(pairwise(grid.tolist()), start=1):
        if not bool(open_now.any()):
            return
        t, s = (torch.full(x.shape[:1], index / schedule.steps, dtype=torch.float64, device=x.device) for index in pair)
        logits = _ask(denoise, x, t, open_now)
        x, guess, open_now = ancestral_step(logits, transition, config, x, s, t, open_now, generator)
        yield SampleStep(number, total, x, guess, open_now)


def ancestral_step(
    logits: Tensor,
    transition: Transition,
    config: SamplerConfig,
    x_t: Tensor,
    s: Tensor,
    t: Tensor,
    open_now: Tensor,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor, Tensor]:
    """One step back, from t to s.

    Parameters
    ----------
    logits : (P, K) of the P open positions
    x_t, open_now : (B, ...)
    s, t : (B,), the same for all samples

    Returns
    -------
    x_s, the drawn x_0, and what is still open: (B, ...) each
    """
    log_x0 = transition.log_x0(logits, open_now)
    nothing_open = torch.zeros_like(open_now)
    if config.exit_at is not None and bool((log_x0.amax(-1) >= math.log(config.exit_at)).all()):
        clean = x_t.masked_scatter(open_now, log_x0.argmax(-1))
        return clean, clean, nothing_open
    guess = x_t.masked_scatter(open_now, _draw_classes(log_x0, config, generator))
    x_s = transition.sample_posterior(x_t, guess, s, t, generator, fixed=~open_now)
    at_the_end = not bool((s > 0.0).any())
    return x_s, guess, nothing_open if at_the_end else open_now & ~transition.settled(x_s)


def confident(
    denoise: Denoise,
    transition: Transition,
    config: SamplerConfig,
    x: Tensor,
    fixed: Tensor,
    generator: torch.Generator,
) -> Iterator[SampleStep]:
    """Fill the tokens the net is surest of, more in each step (`still_open`); a filled token never changes.

    Open tokens are masked, or fresh noise where the transition has no mask. The net is told the time at which as large
    a share of the tokens is lost as is open now.
    """
    schedule = transition.schedule
    total = schedule.steps if config.steps is None else config.steps
    open_now = ~fixed
    free = open_now.flatten(1).sum(1)
    if not bool(open_now.any()):
        yield SampleStep(0, total, x, x, open_now)
    for number in range(1, total + 1):
        if not bool(open_now.any()):
            return
        x = torch.where(open_now, transition.blank(x, generator), x)
        logits = _ask(denoise, x, open_time(transition, open_now, free), open_now)
        x, guess, open_now = confident_step(logits, transition, config, x, open_now, free, number / total, generator)
        yield SampleStep(number, total, x, guess, open_now)


def confident_step(
    logits: Tensor,
    transition: Transition,
    config: SamplerConfig,
    x: Tensor,
    open_now: Tensor,
    free: Tensor,
    progress: float,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor, Tensor]:
    """Fill some of the open tokens.

    Parameters
    ----------
    logits : (P, K) of the P open positions
    x, open_now : (B, ...)
    free : (B,) int64, how many tokens were open at the start
    progress : share of the steps done after this one, in (0, 1]

    Returns
    -------
    the tokens, the guess of them all, and what is still open: (B, ...) each
    """
    log_x0 = transition.log_x0(logits, open_now)
    classes = _draw_classes(log_x0, config, generator)
    guess = x.masked_scatter(open_now, classes)
    sureness = log_x0.gather(-1, classes.unsqueeze(-1)).squeeze(-1)  # (P,)
    noise = config.order_temperature * (1.0 - progress) * gumbel_draws(sureness.shape, generator, x.device)
    order = torch.full(x.shape, -math.inf, device=x.device).masked_scatter(open_now, sureness + noise)
    ranks = torch.argsort(order.flatten(1), dim=1, descending=True, stable=True).argsort(dim=1)
    open_count = open_now.flatten(1).sum(1)
    fill_count = torch.maximum(open_count - still_open(free, progress), torch.ones_like(free))
    fills = open_now & (ranks < fill_count.unsqueeze(1)).reshape(x.shape)
    if config.exit_at is not None:
        fills = fills.masked_scatter(open_now, fills[open_now] | (sureness >= math.log(config.exit_at)))
    return torch.where(fills, guess, x), guess, open_now & ~fills


def still_open(free: Tensor, progress: float) -> Tensor:
    """How many of the `free` (B,) tokens are open after a share of the steps: MaskGIT's cosine, few first; int64."""
    if progress >= 1.0:
        return torch.zeros_like(free)
    return (free.double() * math.cos(progress * math.pi / 2.0)).floor().long()


def open_time(transition: Transition, open_now: Tensor, free: Tensor) -> Tensor:
    """The time (B,) of the schedule's grid at which the share of tokens lost is the share that is open now, float64."""
    share = open_now.flatten(1).sum(1).double() / free.clamp(min=1)
    schedule = transition.schedule
    return schedule.time_of(schedule.index_of(schedule.time(1.0 - share)))


def _ask(denoise: Denoise, x: Tensor, t: Tensor, at: Tensor) -> Tensor:
    with torch.no_grad():
        return denoise(x, t.float(), at)


def _draw_classes(log_x0: Tensor, config: SamplerConfig, generator: torch.Generator) -> Tensor:
    """x_0 of the open positions: (P, K) to (P,)."""
    if config.temperature == 0.0:
        return log_x0.argmax(-1)
    probs = log_x0.exp() if config.temperature == 1.0 else (log_x0 / config.temperature).softmax(-1)
    return draw(truncate(probs, config.truncation), generator)


SAMPLERS: dict[str, Callable[..., Iterator[SampleStep]]] = {"ancestral": ancestral, "confident": confident}
