"""`sd3studio export SCENE --format F -o PATH`: write a scene in another format."""

import argparse
import json
import sys
from pathlib import Path

from sd3studio.services.export import EXPORTERS, make_export, write_export
from sd3studio.services.import_.losses import measured_losses
from sd3studio.services.scene_files import read_scene_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scene", type=Path, metavar="SCENE", help="a scene.json, or a picture made by this program")
    parser.add_argument("--format", required=True, choices=tuple(EXPORTERS), help="what to write")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="PATH", help="file (kitti: or folder) to write"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object with the files and notes")


def run(args: argparse.Namespace) -> int:
    scene = read_scene_file(args.scene)
    export = make_export(scene, args.format, args.output)
    paths = [str(path) for path in write_export(export)]
    losses = measured_losses(scene, args.format)
    lost = None if losses is None else {loss.field: [loss.count, loss.of] for loss in losses}
    if args.json:
        print(json.dumps({"files": paths, "notes": list(export.notes), "lost": lost}, indent=2, ensure_ascii=False))
        return 0
    for note in export.notes:
        print(note, file=sys.stderr)
    if losses:
        print(f"Would not come back: {'; '.join(loss.sentence for loss in losses)}.", file=sys.stderr)
    for path in paths:
        print(path)
    return 0
