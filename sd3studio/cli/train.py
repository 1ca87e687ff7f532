"""`sd3studio train`: train the networks, in the paper's four steps or a part of them."""

import argparse
import contextlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sd3studio.cli.console import Reporter
from sd3studio.core.files import write_atomic

if TYPE_CHECKING:
    from sd3studio.core.training.messages import TrainMessage
    from sd3studio.ml.training.config import TrainConfig

EPILOG = """\
steps (each is one or more stages of the configuration):
  dgae    step 1: the graph codec learns to rebuild gold scene graphs
  align   step 2: the picture and text decoders learn to read the graph beside their tokens
          (before that, what the paper takes ready-made: the picture codec)
  graph   step 3: the graph diffusion learns to add what a sentence or a photo leaves open
  all     every step in order, and step 4: the three diffusions learn together, by the dual losses

The first Ctrl+C (or SIGTERM) saves a checkpoint after the step and ends; so does a file RUN/order that says
"stop". "save now" and "sample now" in that file are done without stopping.

Steps that are finished in the run folder are not done again. When all is done its folder system/ holds the
networks with averaged weights. Several processes: accelerate launch -m sd3studio.cli.main train ...
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("--stage", default="all", choices=("dgae", "align", "graph", "all"), help="step (default all)")
    parser.add_argument("--only", metavar="NAME", help="only this stage of the configuration")
    parser.add_argument("--config", default="mini", metavar="C", help="a shipped configuration or a JSON file")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="run folder")
    parser.add_argument("--data", type=Path, default=Path(), metavar="DIR", help="folder of the data (default: here)")
    start = "a system whose parts replace fresh ones (may be repeated)"
    parser.add_argument("--from", dest="start", type=Path, action="append", default=[], metavar="DIR", help=start)
    parser.add_argument("--resume", action="store_true", help="go on with a stage that was begun")
    parser.add_argument("--steps", type=int, metavar="N", help="so many steps in each stage, to try things")
    parser.add_argument("--threads", type=int, metavar="N", help="processor threads")
    parser.add_argument("--json", action="store_true", help="print each message as a line of JSON")


def run(args: argparse.Namespace) -> int:
    from sd3studio.core.errors import InputError
    from sd3studio.core.training.messages import Saved
    from sd3studio.ml.training.config import load_config
    from sd3studio.ml.training.loop import train
    from sd3studio.services.runs.working import told_to_stop

    if (args.steps is not None and args.steps < 1) or (args.threads is not None and args.threads < 1):
        raise InputError("--steps and --threads must be at least 1.")
    config = load_config(args.config)
    if args.steps is not None:
        config = config.with_steps(args.steps)
    if args.threads is not None:
        _set_threads(args.threads)
    stages = config.chosen(args.stage, args.only)
    messages = train(config, args.out, stages, args.data, resume=args.resume, start_from=args.start)
    reporter = Reporter("train ")
    with contextlib.closing(messages), contextlib.closing(reporter), told_to_stop() as told:
        order, message = None, None
        while True:
            try:
                message = messages.send(order)
            except StopIteration:
                break
            order = _order(message, args.out, told)
            if args.json:
                print_line(message)
            else:
                _report(message, config, reporter)
        if isinstance(message, Saved):
            reporter.say("stopped as told; go on with --resume")
    if not args.json and (args.out / "system").is_dir():
        print(args.out / "system")
    return 0


def _order(message: "TrainMessage", run: Path, told: list[int]) -> str | None:
    from sd3studio.core.training.messages import STOP, Sampled, StepDone
    from sd3studio.ml.training.orders import take_order

    if isinstance(message, Sampled) and message.png is not None:
        write_atomic(run / f"sample-{message.stage}-{message.step:08d}.png", message.png)
    if not isinstance(message, StepDone):
        return None
    return STOP if told else take_order(run)


def print_line(message: "TrainMessage") -> None:
    """A message as one line of JSON on stdout."""
    values: dict[str, Any] = {"message": type(message).__name__} | asdict(message)
    values.pop("png", None)
    print(json.dumps(values, default=str), flush=True)


def _report(message: "TrainMessage", config: "TrainConfig", reporter: Reporter) -> None:
    from sd3studio.core.messages import Note
    from sd3studio.core.training.messages import StageDone, StepDone

    match message:
        case StepDone():
            if message.step % config.log_every == 0 or message.step in (1, message.total):
                parts = "  ".join(f"{name} {value:.4f}" for name, value in message.losses.items())
                text = f"{message.stage}  {parts}  lr {message.lr:.1e}  {message.samples_per_s:.1f} samples/s"
                reporter.progress(message.step, message.total, text)
        case StageDone():
            reporter.say(f"{message.stage} is finished after {message.steps} steps")
        case Note(text=text):
            reporter.say(text)


def _set_threads(count: int) -> None:
    import torch

    torch.set_num_threads(count)
