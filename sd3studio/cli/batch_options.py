"""Options of commands that can make many pictures at once: `--seeds`, `--vary`, `--cameras`, `--prompts`."""

import argparse
from pathlib import Path

from sd3studio.core.batches import Axis, Batch, Variant, make_batch, over_bookmarks, over_prompts, over_seeds, read_axis
from sd3studio.core.requests import GenerateImage
from sd3studio.services.prompts import read_prompts


def add_batch_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that make a batch of a picture."""
    parser.add_argument("--seeds", type=int, metavar="N", help="N pictures, of seeds from --seed on")
    parser.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="FIELD=VALUES",
        help="a picture for each value: guidance=1,2,4 or steps=4..12 or camera.fov_y=0.5..0.9:0.1; several combine",
    )
    parser.add_argument(
        "--cameras",
        nargs="*",
        metavar="NAME",
        help="a picture from each camera kept with the scene, or from those named",
    )
    parser.add_argument("--prompts", type=Path, metavar="FILE", help="a picture for each line of a text file")


def batch_of(args: argparse.Namespace, request: GenerateImage) -> Batch | None:
    """The batch that was asked for, or None for a single picture. Raises `InputError`."""
    axes: list[Axis] = []
    if args.prompts is not None:
        axes.append(over_prompts(read_prompts(args.prompts)))
    if args.cameras is not None:
        axes.append(over_bookmarks(request.scene, args.cameras))
    axes += [read_axis(text) for text in args.vary]
    if args.seeds is not None:
        axes.append(over_seeds(args.seeds, request.seed))
    return make_batch(request, axes) if axes else None


def variant_path(output: Path, variant: Variant) -> Path:
    """File of one picture of a batch: ``out-01-seed-7.png`` for ``out.png``, else in the folder `output`."""
    if output.suffix.lower() == ".png":
        return output.with_name(f"{output.stem}-{variant.name}.png")
    return output / f"{variant.name}.png"
