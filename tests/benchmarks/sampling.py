"""Speed of sampling beside the plain loop, in one run: ``python tests/benchmarks/sampling.py [graph] [mini] [image]``.

The same net and conditions in every row. The plain loop asks the net for all logits, conditions and all, at every step,
builds the whole posterior and draws from it with Gumbel noise, once for each of the T steps; diffusers' VQ-Diffusion
scheduler is the peer that does so too. Ours encodes the conditions once, asks only for the tokens that are open, and
draws x_0 and then x_s; by confidence it needs few steps. Bar: at least twice as fast as the plain loop.

The nets have random weights: this measures speed and says nothing about pictures.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sd3studio.ml.diffusion.categorical import gumbel_draws
from sd3studio.ml.diffusion.sampler import SamplerConfig, finish, guided, sample
from sd3studio.ml.diffusion.schedule import Schedule
from sd3studio.ml.diffusion.transition import Transition, TransitionConfig, TransitionKind
from sd3studio.ml.libraries import prepare_libraries, quiet
from sd3studio.ml.nets.denoiser import Denoiser


@dataclass(frozen=True)
class Size:
    """What is sampled, by which net."""

    classes: int
    shape: tuple[int, ...]
    positions: tuple[int, ...]
    width: int
    depth: int
    condition_tokens: int = 109  # 77 of a text and 32 of a graph
    condition_width: int = 256


SIZES = {
    "graph": Size(5, (1, 32, 6), (), 128, 4),
    "mini": Size(512, (1, 256), (16, 16), 128, 4),
    "image": Size(2886, (1, 1024), (32, 32), 192, 4),
}


class Case:
    """One net with its conditions, and the ways to sample from it."""

    def __init__(self, size: Size, kind: TransitionKind, steps: int) -> None:
        torch.manual_seed(0)
        self.size = size
        self.steps = steps
        self.transition = Transition(TransitionConfig(kind, size.classes), Schedule("linear", steps))
        fields = size.shape[2] if len(size.shape) == 3 else 1
        self.net = Denoiser(
            size.classes,
            size.classes + 1,
            fields=fields,
            positions=size.positions,
            width=size.width,
            depth=size.depth,
            condition_width=size.condition_width,
            layout_width=16,
        ).eval()
        torch.nn.init.normal_(self.net.head.weight, std=0.05)
        self.condition = torch.randn(size.shape[0], size.condition_tokens, size.condition_width)
        self.layout = torch.randn(*size.shape[:2], 16)

    def logits(self, x_t: Tensor, t: Tensor) -> Tensor:
        """All logits, from raw conditions."""
        return self.net(x_t, t, self.condition, layout=self.layout).logits

    @torch.no_grad()
    def plain(self, generator: torch.Generator) -> Tensor:
        """T times: all logits, the whole posterior, Gumbel noise for every class."""
        x = self.transition.sample_prior(self.size.shape, generator, torch.device("cpu"))
        for index in range(self.steps, 0, -1):
            s, t = (torch.full((x.shape[0],), k / self.steps, dtype=torch.float64) for k in (index - 1, index))
            log_x0 = self.transition.log_x0(self.logits(x, t.float()))
            rows = self.transition.posterior(x, log_x0, s, t)
            x = (rows + gumbel_draws(rows.shape, generator, rows.device)).argmax(-1)
        return x

    @torch.no_grad()
    def diffusers(self, generator: torch.Generator) -> Tensor:
        """diffusers' VQ-Diffusion scheduler with the same net; its own schedule, T steps."""
        prepare_libraries()
        with quiet():
            from diffusers import VQDiffusionScheduler

            scheduler = VQDiffusionScheduler(num_vec_classes=self.size.classes + 1, num_train_timesteps=self.steps)
        scheduler.set_timesteps(self.steps)
        x = torch.full(self.size.shape, self.size.classes)
        for timestep in scheduler.timesteps:
            t = torch.full((x.shape[0],), (int(timestep) + 1) / self.steps)
            log_x0 = self.logits(x, t).log_softmax(-1).flatten(1, -2).transpose(1, 2)  # (B, K, N)
            flat = scheduler.step(log_x0, timestep, x.flatten(1), generator=generator).prev_sample
            x = flat.reshape(self.size.shape)
        return x

    @torch.no_grad()
    def ours(self, generator: torch.Generator, config: SamplerConfig, scale: float = 1.0) -> Tensor:
        """The sampler, conditions encoded once."""
        batch = self.size.shape[0]
        denoise = self.net.bind(self.net.encode(batch, self.condition, layout=self.layout))
        without = self.net.bind(self.net.encode(batch, layout=self.layout))
        return finish(sample(guided(denoise, without, scale), self.transition, config, self.size.shape, generator))


def timed(ways: dict[str, Callable[[], Tensor]], repeats: int) -> dict[str, tuple[float, float]]:
    """Median wall and processor seconds of each way; the ways take turns, so that other work disturbs all alike."""
    wall: dict[str, list[float]] = {name: [] for name in ways}
    busy: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            start, used = time.perf_counter(), time.process_time()
            way()
            wall[name].append(time.perf_counter() - start)
            busy[name].append(time.process_time() - used)
    return {name: (float(np.median(wall[name])), float(np.median(busy[name]))) for name in ways}


def bench(name: str, kind: TransitionKind, steps: int, few: int, repeats: int) -> None:
    """Print the table of one size and transition."""
    case = Case(SIZES[name], kind, steps)
    full, confident = SamplerConfig("ancestral"), SamplerConfig("confident", few)
    ways: dict[str, Callable[[], Tensor]] = {
        f"plain loop, {steps} steps": lambda: case.plain(seeded()),
        f"diffusers VQDiffusionScheduler, {steps} steps": lambda: case.diffusers(seeded()),
        f"ancestral, {steps} steps": lambda: case.ours(seeded(), full),
        f"confident, {few} steps": lambda: case.ours(seeded(), confident),
        f"confident, {few} steps, guidance 3": lambda: case.ours(seeded(), confident, 3.0),
    }
    times = timed(ways, repeats)
    weights = sum(weight.numel() for weight in case.net.parameters()) / 1e6
    shape = " x ".join(str(length) for length in case.size.shape)
    print(f"\n{name}: {shape} tokens of {case.size.classes}, {kind}, random net of {weights:.1f} M (speed only)")
    base_wall, base_busy = next(iter(times.values()))
    for way, (wall, busy) in times.items():
        ratios = f"{wall:8.2f} s wall {base_wall / wall:6.1f}x   {busy:8.2f} s processor {base_busy / busy:6.1f}x"
        print(f"  {way:<46} {ratios}", flush=True)


def seeded() -> torch.Generator:
    """The same numbers for every way and repeat."""
    return torch.Generator().manual_seed(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sizes", nargs="*", help="what to sample; all if none is named")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--few", type=int, default=12, help="steps of the confident sampler")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for name in options.sizes or SIZES:
        for kind in ("absorbing", "mask_and_replace"):
            bench(name, kind, options.steps, options.few, options.repeats)


if __name__ == "__main__":
    main()
