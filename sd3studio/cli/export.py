"""`sd3studio export SCENE --format F -o PATH`: write a scene in another format."""

import argparse
import json
import sys
from pathlib import Path

from sd3studio.core.errors import SceneError
from sd3studio.core.scene.json_form import MAX_BYTES, read_scene
from sd3studio.services.export import EXPORTERS, make_export, write_export
from sd3studio.services.files import read_bounded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scene", type=Path, metavar="SCENE", help="a scene.json")
    parser.add_argument("--format", required=True, choices=tuple(EXPORTERS), help="what to write")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="PATH", help="file (kitti: or folder) to write"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object with the files and notes")


def run(args: argparse.Namespace) -> int:
    scene = read_scene(read_bounded(args.scene, MAX_BYTES, SceneError), str(args.scene))
    export = make_export(scene, args.format, args.output)
    paths = [str(path) for path in write_export(export)]
    if args.json:
        print(json.dumps({"files": paths, "notes": list(export.notes)}, indent=2, ensure_ascii=False))
        return 0
    for note in export.notes:
        print(note, file=sys.stderr)
    for path in paths:
        print(path)
    return 0
