"""`sd3studio render SCENE --maps rgb,depth,normal,id,class -o DIR`: a scene and its control maps as files."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

from sd3studio.cli.console import print_json, size_px
from sd3studio.core.scene.values import Scene
from sd3studio.services.scene_files import read_scene_file

MapName = Literal["rgb", "depth", "normal", "id", "class"]
MAPS: tuple[MapName, ...] = ("rgb", "depth", "normal", "id", "class")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scene", type=Path, metavar="SCENE", help="a scene.json, or a picture made by us")
    parser.add_argument(
        "--maps", type=_maps, default=MAPS, metavar="LIST", help=f"which ones, with commas (default {','.join(MAPS)})"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="folder to write to")
    parser.add_argument("--size", type=size_px, metavar="WxH", help="px (default: that of the scene's camera)")
    parser.add_argument("--json", action="store_true", help="print one JSON object with the files")


def run(args: argparse.Namespace) -> int:
    paths = write_maps(read_scene_file(args.scene), args.maps, args.output, args.size)
    if args.json:
        print_json({"files": [str(path) for path in paths]})
    else:
        for path in paths:
            print(path)
    return 0


def write_maps(scene: Scene, maps: Sequence[MapName], folder: Path, size: tuple[int, int] | None = None) -> list[Path]:
    """Draw these maps of a scene into `folder`, `size` px wide and high; returns the files."""
    from sd3studio.render import map_files
    from sd3studio.render.maps import render_maps

    width, height = size or (None, None)
    drawn = render_maps(scene, maps=maps, width=width, height=height)
    return list(map_files.write_maps(drawn, folder).values())


def _maps(text: str) -> tuple[MapName, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [name for name in names if name not in MAPS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown) or 'nothing'}: choose among {', '.join(MAPS)}")
    return cast(tuple[MapName, ...], names)
