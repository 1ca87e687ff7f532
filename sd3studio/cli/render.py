"""`sd3studio render SCENE --maps rgb,depth,normal,id,class,boxes,prompt -o DIR`: a scene and its control maps."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

from sd3studio.cli.console import print_json, size_px
from sd3studio.core.files import write_atomic
from sd3studio.core.language.prompt import boxes_form, prompt_of
from sd3studio.core.picture_controls import DepthRange
from sd3studio.core.scene.values import Scene
from sd3studio.services.scene_files import read_scene_file

MapName = Literal["rgb", "depth", "normal", "id", "class"]
MAPS: tuple[MapName, ...] = ("rgb", "depth", "normal", "id", "class")
WORDS = ("boxes", "prompt")
"""What is written besides pictures: ``boxes.json`` and ``prompt.txt``."""
WHOLE_DEPTH = DepthRange()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scene", type=Path, metavar="SCENE", help="a scene.json, or a picture made by us")
    parser.add_argument(
        "--maps",
        type=_maps,
        default=MAPS,
        metavar="LIST",
        help=f"which ones, with commas, also boxes (JSON) and prompt (text); default {','.join(MAPS)}",
    )
    parser.add_argument("--near", type=float, metavar="M", help="depth that is white in depth_control.png")
    parser.add_argument("--far", type=float, metavar="M", help="depth that is black in it")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="folder to write to")
    parser.add_argument("--size", type=size_px, metavar="WxH", help="px (default: that of the scene's camera)")
    parser.add_argument("--json", action="store_true", help="print one JSON object with the files")


def run(args: argparse.Namespace) -> int:
    depth_range = DepthRange(near_m=args.near, far_m=args.far)
    paths = write_maps(read_scene_file(args.scene), args.maps, args.output, args.size, depth_range)
    if args.json:
        print_json({"files": [str(path) for path in paths]})
    else:
        for path in paths:
            print(path)
    return 0


def write_maps(
    scene: Scene,
    maps: Sequence[str],
    folder: Path,
    size: tuple[int, int] | None = None,
    depth_range: DepthRange = WHOLE_DEPTH,
) -> list[Path]:
    """Draw these maps of a scene into `folder`, `size` px wide and high; returns the files."""
    from sd3studio.render import map_files
    from sd3studio.render.maps import render_maps

    width, height = size or (None, None)
    written: list[Path] = []
    pictures = cast(list[MapName], [name for name in maps if name in MAPS])
    if pictures:
        drawn = render_maps(scene, maps=pictures, width=width, height=height)
        written += map_files.write_maps(drawn, folder, depth_range.near_m, depth_range.far_m).values()
    if "boxes" in maps:
        text = json.dumps(boxes_form(scene, width, height), ensure_ascii=False, indent=1)
        written.append(_write(folder / "boxes.json", text))
    if "prompt" in maps:
        written.append(_write(folder / "prompt.txt", prompt_of(scene) + "\n"))
    return written


def _write(path: Path, text: str) -> Path:
    write_atomic(path, text.encode())
    return path


def _maps(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [name for name in names if name not in (*MAPS, *WORDS)]
    if unknown or not names:
        raise argparse.ArgumentTypeError(
            f"{', '.join(unknown) or 'nothing'}: choose among {', '.join((*MAPS, *WORDS))}"
        )
    return names
