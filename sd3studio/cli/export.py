"""`sd3studio export SCENE... --format F -o PATH`: write a scene, or a data set of scenes, in another format."""

import argparse
import json
import sys
from pathlib import Path

from sd3studio.core.errors import InputError
from sd3studio.services.export import EXPORTERS, make_export, write_export
from sd3studio.services.export.many import make_data_set
from sd3studio.services.import_.losses import measured_losses
from sd3studio.services.scene_files import read_scene_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scene",
        nargs="+",
        type=Path,
        metavar="SCENE",
        help="scenes, pictures made by this program, or folders of scenes",
    )
    parser.add_argument("--format", required=True, choices=tuple(EXPORTERS), help="what to write")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="PATH", help="file (kitti: or folder) to write"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object with the files and notes")


def run(args: argparse.Namespace) -> int:
    named = [(path.stem, read_scene_file(path)) for path in _files(args.scene)]
    single = len(named) == 1 and args.scene[0].is_file()
    export = (
        make_export(named[0][1], args.format, args.output) if single else make_data_set(named, args.format, args.output)
    )
    paths = [str(path) for path in write_export(export)]
    losses = measured_losses(named[0][1], args.format) if single else None
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


def _files(paths: list[Path]) -> list[Path]:
    """The files named, and the scenes in folders that are named."""
    files = [
        one
        for path in paths
        for one in (sorted(p for p in path.iterdir() if p.suffix.lower() == ".json") if path.is_dir() else [path])
    ]
    if not files:
        raise InputError(f"There is no scene.json in {paths[0]}.")
    return files
