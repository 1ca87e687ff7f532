"""`sd3studio demo -o DIR`: the whole loop, headless, on the sample photo and on a sentence."""

import argparse
import time
from pathlib import Path

from sd3studio.cli.console import Reporter, finish, save_text
from sd3studio.cli.generate import default_size
from sd3studio.cli.render import write_maps
from sd3studio.core.errors import StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.locations import RESOURCES
from sd3studio.core.requests import DEFAULT_BACKEND, USUAL, GenerateImage, ParsePhoto, ParseText, Request, WriteCaptions
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.values import Scene
from sd3studio.services.export import EXPORTERS, export_scene

SENTENCE = "画一张图有一张桌子、一把椅子，一本书，椅子放在桌子的左侧，书放在椅子上，椅背对着桌子"
"""A table, a chair, a book; the chair at the left of the table, the book on the chair, its back towards the table."""

SAMPLES = RESOURCES / "samples"
PICTURE_PX = USUAL[DEFAULT_BACKEND].longest_px


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="folder to write to")


def run(args: argparse.Namespace) -> int:
    return show(args.output)


def show(folder: Path) -> int:
    """Run the demo into `folder`; returns the exit code: 0, or 2 when a part could not be done."""
    start = time.monotonic()
    requests: dict[str, Request] = {"sentence": ParseText(text=SENTENCE)}
    written: list[Path] = []
    problems: list[str] = []
    photo = sample_photo()
    if photo is not None:
        requests["photo"] = ParsePhoto(photo=str(photo))
    else:
        problems.append(f"There is no sample photo in {SAMPLES}; the installation is not complete.")
        Reporter().say(problems[0])
    for name, request in requests.items():
        reporter = Reporter(f"{name}: ")
        reporter.say(getattr(request, "text", None) or getattr(request, "photo", ""))
        try:
            written += _loop(folder / name, request, reporter)
        except StudioError as error:
            problems.append(f"{name}: {error}")
            reporter.say(str(error))
    Reporter().say(f"Done in {time.monotonic() - start:.0f} s. Written:")
    for path in written:
        print(path)
    return 2 if problems else 0


def sample_photo() -> Path | None:
    """The first photo that ships with the program."""
    return next((path for path in sorted(SAMPLES.glob("*.jp*g"))), None) if SAMPLES.is_dir() else None


def _loop(folder: Path, request: Request, reporter: Reporter) -> list[Path]:
    """Scene, captions, control maps, picture and exports of one request; returns what was written."""
    scene: Scene = finish(request, reporter).scene
    written = [folder / "scene.json", folder / "captions.txt"]
    save_text(written[0], write_scene(scene) + "\n")
    captions = finish(WriteCaptions(scene=scene), reporter).captions
    save_text(written[1], "".join(caption.text + "\n" for caption in captions))
    for caption in captions[:4]:
        reporter.say(f"  {caption.text}")

    width, height = default_size(scene, PICTURE_PX)
    reporter.say("drawing control maps")
    written += write_maps(scene, ("rgb", "depth", "normal", "id", "class"), folder / "maps", (width, height))
    asked = {"width": width, "height": height, "steps": USUAL[DEFAULT_BACKEND].steps}
    result = finish(GenerateImage(scene=scene, guidance=USUAL[DEFAULT_BACKEND].guidance, **asked), reporter)
    picture = folder / "picture.png"
    write_atomic(picture, result.png)
    written.append(picture)
    for name, exporter in EXPORTERS.items():
        reporter.say(f"exporting {name}")
        written += export_scene(scene, name, folder / "exports" / name / f"scene{exporter.suffix}")
    return written
