"""How right the check is, on composed scenes whose pictures are right or deliberately broken.

Protocol. Scenes are composed by seed; of each, six pictures are rendered and disturbed (`checker_trials`): as asked,
and with one object removed, moved, swapped for another thing, recoloured, or one too many. The detectors read them;
every verdict on every object, relation and colour is one case.

precision, recall : among the cases that were decided
undecided : share of the cases in which the check abstains ("cannot decide"; of extras: those that are not reported)
"""

import argparse
from random import Random

from sd3studio.core.synthesis import KINDS, compose
from sd3studio.ml.metrics.checker_trials import Tally, count_trial, trials


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate checker``."""
    parser.add_argument("--scenes", type=int, default=24, metavar="N", help="how many scenes, six pictures each")
    parser.add_argument("--seed", type=int, default=520_000, metavar="S", help="seed of the first scene")
    parser.add_argument("--kind", choices=tuple(KINDS), default="mixed", help="what they show (default mixed)")
    parser.add_argument("--size", type=int, default=512, metavar="PX", help="side of the pictures (default 512)")


def evaluate(args: argparse.Namespace) -> dict[str, object]:
    """Make the pictures, check them and count; see the protocol of this module."""
    tally, pictures = Tally(), 0
    for seed in range(args.seed, args.seed + args.scenes):
        rng = Random(f"checker/{seed}")
        for trial in trials(compose(args.kind, seed, args.size), args.size, rng):
            count_trial(trial, args.size, rng, tally)
            pictures += 1
    return {**scores(tally), "pictures": pictures, "scenes": args.scenes, "first seed": args.seed}


def scores(tally: Tally) -> dict[str, object]:
    """One entry for each number: ``"found.precision"``."""
    told: dict[str, object] = {}
    for row in tally.rows():
        name = f"{row['kind']} {row['verdict']}" if row["kind"] == "colour" else str(row["verdict"])
        told |= {f"{name}.{key}": row[key] for key in ("precision", "recall", "undecided", "cases")}
    return told
