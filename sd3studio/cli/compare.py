"""`sd3studio compare A B [--json]`: how far two annotators' graphs agree; scenes, or folders of scenes."""

import argparse
import math
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from sd3studio.cli.console import print_json, save_text
from sd3studio.core.annotation.adjudicating import adjudicated, differences
from sd3studio.core.annotation.comparing import NUMBERS, compare
from sd3studio.core.annotation.sampling import ground_truth_sample, score_against
from sd3studio.core.errors import InputError
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.values import Scene
from sd3studio.services.scene_files import read_scene_file

SCENE_SUFFIXES = (".json", ".sd3s")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", type=Path, metavar="A", help="a scene, or a folder of scenes; with folders A is the truth")
    parser.add_argument("b", type=Path, metavar="B", help="the scene, or the folder, of the other annotator")
    parser.add_argument("--json", action="store_true", help="print one JSON object with every difference")
    parser.add_argument(
        "--take",
        default="",
        metavar="N,N",
        help="adjudicate: take these items of the list as B has them ('all': every one)",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="PATH", help="scene.json to write the adjudicated graph to"
    )
    parser.add_argument(
        "--sample", type=float, metavar="SHARE", help="folders: only a ground-truth sample (0.05 to 0.15) of the photos"
    )
    parser.add_argument("--seed", type=int, default=0, help="which sample")


def run(args: argparse.Namespace) -> int:
    if args.a.is_dir() and args.b.is_dir():
        return _folders(args)
    a, b = read_scene_file(args.a), read_scene_file(args.b)
    found, items = compare(a, b), differences(a, b)
    if args.json:
        print_json({**found.as_data(), "items": [{"kind": one.kind, "text": one.text} for one in items]})
    else:
        for name in NUMBERS:
            print(f"{name}\t{_number(name, getattr(found, name))}")
        for number, item in enumerate(items, start=1):
            print(f"{number}\t{item.kind}\t{item.text}")
    if args.output is not None:
        chosen = items if args.take == "all" else tuple(items[k - 1] for k in _numbers(args.take, len(items)))
        save_text(args.output, write_scene(adjudicated(a, b, chosen)) + "\n")
        print(f"{len(chosen)} of {len(items)} differences as B has them: {args.output}", file=sys.stderr)
    return 0 if found.is_empty else 1


def _folders(args: argparse.Namespace) -> int:
    """Scores of B's graphs against A's, over the photos (file names) that both have."""
    truth, graphs = _scenes(args.a), _scenes(args.b)
    keys = sorted(truth.keys() & graphs.keys())
    if args.sample is not None:
        keys = list(ground_truth_sample(keys, args.seed, args.sample))
    score = score_against({key: truth[key] for key in keys}, {key: graphs[key] for key in keys})
    if score is None:
        raise InputError(f"{args.a} and {args.b} have no scene of the same name.")
    if args.json:
        print_json({**asdict(score), "names": keys})
    else:
        for name, value in asdict(score).items():
            print(f"{name}\t{_number(name, value)}")
    return 0


def _scenes(folder: Path) -> Mapping[str, Scene]:
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SCENE_SUFFIXES)
    return {path.stem: read_scene_file(path) for path in paths}


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if name == "yaw_error_rad":
        return f"{value:.4f} ({math.degrees(value):.1f} degrees)"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _numbers(text: str, count: int) -> list[int]:
    numbers = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        if not word.isdigit() or not 1 <= int(word) <= count:
            raise InputError(f"--take names items 1 to {count} of the list, separated by commas; {word!r} is none.")
        numbers.append(int(word))
    return list(dict.fromkeys(numbers))
