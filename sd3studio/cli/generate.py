"""`sd3studio generate SCENE|--text T -o out.png`: a picture of a scene, or the same picture once more."""

import argparse
import sys
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sd3studio.cli.batch_options import add_batch_options, batch_of, variant_path
from sd3studio.cli.console import Reporter, add_scene_or_text, finish, print_json, scene_of
from sd3studio.cli.control_options import add_control_options, base_of_rest, with_controls
from sd3studio.cli.until import add_until_options, check_until_options, run_until
from sd3studio.core.batches import Batch
from sd3studio.core.errors import InputError, StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.layout import framed_for
from sd3studio.core.messages import ImageResult
from sd3studio.core.png import is_png
from sd3studio.core.requests import DEFAULT_BACKEND, USUAL, Control, GenerateImage
from sd3studio.core.scene.values import Scene
from sd3studio.services.scene_files import read_png_request

OPTIONS = (
    "backend",
    "seed",
    "steps",
    "guidance",
    "freedom",
    "width",
    "height",
    "prompt",
    "negative_prompt",
    "model",
    "device",
    "dtype",
)
"""Request fields that are options of the command by the same name."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_scene_or_text(parser)
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="PNG", help="picture to write; of a batch: or a folder"
    )
    add_picture_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object about the picture")
    add_until_options(parser)
    add_batch_options(parser)


def add_picture_options(parser: argparse.ArgumentParser) -> None:
    """Declare what a picture's request is made of, also for `sd3studio queue add`."""
    parser.add_argument("--backend", choices=tuple(USUAL), help=f"what makes it (default {DEFAULT_BACKEND})")
    parser.add_argument("--seed", type=int, help="start of the random numbers (default 0)")
    parser.add_argument("--steps", type=int, help="steps of the sampler (default 12, diffusers 30)")
    parser.add_argument("--guidance", type=float, help="how closely to follow the prompt (default 7)")
    parser.add_argument("--freedom", type=float, help="how freely SD3 mini draws what nobody says, 0 to 1 (default 0)")
    parser.add_argument("--width", type=int, help="px; by default the scene's camera tells")
    parser.add_argument("--height", type=int, help="px")
    parser.add_argument("--prompt", help="instead of the one written from the scene")
    parser.add_argument("--negative-prompt", "--negative", help="what should not be in the picture")
    parser.add_argument("--model", metavar="FOLDER|ID", help="the diffusers model")
    parser.add_argument(
        "--control",
        action="append",
        type=_control,
        metavar="MAP[=MODEL[@STRENGTH[,START,END]]]",
        help="steer by a map (depth, normal, class, boxes) with a ControlNet; may be given several times",
    )
    parser.add_argument("--device", help="auto, cpu, mps, cuda or cuda:N")
    parser.add_argument("--dtype", choices=("auto", "float32", "float16", "bfloat16"), help="number format")
    add_control_options(parser)


def run(args: argparse.Namespace) -> int:
    request = request_of(args)
    if args.until is not None:
        return run_until(args, request)
    check_until_options(args)
    batch = batch_of(args, request)
    if batch is not None:
        return _run_batch(batch, args.output, args.json)
    result: ImageResult = finish(request)
    write_atomic(args.output, result.png)
    if args.json:
        said = {name: getattr(result, name) for name in ("width", "height", "seed", "backend", "is_render", "prompt")}
        kept = {"difference": result.difference.model_dump()} if result.difference else {}
        print_json({"picture": str(args.output), **said, **kept, "notes": list(result.notes)})
    else:
        print(args.output)
    return 0


def _run_batch(batch: Batch, output: Path, as_json: bool) -> int:
    """Make every picture of a batch; one that fails is said and the others go on. Exit code 2 if any failed."""
    made, failed = [], []
    for number, variant in enumerate(batch.variants(), start=1):
        path = variant_path(output, variant)
        try:
            write_atomic(path, finish(variant.request, Reporter(f"[{number}/{len(batch)}] ")).png)
        except StudioError as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed.append({"picture": str(path), "reason": str(error)})
            continue
        made.append({"picture": str(path), "changed": variant.model_dump(mode="json")["changed"]})
        if not as_json:
            print(path, flush=True)
    if as_json:
        print_json({"pictures": made, "failed": failed})
    return 2 if failed else 0


def request_of(args: argparse.Namespace) -> GenerateImage:
    """The request: of a picture made by us its own, of a scene the defaults; the options given replace fields."""
    given: dict[str, Any] = {name: getattr(args, name) for name in OPTIONS if getattr(args, name) is not None}
    if args.control:
        given["controls"] = tuple(args.control)
    if args.keep_rest is None and args.text is None and _is_png_file(args.scene):
        request = read_png_request(args.scene)
        print("Making the picture again from its own request.", file=sys.stderr)
        return with_controls(request.replace(**given), args)
    scene = scene_of(args, (args.width, args.height) if args.width and args.height else None)
    rest = base_of_rest(scene, args)
    if rest is not None:
        return with_controls(rest.replace(**given), args)
    usual = USUAL[given.get("backend", DEFAULT_BACKEND)]
    width, height = default_size(scene, usual.longest_px)
    defaults = {"width": width, "height": height, "steps": usual.steps, "guidance": usual.guidance}
    told = {"scene": scene, **defaults, **given}
    if args.text is not None:
        told["scene"] = framed_for(scene, told["width"], told["height"])
    return with_controls(GenerateImage(**told), args)


def default_size(scene: Scene, longest_px: int) -> tuple[int, int]:
    """Width and height in the proportions of the scene's camera, in whole blocks of 64 px, no smaller than 64."""
    scale = min(longest_px / max(scene.camera.width, scene.camera.height), 1.0)
    width, height = (max(round(side * scale / 64) * 64, 64) for side in (scene.camera.width, scene.camera.height))
    return width, height


def _is_png_file(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return is_png(file.read(16))
    except OSError as error:
        raise InputError(f"Can't read {path}: {error.strerror}.") from error


def _control(text: str) -> Control:
    """``depth=folder@0.8,0,0.7`` as a `Control`."""
    name, _, rest = text.partition("=")
    model, _, numbers = rest.rpartition("@") if "@" in rest else (rest, "", "")
    try:
        values = [float(number) for number in numbers.split(",") if number]
        fields = dict(zip(("strength", "start", "end"), values, strict=False))
        return Control.model_validate({"map": name, "model": model, **fields})
    except (ValueError, ValidationError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form depth=FOLDER@1.0,0,1") from error
