"""`sd3studio measure SCENE A B [--json]`: the distance and the gap between two objects."""

import argparse
from pathlib import Path

from sd3studio.cli.console import print_json
from sd3studio.core.edits.base import find
from sd3studio.core.measuring import between
from sd3studio.services.scene_files import read_scene_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scene", type=Path, metavar="SCENE", help="a scene.json, or a picture made by us")
    parser.add_argument("first", metavar="A", help="id of an object")
    parser.add_argument("second", metavar="B", help="id of another object")
    parser.add_argument("--json", action="store_true", help="print one JSON object, metres")


def run(args: argparse.Namespace) -> int:
    scene = read_scene_file(args.scene)
    measure = between(find(scene, args.first), find(scene, args.second))
    gap = measure.gap.gap_m if measure.gap else 0.0
    if args.json:
        print_json(
            {"from": args.first, "to": args.second, "distance": measure.distance_m, "by": measure.by_m, "gap": gap}
        )
    else:
        print(f"{measure.first} to {measure.second}: {measure.sentence}")
    return 0
