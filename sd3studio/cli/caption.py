"""`sd3studio caption PHOTO|SCENE`: spatial captions by SD3 mini or by rule, checked against the geometry."""

import argparse
from pathlib import Path

from sd3studio.cli.console import add_photo_options, caption_data, finish, photo_request, print_json
from sd3studio.core.language.captions import captions_of
from sd3studio.core.requests import WriteCaptions
from sd3studio.core.scene.values import Scene
from sd3studio.services.scene_files import holds_scene, read_scene_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", type=Path, metavar="PHOTO|SCENE", help="a photo, a scene.json, or a picture made by us"
    )
    parser.add_argument("--limit", type=int, default=12, metavar="N", help="at most so many captions (default 12)")
    parser.add_argument("--seed", type=int, default=0, help="chooses among wordings")
    parser.add_argument(
        "--by",
        choices=("sd3-mini", "rule"),
        default="sd3-mini",
        help="who writes them (default %(default)s); what fails the check against the geometry is made by rule",
    )
    parser.add_argument("--json", action="store_true", help="print the captions with the facts that they state")
    add_photo_options(parser)


def run(args: argparse.Namespace) -> int:
    scene, limit = _scene(args), max(args.limit, 0)
    if args.by == "rule":
        captions = captions_of(scene, limit=limit, seed=args.seed)
    else:
        captions = finish(WriteCaptions(scene=scene, limit=limit, seed=args.seed)).captions
    if args.json:
        print_json({"source": str(args.source), "by": args.by, "captions": caption_data(captions)})
        return 0
    for caption in captions:
        by_rule = args.by != "rule" and caption.maker == "rule"
        print(f"{caption.text}  (by rule)" if by_rule else caption.text)
    return 0


def _scene(args: argparse.Namespace) -> Scene:
    if holds_scene(args.source):
        return read_scene_file(args.source)
    return finish(photo_request(args, args.source)).scene
