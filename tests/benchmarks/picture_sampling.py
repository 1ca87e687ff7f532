"""Sampling the tokens of a picture with SD3 mini beside the plain loop, in one run:
``python tests/benchmarks/picture_sampling.py [--system DIR] [--pictures 3] [--json]``.

The same network, scenes and prompts in every row. The plain loop gives the network its raw conditions at every step
(with guidance twice: told and untold), takes all logits, builds the whole posterior and draws from it with Gumbel
noise. Ours encodes the conditions once, asks for told and untold in one call and only for the tokens that are open; by
confidence it needs few steps. Both ratios are printed: with as many steps as the plain loop, and with the steps that
the program takes. Bar: at least twice as fast as the plain loop. The drawing of pixels is timed beside it.

Without shipped weights the network has the shipped size and random weights: the table then says so, and the times are
the same.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sampling import seeded, timed
from torch import Tensor

from sd3studio.core.language.prompt import prompt_of
from sd3studio.core.locations import SD3_MINI
from sd3studio.core.synthesis import compose
from sd3studio.ml.diffusion.categorical import gumbel_draws
from sd3studio.ml.diffusion.sampler import SamplerConfig, finish, guided, sample
from sd3studio.ml.image_path import GUIDANCE_SHARE, MAX_STEPS, PARTS, picture_inputs, sample_tokens
from sd3studio.ml.nets.surface import Inputs
from sd3studio.ml.shipped import mini
from sd3studio.ml.system import System
from sd3studio.ml.training.config import load_config
from sd3studio.ml.training.losses.image import graph_condition, image_conditions, without_looks

SIDE_PX = 256
SEED = 9_000_000
GUIDANCE = 7.0


class Case:
    """One scene and one system."""

    def __init__(self, system: System, seed: int) -> None:
        self.system, self.net, self.transition = system, system.parts["image_diffusion"], system.transitions["image"]
        scene = compose("mixed", seed, SIDE_PX)
        self.inputs: Inputs = picture_inputs(scene, prompt_of(scene), SIDE_PX, SIDE_PX, system)
        told = image_conditions(system, self.inputs)
        self.shape = (*told["token_mask"].shape, int(system.parts["image_codec"].fields))
        self.fixed = ~told["token_mask"].unsqueeze(2).expand(self.shape)
        self.scale = 1.0 + (GUIDANCE - 1.0) * GUIDANCE_SHARE

    def conditions(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """What the network is told, and what the untold one is."""
        told = image_conditions(self.system, self.inputs)
        untold = {name: told[name] for name in ("token_mask",)}
        if "layout" in told:
            untold["layout"] = without_looks(told["layout"])
        return told, untold

    @torch.no_grad()
    def plain(self, steps: int) -> Tensor:
        """Everything anew at every step."""
        generator = seeded()
        x = torch.where(self.fixed, 0, self.transition.sample_prior(self.shape, generator, torch.device("cpu")))
        for index in range(steps, 0, -1):
            s, t = (torch.full((1,), k / steps, dtype=torch.float64) for k in (index - 1, index))
            told, untold = self.conditions()
            with_words, without = (self.net(x, t.float(), **each).logits for each in (told, untold))
            log_x0 = self.transition.log_x0(without + self.scale * (with_words - without))
            rows = self.transition.posterior(x, log_x0, s, t)
            drawn = (rows + gumbel_draws(rows.shape, generator, rows.device)).argmax(-1)
            x = torch.where(self.fixed, 0, drawn)
        return x

    @torch.no_grad()
    def cached(self, steps: int) -> Tensor:
        """Our sampler with the plain loop's steps: conditions encoded once, only open tokens asked for."""
        told, untold = self.conditions()
        encoded = [self.net.bind(self.net.encode(1, **each)) for each in (told, untold)]
        config, known = SamplerConfig("ancestral", steps=steps), torch.zeros(self.shape, dtype=torch.int64)
        denoise = guided(*encoded, self.scale)
        return finish(sample(denoise, self.transition, config, self.shape, seeded(), known=known, fixed=self.fixed))

    @torch.no_grad()
    def program(self, steps: int) -> Tensor:
        """What the program does: few steps, by confidence."""
        return finish(sample_tokens(self.system, self.inputs, seeded(), steps, GUIDANCE))

    @torch.no_grad()
    def pixels(self, codes: Tensor) -> Tensor:
        """Tokens to a picture."""
        graph, mask = graph_condition(self.system, self.inputs)
        return self.system.parts["image_codec"].decode(codes, self.inputs, graph, mask)


def system_of(folder: Path, config: str) -> tuple[System, bool]:
    """The system in a folder and True; without one, a system of the configuration with random weights and False."""
    if all((folder / name).is_dir() for name in PARTS):
        return mini(*PARTS, folder=folder), True
    torch.manual_seed(0)
    system = System.build(load_config(config).system, seed=0)
    for name in PARTS:
        system.parts[name].eval()
    torch.nn.init.normal_(system.parts["image_diffusion"].head.weight, std=0.05)
    return system, False


def ways_of(case: Case, steps: int, few: int) -> dict[str, Callable[[], Tensor]]:
    """What is timed, by the name of its row."""
    codes = case.program(few)
    return {
        f"plain loop, {steps} steps": lambda: case.plain(steps),
        f"ours, {steps} steps (ancestral)": lambda: case.cached(steps),
        f"plain loop, {few} steps": lambda: case.plain(few),
        f"ours, {few} steps (by confidence)": lambda: case.program(few),
        "tokens to pixels": lambda: case.pixels(codes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--system", type=Path, default=SD3_MINI, metavar="DIR")
    parser.add_argument("--config", default="mini", help="configuration to build where there are no weights")
    parser.add_argument("--pictures", type=int, default=3)
    parser.add_argument("--steps", type=int, default=100, help="of the plain loop: all of the process")
    parser.add_argument("--few", type=int, default=MAX_STEPS, help="of the program")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    system, trained = system_of(options.system, options.config)
    sums: dict[str, list[float]] = {}
    for number in range(options.pictures):
        ways = ways_of(Case(system, SEED + number), options.steps, options.few)
        for name, times in timed(ways, options.repeats).items():
            sums[name] = [a + b / options.pictures for a, b in zip(sums.get(name, [0.0, 0.0]), times, strict=True)]
    all_steps, cached, few_plain, program, drawing = sums.values()
    weights = sum(weight.numel() for weight in system.parts["image_diffusion"].parameters()) / 1e6
    report: dict[str, Any] = {
        "network": f"{'trained' if trained else 'random'} weights, {weights:.1f} M",
        "seconds": {name: {"wall": wall, "processor": busy} for name, (wall, busy) in sums.items()},
        "ratio_same_steps": all_steps[1] / cached[1],
        "ratio_same_few_steps": few_plain[1] / program[1],
        "ratio_program": all_steps[1] / program[1],
        "picture_seconds": program[0] + drawing[0],
    }
    if options.json:
        print(json.dumps(report, indent=2))
        return
    print(f"{options.pictures} scenes at {SIDE_PX} px, {options.threads} threads, {report['network']}")
    for name, (wall, busy) in sums.items():
        print(f"  {name:34} {wall:8.3f} s wall {busy:8.3f} s processor")
    print(f"  as many steps:                              {report['ratio_same_steps']:6.2f}x the plain loop")
    print(f"  as few steps as the program:                {report['ratio_same_few_steps']:6.2f}x the plain loop")
    print(f"  the program against all {options.steps} plain steps:    {report['ratio_program']:6.2f}x (processor time)")


if __name__ == "__main__":
    main()
