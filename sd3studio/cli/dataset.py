"""`sd3studio dataset make|show`: composed and drawn scenes with graphs and captions, for training."""

import argparse
from pathlib import Path

from sd3studio.cli.console import Reporter, print_json

SHOWN = 12
"""Classes that are listed without --json."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    make = tasks.add_parser("make", help="compose, draw and describe scenes", description="Make a data set.")
    make.add_argument("--kind", default="mixed", choices=("rooms", "streets", "mixed"), help="which places")
    make.add_argument("--count", type=int, required=True, metavar="N", help="how many scenes")
    make.add_argument("--seed", type=int, default=0, metavar="S", help="the first scene's seed (default 0)")
    make.add_argument("--size", type=int, default=128, metavar="PX", help="width and height (default 128)")
    make.add_argument("--captions", type=int, default=6, metavar="K", help="sentences a scene (default 6)")
    make.add_argument("--shard", type=int, default=256, metavar="N", help="scenes a file (default 256)")
    make.add_argument("--no-maps", action="store_true", help="graphs and captions only, no pictures")
    make.add_argument("--quality", default="final", choices=("draft", "view", "final"), help="of the pictures")
    make.add_argument("--workers", type=int, default=2, choices=(1, 2), help="processes (default 2)")
    make.add_argument("--resume", action="store_true", help="go on where an earlier run stopped")
    make.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder to write to")
    show = tasks.add_parser("show", help="count what is in a data set", description="Count what is in a data set.")
    show.add_argument("folder", type=Path, metavar="DIR", help="folder of a data set")
    for sub in (make, show):
        sub.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    return _make(args) if args.task == "make" else _show(args.folder, args.json)


def _make(args: argparse.Namespace) -> int:
    from sd3studio.ml.training.data.making import make_dataset
    from sd3studio.ml.training.data.records import SampleSettings
    from sd3studio.ml.training.data.shards import DatasetRecipe

    settings = SampleSettings(size_px=args.size, captions=args.captions, maps=not args.no_maps, quality=args.quality)
    recipe = DatasetRecipe(kind=args.kind, count=args.count, seed=args.seed, shard_scenes=args.shard, settings=settings)
    reporter = Reporter("dataset ")
    try:
        index = make_dataset(
            args.output,
            recipe,
            resume=args.resume,
            workers=args.workers,
            told=lambda done, total: reporter.progress(done, total, f"{done} scenes"),
        )
    finally:
        reporter.close()
    if args.json:
        print_json(index.model_dump(mode="json", exclude={"classes"}))
    else:
        print(f"{args.output}: {recipe.count} scenes in {len(index.shards)} shards")
    return 0


def _show(folder: Path, as_json: bool) -> int:
    from sd3studio.ml.training.data.summary import summarise

    summary = summarise(folder)
    if as_json:
        print_json(summary)
        return 0
    for key, value in summary.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} {count}" for name, count in list(value.items())[:SHOWN])
        print(f"{key:22} {value}")
    return 0
