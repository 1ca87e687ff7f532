"""`sd3studio render SCENE --maps rgb,depth,normal,id,class,boxes,prompt -o DIR`: a scene and its control maps."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

from sd3studio.cli.console import print_json, size_px
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
    parser.add_argument(
        "--floor", action="store_true", help="the default floor in depth and normals too, as networks are shown them"
    )
    parser.add_argument("--size", type=size_px, metavar="WxH", help="px (default: that of the scene's camera)")
    parser.add_argument("--json", action="store_true", help="print one JSON object with the files")


def run(args: argparse.Namespace) -> int:
    depth_range = DepthRange(near_m=args.near, far_m=args.far)
    paths = write_maps(
        read_scene_file(args.scene), args.maps, args.output, args.size, depth_range, "all" if args.floor else "rgb"
    )
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
    ground: Literal["rgb", "all"] = "rgb",
) -> list[Path]:
    """Draw these maps of a scene into `folder`, `size` px wide and high; returns the files.

    With the ground ``"all"`` the default floor is in depth and normals, too, as networks are shown them.
    """
    from sd3studio.render.maps import render_maps
    from sd3studio.services.control_files import write_control_set

    width, height = size or (scene.camera.width, scene.camera.height)
    scene = scene.replace(camera=scene.camera.replace(width=width, height=height))
    pictures = cast(list[MapName], [name for name in maps if name in MAPS])
    drawn = render_maps(scene, maps=pictures, ground=ground) if pictures else None
    return write_control_set(folder, scene, drawn, [name for name in WORDS if name in maps], depth_range)


def _maps(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [name for name in names if name not in (*MAPS, *WORDS)]
    if unknown or not names:
        raise argparse.ArgumentTypeError(
            f"{', '.join(unknown) or 'nothing'}: choose among {', '.join((*MAPS, *WORDS))}"
        )
    return names
